// Containers. For the type checker alone (see ../README.md).

public struct HorizontalAlignment: Equatable, Sendable {
    public static let leading = HorizontalAlignment(), center = HorizontalAlignment(), trailing = HorizontalAlignment()
}

public struct VerticalAlignment: Equatable, Sendable {
    public static let top = VerticalAlignment(), center = VerticalAlignment(), bottom = VerticalAlignment()
    public static let firstTextBaseline = VerticalAlignment(), lastTextBaseline = VerticalAlignment()
}

public struct Alignment: Equatable, Sendable {
    public init(horizontal: HorizontalAlignment, vertical: VerticalAlignment) {}
    public static let center = Alignment.any, leading = Alignment.any, trailing = Alignment.any, top = Alignment.any
    public static let bottom = Alignment.any, topLeading = Alignment.any, topTrailing = Alignment.any
    public static let bottomLeading = Alignment.any, bottomTrailing = Alignment.any
    static let any = Alignment(horizontal: .center, vertical: .center)
}

public enum Axis: Int8, CaseIterable, Sendable {
    case horizontal, vertical
    public struct Set: OptionSet, Sendable {
        public let rawValue: Int8
        public init(rawValue: Int8) { self.rawValue = rawValue }
        public static let horizontal = Set(rawValue: 1), vertical = Set(rawValue: 2)
    }
}

public enum Edge: Int8, CaseIterable, Sendable {
    case top, leading, bottom, trailing
    public struct Set: OptionSet, Sendable {
        public let rawValue: Int8
        public init(rawValue: Int8) { self.rawValue = rawValue }
        public static let top = Set(rawValue: 1), leading = Set(rawValue: 2), bottom = Set(rawValue: 4)
        public static let trailing = Set(rawValue: 8), all = Set(rawValue: 15)
        public static let horizontal = Set(rawValue: 10), vertical = Set(rawValue: 5)
    }
}

public enum HorizontalEdge: Int8, Sendable { case leading, trailing }
public enum VerticalEdge: Int8, Sendable { case top, bottom }

public struct EdgeInsets: Equatable, Sendable {
    public init(top: CGFloat, leading: CGFloat, bottom: CGFloat, trailing: CGFloat) {}
    public init() {}
}

public struct VStack<Content: View>: Leaf {
    public init(alignment: HorizontalAlignment = .center, spacing: CGFloat? = nil, @ViewBuilder content: () -> Content) {}
}
public struct HStack<Content: View>: Leaf {
    public init(alignment: VerticalAlignment = .center, spacing: CGFloat? = nil, @ViewBuilder content: () -> Content) {}
}
public struct ZStack<Content: View>: Leaf {
    public init(alignment: Alignment = .center, @ViewBuilder content: () -> Content) {}
}
public struct LazyVStack<Content: View>: Leaf {
    public init(alignment: HorizontalAlignment = .center, spacing: CGFloat? = nil, @ViewBuilder content: () -> Content) {}
}

public struct GridItem: Sendable {
    public enum Size: Sendable {
        case fixed(CGFloat)
        case flexible(minimum: CGFloat = 10, maximum: CGFloat = .infinity)
        case adaptive(minimum: CGFloat, maximum: CGFloat = .infinity)
    }
    public init(_ size: Size = .flexible(), spacing: CGFloat? = nil, alignment: Alignment? = nil) {}
}
public struct LazyVGrid<Content: View>: Leaf {
    public init(
        columns: [GridItem], alignment: HorizontalAlignment = .center, spacing: CGFloat? = nil,
        @ViewBuilder content: () -> Content
    ) {}
}
public struct Grid<Content: View>: Leaf {
    public init(
        alignment: Alignment = .center, horizontalSpacing: CGFloat? = nil, verticalSpacing: CGFloat? = nil,
        @ViewBuilder content: () -> Content
    ) {}
}
public struct GridRow<Content: View>: Leaf {
    public init(alignment: VerticalAlignment? = nil, @ViewBuilder content: () -> Content) {}
}
public struct ViewThatFits<Content: View>: Leaf {
    public init(in axes: Axis.Set = [.horizontal, .vertical], @ViewBuilder content: () -> Content) {}
}
public struct ScrollView<Content: View>: Leaf {
    public init(_ axes: Axis.Set = .vertical, showsIndicators: Bool = true, @ViewBuilder content: () -> Content) {}
}
public struct GeometryProxy { public var size: CGSize { .zero } }
public struct GeometryReader<Content: View>: Leaf {
    public init(@ViewBuilder content: @escaping (GeometryProxy) -> Content) {}
}
public struct Spacer: Leaf { public init(minLength: CGFloat? = nil) {} }
public struct Divider: Leaf { public init() {} }

public struct List<Selection: Hashable, Content: View>: Leaf {
    public init(selection: Binding<Selection?>?, @ViewBuilder content: () -> Content) {}
    public init<Items: RandomAccessCollection, Row: View>(
        _ items: Items, selection: Binding<Selection?>?, @ViewBuilder row: @escaping (Items.Element) -> Row
    ) where Items.Element: Identifiable, Content == ForEach<Items, Items.Element.ID, Row> {}
}
extension List where Selection == Never {
    public init(@ViewBuilder content: () -> Content) {}
    public init<Items: RandomAccessCollection, Row: View>(
        _ items: Items, @ViewBuilder row: @escaping (Items.Element) -> Row
    ) where Items.Element: Identifiable, Content == ForEach<Items, Items.Element.ID, Row> {}
    public init<Items: RandomAccessCollection, ID: Hashable, Row: View>(
        _ items: Items, id: KeyPath<Items.Element, ID>, @ViewBuilder row: @escaping (Items.Element) -> Row
    ) where Content == ForEach<Items, ID, Row> {}
}
public struct Form<Content: View>: Leaf { public init(@ViewBuilder content: () -> Content) {} }

public struct Section<Parent: View, Content: View, Footer: View>: Leaf {
    public init(
        @ViewBuilder content: () -> Content, @ViewBuilder header: () -> Parent, @ViewBuilder footer: () -> Footer
    ) {}
}
extension Section where Parent == EmptyView {
    public init(@ViewBuilder content: () -> Content, @ViewBuilder footer: () -> Footer) {}
}
extension Section where Footer == EmptyView {
    public init(@ViewBuilder content: () -> Content, @ViewBuilder header: () -> Parent) {}
}
extension Section where Parent == EmptyView, Footer == EmptyView {
    public init(@ViewBuilder content: () -> Content) {}
}
extension Section where Parent == Text, Footer == EmptyView {
    public init(_ key: LocalizedStringKey, @ViewBuilder content: () -> Content) {}
    @_disfavoredOverload public init<S: StringProtocol>(_ title: S, @ViewBuilder content: () -> Content) {}
}

public struct DisclosureGroup<Label: View, Content: View>: Leaf {
    public init(@ViewBuilder content: @escaping () -> Content, @ViewBuilder label: () -> Label) {}
}
extension DisclosureGroup where Label == Text {
    public init(_ key: LocalizedStringKey, @ViewBuilder content: @escaping () -> Content) {}
    public init(_ key: LocalizedStringKey, isExpanded: Binding<Bool>, @ViewBuilder content: @escaping () -> Content) {}
}

// Navigation

public struct NavigationPath: Equatable {
    public init() {}
    public mutating func append<V: Hashable>(_ value: V) {}
    public mutating func removeLast(_ count: Int = 1) {}
    public var isEmpty: Bool { true }
    public var count: Int { 0 }
}
public struct NavigationStack<Path, Root: View>: Leaf {
    public init(@ViewBuilder root: () -> Root) where Path == NavigationPath {}
    public init(path: Binding<NavigationPath>, @ViewBuilder root: () -> Root) where Path == NavigationPath {}
    public init(path: Binding<Path>, @ViewBuilder root: () -> Root)
    where Path: MutableCollection & RandomAccessCollection & RangeReplaceableCollection, Path.Element: Hashable {}
}
public struct NavigationSplitViewVisibility: Equatable, Sendable {
    public static let automatic = NavigationSplitViewVisibility(), all = NavigationSplitViewVisibility()
    public static let doubleColumn = NavigationSplitViewVisibility(), detailOnly = NavigationSplitViewVisibility()
}
public struct NavigationSplitView<Sidebar: View, Detail: View>: Leaf {
    public init(@ViewBuilder sidebar: () -> Sidebar, @ViewBuilder detail: () -> Detail) {}
    public init(
        columnVisibility: Binding<NavigationSplitViewVisibility>, @ViewBuilder sidebar: () -> Sidebar,
        @ViewBuilder detail: () -> Detail
    ) {}
}
public struct NavigationLink<Label: View, Destination: View>: Leaf {
    public init(@ViewBuilder destination: () -> Destination, @ViewBuilder label: () -> Label) {}
}
extension NavigationLink where Destination == Never {
    public init<P: Hashable>(value: P?, @ViewBuilder label: () -> Label) {}
}
extension NavigationLink where Label == Text {
    public init(_ key: LocalizedStringKey, @ViewBuilder destination: () -> Destination) {}
}
extension NavigationLink where Label == Text, Destination == Never {
    public init<P: Hashable>(_ key: LocalizedStringKey, value: P?) {}
}
public struct TabView<Selection: Hashable, Content: View>: Leaf {
    public init(selection: Binding<Selection>?, @ViewBuilder content: () -> Content) {}
}
extension TabView where Selection == Int {
    public init(@ViewBuilder content: () -> Content) {}
}

// Toolbars

public protocol ToolbarContent {
    associatedtype Body: ToolbarContent
    @MainActor @ToolbarContentBuilder var body: Body { get }
}
extension Never: ToolbarContent {}
@resultBuilder public enum ToolbarContentBuilder {
    public static func buildExpression<C: ToolbarContent>(_ content: C) -> C { content }
    public static func buildBlock<each C: ToolbarContent>(_ content: repeat each C) -> some ToolbarContent {
        ToolbarItemGroup<EmptyView>()
    }
    public static func buildIf<C: ToolbarContent>(_ content: C?) -> some ToolbarContent { ToolbarItemGroup<EmptyView>() }
    public static func buildEither<C: ToolbarContent>(first: C) -> ToolbarItemGroup<EmptyView> { fatalError() }
    public static func buildEither<C: ToolbarContent>(second: C) -> ToolbarItemGroup<EmptyView> { fatalError() }
}
public struct ToolbarItemPlacement: Sendable {
    public static let automatic = ToolbarItemPlacement(), principal = ToolbarItemPlacement()
    public static let navigation = ToolbarItemPlacement(), primaryAction = ToolbarItemPlacement()
    public static let confirmationAction = ToolbarItemPlacement(), cancellationAction = ToolbarItemPlacement()
    public static let topBarLeading = ToolbarItemPlacement(), topBarTrailing = ToolbarItemPlacement()
    public static let bottomBar = ToolbarItemPlacement(), keyboard = ToolbarItemPlacement()
    public static let status = ToolbarItemPlacement()
}
public struct ToolbarItem<Content: View>: ToolbarContent {
    public init(placement: ToolbarItemPlacement = .automatic, @ViewBuilder content: () -> Content) {}
    public var body: Never { return fatalError() }
}
public struct ToolbarItemGroup<Content: View>: ToolbarContent {
    init() {}
    public init(placement: ToolbarItemPlacement = .automatic, @ViewBuilder content: () -> Content) {}
    public var body: Never { return fatalError() }
}
public struct ToolbarPlacement: Sendable {
    public static let automatic = ToolbarPlacement(), navigationBar = ToolbarPlacement(), bottomBar = ToolbarPlacement()
    public static let tabBar = ToolbarPlacement()
}
