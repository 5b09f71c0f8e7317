// swift-tools-version: 6.0
import PackageDescription

#if os(Linux)
    // The header and module map are generated beside this file; SAOMA_LIB names the folder of libsaoma_ffi.a. The
    // library is named in full, since the linker would take the .so beside it, which is not found when it runs.
    let folder = Context.environment["SAOMA_LIB"] ?? "\(Context.packageDirectory)/../target/debug"
    let ffi = Target.systemLibrary(name: "SaomaFFI")
    let link: [LinkerSetting] = [.unsafeFlags(["-L\(folder)"]), .linkedLibrary(":libsaoma_ffi.a")]
    // Swift 6.0's libswiftObservation.so asks for a symbol, for its last words, that no library on Linux has.
    let observed: [LinkerSetting] = [.unsafeFlags(["-Xlinker", "--allow-shlib-undefined"])]
    let strict: [SwiftSetting] = [.unsafeFlags(["-warnings-as-errors"])]
    // An app whose library is of another version, for the tests: its own checksum comes first.
    let mismatched: [Target] = [
        .executableTarget(
            name: "OldLibrary", dependencies: ["Saoma"], path: "Tests/OldLibrary", swiftSettings: strict,
            linkerSettings: [.unsafeFlags(["-Xlinker", "--allow-multiple-definition"])])
    ]
#else
    // Made by bindings/package-ios, which writes the released manifest too (a URL and a checksum in the place of the path).
    let framework = Context.environment["SAOMA_XCFRAMEWORK"] ?? "dist/SaomaFFI.xcframework"
    let ffi = Target.binaryTarget(name: "SaomaFFI", path: framework)
    // A package that others depend on may have no such flags.
    let link: [LinkerSetting] = []
    let observed: [LinkerSetting] = []
    let strict: [SwiftSetting] = []
    let mismatched: [Target] = []
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
        .target(
            name: "Saoma", dependencies: ["SaomaCore"], resources: [.copy("PrivacyInfo.xcprivacy")],
            swiftSettings: strict),
        .target(name: "SaomaTill", dependencies: ["Saoma"], swiftSettings: strict, linkerSettings: observed),
        .executableTarget(name: "TenLines", dependencies: ["Saoma"], path: "Samples/TenLines", swiftSettings: strict),
        .executableTarget(name: "Lines", dependencies: ["Saoma"], path: "Samples/Lines", swiftSettings: strict),
        // A backend and a double of WeChat Pay, for the tests of both.
        .target(name: "ShopForTests", path: "Tests/Shop", swiftSettings: strict),
        .testTarget(
            name: "SaomaTests", dependencies: ["Saoma", "ShopForTests", "TenLines", "Lines"], swiftSettings: strict),
        .testTarget(name: "SaomaTillTests", dependencies: ["SaomaTill", "ShopForTests"], swiftSettings: strict),
    ] + mismatched,
    swiftLanguageModes: [.v6]
)
