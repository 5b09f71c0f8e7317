// What is shipped beside the code, and code and library that do not go together.

import Foundation
import Saoma
import ShopForTests
import Testing

@Suite(.timeLimit(.minutes(2)))
struct PackageTests {
    @Test func thePrivacyManifestDeclaresWhatTheLibraryUsesAndNoTracking() throws {
        let file = ios.appendingPathComponent("Sources/Saoma/PrivacyInfo.xcprivacy")
        let manifest = try #require(
            PropertyListSerialization.propertyList(from: Data(contentsOf: file), format: nil) as? [String: Any])
        #expect(manifest["NSPrivacyTracking"] as? Bool == false)
        #expect((manifest["NSPrivacyTrackingDomains"] as? [Any])?.isEmpty == true)
        let declared = try #require(manifest["NSPrivacyAccessedAPITypes"] as? [[String: Any]])
        let reasons = Dictionary(
            uniqueKeysWithValues: declared.map {
                (
                    $0["NSPrivacyAccessedAPIType"] as? String ?? "",
                    $0["NSPrivacyAccessedAPITypeReasons"] as? [String] ?? []
                )
            })
        #expect(
            reasons == [
                "NSPrivacyAccessedAPICategoryFileTimestamp": ["C617.1"],
                "NSPrivacyAccessedAPICategoryDiskSpace": ["E174.1"],
            ])
    }

    @Test func theLibraryIsOfTheseSources() throws {
        let manifest = try String(contentsOf: ios.appendingPathComponent("../Cargo.toml"), encoding: .utf8)
        #expect(manifest.contains("version = \"\(SaomaLibrary.version)\""))
    }

    #if os(Linux)
        @Test func aLibraryOfAnotherVersionIsFoundOutAtTheFirstCall() async throws {
            let folder = try Folder()
            let app = try sample("OldLibrary", folder.url.path)
            let mismatch = """
                library_mismatch 应用的收款组件与应用版本不符，暂时不能收款。请更新应用；不要卸载，已记的账都在。 \
                A part of this app is of another version, so it cannot take payments. Update the app; do not uninstall it: \
                what was rung up is kept.
                """
            for call in ["open", "panic", "amount", "code", "picture", "receipt", "log"] {
                #expect(try await app.line { _ in true } == "\(call) \(mismatch)")
            }
            #expect(try await app.line { _ in true }.hasPrefix("foreign error internal "))
            #expect(try await app.line { _ in true } == "words none")
            #expect(try await app.line { _ in true } == "version ''")
            #expect(await app.end() == 0)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
        }
    #endif

    private var ios: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..").standardized
    }
}
