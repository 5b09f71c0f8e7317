// A shop to test against: a merchant backend and a double of WeChat Pay, as `saoma demo --serve` starts them.

import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A backend and the double of WeChat Pay, in a process of their own that ends with this object.
package final class Shop: Sendable {
    /// Pairs one till.
    package let link: String
    private let sandbox: URL
    private let child: Child
    // Last, so that it goes after the process that writes to it.
    private let state: Folder

    /// One shop for tests that run one after the other and do it no harm: each pairs with a link of its own.
    package static let shared = Task { try await Shop.open() }

    package static func open() async throws -> Shop {
        let state = try Folder()
        let demo = ["--json", "demo", "--serve", "--until-stdin-ends", "--state", state.url.path]
        return try await Shop(try Child(try program(), demo), state)
    }

    private init(_ child: Child, _ state: Folder) async throws {
        self.child = child
        self.state = state
        let open = try await Self.opened(child)
        link = open.link
        sandbox = open.sandbox
    }

    /// Takes the backend away: the tills stand without a network, for all they know.
    package func goesAway() async throws {
        child.write("stop")
        _ = try await child.line { $0.contains(#""backend":null"#) }
    }

    /// Gives the backend back, at the same address.
    package func comesBack() async throws {
        child.write("start")
        _ = try await Self.opened(child)
    }

    /// A link for one more till, on which people may do as much as this role.
    package func oneMoreLink(for role: String = "cashier") async throws -> String {
        try await admin(["pairing", "main", "--role", role], \.link)
    }

    /// Adds a person; its PIN.
    package func person(_ id: String, called name: String, as role: String) async throws -> String {
        try await admin(["people", "add", id, "--name", name, "--role", role], \.pin)
    }

    /// From now on, nothing but reading goes without a person who is signed in. The backend is away for a moment.
    package func wantsPeopleSignedIn() async throws {
        try await goesAway()
        var settings = try String(contentsOf: configuration, encoding: .utf8)
        guard let merchant = settings.range(of: "[[merchants]]\n") else { throw Refused(why: settings) }
        settings.insert(contentsOf: "sign_in = \"required\"\n", at: merchant.upperBound)
        try settings.write(to: configuration, atomically: true, encoding: .utf8)
        try await comesBack()
    }

    /// The merchant's app is another from now on: money that comes by codes shown so far does not match.
    package func becomesAnotherApp() async throws {
        try await goesAway()
        let lines = try String(contentsOf: configuration, encoding: .utf8).split(separator: "\n")
        let settings = lines.map { $0.hasPrefix("appid = ") ? #"appid = "wx00000000000000ab""# : $0 }
        try settings.joined(separator: "\n").write(to: configuration, atomically: true, encoding: .utf8)
        try await comesBack()
    }

    /// The bank closes its books of a day, with a stranger's payment in the bill, which the backend fetches and compares.
    package func billHasAStranger(on date: String) async throws {
        try await misfortune("bill_stranger", on: "/v3/bill/tradebill")
        try await play("settle-day", ["date": date])
        _ = try await admin(["bill", date]) { _ in "" }
    }

    /// Has whoever works on the backend's machine do something; a part of the answer.
    private func admin(_ command: [String], _ part: (Answer) -> String?) async throws -> String {
        let common = ["--json", "admin", "--config", configuration.path, "--merchant", "shop-1"]
        let line = try await Child(try Self.program(), common + command).line { $0.hasPrefix("{") }
        guard let found = part(try JSONDecoder().decode(Answer.self, from: Data(line.utf8))) else {
            throw Refused(why: line)
        }
        return found
    }

    private struct Answer: Decodable {
        let link: String?
        let pin: String?
    }

    private var configuration: URL {
        state.url.appendingPathComponent("backend/saoma.toml")
    }

    /// The customer scans a code and pays.
    package func customerPays(_ code: String) async throws {
        try await play("pay", ["code_url": code])
    }

    /// A payment code on a customer's phone, good for a minute: with so many fen to spend, and asking for a password or not.
    package func customerShowsCode(balance: Int? = nil, password: Bool = false) async throws -> String {
        struct Shown: Decodable {
            let auth_code: String
        }
        var customer: [String: Any] = ["password": password]
        if let balance { customer["balance"] = balance }
        return try JSONDecoder().decode(Shown.self, from: try await play("wallet-code", customer)).auth_code
    }

    /// The customer types the password that a charged payment code asks for.
    package func customerTypesPassword(for code: String) async throws {
        try await play("pay", ["auth_code": code])
    }

    /// How many orders WeChat Pay holds of which something was paid, in a sale with this number.
    package func paidAtWechatPay(_ orderNo: String) async throws -> Int {
        struct Order: Decodable {
            let out_trade_no: String
            let trade_state: String
        }
        let (answer, _) = try await URLSession.shared.data(from: sandbox.appendingPathComponent("_sandbox/orders"))
        return try JSONDecoder().decode([Order].self, from: answer)
            .filter { $0.out_trade_no.hasPrefix(orderNo) && ["SUCCESS", "REFUND"].contains($0.trade_state) }.count
    }

    /// Misfortune at WeChat Pay: from now on, so many times.
    package func misfortune(_ fault: String, on call: String, times: Int = 1) async throws {
        try await play("faults", [["on": call, "do": fault, "times": times]])
    }

    @discardableResult
    private func play(_ call: String, _ body: Any) async throws -> Data {
        var request = URLRequest(url: sandbox.appendingPathComponent("_sandbox/\(call)"))
        request.httpMethod = "POST"
        request.setValue("application/json", forHTTPHeaderField: "content-type")
        request.httpBody = try JSONSerialization.data(withJSONObject: body)
        let (answer, response) = try await URLSession.shared.data(for: request)
        let status = (response as? HTTPURLResponse)?.statusCode ?? 0
        guard 200..<300 ~= status else {
            throw Refused(why: "\(call): \(status) \(String(decoding: answer, as: UTF8.self))")
        }
        return answer
    }

    struct Refused: Error {
        let why: String
    }

    private static func opened(_ child: Child) async throws -> (link: String, sandbox: URL) {
        struct Open: Decodable {
            let pairing_link: String
            let sandbox: URL
        }
        let line = try await child.line { $0.contains("pairing_link") }
        let open = try JSONDecoder().decode(Open.self, from: Data(line.utf8))
        return (open.pairing_link, open.sandbox)
    }

    /// The `saoma` program: SAOMA_BIN, else the one built beside the library.
    private static func program() throws -> URL {
        let environment = ProcessInfo.processInfo.environment
        if let program = environment["SAOMA_BIN"] {
            return URL(fileURLWithPath: program)
        }
        let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../..")
        let target = environment["CARGO_TARGET_DIR"].map { URL(fileURLWithPath: $0) }
        return (target ?? checkout.appendingPathComponent("target")).appendingPathComponent("debug/saoma").standardized
    }
}

/// A process whose lines can be waited for. It is killed with this object.
package final class Child: Sendable {
    private let process: Process
    private let input = Pipe()
    private let lines: AsyncStream<String>

    package init(_ program: URL, _ arguments: [String], withItsErrors: Bool = false) throws {
        let output = Pipe()
        let (lines, line) = AsyncStream.makeStream(of: String.self)
        self.lines = lines
        process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.standardInput = input
        process.standardOutput = output
        if withItsErrors { process.standardError = output }
        try process.run()
        Thread.detachNewThread {
            var rest = Data()
            while case let more = output.fileHandleForReading.availableData, !more.isEmpty {
                rest += more
                while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                    line.yield(String(decoding: rest[rest.startIndex..<end], as: UTF8.self))
                    rest = Data(rest[(end + 1)...])
                }
            }
            line.finish()
        }
    }

    deinit {
        kill()
    }

    package func write(_ line: String) {
        input.fileHandleForWriting.write(Data("\(line)\n".utf8))
    }

    /// Ends its input.
    package func closeInput() throws {
        try input.fileHandleForWriting.close()
    }

    /// The next line that is wanted; those before it are passed over.
    package func line(where wanted: (String) -> Bool) async throws -> String {
        for await line in lines where wanted(line) {
            return line
        }
        throw Ended()
    }

    /// Waits for its end; its exit code.
    package func end() async -> Int32 {
        for await _ in lines {}
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// As the system kills an app: at once, without a word.
    package func kill() {
        if process.isRunning {
            Foundation.kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
    }

    struct Ended: Error {}
}

/// A folder that goes with this object.
package final class Folder: Sendable {
    package let url: URL

    package init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("saoma-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: url)
    }
}
