// One screen that takes a payment: the least that an app of its own needs. (SaomaTill and ios/App are a whole till.)

import Saoma
import SwiftUI

@main
struct OneScreenApp: App {
    @State private var counter = Counter()
    @Environment(\.scenePhase) private var scenePhase

    var body: some Scene {
        WindowGroup {
            OneScreen(counter: counter)
                .task { await counter.work() }
        }
        .onChange(of: scenePhase) { _, phase in
            counter.isInFront = phase == .active
        }
    }
}

/// The app's till: one for the whole process.
@MainActor @Observable
final class Counter {
    /// What people must be told.
    private(set) var results: [MoneyResult] = []
    /// The line on top of the screen.
    private(set) var bar: Bar?
    private(set) var sale: Sale?
    var trouble: String?
    var isInFront = false {
        didSet { act { [isInFront] in try await $0.foreground(isInFront) } }
    }
    private var till: Till?
    /// Of the sale that is being typed, or is on screen.
    private var orderNo = ""

    /// Opens the till and watches it, for as long as the app lives.
    func work() async {
        do {
            let folder = FileManager.default.urls(for: .applicationSupportDirectory, in: .userDomainMask)[0]
            let till = try await Till.open(at: folder.appendingPathComponent("till"))
            self.till = till
            orderNo = till.newOrderNo()
            try await till.foreground(isInFront)
            async let barWatched: Void = watchBar(of: till)
            for try await results in till.results {
                self.results = results
            }
            try await barWatched
        } catch {
            tell(error)
        }
    }

    private func watchBar(of till: Till) async throws {
        for try await diagnosis in till.diagnosis {
            bar = diagnosis.bar
        }
    }

    func pair(_ link: String) {
        act { try await $0.pair(with: link, as: "counter 1") }
    }

    /// A second tap on the button is the same sale.
    func charge(_ typed: String) {
        act { [self] till in
            let amount = try Amount(typed: typed)
            sale = try await till.charge(NewSale(minor: amount.minor, description: "Goods"), orderNo: orderNo)
        }
    }

    /// Follows the sale on screen; the next one gets a number of its own.
    func follow() async {
        guard let till, let shown = sale?.orderNo else { return }
        do {
            try await till.onScreen(shown)
            for try await now in till.watch(shown) {
                sale = now
            }
            try await till.onScreen(nil)
        } catch {
            tell(error)
        }
    }

    func nextSale() {
        sale = nil
        orderNo = till?.newOrderNo() ?? ""
    }

    /// People have read it: it never comes again.
    func wasTold(_ result: MoneyResult) {
        act { try await $0.acknowledge(result) }
    }

    private func act(_ call: @escaping @MainActor (Till) async throws -> Void) {
        guard let till else { return }
        Task {
            do { try await call(till) } catch { tell(error) }
        }
    }

    private func tell(_ error: any Error) {
        trouble = SaomaError(error).text(in: .preferred) ?? trouble
    }
}

struct OneScreen: View {
    let counter: Counter
    @State private var typed = ""

    var body: some View {
        VStack(spacing: 16) {
            if let bar = counter.bar {
                Text(verbatim: bar.text)
            }
            ForEach(counter.results, id: \.key) { result in
                Button(result.title + ": " + result.sentence) { counter.wasTold(result) }
            }
            if let sale = counter.sale {
                Text(verbatim: "\(sale.amount) \(sale.currency)\(sale.live ? "" : " TEST")")
                Text(verbatim: sale.title)
                Text(verbatim: sale.sentence)
                if let code = sale.code {
                    CodeView(code: code)
                }
                Button("Next") { counter.nextSale() }
            } else {
                TextField("12.80, or a pairing link", text: $typed)
                Button("Charge") { counter.charge(typed) }
                Button("Pair") { counter.pair(typed) }
            }
            if let trouble = counter.trouble {
                Text(verbatim: trouble)
            }
        }
        .padding()
        .task(id: counter.sale?.orderNo) { await counter.follow() }
    }
}

/// A code on a light plate with its quiet zone, for as long as it may be shown.
struct CodeView: View {
    let code: SaleCode
    @State private var hidden: SaleCode?

    var body: some View {
        Canvas { context, size in
            let quiet = 4
            let module = min(size.width, size.height) / Double(Int(code.qr.size) + 2 * quiet)
            for row in 0..<Int(code.qr.size) {
                for column in 0..<Int(code.qr.size) where code.qr.isDark(column: column, row: row) {
                    let origin = CGPoint(x: Double(column + quiet) * module, y: Double(row + quiet) * module)
                    let square = CGRect(origin: origin, size: CGSize(width: module, height: module))
                    context.fill(Path(square), with: .color(.black))
                }
            }
        }
        .aspectRatio(1, contentMode: .fit)
        .background(Color.white)
        .opacity(hidden == code ? 0 : 1)
        .task(id: code) {
            // A clock that runs while the phone sleeps.
            try? await Task.sleep(for: .milliseconds(code.hideInMs), clock: .continuous)
            if !Task.isCancelled { hidden = code }
        }
    }
}
