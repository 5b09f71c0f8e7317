//! Statements: what a merchant's backend signs from proof, and the only thing a till acts on.
//!
//! A statement is a compact JWS by one of the merchant's statement keys. Those keys are themselves named by a `keys`
//! statement, signed by the merchant's root key, whose fingerprint a device got when it was paired. So a statement
//! holds alike in an answer, in the stream, or in a picture of a QR code, and anyone can check a receipt offline.

use serde::{Deserialize, Serialize};

use crate::jws::Jws;
use crate::{
    AttemptNo, Code, Currency, DeviceSigner, Fingerprint, JwsError, Kid, MerchantId, OrderNo, Payment,
    PublicKey, RefundNo, SignerError, StoreId, Time, Version,
};

const TYP: &str = "saoma-statement";
const ROOT_KID: &str = "root";

/// How far a clock may be off, or a key's overlap last, before a statement counts as signed outside its key's days.
const KEY_SLACK_MS: i64 = 10 * 60 * 1000;

/// What a statement says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Statement {
    /// This code may be shown for this attempt.
    Code(CodeStatement),
    /// This order was paid: the receipt.
    Paid(PaidStatement),
    /// Of this payment so much was given back: the receipt that replaces the `paid` one.
    Refunded(RefundedStatement),
    /// No attempt of this order made so far can be paid, ever; beside it stands at most cash.
    Closed(ClosedStatement),
    /// These keys sign for the merchant.
    Keys(KeysStatement),
    /// A kind that this version does not know; nothing may be concluded from it.
    #[serde(other)]
    Unknown,
}

/// A code that may be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CodeStatement {
    /// Who is paid.
    pub merchant: MerchantId,
    /// Real money, or play money.
    pub live: bool,
    /// The order it is for.
    pub order_no: OrderNo,
    /// The attempt it is for.
    pub attempt: AttemptNo,
    /// Minor units that the code asks for.
    pub amount: i64,
    /// Its currency.
    pub currency: Currency,
    /// The code itself.
    pub code: Code,
    /// How new this is.
    pub version: Version,
    /// When it was said.
    pub as_of: Time,
}

/// The receipt. It says nothing of the payer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PaidStatement {
    /// Who was paid.
    pub merchant: MerchantId,
    /// The merchant's name as people know it.
    pub merchant_name: String,
    /// Where.
    pub store: StoreId,
    /// Real money, or play money.
    pub live: bool,
    /// The order.
    pub order_no: OrderNo,
    /// Minor units that the order asks for.
    pub amount: i64,
    /// Its currency.
    pub currency: Currency,
    /// The money that came.
    pub payment: Payment,
    /// How new this is; a later statement about the same order replaces it.
    pub version: Version,
    /// When it was said.
    pub as_of: Time,
}

/// The receipt of a payment of which money was given back; it replaces the `paid` one. It says nothing of the payer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefundedStatement {
    /// Who was paid.
    pub merchant: MerchantId,
    /// The merchant's name as people know it.
    pub merchant_name: String,
    /// Where.
    pub store: StoreId,
    /// Real money, or play money.
    pub live: bool,
    /// The order.
    pub order_no: OrderNo,
    /// Minor units that the order asks for.
    pub amount: i64,
    /// Its currency.
    pub currency: Currency,
    /// The money that came.
    pub payment: Payment,
    /// Minor units of it that were given back: the sum of `refunds`.
    pub refunded: i64,
    /// The parts that were given back, oldest first; none that is still on its way.
    pub refunds: Vec<RefundedPart>,
    /// How new this is; a later statement about the same order replaces it.
    pub version: Version,
    /// When it was said.
    pub as_of: Time,
}

/// A part of a payment that was given back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefundedPart {
    /// Its number.
    pub refund_no: RefundNo,
    /// Minor units.
    pub amount: i64,
    /// When, by the channel's time.
    pub done_at: Time,
}

/// The end of an order that was not paid, or of the codes of one that was settled in cash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClosedStatement {
    /// Who was to be paid.
    pub merchant: MerchantId,
    /// Real money, or play money.
    pub live: bool,
    /// The order.
    pub order_no: OrderNo,
    /// The last attempt, closed with all before it; absent if none was ever made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<AttemptNo>,
    /// How new this is.
    pub version: Version,
    /// When it was said.
    pub as_of: Time,
}

/// The keys that sign a merchant's statements, signed by its root key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeysStatement {
    /// Whose keys.
    pub merchant: MerchantId,
    /// Real money, or play money, for ever.
    pub live: bool,
    /// Grows with each new set; a till never goes back to an older one.
    pub serial: u64,
    /// The root key itself; its fingerprint is what pairing pinned.
    pub root: PublicKey,
    /// The keys, old ones too.
    pub keys: Vec<StatementKey>,
    /// When it was said.
    pub as_of: Time,
}

/// One key and the days on which it signs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StatementKey {
    /// Its name in a statement's header.
    pub kid: Kid,
    /// Its public half.
    pub key: PublicKey,
    /// From when it signs.
    pub from: Time,
    /// Until when it signed; absent while it does. What it signed before stays good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
}

/// Why a statement was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// Not a signed statement, or a wrong signature.
    #[error("statement: {0}")]
    Jws(#[from] JwsError),
    /// Signed, but not in a form that this version reads.
    #[error("statement: {0}")]
    Form(String),
    /// Signed by a key that the merchant's keys do not name: fetch them again.
    #[error("statement: signed by the unknown key {0:?}; fetch the merchant's keys again")]
    UnknownKey(String),
    /// Signed on a day on which its key does not sign.
    #[error("statement: signed outside its key's days")]
    KeyDays,
    /// Another merchant's.
    #[error("statement: of another merchant")]
    OtherMerchant,
    /// A test statement where live ones count, or the other way round.
    #[error("statement: test and live are mixed")]
    TestAndLive,
    /// The root key is not the one that pairing pinned.
    #[error("keys: not signed by the merchant's root key")]
    OtherRoot,
    /// A set of keys older than the one at hand.
    #[error("keys: older than those at hand")]
    OlderKeys,
    /// A good statement of another kind than was needed.
    #[error("statement: of another kind than needed")]
    OtherKind,
}

/// Signs a statement with one of the merchant's keys.
///
/// # Errors
/// If the key cannot sign.
pub fn sign(statement: &Statement, kid: &Kid, key: &dyn DeviceSigner) -> Result<Jws, SignerError> {
    Jws::sign(kid.as_str(), TYP, statement, key)
}

/// Signs the merchant's set of keys with its root key.
///
/// # Errors
/// If the key cannot sign.
pub fn sign_keys(keys: KeysStatement, root: &dyn DeviceSigner) -> Result<Jws, SignerError> {
    Jws::sign(ROOT_KID, TYP, &Statement::Keys(keys), root)
}

/// The keys that a merchant's statements are checked with: verified down to the pinned root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedKeys {
    statement: KeysStatement,
    jws: Jws,
}

impl TrustedKeys {
    /// Verifies a `keys` statement against the fingerprint that pairing pinned.
    ///
    /// # Errors
    /// If it is not signed by that root key, or is another merchant's.
    pub fn verify(jws: Jws, merchant: &MerchantId, root: &Fingerprint) -> Result<Self, StatementError> {
        let statement = {
            let opened = jws.open(TYP)?;
            if opened.kid != ROOT_KID {
                return Err(StatementError::OtherRoot);
            }
            let Statement::Keys(statement) = read(&opened.payload)? else {
                return Err(StatementError::OtherKind);
            };
            if statement.root.fingerprint() != *root {
                return Err(StatementError::OtherRoot);
            }
            opened.verify(&statement.root)?;
            statement
        };
        if statement.merchant != *merchant {
            return Err(StatementError::OtherMerchant);
        }
        Ok(Self { statement, jws })
    }

    /// Verifies a newer set and takes its place.
    ///
    /// # Errors
    /// If it is not signed by the same root, changes the merchant or live and test, or is older.
    pub fn replace(&self, jws: Jws) -> Result<Self, StatementError> {
        let newer = Self::verify(jws, &self.statement.merchant, &self.statement.root.fingerprint())?;
        if newer.statement.live != self.statement.live {
            return Err(StatementError::TestAndLive);
        }
        if newer.statement.serial < self.statement.serial {
            return Err(StatementError::OlderKeys);
        }
        Ok(newer)
    }

    /// Whose keys they are.
    pub fn merchant(&self) -> &MerchantId {
        &self.statement.merchant
    }

    /// Real money, or play money.
    pub fn live(&self) -> bool {
        self.statement.live
    }

    /// The fingerprint of the root key.
    pub fn root(&self) -> Fingerprint {
        self.statement.root.fingerprint()
    }

    /// The `keys` statement itself, to keep or to hand on with a receipt.
    pub fn jws(&self) -> &Jws {
        &self.jws
    }

    fn open(&self, jws: &Jws) -> Result<Statement, StatementError> {
        let opened = jws.open(TYP)?;
        let key = self
            .statement
            .keys
            .iter()
            .find(|key| key.kid.as_str() == opened.kid)
            .ok_or_else(|| StatementError::UnknownKey(opened.kid.chars().take(40).collect()))?;
        opened.verify(&key.key)?;
        let statement = read(&opened.payload)?;
        let (merchant, live, as_of) = match &statement {
            Statement::Code(code) => (&code.merchant, code.live, code.as_of),
            Statement::Paid(paid) => (&paid.merchant, paid.live, paid.as_of),
            Statement::Refunded(refunded) => (&refunded.merchant, refunded.live, refunded.as_of),
            Statement::Closed(closed) => (&closed.merchant, closed.live, closed.as_of),
            Statement::Keys(_) | Statement::Unknown => return Err(StatementError::OtherKind),
        };
        if *merchant != self.statement.merchant {
            return Err(StatementError::OtherMerchant);
        }
        if live != self.statement.live {
            return Err(StatementError::TestAndLive);
        }
        let after_start = as_of >= key.from.plus_ms(-KEY_SLACK_MS);
        let before_end = key.until.is_none_or(|until| as_of <= until.plus_ms(KEY_SLACK_MS));
        if !after_start || !before_end {
            return Err(StatementError::KeyDays);
        }
        Ok(statement)
    }

    /// Verifies a statement of any kind.
    ///
    /// # Errors
    /// See [`StatementError`].
    pub fn check(&self, jws: &Jws) -> Result<Checked, StatementError> {
        let jws = jws.clone();
        match self.open(&jws)? {
            Statement::Code(statement) => Ok(Checked::Code(ShowableCode { statement, jws })),
            Statement::Paid(statement) => Ok(Checked::Paid(Receipt { statement, jws })),
            Statement::Refunded(statement) => {
                let parts: Option<i64> =
                    statement.refunds.iter().try_fold(0i64, |sum, part| sum.checked_add(part.amount));
                if parts != Some(statement.refunded) {
                    return Err(StatementError::Form("refunded is not the sum of refunds".to_owned()));
                }
                Ok(Checked::Refunded(RefundedReceipt { statement, jws }))
            }
            Statement::Closed(statement) => Ok(Checked::Closed(ClosedProof { statement, jws })),
            Statement::Keys(_) | Statement::Unknown => Err(StatementError::OtherKind),
        }
    }
}

fn read(payload: &[u8]) -> Result<Statement, StatementError> {
    serde_json::from_slice(payload).map_err(|error| StatementError::Form(error.to_string()))
}

/// A statement whose signature was verified, by kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checked {
    /// A code that may be shown.
    Code(ShowableCode),
    /// A receipt.
    Paid(Receipt),
    /// A receipt that says how much was given back.
    Refunded(RefundedReceipt),
    /// The proof of a close.
    Closed(ClosedProof),
}

macro_rules! checked_type {
    ($(#[$outer:meta])* $name:ident, $statement:ident) => {
        $(#[$outer])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name {
            statement: $statement,
            jws: Jws,
        }

        impl $name {
            /// What was said.
            pub fn statement(&self) -> &$statement {
                &self.statement
            }

            /// The signed text, to keep or to hand on.
            pub fn jws(&self) -> &Jws {
                &self.jws
            }
        }
    };
}

checked_type! {
    /// A code with a verified statement: the only thing a till draws. It is made only by [`TrustedKeys::check`].
    ShowableCode, CodeStatement
}
checked_type! {
    /// A verified receipt: without one nothing is paid. It is made only by [`TrustedKeys::check`].
    Receipt, PaidStatement
}
checked_type! {
    /// A verified receipt of a payment of which money was given back. It is made only by [`TrustedKeys::check`].
    RefundedReceipt, RefundedStatement
}
checked_type! {
    /// A verified close: without one nothing is closed. It is made only by [`TrustedKeys::check`].
    ClosedProof, ClosedStatement
}

impl RefundedReceipt {
    /// Whether the receipt stands for real money. A test account's never does.
    pub fn is_money(&self) -> bool {
        self.statement.live
    }
}

impl Receipt {
    /// Whether the receipt stands for real money. A test account's never does.
    pub fn is_money(&self) -> bool {
        self.statement.live
    }
}

#[cfg(test)]
mod tests;
