//! Receipts: verified offline, by anyone.

use std::time::SystemTime;

use saoma_engine::contract::{Amount, Fingerprint};

use crate::error::SaomaError;
use crate::sale::moment;

/// What a verified receipt says.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ReceiptSaid {
    /// Whose receipt it is.
    pub merchant: String,
    /// The order.
    pub order_no: String,
    /// Minor units paid.
    pub minor: i64,
    /// As people read it.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// Who moved the money, such as `wechatpay`.
    pub channel: String,
    /// The channel's number of the payment.
    pub transaction_id: String,
    /// When it was paid, by the channel's time.
    pub paid_at: SystemTime,
    /// Until when the merchant knew of nothing else: say "paid as of".
    pub as_of: SystemTime,
    /// Real money, or a test account's play money.
    pub live: bool,
    /// The merchant's root key that it leads to.
    pub root: String,
    /// Whether that root was given, rather than taken from the file itself: a file can only speak for itself.
    pub root_known: bool,
}

/// Verifies the text of a receipt file. Give the merchant's root key (see [`Pairing`](crate::Pairing)) if it is known. A test account's
/// receipt is refused unless `test_allowed`. In memory only.
#[uniffi::export]
pub fn verify_receipt(
    text: &str,
    root: Option<String>,
    test_allowed: bool,
) -> Result<ReceiptSaid, SaomaError> {
    let root: Option<Fingerprint> =
        root.map(|text| text.parse()).transpose().map_err(|error| SaomaError::input("root", error))?;
    let verified = saoma_engine::verify_receipt(text, root, test_allowed)
        .map_err(|error| SaomaError::input("receipt", error))?;
    let paid = verified.paid;
    Ok(ReceiptSaid {
        merchant: paid.merchant.to_string(),
        order_no: paid.order_no.to_string(),
        minor: paid.payment.amount,
        amount: Amount::print_minor(paid.payment.amount, paid.payment.currency),
        currency: paid.payment.currency.to_string(),
        channel: paid.payment.channel.to_string(),
        transaction_id: paid.payment.transaction_id.to_string(),
        paid_at: moment(paid.payment.paid_at),
        as_of: moment(paid.as_of),
        live: paid.live,
        root: verified.root.to_string(),
        root_known: verified.root_known,
    })
}
