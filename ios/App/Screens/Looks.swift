// How states look from afar: a colour and a symbol each. The words beside them say the same.

import SaomaTill
import SwiftUI

extension Tone {
    var color: Color {
        switch self {
        case .calm: .gray
        case .busy: .blue
        case .warning: .orange
        case .alarm: .red
        }
    }

    var symbol: String {
        switch self {
        case .calm: "info.circle.fill"
        case .busy: "arrow.triangle.2.circlepath"
        case .warning: "exclamationmark.triangle.fill"
        case .alarm: "exclamationmark.octagon.fill"
        }
    }
}

extension Sale {
    var color: Color {
        guard !mismatch else { return .red }
        return switch phase {
        case .paid: late ? .orange : .green
        case .awaiting, .ready, .charging, .paying: .blue
        case .cash: .teal
        case .cashUnproven, .waitingForPerson, .rejected, .joined, .unknown: .orange
        case .draft, .sending, .checking, .refreshing, .closing, .closed, .dropped: .gray
        }
    }

    var symbol: String {
        guard !mismatch else { return "exclamationmark.octagon.fill" }
        return switch phase {
        case .paid: late ? "exclamationmark.triangle.fill" : "checkmark.seal.fill"
        case .awaiting: "qrcode"
        case .ready: "qrcode.viewfinder"
        case .charging: "hourglass"
        case .paying: "lock.rectangle"
        case .cash: "banknote"
        case .cashUnproven: "exclamationmark.triangle.fill"
        case .draft: "tray.and.arrow.up"
        case .waitingForPerson: "hand.raised.fill"
        case .sending: "paperplane"
        case .checking, .refreshing, .closing: "hourglass"
        case .closed: "xmark.circle"
        case .dropped: "trash"
        case .rejected, .joined, .unknown: "exclamationmark.triangle.fill"
        }
    }
}

extension RefundPhase {
    /// Green is for proof alone.
    var color: Color {
        switch self {
        case .done: .green
        case .requested, .abnormal, .refused, .closed, .declined, .unknown: .orange
        case .asked, .queued, .sending, .processing: .gray
        }
    }

    var symbol: String {
        switch self {
        case .done: "checkmark.seal.fill"
        case .requested: "person.badge.key"
        case .asked: "tray.and.arrow.up"
        case .queued, .sending, .processing: "hourglass"
        case .declined, .closed: "xmark.circle"
        case .abnormal, .refused, .unknown: "exclamationmark.triangle.fill"
        }
    }
}

extension LateMoney {
    var symbol: String {
        switch self {
        case .ask: "questionmark.circle.fill"
        case .accepted: "checkmark.circle"
        case .givenBack: "arrow.uturn.backward.circle"
        case .unknown: "exclamationmark.triangle.fill"
        }
    }
}
