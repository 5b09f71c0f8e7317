// swift-tools-version: 6.0
import PackageDescription

#if os(Linux)
    // The header and module map are generated beside this file; SAOMA_LIB names the folder of libsaoma_ffi.a. The
    // library is named in full, since the linker would take the .so beside it, which is not found when it runs.
    let folder = Context.environment["SAOMA_LIB"] ?? "\(Context.packageDirectory)/../target/debug"
    let ffi = Target.systemLibrary(name: "SaomaFFI")
    let link: [LinkerSetting] = [.unsafeFlags(["-L\(folder)"]), .linkedLibrary(":libsaoma_ffi.a")]
#else
    // Made by bindings/package-ios, which writes the released manifest too (a URL and a checksum in the place of the path).
    let framework = Context.environment["SAOMA_XCFRAMEWORK"] ?? "dist/SaomaFFI.xcframework"
    let ffi = Target.binaryTarget(name: "SaomaFFI", path: framework)
    let link: [LinkerSetting] = []
#endif

let package = Package(
    name: "Saoma",
    platforms: [.iOS(.v17), .macOS(.v14)],
    products: [
        .library(name: "Saoma", targets: ["Saoma"]),
        .library(name: "SaomaTill", targets: ["SaomaTill"]),
    ],
    targets: [
        ffi,
        // Generated, and compiled in Swift 5 mode: the 6.0 compiler crashes on it in Swift 6 mode.
        .target(
            name: "SaomaCore", dependencies: ["SaomaFFI"], swiftSettings: [.swiftLanguageMode(.v5)],
            linkerSettings: link),
        .target(name: "Saoma", dependencies: ["SaomaCore"]),
        .target(name: "SaomaTill", dependencies: ["Saoma"]),
        .testTarget(name: "SaomaTests", dependencies: ["Saoma"]),
        .testTarget(name: "SaomaTillTests", dependencies: ["SaomaTill"]),
    ],
    swiftLanguageModes: [.v6]
)
