// What several screens are made of.

import SaomaTill
import SwiftUI
import UIKit

/// The actions of a screen, at its lower edge where the thumb is: side by side where they fit, else in two columns, and one above the
/// other in the largest type.
struct BottomActions<Actions: View>: View {
    @ViewBuilder let actions: Actions
    @Environment(\.dynamicTypeSize) private var type

    var body: some View {
        Group {
            if type.isAccessibilitySize {
                VStack(spacing: 8) { actions }
            } else {
                ViewThatFits(in: .horizontal) {
                    HStack(spacing: 12) { actions }
                    LazyVGrid(columns: [GridItem(spacing: 8), GridItem()], spacing: 8) { actions }
                }
            }
        }
        .labelStyle(.titleAndIcon)
        .controlSize(.large)
        .padding()
        .frame(maxWidth: .infinity)
        .background(.bar)
    }
}

/// Why something was not done, in the core's words.
struct FaultNote: View {
    let fault: Fault?
    @Environment(\.language) private var language

    var body: some View {
        if let fault {
            Label(fault.text(in: language), systemImage: "exclamationmark.circle.fill")
                .foregroundStyle(.red)
                .frame(maxWidth: .infinity, alignment: .leading)
                .announces(fault.text(in: language))
            if fault.asksForPerson {
                NavigationLink("people.sign_in", value: Screen.people).buttonStyle(.bordered)
            }
        }
    }
}

/// A caption and a value, read as one.
struct Fact: View {
    let caption: LocalizedStringKey
    let value: String?

    init(_ caption: LocalizedStringKey, _ value: String?) {
        self.caption = caption
        self.value = value
    }

    var body: some View {
        if let value, !value.isEmpty {
            LabeledContent(caption) {
                Text(value).textSelection(.enabled)
            }
        }
    }
}

/// A moment, as short as it is clear.
struct Moment: View {
    let caption: LocalizedStringKey
    let date: Date?

    init(_ caption: LocalizedStringKey, _ date: Date?) {
        self.caption = caption
        self.date = date
    }

    var body: some View {
        if let date {
            LabeledContent(caption) {
                Text(date, format: .dateTime.year().month().day().hour().minute().second())
            }
        }
    }
}

/// A sum and how many payments it is of.
struct SumRow: View {
    let caption: LocalizedStringKey
    let of: Totals
    let currency: String

    init(_ caption: LocalizedStringKey, _ of: Totals, in currency: String) {
        self.caption = caption
        self.of = of
        self.currency = currency
    }

    var body: some View {
        LabeledContent(caption) {
            VStack(alignment: .trailing) {
                Text(verbatim: money(of.text, currency)).font(.title3.bold()).monospacedDigit()
                Text("day.payments \(Int(of.count), specifier: "%lld")").font(.footnote)
            }
        }
        .accessibilityElement(children: .combine)
    }
}

/// What moved: proven money, and apart from it cash, and what was given back.
struct SumsRows: View {
    let sums: Sums
    let currency: String

    var body: some View {
        SumRow("day.paid", sums.paid, in: currency)
        if sums.late.count > 0 { SumRow("day.late", sums.late, in: currency) }
        if sums.cash.count > 0 { SumRow("day.cash", sums.cash, in: currency) }
        if sums.refunded.count > 0 { SumRow("day.refunded", sums.refunded, in: currency) }
        if sums.cashRefunded.count > 0 { SumRow("day.cash_refunded", sums.cashRefunded, in: currency) }
    }
}

/// The same by method, store or person: a line for each, folded away until somebody asks.
struct Shares: View {
    let caption: LocalizedStringKey
    let parts: [Sums]
    let currency: String
    let name: (Sums) -> Text

    init(_ caption: LocalizedStringKey, _ parts: [Sums], in currency: String, name: @escaping (Sums) -> Text) {
        self.caption = caption
        self.parts = parts
        self.currency = currency
        self.name = name
    }

    var body: some View {
        if !parts.isEmpty {
            DisclosureGroup(caption) {
                ForEach(parts, id: \.name) { part in
                    name(part).font(.headline).accessibilityAddTraits(.isHeader)
                    SumsRows(sums: part, currency: currency)
                }
            }
        }
    }
}

/// How money came, as people call it.
func methodName(_ method: String) -> Text {
    switch method {
    case "wechatpay_qr": Text("method.wechatpay_qr")
    case "wechatpay_code": Text("method.wechatpay_code")
    case "cash": Text("method.cash")
    default: Text(verbatim: method)
    }
}

/// An amount as a shop writes it.
func money(_ amount: String, _ currency: String) -> String {
    currency == "CNY" ? "¥\(amount)" : "\(amount) \(currency)"
}

extension Sale {
    /// Its amount as a shop writes it.
    var price: String { money(amount, currency) }
}

extension View {
    /// Has VoiceOver say a text when it is first shown and whenever it changes.
    func announces(_ text: String?) -> some View {
        onChange(of: text, initial: true) {
            if let text { UIAccessibility.post(notification: .announcement, argument: text) }
        }
    }
}
