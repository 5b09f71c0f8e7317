//! What the ledger keeps of an order: the order as it was signed, its attempts, the money that came.

use bytes::Bytes;
use saoma_contract::{
    AttemptKind, AttemptNo, AttemptState, BusinessKey, CASH_CHANNEL, Currency, DeviceId, Jws, LateMoney,
    MerchantId, Method, OrderBody, OrderNo, OrderState, OutTradeNo, Refusal, StoreId, Time, Version,
};

use super::charges::CHARGE_QUERY_MS;
use super::{By, RefundRecord};

/// An order with its attempts, payments and refunds: what one change of the ledger reads and writes as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderRecord {
    /// Its number.
    pub order_no: OrderNo,
    /// Who is paid.
    pub merchant: MerchantId,
    /// Where; for a number that was closed before its order came, the store of the device that closed it.
    pub store: StoreId,
    /// Real money, or play money.
    pub live: bool,
    /// The order as its device signed it; none for a number that was closed before its order came.
    pub signed: Option<StoredOrder>,
    /// When the backend first saw the number.
    pub created_at: Time,
    /// When anything that a till can see last changed.
    pub changed_at: Time,
    /// The version of that change.
    pub version: Version,
    /// Who cancelled it, and when.
    pub cancelled: Option<Cancelled>,
    /// Whether the next attempt opens as soon as the last is proven closed.
    pub refresh_wanted: bool,
    /// Why the channel refused it for good.
    pub refusal: Option<Refusal>,
    /// Money came that does not match: frozen.
    pub mismatch: bool,
    /// Tries to have it paid, oldest first.
    pub attempts: Vec<AttemptRecord>,
    /// Money that came and matches, oldest first.
    pub payments: Vec<PaymentRecord>,
    /// Money that came and does not match, oldest first.
    pub mismatches: Vec<MismatchRecord>,
    /// Money given back, or asked to be, oldest first.
    pub refunds: Vec<RefundRecord>,
}

/// The order as signed: its exact text, and what it says.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredOrder {
    /// The signed text, compared byte for byte.
    pub jws: Jws,
    /// What it says.
    pub body: OrderBody,
}

/// A person ended the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cancelled {
    /// When.
    pub at: Time,
    /// On which device.
    pub by: DeviceId,
}

/// One try at the channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptRecord {
    /// 1 to 99.
    pub attempt: AttemptNo,
    /// Its number at the channel.
    pub out_trade_no: OutTradeNo,
    /// Who scans whom.
    pub kind: Kind,
    /// Where it stands.
    pub phase: Phase,
    /// The exact body that was sent first and is sent again on every repeat.
    pub request: Option<Bytes>,
    /// When it was first sent.
    pub sent_at: Option<Time>,
    /// Until when the customer can pay: the `time_expire` of the request.
    pub expires_at: Option<Time>,
    /// The code that the channel gave.
    pub code: Option<String>,
    /// When it came.
    pub code_at: Option<Time>,
    /// When the channel was last asked about it.
    pub asked_at: Option<Time>,
    /// Whether a verified answer said that the channel has it.
    pub known: bool,
    /// What the channel said against it; nothing is concluded from it before a query.
    pub refused: Option<Refusal>,
    /// Answers in a row from which nothing could be learnt.
    pub tries: u32,
    /// Answers in a row that said the channel does not have it.
    pub absent: u32,
    /// How often it was asked to be reversed; of payment codes only.
    pub reversed: u32,
    /// What happens next of itself; none once it has ended.
    pub due: Option<Due>,
}

/// Who scans whom in an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The customer scans the till's code.
    Qr,
    /// The till scans the customer's payment code, which is charged once and kept nowhere.
    Code,
}

/// Where an attempt stands; it only moves forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Being made at the channel, or not known whether it was.
    Opening,
    /// Its code can be paid.
    Open,
    /// The customer's payment code was, or was about to be, sent to be charged; not known yet whether it was.
    Paying,
    /// Its code is withdrawn; proof is being sought.
    Closing,
    /// Proven never payable again.
    Closed,
    /// Proven paid.
    Paid,
}

/// What is to be done next, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// The call to the channel.
    pub step: Step,
    /// When.
    pub at: Time,
}

/// A call to the channel about one attempt or refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Make it, or make it again with the same bytes.
    Open,
    /// Ask how it stands.
    Query,
    /// Ask for its close.
    Close,
    /// Ask for a charged payment code to be reversed.
    Reverse,
    /// Send a refund, or send it again with the same bytes.
    Refund,
    /// Ask how a refund stands.
    RefundQuery,
    /// Have an abnormal refund paid to the merchant's own account.
    RefundToMerchant,
}

/// Money that came and matches the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentRecord {
    /// Who moved it: `wechatpay`.
    pub channel: String,
    /// The channel's own number.
    pub transaction_id: String,
    /// The attempt it paid.
    pub attempt: AttemptNo,
    /// Minor units asked and owed to the merchant.
    pub amount: i64,
    /// Their currency.
    pub currency: Currency,
    /// Minor units that the customer paid after discounts.
    pub payer_amount: Option<i64>,
    /// The customer's currency.
    pub payer_currency: Option<Currency>,
    /// When it was paid, by the channel's time.
    pub paid_at: Time,
    /// Proven after the till had been told closing, closed or expired, or after another payment.
    pub late: bool,
    /// When and where a manager chose to keep late money; the merchant's own rule names no device.
    pub accepted: Option<(Time, By)>,
    /// Who attests it, when nobody proves it: for cash only.
    pub attested_by: Option<By>,
    /// The proof itself; present when the payment is first written, left in the ledger when it is read back.
    pub evidence: Option<Evidence>,
}

/// Money that came and does not match what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MismatchRecord {
    /// Who moved it.
    pub channel: String,
    /// The channel's own number.
    pub transaction_id: String,
    /// The number it was paid for, as the channel says it.
    pub out_trade_no: String,
    /// Minor units.
    pub amount: i64,
    /// The currency, as the channel writes it.
    pub currency: String,
    /// What does not match.
    pub reason: String,
    /// When it was paid, by the channel's time.
    pub paid_at: Time,
    /// The proof; present when it is first written, left in the ledger when it is read back.
    pub evidence: Option<Evidence>,
}

/// What was received and verified, byte for byte. Its body may name the payer, and Debug does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Evidence {
    /// When.
    pub received_at: Time,
    /// The serial of the key that signed it.
    pub serial: String,
    /// The headers that were signed or name the exchange, one per line.
    pub headers: String,
    /// The raw body.
    pub body: Bytes,
}

impl std::fmt::Debug for Evidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let body = format_args!("{} bytes", self.body.len());
        f.debug_struct("Evidence").field("serial", &self.serial).field("body", &body).finish_non_exhaustive()
    }
}

impl Kind {
    /// The word for it in the ledger.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Qr => "qr",
            Self::Code => "code",
        }
    }
}

impl From<Kind> for AttemptKind {
    fn from(kind: Kind) -> Self {
        Self::from(kind.as_str())
    }
}

impl Phase {
    /// Whether nothing more is to be learnt about the attempt.
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Closed | Self::Paid)
    }

    /// The word for it in the ledger and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Open => "open",
            Self::Paying => "paying",
            Self::Closing => "closing",
            Self::Closed => "closed",
            Self::Paid => "paid",
        }
    }
}

impl From<Phase> for AttemptState {
    fn from(phase: Phase) -> Self {
        Self::from(phase.as_str())
    }
}

impl Step {
    /// All, for reading one back.
    pub const ALL: [Self; 7] = [
        Self::Open,
        Self::Query,
        Self::Close,
        Self::Reverse,
        Self::Refund,
        Self::RefundQuery,
        Self::RefundToMerchant,
    ];

    /// The word for it in the ledger and in logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Query => "query",
            Self::Close => "close",
            Self::Reverse => "reverse",
            Self::Refund => "refund",
            Self::RefundQuery => "refund_query",
            Self::RefundToMerchant => "refund_to_merchant",
        }
    }
}

impl AttemptRecord {
    /// A payment code that is about to be charged.
    pub fn charge(order_no: &OrderNo, attempt: AttemptNo, now: Time) -> Self {
        Self {
            kind: Kind::Code,
            phase: Phase::Paying,
            sent_at: Some(now),
            due: Some(Due { step: Step::Query, at: now.plus_ms(CHARGE_QUERY_MS) }),
            ..Self::new(order_no, attempt, now)
        }
    }

    /// An attempt that has still to be sent.
    pub fn new(order_no: &OrderNo, attempt: AttemptNo, now: Time) -> Self {
        Self {
            attempt,
            out_trade_no: OutTradeNo::new(order_no, attempt),
            kind: Kind::Qr,
            phase: Phase::Opening,
            request: None,
            sent_at: None,
            expires_at: None,
            code: None,
            code_at: None,
            asked_at: None,
            known: false,
            refused: None,
            tries: 0,
            absent: 0,
            reversed: 0,
            due: Some(Due { step: Step::Open, at: now }),
        }
    }

    /// Whether the channel said of a payment code that it has the charge, and is waiting for the customer.
    fn is_taken(&self) -> bool {
        self.phase == Phase::Paying && self.known
    }

    /// What a till can see of it: everything but how often and when the channel is asked.
    fn shown(&self) -> impl PartialEq + '_ {
        (self.attempt, self.phase, &self.code, self.sent_at, self.expires_at, self.is_taken())
    }
}

impl PaymentRecord {
    /// Whether a person attests it, rather than a channel proves it.
    pub fn is_cash(&self) -> bool {
        self.channel == CASH_CHANNEL
    }
}

impl OrderRecord {
    /// A number of which nothing is known yet.
    pub fn new(order_no: OrderNo, merchant: MerchantId, store: StoreId, live: bool, now: Time) -> Self {
        Self {
            order_no,
            merchant,
            store,
            live,
            signed: None,
            created_at: now,
            changed_at: now,
            version: Version { epoch: 0, counter: 0 },
            cancelled: None,
            refresh_wanted: false,
            refusal: None,
            mismatch: false,
            attempts: Vec::new(),
            payments: Vec::new(),
            mismatches: Vec::new(),
            refunds: Vec::new(),
        }
    }

    /// The last attempt.
    pub fn last(&self) -> Option<&AttemptRecord> {
        self.attempts.last()
    }

    /// The attempt of this number.
    pub fn attempt(&self, attempt: AttemptNo) -> Option<&AttemptRecord> {
        self.attempts.iter().find(|record| record.attempt == attempt)
    }

    /// The attempt of this number.
    pub fn attempt_mut(&mut self, attempt: AttemptNo) -> Option<&mut AttemptRecord> {
        self.attempts.iter_mut().find(|record| record.attempt == attempt)
    }

    /// What must be open only once.
    pub fn business_key(&self) -> Option<&BusinessKey> {
        self.signed.as_ref()?.body.business_key.as_ref()
    }

    /// Whether the order can still be paid, or it is not known that it cannot. Money that does not match has used its attempt up;
    /// once all of it is proven given back, nothing is left to be known.
    pub fn is_open(&self) -> bool {
        self.payments.is_empty()
            && self.attempts.iter().any(|attempt| !attempt.phase.has_ended())
            && !self.is_given_back()
    }

    /// Whether something is still to be done about it.
    pub fn is_unsettled(&self) -> bool {
        self.attempts.iter().any(|attempt| attempt.due.is_some())
            || self.refunds.iter().any(|refund| refund.due.is_some())
    }

    /// Whether it waits for a payment code: nothing was tried yet, or the last code was refused and is proven not charged.
    pub fn is_ready(&self) -> bool {
        let may_scan = match self.last() {
            None => true,
            Some(last) => last.kind == Kind::Code && last.refused.is_some() && !self.mismatch,
        };
        may_scan
            && self.attempts.iter().all(|attempt| attempt.phase == Phase::Closed)
            && self.cancelled.is_none()
            && self.signed.is_some()
            && self.payments.is_empty()
    }

    /// Whether it is to be paid by the customer's payment code.
    pub fn is_by_code(&self) -> bool {
        self.signed.as_ref().is_some_and(|signed| signed.body.method == Method::WechatpayCode)
    }

    /// What becomes of a payment's late money; none if it is not late.
    pub fn late_money(&self, payment: &PaymentRecord) -> Option<LateMoney> {
        if !payment.late {
            return None;
        }
        let held_back = self.held_back(&payment.channel, &payment.transaction_id);
        Some(match &payment.accepted {
            _ if held_back >= payment.amount => LateMoney::GivenBack,
            Some(_) => LateMoney::Accepted,
            None => LateMoney::Ask,
        })
    }

    /// Whether every attempt is proven closed and no money came.
    pub fn is_closed(&self) -> bool {
        self.payments.is_empty()
            && !self.is_ready()
            && !self.mismatch
            && !self.refresh_wanted
            && self.attempts.iter().all(|attempt| attempt.phase == Phase::Closed)
    }

    /// Whether cash settled it and every code made for it is proven never payable.
    pub fn is_dead_beside_cash(&self) -> bool {
        !self.payments.is_empty()
            && self.payments.iter().all(PaymentRecord::is_cash)
            && !self.mismatch
            && !self.attempts.is_empty()
            && self.attempts.iter().all(|attempt| attempt.phase == Phase::Closed)
    }

    /// Where it stands, in a word for people.
    pub fn state(&self) -> OrderState {
        match self.payments.first() {
            Some(settling) if settling.is_cash() => return OrderState::Cash,
            Some(_) => return OrderState::Paid,
            None => {}
        }
        if self.is_ready() {
            return OrderState::Ready;
        }
        match self.last().map(|attempt| (attempt.phase, attempt.is_taken())) {
            Some((Phase::Opening, _)) => OrderState::Sending,
            Some((Phase::Open, _)) => OrderState::Awaiting,
            Some((Phase::Paying, false)) => OrderState::Charging,
            Some((Phase::Paying, true)) => OrderState::Paying,
            _ if self.is_closed() && self.refusal.is_some() => OrderState::Rejected,
            _ if self.is_closed() => OrderState::Closed,
            _ => OrderState::Closing,
        }
    }

    /// Whether a till would see no difference between the two.
    pub fn looks_like(&self, other: &Self) -> bool {
        let flags = |record: &Self| {
            (
                record.signed.is_some(),
                record.cancelled.is_some(),
                record.refresh_wanted,
                record.refusal.is_some(),
                record.mismatch,
                record.payments.len(),
                record.attempts.len(),
                record.mismatches.len(),
                record.refunds.len(),
            )
        };
        flags(self) == flags(other)
            && self.payments.iter().zip(&other.payments).all(|(one, two)| one.accepted == two.accepted)
            && self.refunds.iter().zip(&other.refunds).all(|(one, two)| one.shown() == two.shown())
            && self.attempts.iter().zip(&other.attempts).all(|(one, two)| one.shown() == two.shown())
    }
}
