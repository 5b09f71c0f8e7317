//! What a shell watches: always the newest state, however slow the shell is.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use saoma_engine::contract::OrderNo;
use saoma_engine::wording::Language as Wording;
use tokio::sync::watch;
use tokio::task::{AbortHandle, spawn_blocking};

use crate::diagnosis::Diagnosis;
use crate::error::SaomaError;
use crate::results::MoneyResult;
use crate::sale::Sale;

/// What to watch.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Topic {
    /// One sale: its state now, then each change.
    Sale {
        /// Its number.
        order_no: String,
    },
    /// Every sale that changes, for a list. Nothing at first.
    Sales,
    /// Results about money that wait: those there are now, then the whole list at each change.
    Results,
    /// How the till is: now, then at each change that people are shown.
    Diagnosis,
}

/// Something that a subscription tells. Each carries the newest state whole: one that was passed over while the listener was busy
/// is never missed.
#[derive(Clone, Debug, PartialEq, uniffi::Enum)]
#[allow(clippy::large_enum_variant, reason = "UniFFI copies it out of its variant anyway")]
pub enum Event {
    /// A sale's newest state.
    Sale {
        /// The sale.
        sale: Sale,
    },
    /// All results that wait, oldest first.
    Results {
        /// Them.
        results: Vec<MoneyResult>,
    },
    /// How the till is.
    Diagnosis {
        /// It.
        diagnosis: Diagnosis,
    },
    /// Nothing will come any more: the till was closed, or there is nothing to watch.
    Ended {
        /// Why, unless it simply ended.
        error: Option<SaomaError>,
    },
}

/// Hears what a subscription tells. Called on threads of the library, one call at a time for each subscription; it may call
/// the till, and may be slow. What it throws is logged and changes nothing.
#[uniffi::export(foreign)]
pub trait EventListener: Send + Sync {
    /// Something changed.
    fn on_event(&self, event: Event) -> Result<(), SaomaError>;
}

impl From<uniffi::UnexpectedUniFFICallbackError> for SaomaError {
    fn from(error: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::internal(error.reason)
    }
}

/// A watching. It ends when it is cancelled or dropped, or with the till.
#[derive(Debug, uniffi::Object)]
pub struct Subscription {
    task: Mutex<Option<AbortHandle>>,
}

#[uniffi::export]
impl Subscription {
    /// Ends it: no call begins after this, one that is under way may still end.
    pub fn cancel(&self) {
        if let Some(task) = self.task.lock().unwrap_or_else(PoisonError::into_inner).take() {
            task.abort();
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.cancel();
    }
}

impl Subscription {
    pub(crate) fn new(task: AbortHandle) -> Self {
        Self { task: Mutex::new(Some(task)) }
    }
}

/// What a subscription's task needs.
pub(crate) struct Watching {
    pub(crate) engine: saoma_engine::Till,
    pub(crate) salvage: Option<Arc<saoma_engine::Salvage>>,
    pub(crate) language: watch::Receiver<Wording>,
    pub(crate) listener: Arc<dyn EventListener>,
}

impl Watching {
    /// Tells the listener until there is nothing more to tell.
    pub(crate) async fn run(mut self, topic: Topic) {
        let error = match topic {
            Topic::Sale { order_no } => self.sale(&order_no).await,
            Topic::Sales => self.sales().await,
            Topic::Results => self.results().await,
            Topic::Diagnosis => self.diagnosis().await,
        };
        self.tell(Event::Ended { error: error.err() }).await;
    }

    async fn sale(&mut self, order_no: &str) -> Result<(), SaomaError> {
        let order_no: OrderNo = order_no.parse().map_err(|error| SaomaError::input("order_no", error))?;
        let views = self.engine.watch(&order_no).await?;
        self.newest(views, |view, language| Event::Sale { sale: Sale::worded(view, language) }).await;
        Ok(())
    }

    async fn sales(&mut self) -> Result<(), SaomaError> {
        let mut views = self.engine.watch_all().await?;
        while let Some(view) = views.next().await {
            let language = *self.language.borrow();
            self.tell(Event::Sale { sale: Sale::worded(view, language) }).await;
        }
        Ok(())
    }

    async fn results(&mut self) -> Result<(), SaomaError> {
        let mut waiting = self.engine.watch_results();
        loop {
            waiting.borrow_and_update();
            let language = *self.language.borrow_and_update();
            let results = MoneyResult::all_worded(self.engine.announcements().await?, language);
            self.tell(Event::Results { results }).await;
            if !self.is_more(&mut waiting).await {
                return Ok(());
            }
        }
    }

    async fn diagnosis(&mut self) -> Result<(), SaomaError> {
        let diagnoses = self.engine.watch_diagnosis().await?;
        let salvage = self.salvage.clone();
        self.newest(diagnoses, move |diagnosis, language| Event::Diagnosis {
            diagnosis: Diagnosis::worded(diagnosis, salvage.as_deref(), language),
        })
        .await;
        Ok(())
    }

    /// Tells the newest value now, and again whenever it or the language has changed; ends with the till.
    async fn newest<T: Clone>(
        &mut self,
        mut values: watch::Receiver<T>,
        event: impl Fn(T, Wording) -> Event,
    ) {
        loop {
            let value = values.borrow_and_update().clone();
            let language = *self.language.borrow_and_update();
            self.tell(event(value, language)).await;
            if !self.is_more(&mut values).await {
                return;
            }
        }
    }

    /// Waits until the value or the language has changed; false once the till is closed.
    async fn is_more<T>(&mut self, values: &mut watch::Receiver<T>) -> bool {
        tokio::select! {
            biased;
            changed = values.changed() => changed.is_ok(),
            // A till that is closed changes its language no more; its values end then too.
            Ok(()) = self.language.changed() => true,
        }
    }

    /// Not while anything is polled, and one after the other: a slow listener is only told less often.
    fn tell(&self, event: Event) -> impl Future<Output = ()> + use<> {
        let listener = self.listener.clone();
        async move {
            match spawn_blocking(move || listener.on_event(event)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!(%error, "a listener failed"),
                Err(broken) => tracing::error!(%broken, "a listener broke"),
            }
        }
    }
}
