// Whether the phone has a network.

import Network

/// Each change of the phone's network, from now on: whether there is one. A change from one network to another is told too, since
/// connections of the old one are dead. Leaving the loop ends the watching.
func networkChanges() -> AsyncStream<Bool> {
    AsyncStream { continuation in
        let watching = Task {
            for await path in NWPathMonitor() {
                continuation.yield(path.status == .satisfied)
            }
        }
        continuation.onTermination = { _ in watching.cancel() }
    }
}
