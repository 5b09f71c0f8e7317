//! A receipt as a file: the signed statement and the keys it is verified with. Whoever has it needs nothing else.

use saoma_contract::statement::{Checked, PaidStatement, StatementError, TrustedKeys};
use saoma_contract::{Fingerprint, Jws, MerchantId};
use serde::{Deserialize, Serialize};

/// The most bytes a receipt file may have.
const BYTES_MAX: usize = 256 * 1024;

/// A receipt that anyone can verify offline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptFile {
    /// Whose receipt it says it is; the keys must agree.
    pub merchant: MerchantId,
    /// The `paid` statement.
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
    let Checked::Paid(receipt) = keys.check(&file.receipt)? else {
        return Err(StatementError::OtherKind.into());
    };
    if !receipt.is_money() && !test_allowed {
        return Err(ReceiptError::Test);
    }
    Ok(VerifiedReceipt { paid: receipt.statement().clone(), root: keys.root(), root_known: root.is_some() })
}
