//! The double itself: everything one running sandbox holds, and the steps that several of its sides share.

mod charges;
mod orders;
pub(crate) mod refunds;

use std::{
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
};

use jiff::Timestamp;
use tokio::sync::{Mutex, Notify};

pub(crate) use charges::{Customer, NotReversed};
pub(crate) use orders::NotClosed;
pub(crate) use refunds::{NotRefunded, RefundKnown};

use crate::{
    certificate::Certified,
    clock::{BusinessClock, beijing_day},
    faults::Faults,
    identity::{BadKey, Identity, Keys},
    notify::{Notification, Pump},
    private_file,
    random::Random,
    store::{Rows, Store, StoreError},
    trade::{Answer, Entry, Order, Saw, Scan},
};

/// Names under which single values are kept.
pub(crate) mod kept {
    pub(crate) const CLOCK: &str = "clock";
    pub(crate) const FAULTS: &str = "faults";
    pub(crate) const IDENTITY: &str = "identity";
    pub(crate) const SETTLED: &str = "settled";
    pub(crate) const SPARE_CERTIFICATES: &str = "spare_certificates";
    pub(crate) const STARTS: &str = "starts";
}

/// How many platform certificates are listed at once at most.
const CERTIFICATES_MAX: usize = 8;

/// One running sandbox.
pub(crate) struct Double {
    pub(crate) store: Store,
    pub(crate) clock: Arc<BusinessClock>,
    pub(crate) random: Arc<Random>,
    pub(crate) faults: Arc<Faults>,
    pub(crate) pump: Pump,
    pub(crate) key_ring: KeyRing,
    pub(crate) for_tools: ForTools,
    /// A call was done; those that a fault holds back go on.
    pub(crate) call_done: Notify,
    pub(crate) allow_remote: bool,
}

/// Where tools read who plays: `sandbox.json`.
pub(crate) struct ForTools {
    pub(crate) path: PathBuf,
    pub(crate) base_url: String,
}

impl ForTools {
    /// Writes the file anew, readable by its owner only.
    pub(crate) fn write(&self, identity: &Identity) -> std::io::Result<()> {
        let text =
            serde_json::to_string_pretty(&identity.for_tools(&self.base_url)).expect("JSON built from JSON");
        private_file::write(&self.path, text.as_bytes())
    }
}

/// The keys of now; replaced as a whole when a certificate is rotated.
pub(crate) struct KeyRing {
    now: RwLock<Arc<Keys>>,
    rotating: Mutex<()>,
}

impl KeyRing {
    pub(crate) fn new(identity: Identity) -> Result<Self, BadKey> {
        Ok(Self { now: RwLock::new(Arc::new(Keys::read(identity)?)), rotating: Mutex::new(()) })
    }

    pub(crate) fn now(&self) -> Arc<Keys> {
        Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// How a customer comes to an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Named {
    Code {
        token: String,
    },
    Number {
        mchid: String,
        out_trade_no: String,
    },
    /// The customer's own payment code, once it was charged.
    PaymentCode {
        auth_code: String,
    },
}

impl Named {
    /// The order that is meant, if there is one.
    pub(crate) fn find(&self, rows: &Rows<'_>) -> Result<Option<Order>, StoreError> {
        match self {
            Self::Code { token } => rows.order_by_code(token),
            Self::Number { mchid, out_trade_no } => rows.order(mchid, out_trade_no),
            Self::PaymentCode { auth_code } => {
                match rows.payment_code(auth_code)?.and_then(|code| code.used_for) {
                    Some(used_for) => rows.order(&used_for.mchid, &used_for.out_trade_no),
                    None => Ok(None),
                }
            }
        }
    }

    pub(crate) fn scan(&self) -> Scan<'_> {
        match self {
            Self::Code { token } => Scan::Code(token),
            Self::Number { .. } | Self::PaymentCode { .. } => Scan::Number,
        }
    }
}

/// 28 digits, as in practice (WeChat Pay protocol B.4.1).
fn transaction_id(random: &Random, now: Timestamp) -> String {
    format!("4200{}{}{}", random.digits(6), beijing_day(now), random.digits(10))
}

/// For whom a call speaks: the merchant that signs, and the sub-merchant if that is a service provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) mchid: String,
    pub(crate) sub_mchid: Option<String>,
}

/// How a merchant names an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Known {
    Number(String),
    TransactionId(String),
}

/// Why an order or a refund is not found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unfound {
    Unknown,
    OtherMerchants,
    OtherSubMerchants,
}

impl Known {
    /// The order, if it is this merchant's.
    pub(crate) fn find(
        &self,
        rows: &Rows<'_>,
        account: &Account,
    ) -> Result<Result<Order, Unfound>, StoreError> {
        let order = match self {
            Self::Number(out_trade_no) => rows.order(&account.mchid, out_trade_no)?,
            Self::TransactionId(id) => rows.order_by_transaction(id)?,
        };
        let Some(order) = order else { return Ok(Err(Unfound::Unknown)) };
        if order.terms.mchid != account.mchid {
            return Ok(Err(Unfound::OtherMerchants));
        }
        let sub_mchid = order.terms.sub.as_ref().map(|sub| &sub.mchid);
        Ok(if sub_mchid == account.sub_mchid.as_ref() { Ok(order) } else { Err(Unfound::OtherSubMerchants) })
    }
}

impl Double {
    /// The customer answers. A payment and its notification are kept together. `None` if there is no such order.
    pub(crate) async fn pay(
        &self,
        named: Named,
        payer: Option<String>,
        answer: Answer,
    ) -> Result<Option<(Order, Saw)>, StoreError> {
        let (clock, random, waker) = (Arc::clone(&self.clock), Arc::clone(&self.random), self.pump.waker());
        let paid = self.store.run(move |rows| {
            let now = clock.now();
            let Some(order) = named.find(rows)? else { return Ok(None) };
            let id = transaction_id(&random, now);
            let (order, saw) = order.answered(named.scan(), payer, answer, id, now);
            rows.put_order(&order)?;
            if saw == Saw::Paid {
                rows.book(order.terms.account(), now, Entry::of_payment(&order))?;
                if let Some(notification) = Notification::of_payment(&order, &random, now) {
                    rows.put_notification(&notification)?;
                    waker.notify_one();
                }
            }
            Ok(Some((order, saw)))
        });
        paid.await
    }

    /// An order as it is now, for those who only look.
    pub(crate) async fn look(&self, named: Named) -> Result<Option<Order>, StoreError> {
        let clock = Arc::clone(&self.clock);
        self.store.run(move |rows| Ok(named.find(rows)?.map(|order| order.at(clock.now())))).await
    }

    /// Keeps the fault rules as they stand.
    pub(crate) async fn keep_faults(&self) -> Result<(), StoreError> {
        let faults = Arc::clone(&self.faults);
        self.store.run(move |rows| rows.keep(kept::FAULTS, &faults.told())).await
    }

    /// Makes platform certificates that are taken later, one at each rotation, since making one takes a second.
    pub(crate) async fn make_certificates_ahead(&self, count: usize) -> Result<(), StoreError> {
        let mut spares = Vec::new();
        for _ in 0..count {
            spares.push(self.new_certificate().await?);
        }
        self.store.run(move |rows| rows.keep(kept::SPARE_CERTIFICATES, &spares)).await
    }

    async fn new_certificate(&self) -> Result<Certified, StoreError> {
        let (random, now) = (Arc::clone(&self.random), self.clock.real());
        let made = tokio::task::spawn_blocking(move || Certified::make("Tenpay.com sign", &random, now));
        made.await.ok().and_then(Result::ok).ok_or(StoreError::Stopped)
    }

    /// Takes a new platform certificate. The old ones stay listed.
    pub(crate) async fn rotate_certificate(&self) -> Result<(), StoreError> {
        let _one_at_a_time = self.key_ring.rotating.lock().await;
        let mut identity = self.key_ring.now().identity().clone();
        let spare = self.store.run(|rows| {
            let mut spares = rows.kept::<Vec<Certified>>(kept::SPARE_CERTIFICATES)?.unwrap_or_default();
            let spare = spares.pop();
            if spare.is_some() {
                rows.keep(kept::SPARE_CERTIFICATES, &spares)?;
            }
            Ok(spare)
        });
        let certificate = match spare.await? {
            Some(spare) => spare,
            None => self.new_certificate().await?,
        };
        tracing::info!(serial_no = certificate.serial_no, "a new platform certificate signs");
        identity.certificates.push(certificate);
        if identity.certificates.len() > CERTIFICATES_MAX {
            identity.certificates.remove(0);
        }
        let keys = Keys::read(identity.clone()).map_err(|_| StoreError::Stopped)?;
        self.store.run(move |rows| rows.keep(kept::IDENTITY, &identity)).await?;
        if let Err(error) = self.for_tools.write(keys.identity()) {
            tracing::error!(%error, "cannot write {}", self.for_tools.path.display());
        }
        *self.key_ring.now.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
        Ok(())
    }
}
