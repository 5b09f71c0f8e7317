// Where a person is.

/// A screen above the keypad. The path of them is kept, so that a killed app comes back to where it was.
public enum Screen: Codable, Hashable, Sendable {
    /// A sale's code, and then its end: see ``OpenTill/code(_:)``.
    case code(orderNo: String)
    /// A sale with its history and receipt: see ``OpenTill/sale(_:)``.
    case sale(orderNo: String)
    /// The list of sales: see ``OpenTill/sales``.
    case sales
    /// What is still to be collected: see ``OpenTill/toCollect``.
    case toCollect
    /// Old drafts that wait for a decision: see ``OpenTill/drafts``.
    case drafts
    /// A day's totals: see ``OpenTill/day``.
    case day
    /// The settings: see ``OpenTill/settings``.
    case settings
    /// How the till is: see ``OpenTill/diagnosisScreen``.
    case diagnosis
    /// Pairing anew: see ``OpenTill/pairingScreen``.
    case pairing
    /// Money of a sale is given back: see ``OpenTill/refund(_:)``.
    case refund(orderNo: String)
    /// Signing in and out: see ``OpenTill/people``.
    case people
    /// The shifts of this till: see ``OpenTill/shifts``.
    case shifts
    /// A shift in full: see ``ShiftsModel/shift(_:)``.
    case shift(no: UInt32)

    /// The sale that it is about.
    var orderNo: String? {
        switch self {
        case .code(let orderNo), .sale(let orderNo), .refund(let orderNo): orderNo
        case .sales, .toCollect, .drafts, .day, .settings, .diagnosis, .pairing, .people, .shifts, .shift: nil
        }
    }
}
