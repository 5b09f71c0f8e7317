// Colours, shapes and the canvas. For the type checker alone (see ../README.md).

public import UIKit

public protocol ShapeStyle: Sendable {}

public struct Color: Leaf, ShapeStyle, Hashable, Sendable {
    public enum RGBColorSpace: Sendable { case sRGB, sRGBLinear, displayP3 }
    public nonisolated init(_ space: RGBColorSpace = .sRGB, red: Double, green: Double, blue: Double, opacity: Double = 1) {}
    public nonisolated init(_ space: RGBColorSpace = .sRGB, white: Double, opacity: Double = 1) {}
    public nonisolated init(_ name: String, bundle: Bundle? = nil) {}
    public nonisolated init(uiColor: UIColor) {}
    public nonisolated func opacity(_ opacity: Double) -> Color { self }
    public nonisolated static let red = Color(white: 0), orange = Color(white: 0), teal = Color(white: 0)
    public nonisolated static let yellow = Color(white: 0), green = Color(white: 0)
    public nonisolated static let blue = Color(white: 0), gray = Color(white: 0), black = Color(white: 0), white = Color(white: 0)
    public nonisolated static let clear = Color(white: 0), primary = Color(white: 0), secondary = Color(white: 0)
    public nonisolated static let accentColor = Color(white: 0)
}
extension ShapeStyle where Self == Color {
    public static var red: Color { .red }
    public static var orange: Color { .orange }
    public static var yellow: Color { .yellow }
    public static var green: Color { .green }
    public static var blue: Color { .blue }
    public static var gray: Color { .gray }
    public static var black: Color { .black }
    public static var white: Color { .white }
    public static var clear: Color { .clear }
}
public struct HierarchicalShapeStyle: ShapeStyle {}
extension ShapeStyle where Self == HierarchicalShapeStyle {
    public static var primary: Self { fatalError() }
    public static var secondary: Self { fatalError() }
    public static var tertiary: Self { fatalError() }
    public static var quaternary: Self { fatalError() }
}
public struct TintShapeStyle: ShapeStyle {}
extension ShapeStyle where Self == TintShapeStyle { public static var tint: Self { fatalError() } }
public struct BackgroundStyle: ShapeStyle {}
extension ShapeStyle where Self == BackgroundStyle { public static var background: Self { fatalError() } }
public struct Material: ShapeStyle {}
extension ShapeStyle where Self == Material {
    public static var regularMaterial: Self { fatalError() }
    public static var thinMaterial: Self { fatalError() }
    public static var ultraThinMaterial: Self { fatalError() }
    public static var bar: Self { fatalError() }
}
public struct AnyShapeStyle: ShapeStyle { public init<S: ShapeStyle>(_ style: S) {} }

public struct FillStyle: Equatable, Sendable { public init(eoFill: Bool = false, antialiased: Bool = true) {} }
public struct StrokeStyle: Equatable, Sendable {
    public init(lineWidth: CGFloat = 1, dash: [CGFloat] = []) {}
}
public enum RoundedCornerStyle: Sendable { case circular, continuous }

public struct Path: Equatable, Sendable {
    public init() {}
    public init(_ rect: CGRect) {}
    public init(roundedRect rect: CGRect, cornerRadius: CGFloat, style: RoundedCornerStyle = .continuous) {}
    public init(ellipseIn rect: CGRect) {}
    public init(_ build: (inout Path) -> Void) {}
    public mutating func move(to point: CGPoint) {}
    public mutating func addLine(to point: CGPoint) {}
    public mutating func addRect(_ rect: CGRect) {}
    public mutating func addRects(_ rects: [CGRect]) {}
    public mutating func addEllipse(in rect: CGRect) {}
    public mutating func addRoundedRect(in rect: CGRect, cornerSize: CGSize, style: RoundedCornerStyle = .continuous) {}
    public mutating func closeSubpath() {}
}

public protocol Shape: View, Sendable where Body == Never {
    nonisolated func path(in rect: CGRect) -> Path
}
extension Shape {
    public var body: Never { fatalError() }
    public func fill<S: ShapeStyle>(_ style: S, style fill: FillStyle = FillStyle()) -> some View { self }
    public func stroke<S: ShapeStyle>(_ style: S, lineWidth: CGFloat = 1) -> some View { self }
    public func stroke<S: ShapeStyle>(_ style: S, style stroke: StrokeStyle) -> some View { self }
    public func strokeBorder<S: ShapeStyle>(_ style: S, lineWidth: CGFloat = 1) -> some View { self }
    public func trim(from start: CGFloat = 0, to end: CGFloat = 1) -> some Shape { self }
}
public struct Rectangle: Shape {
    public nonisolated init() {}
    public nonisolated func path(in rect: CGRect) -> Path { Path() }
}
public struct RoundedRectangle: Shape {
    public nonisolated init(cornerRadius: CGFloat, style: RoundedCornerStyle = .continuous) {}
    public nonisolated func path(in rect: CGRect) -> Path { Path() }
}
public struct Capsule: Shape {
    public nonisolated init(style: RoundedCornerStyle = .continuous) {}
    public nonisolated func path(in rect: CGRect) -> Path { Path() }
}
public struct Circle: Shape {
    public nonisolated init() {}
    public nonisolated func path(in rect: CGRect) -> Path { Path() }
}
extension Shape where Self == Rectangle { public static var rect: Rectangle { Rectangle() } }
extension Shape where Self == RoundedRectangle {
    public static func rect(cornerRadius: CGFloat, style: RoundedCornerStyle = .continuous) -> RoundedRectangle {
        RoundedRectangle(cornerRadius: cornerRadius)
    }
}
extension Shape where Self == Capsule { public static var capsule: Capsule { Capsule() } }
extension Shape where Self == Circle { public static var circle: Circle { Circle() } }

public enum ColorRenderingMode: Sendable { case nonLinear, linear, extendedLinear }
public struct GraphicsContext {
    public struct Shading: Sendable {
        public static func color(_ color: Color) -> Shading { Shading() }
        public static func style<S: ShapeStyle>(_ style: S) -> Shading { Shading() }
    }
    public var opacity: Double
    public func fill(_ path: Path, with shading: Shading, style: FillStyle = FillStyle()) {}
    public func stroke(_ path: Path, with shading: Shading, lineWidth: CGFloat = 1) {}
    public mutating func translateBy(x: CGFloat, y: CGFloat) {}
    public mutating func scaleBy(x: CGFloat, y: CGFloat) {}
}
public struct Canvas<Symbols: View>: Leaf {}
extension Canvas where Symbols == EmptyView {
    public init(
        opaque: Bool = false, colorMode: ColorRenderingMode = .nonLinear, rendersAsynchronously: Bool = false,
        renderer: @escaping (inout GraphicsContext, CGSize) -> Void
    ) {}
}

public struct Animation: Hashable, Sendable {
    public static let `default` = Animation(), easeIn = Animation(), easeOut = Animation(), easeInOut = Animation()
    public static let linear = Animation(), spring = Animation(), bouncy = Animation(), snappy = Animation()
    public static func easeInOut(duration: TimeInterval) -> Animation { Animation() }
    public static func easeOut(duration: TimeInterval) -> Animation { Animation() }
}
public func withAnimation<R>(_ animation: Animation? = .default, _ body: () throws -> R) rethrows -> R { try body() }
public struct AnyTransition: Sendable {
    public static let opacity = AnyTransition(), scale = AnyTransition(), slide = AnyTransition()
    public static func move(edge: Edge) -> AnyTransition { AnyTransition() }
    public func combined(with other: AnyTransition) -> AnyTransition { self }
}
public struct ContentTransition: Equatable, Sendable {
    public static let opacity = ContentTransition()
    public static func numericText(countsDown: Bool = false) -> ContentTransition { ContentTransition() }
}
public struct UnitPoint: Hashable, Sendable {
    public static let center = UnitPoint(), top = UnitPoint(), bottom = UnitPoint()
}
