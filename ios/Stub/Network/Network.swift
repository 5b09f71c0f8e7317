// Network: whether there is one. For the type checker alone (see ../README.md).

public struct NWPath: Equatable, Sendable {
    public enum Status: Sendable { case satisfied, unsatisfied, requiresConnection }
    public let status: Status
    public var isExpensive: Bool { false }
    public var isConstrained: Bool { false }
}
public final class NWPathMonitor: AsyncSequence {
    public init() {}
    public var currentPath: NWPath { fatalError() }
    public struct Iterator: AsyncIteratorProtocol {
        public mutating func next() async -> NWPath? { nil }
    }
    public func makeAsyncIterator() -> Iterator { Iterator() }
}
