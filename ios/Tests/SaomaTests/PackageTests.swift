// What is shipped beside the code, and code and library that do not go together.

import Foundation
import Saoma
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
            let app = try sample("OldLibrary")
            _ = try await app.line { $0.contains("UniFFI API checksum mismatch") }
            #expect(await app.end() != 0)
        }
    #endif

    private var ios: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..").standardized
    }
}
