// Whether the phone has a network.

import Dispatch
import Network

/// Each change of the phone's network, from now on: whether there is one. A change from one network to another is told too, since
/// connections of the old one are dead. Leaving the loop ends the watching.
func networkChanges() -> AsyncStream<Bool> {
    AsyncStream { continuation in
        let monitor = NWPathMonitor()
        monitor.pathUpdateHandler = { path in
            continuation.yield(path.status == .satisfied)
        }
        continuation.onTermination = { _ in monitor.cancel() }
        monitor.start(queue: DispatchQueue(label: "io.saoma.till.network"))
    }
}
