//! What a ledger keeps beside orders, and what can be asked of it and written to it within one piece of work.

use saoma_contract::{
    BusinessKey, Currency, DeviceId, DeviceName, DeviceRole, MerchantId, OrderBody, OrderNo, OutTradeNo,
    PublicKey, RefundNo, RefundReason, StoreId, Time,
};

use super::LedgerError;
use super::bills::{ReadBills, WriteBills};
use super::people::{ReadPeople, WritePeople};
use crate::orders::{By, Evidence, OrderRecord};
use crate::reconciliation::OurPayment;

/// Whose orders: a merchant's, or one store's of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope {
    /// The merchant.
    pub merchant: MerchantId,
    /// The store; none for all stores.
    pub store: Option<StoreId>,
}

impl Scope {
    /// Whether an order of this merchant and store is in the scope.
    pub fn holds(&self, merchant: &MerchantId, store: &StoreId) -> bool {
        self.merchant == *merchant && self.store.as_ref().is_none_or(|own| own == store)
    }
}

/// A paired device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its id, the `keyid` of its requests.
    pub id: DeviceId,
    /// Whose it is.
    pub merchant: MerchantId,
    /// Where it stands.
    pub store: StoreId,
    /// The most that people on it may do.
    pub role: DeviceRole,
    /// What people call it.
    pub name: DeviceName,
    /// Its public key.
    pub key: PublicKey,
    /// When it was paired.
    pub paired_at: Time,
    /// When it was revoked.
    pub revoked_at: Option<Time>,
    /// The greatest journal head it showed: entries, hash, and when it signed that, in seconds since 1970.
    pub journal: Option<(u64, [u8; 32], i64)>,
    /// When its journal was found to have forked or fallen back; it is read-only since.
    pub forked_at: Option<Time>,
}

/// A pairing link that was given out. Of its secret only the hash is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pairing {
    /// SHA-256 of the secret.
    pub secret_hash: [u8; 32],
    /// Whose device it will be.
    pub merchant: MerchantId,
    /// Where it will stand.
    pub store: StoreId,
    /// The most that people on it may do.
    pub role: DeviceRole,
    /// Until when it holds.
    pub expires_at: Time,
    /// Tries by others than the device it was used for.
    pub refused: u32,
    /// The device that was paired by it.
    pub device: Option<DeviceId>,
}

/// What can never change about a merchant once it has an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MerchantRow {
    /// Its id.
    pub id: MerchantId,
    /// Real money, or play money.
    pub live: bool,
    /// What it sells in.
    pub currency: Currency,
}

/// Verified money that fits no order: of an unknown number, or not what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnmatchedMoney {
    /// Who moved it.
    pub channel: String,
    /// At whose account it was notified.
    pub merchant: MerchantId,
    /// The channel's own number.
    pub transaction_id: String,
    /// The number it was paid for, as the channel says it.
    pub out_trade_no: String,
    /// The order it may belong to.
    pub order_no: Option<OrderNo>,
    /// What does not fit.
    pub reason: String,
    /// Minor units.
    pub amount: i64,
    /// The currency, as the channel writes it.
    pub currency: String,
    /// When it was paid, by the channel's time.
    pub paid_at: Time,
    /// The proof.
    pub evidence: Evidence,
}

/// What was paid in a span of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DayRows {
    /// Every payment.
    pub payments: Vec<DayPayment>,
    /// Everything that was given back.
    pub refunds: Vec<DayRefund>,
    /// Orders frozen by money that does not match.
    pub mismatched: u32,
    /// Minor units of each order that was brought then and may still be paid.
    pub unproven: Vec<i64>,
}

/// A payment as a day's total needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayPayment {
    /// Who moved it: `cash` is attested, not proven.
    pub channel: String,
    /// The channel's own number.
    pub transaction_id: String,
    /// The order's method.
    pub method: String,
    /// Minor units.
    pub amount: i64,
    /// Their currency.
    pub currency: Currency,
    /// Whether it was late money.
    pub late: bool,
    /// When it was paid, by the channel's time.
    pub paid_at: Time,
    /// The order, as it was signed.
    pub order: OrderBody,
}

/// A refund as a day's total needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayRefund {
    /// Who moved it: `cash` is attested, not proven.
    pub channel: String,
    /// The number of the payment at its channel.
    pub transaction_id: String,
    /// The refund's number.
    pub refund_no: RefundNo,
    /// Of which order.
    pub order_no: OrderNo,
    /// Where that was rung up.
    pub store: StoreId,
    /// Minor units.
    pub amount: i64,
    /// Their currency.
    pub currency: Currency,
    /// Why.
    pub reason: RefundReason,
    /// Who asked for it.
    pub by: By,
    /// When it was done.
    pub done_at: Time,
}

/// What can be asked.
pub trait ReadRows: ReadPeople + ReadBills {
    /// An order.
    ///
    /// # Errors
    /// As all here: when the ledger cannot be read, or a row cannot be understood.
    fn order(&self, order_no: &OrderNo) -> Result<Option<OrderRecord>, LedgerError>;

    /// The order whose attempt has this number at its channel.
    fn order_of(&self, out_trade_no: &OutTradeNo) -> Result<Option<OrderRecord>, LedgerError>;

    /// The order of which this refund gives money back.
    fn order_of_refund(&self, refund_no: &RefundNo) -> Result<Option<OrderRecord>, LedgerError>;

    /// The open order that holds this business key.
    fn holder(&self, merchant: &MerchantId, key: &BusinessKey) -> Result<Option<OrderRecord>, LedgerError>;

    /// Orders of a scope that changed after this counter, by counter.
    fn changes(&self, scope: &Scope, after: u64, limit: u32) -> Result<Vec<OrderRecord>, LedgerError>;

    /// The counter of the newest change of all.
    fn counter(&self) -> Result<u64, LedgerError>;

    /// Orders about which something is still to be done.
    fn unsettled(&self) -> Result<Vec<OrderRecord>, LedgerError>;

    /// How many open orders a device has.
    fn open_orders_of(&self, device: &DeviceId) -> Result<u32, LedgerError>;

    /// What was paid from one time up to another.
    fn paid_between(&self, scope: &Scope, from: Time, until: Time) -> Result<DayRows, LedgerError>;

    /// Shows every payment of a channel from one time up to another, in no order; nothing is kept of them meanwhile.
    fn each_payment(
        &self,
        merchant: &MerchantId,
        channel: &str,
        span: (Time, Time),
        look: &mut dyn FnMut(&OurPayment<'_>),
    ) -> Result<(), LedgerError>;

    /// Money that fits no order, newest first.
    fn unmatched(&self, merchant: &MerchantId, limit: u32) -> Result<Vec<UnmatchedMoney>, LedgerError>;

    /// The proof of a payment.
    fn evidence(&self, channel: &str, transaction_id: &str) -> Result<Option<Evidence>, LedgerError>;

    /// The newest proof of a refund.
    fn refund_evidence(&self, refund_no: &RefundNo) -> Result<Option<Evidence>, LedgerError>;

    /// A device.
    fn device(&self, id: &DeviceId) -> Result<Option<Device>, LedgerError>;

    /// A pairing link by the hash of its secret.
    fn pairing(&self, secret_hash: &[u8; 32]) -> Result<Option<Pairing>, LedgerError>;

    /// A merchant.
    fn merchant(&self, id: &MerchantId) -> Result<Option<MerchantRow>, LedgerError>;
    /// All merchants that ever were here, by id.
    fn merchants(&self) -> Result<Vec<MerchantRow>, LedgerError>;
}

/// What can be written.
pub trait WriteRows: ReadRows + WritePeople + WriteBills {
    /// Writes an order. A change that a till can see comes with its time and takes the next counter; gives the order
    /// back as it is now.
    ///
    /// # Errors
    /// As all here: when the ledger cannot be written.
    fn put_order(&mut self, order: OrderRecord, shown_at: Option<Time>) -> Result<OrderRecord, LedgerError>;

    /// Keeps money that fits no order; the same transaction once.
    fn put_unmatched(&mut self, money: UnmatchedMoney) -> Result<(), LedgerError>;

    /// Writes a device.
    fn put_device(&mut self, device: &Device) -> Result<(), LedgerError>;

    /// Writes a pairing link.
    fn put_pairing(&mut self, pairing: &Pairing) -> Result<(), LedgerError>;

    /// Writes a merchant.
    fn put_merchant(&mut self, merchant: &MerchantRow) -> Result<(), LedgerError>;
}
