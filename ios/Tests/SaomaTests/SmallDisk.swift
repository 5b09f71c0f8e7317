// A disk of a few megabytes, which a test can fill.

import Foundation
import ShopForTests

#if canImport(Glibc)
    import Glibc
#endif

/// A file system in memory, there for as long as this object. It needs the right to mount.
final class SmallDisk {
    let url: URL
    private let folder: Folder
    private var filling: URL { url.appendingPathComponent("filling") }

    static var canBeMade: Bool {
        (try? SmallDisk(bytes: 1 << 20)) != nil
    }

    init(bytes: Int) throws {
        folder = try Folder()
        url = folder.url.appendingPathComponent("disk")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
        #if os(Linux)
            guard mount("tmpfs", url.path, "tmpfs", 0, "size=\(bytes)") == 0 else { throw POSIXError(.EPERM) }
        #else
            throw POSIXError(.ENOTSUP)
        #endif
    }

    /// Leaves no byte free.
    func fill() throws {
        try Data().write(to: filling)
        let file = try FileHandle(forWritingTo: filling)
        for size in [65536, 4096, 1] {
            while (try? file.write(contentsOf: Data(repeating: 0, count: size))) != nil {}
        }
        try file.close()
    }

    func makeRoom() throws {
        try FileManager.default.removeItem(at: filling)
    }

    deinit {
        #if os(Linux)
            umount2(url.path, Int32(MNT_DETACH))
        #endif
    }
}
