// SwiftUI's views and their builder. For the type checker alone (see ../README.md).

@_exported import Foundation
@_exported import Observation

@MainActor @preconcurrency public protocol View {
    associatedtype Body: View
    @ViewBuilder var body: Body { get }
}

extension Never: View {
    public var body: Never { fatalError() }
}

/// A view that SwiftUI draws itself.
public protocol Leaf: View where Body == Never {}

extension Leaf {
    public var body: Never { fatalError() }
}

extension Optional: View where Wrapped: View {
    public var body: Never { fatalError() }
}

public struct EmptyView: Leaf { public init() {} }
public struct _ConditionalContent<A: View, B: View>: Leaf {}
public struct TupleView<each V: View>: Leaf {}
public struct AnyView: Leaf { public init<V: View>(_ view: V) {} }

@resultBuilder public enum ViewBuilder {
    public static func buildExpression<V: View>(_ view: V) -> V { view }
    public static func buildBlock() -> EmptyView { fatalError() }
    public static func buildBlock<V: View>(_ view: V) -> V { view }
    @_disfavoredOverload
    public static func buildBlock<each V: View>(_ views: repeat each V) -> TupleView<repeat each V> { fatalError() }
    public static func buildIf<V: View>(_ view: V?) -> V? { view }
    public static func buildEither<A: View, B: View>(first: A) -> _ConditionalContent<A, B> { fatalError() }
    public static func buildEither<A: View, B: View>(second: B) -> _ConditionalContent<A, B> { fatalError() }
    public static func buildLimitedAvailability<V: View>(_ view: V) -> AnyView { fatalError() }
}

public struct Group<Content: View>: Leaf { public init(@ViewBuilder content: () -> Content) {} }

public struct ForEach<Items: RandomAccessCollection, ID: Hashable, Content: View>: Leaf {
    public init(_ items: Items, id: KeyPath<Items.Element, ID>, @ViewBuilder content: @escaping (Items.Element) -> Content) {}
    public init(_ items: Items, @ViewBuilder content: @escaping (Items.Element) -> Content)
    where Items.Element: Identifiable, ID == Items.Element.ID {}
    public init(_ range: Range<Int>, @ViewBuilder content: @escaping (Int) -> Content)
    where Items == Range<Int>, ID == Int {}
}

public protocol DynamicViewContent: View {}
extension DynamicViewContent {
    public func onDelete(perform action: ((IndexSet) -> Void)?) -> some DynamicViewContent { self }
    public func onMove(perform action: ((IndexSet, Int) -> Void)?) -> some DynamicViewContent { self }
}
extension ForEach: DynamicViewContent {}

@MainActor @preconcurrency public protocol ViewModifier {
    associatedtype Body: View
    typealias Content = _ViewModifier_Content<Self>
    @ViewBuilder func body(content: Content) -> Body
}
public struct _ViewModifier_Content<M: ViewModifier>: Leaf {}

@MainActor @preconcurrency public protocol PreviewProvider {
    associatedtype Previews: View
    @ViewBuilder static var previews: Previews { get }
}
