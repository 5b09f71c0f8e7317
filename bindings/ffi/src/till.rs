//! The till as Kotlin and Swift see it.

use std::sync::Arc;

use saoma_engine::contract::AttemptNo;
use saoma_engine::wording::Language as Wording;
use tokio::sync::watch;

use crate::diagnosis::Diagnosis;
use crate::error::SaomaError;
use crate::events::{EventListener, Subscription, Topic, Watching};
use crate::key_store::KeyStore;
use crate::open::{Opened, SaleLimits, TillConfig, open};
use crate::pairing::Pairing;
use crate::runtime::{run, runtime};
use crate::sale::{DraftChoice, ListQuery, NewSale, Sale, SalePage, SaleStory, number};
use crate::transport::HttpTransport;

/// The language of texts for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Language {
    /// Simplified Chinese.
    Chinese,
    /// English.
    English,
}

impl From<Language> for Wording {
    fn from(language: Language) -> Self {
        match language {
            Language::Chinese => Self::Chinese,
            Language::English => Self::English,
        }
    }
}

/// The version of this library.
#[uniffi::export]
pub fn library_version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// Panics inside the library, as a bug would, so that an app can see what it makes of [`SaomaError::Internal`]. Nothing is harmed.
#[uniffi::export]
pub async fn panic_on_purpose() -> Result<(), SaomaError> {
    run(async { panic!("on purpose") }).await
}

/// A till on this device: everything it ever rang up, and the road to the merchant's backend. Close it when the app is done with
/// it; a kill at any moment loses nothing.
#[derive(uniffi::Object)]
pub struct Till {
    pub(crate) engine: saoma_engine::Till,
    salvage: Option<Arc<saoma_engine::Salvage>>,
    language: watch::Sender<Wording>,
}

impl Till {
    /// Has the engine do something, on the library's threads, and words its answer.
    pub(crate) async fn ask<T, U, F>(
        &self,
        call: impl FnOnce(saoma_engine::Till) -> F,
        worded: impl FnOnce(T, Wording) -> U + Send + 'static,
    ) -> Result<U, SaomaError>
    where
        F: Future<Output = Result<T, saoma_engine::TillError>> + Send + 'static,
        U: Send + 'static,
    {
        let (call, language) = (call(self.engine.clone()), self.wording());
        run(async move { Ok(worded(call.await?, language)) }).await
    }

    /// The language of texts for people, now.
    pub(crate) fn wording(&self) -> Wording {
        *self.language.borrow()
    }
}

#[uniffi::export]
impl Till {
    /// Opens a till on its folder: everything as it was when it last stopped, however it stopped. Without a key store the device's
    /// key lies in a file of the folder; without a transport the library does HTTP itself.
    ///
    /// Errors: `storage_in_use` (another till works in the folder), `storage_newer`, `storage_full`, `storage_damaged`,
    /// `key_failed`, `key_locked`, `key_lost`, `bad_input`.
    #[uniffi::constructor]
    pub async fn open(
        config: TillConfig,
        key_store: Option<Arc<dyn KeyStore>>,
        transport: Option<Arc<dyn HttpTransport>>,
    ) -> Result<Arc<Self>, SaomaError> {
        run(async move {
            let Opened { engine, salvage } = open(&config, key_store, transport).await?;
            let language = watch::Sender::new(config.language.unwrap_or(Language::Chinese).into());
            Ok(Arc::new(Self { engine, salvage: salvage.map(Arc::new), language }))
        })
        .await
    }

    /// Pairs this till with a merchant's backend by a link (`saoma://pair?…`), shown by the backend as a QR code and as text.
    /// Repeating it with the same link does no harm. The name is what people call this device, such as "counter 2".
    pub async fn pair(&self, link: String, device_name: String) -> Result<Pairing, SaomaError> {
        self.ask(|till| async move { till.pair(&link, &device_name).await }, |pairing, _| pairing.into())
            .await
    }

    /// The pairing, if there is one.
    pub async fn pairing(&self) -> Result<Option<Pairing>, SaomaError> {
        self.ask(|till| async move { till.pairing().await }, |pairing, _| pairing.map(Into::into)).await
    }

    /// A number for a sale. Ask once, when the sale screen opens; every tap on its button then means the same sale. In memory
    /// only.
    pub fn new_order_no(&self) -> String {
        self.engine.new_order_no().to_string()
    }

    /// Rings up a sale and returns once it is durable, network or not; sending goes on by itself. The same number with the same
    /// content is the same sale, with another content it is refused (`conflict`).
    ///
    /// Errors: `bad_input`, `conflict`, `not_paired`, `read_only`, `too_many_unproven`, `storage_full`, `key_failed`,
    /// `key_locked`, `key_lost`. Nothing has then changed.
    pub async fn charge(&self, order_no: String, sale: NewSale) -> Result<Sale, SaomaError> {
        let order_no = number(&order_no)?;
        self.ask(|till| async move { till.charge(&order_no, sale.into()).await }, Sale::worded).await
    }

    /// A sale with its history. Error: `not_found`.
    pub async fn sale(&self, order_no: String) -> Result<SaleStory, SaomaError> {
        let order_no = number(&order_no)?;
        self.ask(|till| async move { till.sale(&order_no).await }, SaleStory::worded).await
    }

    /// A page of sales, newest first.
    pub async fn list(&self, query: ListQuery) -> Result<SalePage, SaomaError> {
        let query = query.try_into()?;
        self.ask(|till| async move { till.list(query).await }, SalePage::worded).await
    }

    /// Ends a sale after this attempt; returns once that is durable. Its code leaves the screen at once; it reads "closing" until
    /// the end is proven. One that surely never left is dropped on the spot.
    ///
    /// Errors: `order_paid`, `not_last_attempt`, `order_ended`.
    pub async fn cancel(&self, order_no: String, attempt: u32) -> Result<Sale, SaomaError> {
        let (order_no, attempt) = (number(&order_no)?, attempt_no(attempt)?);
        self.ask(|till| async move { till.cancel(&order_no, attempt).await }, Sale::worded).await
    }

    /// Ends this attempt and opens the next, with a fresh code; returns once that is durable. Repeating it with the same attempt
    /// changes nothing.
    ///
    /// Errors: `order_paid`, `order_ended`, `not_last_attempt`, `attempts_exhausted`.
    pub async fn refresh(&self, order_no: String, attempt: u32) -> Result<Sale, SaomaError> {
        let (order_no, attempt) = (number(&order_no)?, attempt_no(attempt)?);
        self.ask(|till| async move { till.refresh(&order_no, attempt).await }, Sale::worded).await
    }

    /// Has the backend ask the channel about a sale now, and waits for its answer.
    pub async fn check_now(&self, order_no: String) -> Result<Sale, SaomaError> {
        let order_no = number(&order_no)?;
        self.ask(|till| async move { till.check_now(&order_no).await }, Sale::worded).await
    }

    /// Writes down that the sale's amount was taken in cash; durable when this returns, also without a network. Its code leaves the
    /// screen and its close is asked for; until that is proven it reads "cash, code may still be paid".
    ///
    /// Errors: `order_paid`, `order_ended`, `order_frozen`.
    pub async fn take_cash(&self, order_no: String) -> Result<Sale, SaomaError> {
        let order_no = number(&order_no)?;
        self.ask(|till| async move { till.take_cash(&order_no).await }, Sale::worded).await
    }

    /// Charges the customer's payment code, the 18 digits that were scanned, after the attempt that the screen shows
    /// (`Sale.last_attempt`). Of a sale that shows a code of its own, that code is ended first, with proof. The payment code is held in
    /// memory for this one call and written nowhere: the app should forget it at once, too. If the outcome is unknown, it is asked
    /// for and never charged again.
    ///
    /// Errors: `bad_input` (`code`), `unreachable`, `order_paid`, `order_in_cash`, `order_ended`, `order_charging`,
    /// `not_last_attempt`. Nothing was then charged.
    pub async fn scan(
        &self,
        order_no: String,
        attempt: Option<u32>,
        code: String,
    ) -> Result<Sale, SaomaError> {
        let (order_no, attempt) = (number(&order_no)?, attempt.map(attempt_no).transpose()?);
        self.ask(|till| async move { till.scan(&order_no, attempt, code).await }, Sale::worded).await
    }

    /// Decides about a draft that became too old to go out by itself.
    pub async fn decide_draft(&self, order_no: String, choice: DraftChoice) -> Result<Sale, SaomaError> {
        let order_no = number(&order_no)?;
        self.ask(|till| async move { till.decide_draft(&order_no, choice.into()).await }, Sale::worded).await
    }

    /// The receipt of a paid sale, as the text of a file that anyone can verify offline (see `verify_receipt`).
    pub async fn receipt(&self, order_no: String) -> Result<String, SaomaError> {
        let order_no = number(&order_no)?;
        self.ask(|till| async move { till.receipt(&order_no).await }, |receipt, _| receipt.to_json()).await
    }

    /// How the till is.
    pub async fn diagnosis(&self) -> Result<Diagnosis, SaomaError> {
        let salvage = self.salvage.clone();
        self.ask(
            |till| async move { till.diagnosis().await },
            move |diagnosis, language| Diagnosis::worded(diagnosis, salvage.as_deref(), language),
        )
        .await
    }

    /// Watches something, until the subscription is cancelled or dropped or the till is closed. If there is nothing to watch, that
    /// is told by `Event.Ended`.
    pub fn subscribe(
        &self,
        topic: Topic,
        listener: Arc<dyn EventListener>,
    ) -> Result<Arc<Subscription>, SaomaError> {
        let watching = Watching {
            engine: self.engine.clone(),
            salvage: self.salvage.clone(),
            language: self.language.subscribe(),
            listener,
        };
        let task = runtime()?.spawn(watching.run(topic));
        Ok(Arc::new(Subscription::new(task.abort_handle())))
    }

    /// Says whether the app is in front; say it again when the phone wakes. In the background the stream is let go and questions are
    /// few.
    pub async fn foreground(&self, in_front: bool) -> Result<(), SaomaError> {
        self.ask(|till| async move { till.foreground(in_front).await }, |(), _| ()).await
    }

    /// Says which sale's code people look at; it is asked about most often and goes first. None: no code is on screen.
    pub async fn on_screen(&self, order_no: Option<String>) -> Result<(), SaomaError> {
        let order_no = order_no.as_deref().map(number).transpose()?;
        self.ask(|till| async move { till.on_screen(order_no).await }, |(), _| ()).await
    }

    /// Says whether the phone has a network. Also worth saying when it changes from one to another.
    pub async fn network(&self, there: bool) -> Result<(), SaomaError> {
        self.ask(|till| async move { till.network(there).await }, |(), _| ()).await
    }

    /// The language of every text from now on; what is watched is told again in it. In memory only.
    pub fn set_language(&self, language: Language) {
        self.language.send_replace(language.into());
    }

    /// Sets what may be open at once, until the till is closed.
    pub async fn set_limits(&self, limits: SaleLimits) -> Result<(), SaomaError> {
        self.ask(|till| async move { till.set_limits(limits.into()).await }, |(), _| ()).await
    }

    /// Stops the till and gives its folder free. Everything is durable already; requests under way are let go. Calls after it say
    /// `closed`.
    pub async fn close(&self) -> Result<(), SaomaError> {
        let engine = self.engine.clone();
        run(async move {
            engine.close().await;
            Ok(())
        })
        .await
    }
}

fn attempt_no(attempt: u32) -> Result<AttemptNo, SaomaError> {
    let attempt = u8::try_from(attempt).map_err(|_| SaomaError::input("attempt", "must be 1 to 99"))?;
    AttemptNo::try_from(attempt).map_err(|error| SaomaError::input("attempt", error))
}
