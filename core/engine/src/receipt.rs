//! A receipt as a file: the signed statement and the keys it is verified with. Whoever has it needs nothing else.

use saoma_contract::statement::{Checked, PaidStatement, RefundedPart, StatementError, TrustedKeys};
use saoma_contract::{Fingerprint, Jws, MerchantId};
use serde::{Deserialize, Serialize};

/// The most bytes a receipt file may have.
const BYTES_MAX: usize = 256 * 1024;

/// A receipt that anyone can verify offline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptFile {
    /// Whose receipt it says it is; the keys must agree.
    pub merchant: MerchantId,
    /// The `paid` statement, or the `refunded` one that replaces it.
    pub receipt: Jws,
    /// The merchant's `keys` statement, signed by its root key.
    pub keys: Jws,
    /// SHA-256 of that root key. Compare it with one you know: a file can only speak for itself.
    pub root: Fingerprint,
}

/// What a verified receipt says, and how far it is to be believed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VerifiedReceipt {
    /// What was paid.
    pub paid: PaidStatement,
    /// What was given back of it since, oldest first.
    pub refunds: Vec<RefundedPart>,
    /// The root key it leads to.
    pub root: Fingerprint,
    /// Whether that root was given by the reader, rather than taken from the file itself.
    pub root_known: bool,
}

/// Why a receipt was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// Not a receipt file.
    #[error("receipt: not a receipt file: {0}")]
    Form(String),
    /// A signature is wrong, or another root's.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// A test account's receipt, which is no money.
    #[error("receipt: a test account's, no money was paid; allow test receipts to verify it all the same")]
    Test,
}

impl ReceiptFile {
    /// The file's text.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("four texts are always JSON")
    }
}

/// Verifies a receipt file. Give the merchant's root key if you know it; without it the file is only shown to be whole.
///
/// # Errors
/// If anything in it does not verify, or it is a test receipt and those are not allowed.
pub fn verify_receipt(
    text: &str,
    root: Option<Fingerprint>,
    test_allowed: bool,
) -> Result<VerifiedReceipt, ReceiptError> {
    if text.len() > BYTES_MAX {
        return Err(ReceiptError::Form(format!("longer than {BYTES_MAX} bytes")));
    }
    let file: ReceiptFile =
        serde_json::from_str(text).map_err(|error| ReceiptError::Form(error.to_string()))?;
    let keys = TrustedKeys::verify(file.keys, &file.merchant, &root.unwrap_or(file.root))?;
    let (paid, refunds) = match keys.check(&file.receipt)? {
        Checked::Paid(receipt) => (receipt.statement().clone(), Vec::new()),
        Checked::Refunded(receipt) => {
            let said = receipt.statement().clone();
            let paid = PaidStatement {
                merchant: said.merchant,
                merchant_name: said.merchant_name,
                store: said.store,
                live: said.live,
                order_no: said.order_no,
                amount: said.amount,
                currency: said.currency,
                payment: said.payment,
                version: said.version,
                as_of: said.as_of,
            };
            (paid, said.refunds)
        }
        Checked::Code(_) | Checked::Closed(_) => return Err(StatementError::OtherKind.into()),
    };
    if !paid.live && !test_allowed {
        return Err(ReceiptError::Test);
    }
    Ok(VerifiedReceipt { paid, refunds, root: keys.root(), root_known: root.is_some() })
}

#[cfg(test)]
mod tests {
    use saoma_contract::DeviceSigner as _;
    use saoma_contract::statement::Checked;

    use super::*;
    use crate::sample::{code, key, keys, paid};

    fn jws(proof: &Checked) -> Jws {
        crate::sale::jws_of(proof).clone()
    }

    fn file(receipt: &Checked) -> ReceiptFile {
        let keys = keys();
        ReceiptFile {
            merchant: keys.merchant().clone(),
            receipt: jws(receipt),
            keys: keys.jws().clone(),
            root: keys.root(),
        }
    }

    #[test]
    fn a_receipt_verifies_offline_and_says_whether_its_root_was_known() {
        let text = file(&paid(1, 1, "42", 1280)).to_json();
        let root = key(9).public_key().fingerprint();
        let verified = verify_receipt(&text, Some(root), false).unwrap();
        assert_eq!((verified.paid.amount, verified.root, verified.root_known), (1280, root, true));
        assert!(!verify_receipt(&text, None, false).unwrap().root_known);
    }

    #[test]
    fn another_root_a_changed_byte_another_kind_and_rubbish_are_refused() {
        let good = file(&paid(1, 1, "42", 1280));
        let other = key(7).public_key().fingerprint();
        let refused = verify_receipt(&good.to_json(), Some(other), false).unwrap_err();
        assert_eq!(refused, ReceiptError::Statement(StatementError::OtherRoot));
        let mut changed = good.receipt.as_str().to_owned().into_bytes();
        changed[60] ^= 1;
        let changed =
            ReceiptFile { receipt: Jws::from_text(String::from_utf8(changed).unwrap()), ..good.clone() };
        assert!(matches!(verify_receipt(&changed.to_json(), None, false), Err(ReceiptError::Statement(_))));
        let kind = verify_receipt(&file(&code(1, 1, 1, 300_000)).to_json(), None, false).unwrap_err();
        assert_eq!(kind, ReceiptError::Statement(StatementError::OtherKind));
        let merchant = ReceiptFile { merchant: "coffee".parse().unwrap(), ..good.clone() };
        let merchant = verify_receipt(&merchant.to_json(), None, false).unwrap_err();
        assert_eq!(merchant, ReceiptError::Statement(StatementError::OtherMerchant));
        assert!(matches!(verify_receipt("a letter", None, false), Err(ReceiptError::Form(_))));
        let long = format!("{}{}", good.to_json(), " ".repeat(BYTES_MAX));
        assert!(matches!(verify_receipt(&long, None, false), Err(ReceiptError::Form(_))));
    }
}
