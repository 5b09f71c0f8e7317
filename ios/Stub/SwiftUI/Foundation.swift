// What Apple's Foundation has and Linux's has not. For the type checker alone (see ../README.md).

public struct LocalizedStringResource: Equatable, ExpressibleByStringInterpolation, Sendable {
    public init(stringLiteral: String) {}
    public init(
        _ key: StaticString, defaultValue: String.LocalizationValue, table: String? = nil, locale: Locale = .current,
        comment: StaticString? = nil
    ) {}
    public init(stringInterpolation: String.LocalizationValue.StringInterpolation) {}
    public var locale: Locale {
        get { fatalError() }
        set {}
    }
}

extension String {
    public struct LocalizationValue: Equatable, ExpressibleByStringInterpolation, Sendable {
        public struct StringInterpolation: StringInterpolationProtocol {
            public init(literalCapacity: Int, interpolationCount: Int) {}
            public mutating func appendLiteral(_ literal: String) {}
            public mutating func appendInterpolation(_ string: String) {}
            public mutating func appendInterpolation<T: CVarArg>(_ value: T) {}
        }
        public init(_ value: String) {}
        public init(stringLiteral: String) {}
        public init(stringInterpolation: StringInterpolation) {}
    }

    public init(
        localized key: LocalizationValue, table: String? = nil, bundle: Bundle? = nil, locale: Locale = .current,
        comment: StaticString? = nil
    ) { fatalError() }
    public init(localized resource: LocalizedStringResource) { fatalError() }
}

extension NotificationCenter {
    public final class Notifications: AsyncSequence, Sendable {
        public struct Iterator: AsyncIteratorProtocol {
            public mutating func next() async -> Notification? { nil }
        }
        public func makeAsyncIterator() -> Iterator { Iterator() }
    }
    public func notifications(named name: Notification.Name, object: (AnyObject & Sendable)? = nil) -> Notifications {
        fatalError()
    }
}
