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
