//! The till's one task: it owns everything, takes one event at a time, writes down what was decided, and then does it.

mod books;
mod commands;
mod counter;
mod incoming;
mod opening;
mod outgoing;
mod people;
mod shifts;
mod stream;
mod upkeep;
mod writing;

pub(crate) use commands::{Command, Reply};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use saoma_contract::request_signature::JournalHead;
use saoma_contract::statement::TrustedKeys;
use saoma_contract::{DeviceSigner, OrderNo, ServerTime, Time};
use tokio::sync::{mpsc, oneshot, watch};

use crate::announcing::Announcing;
use crate::book::{Action, Book};
use crate::clock::{Clock, Now, ServerClock, ServerStart};
use crate::diagnosis::Diagnosis;
use crate::entropy::{Entropy, random};
use crate::errand::{Errand, Errands};
use crate::result::MoneyResult;
use crate::sale::SaleView;
use crate::state::{Offering, TillState};
use crate::store::{CheckPlace, StorageDesk, StorageError};
use crate::till::Limits;
use crate::transport::Transport;
use crate::watch::Watchers;

pub(crate) struct Shell {
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    transport: Arc<dyn Transport>,
    signer: Arc<dyn DeviceSigner>,
    desk: StorageDesk,
    head: JournalHead,
    sealed: u64,
    till: TillState,
    /// The merchant's keys, newest first; empty before pairing.
    keys: Vec<TrustedKeys>,
    book: Book,
    errands: Errands,
    server_clock: ServerClock,
    server_start: Arc<ServerStart>,
    server: Option<ServerTime>,
    limits: Limits,
    announcing: Announcing,
    heard_at: Option<Time>,
    last_trouble: Option<String>,
    /// Why the device's key did not sign when it was last asked to, as a stable word.
    key_fault: Option<&'static str>,
    fault: Option<StorageError>,
    check: Option<CheckPlace>,
    check_ms: u64,
    checked: bool,
    regressions: u64,
    unverified: u64,
    results: watch::Sender<Vec<MoneyResult>>,
    watchers: Watchers,
    /// Tells how the till is, while anyone watches that.
    diagnoses: Option<watch::Sender<Diagnosis>>,
    /// Who waits for word about a sale.
    waiting: BTreeMap<OrderNo, Vec<Reply<SaleView>>>,
    /// Sales about which the channel is to be asked as soon as the question under way has ended.
    check_wanted: BTreeSet<OrderNo>,
    /// Payment codes that wait for their order to reach the backend; in memory only.
    held: BTreeMap<OrderNo, counter::HeldCode>,
    calls: FuturesUnordered<BoxFuture<'static, incoming::Arrived>>,
    stream: stream::Stream,
    commands: mpsc::Receiver<Command>,
}

enum Happening {
    Command(Option<Command>),
    Arrived(incoming::Arrived),
    Streamed(stream::Heard),
    Woken,
}

impl Shell {
    pub(crate) async fn run(mut self) {
        loop {
            self.start_due().await;
            self.show_diagnosis();
            match self.next_happening().await {
                Happening::Command(None) => return,
                Happening::Command(Some(Command::Close { done })) => return self.end(done),
                Happening::Command(Some(command)) => self.perform(command).await,
                Happening::Arrived(arrived) => self.arrived(arrived).await,
                Happening::Streamed(heard) => self.streamed(heard).await,
                Happening::Woken => self.keep_up().await,
            }
            self.show_what_time_changed();
        }
    }

    async fn next_happening(&mut self) -> Happening {
        let wake = self.wake_at();
        let sleep = match wake {
            Some(at) => self.clock.sleep_until(at),
            None => Box::pin(std::future::pending()),
        };
        tokio::select! {
            biased;
            command = self.commands.recv() => Happening::Command(command),
            Some(arrived) = self.calls.next() => Happening::Arrived(arrived),
            heard = self.stream.next() => Happening::Streamed(heard),
            () = sleep => Happening::Woken,
        }
    }

    fn end(self, done: oneshot::Sender<()>) {
        drop(self);
        // Whoever asked for the end may have gone.
        let _ = done.send(());
    }

    fn now(&self) -> Now {
        let now = self.server_clock.now(self.clock.monotonic_ms(), self.clock.wall());
        if saoma_contract::planted("phones-clock") { Now { server: self.clock.wall(), ..now } } else { now }
    }

    /// Takes the server's exact time.
    fn correct_clock(&mut self, server: Time) {
        self.server_clock.correct(server, self.clock.monotonic_ms(), self.clock.wall());
        self.share_clock();
    }

    /// Lets the handles know the server's time.
    fn share_clock(&self) {
        self.server_start.set(self.now());
    }

    pub(crate) fn server_start(&self) -> Arc<ServerStart> {
        Arc::clone(&self.server_start)
    }

    fn random_byte(&self) -> u8 {
        random::<1>(self.entropy.as_ref())[0]
    }

    /// Starts everything whose turn has come.
    async fn start_due(&mut self) {
        let now = self.now();
        let mut probing = false;
        for (order_no, action) in self.book.due(now) {
            probing |= self.book.link().is_down();
            self.start(&order_no, action).await;
        }
        let down = self.book.link().is_down();
        // On a road that is down one request is tried at a time.
        probing |= down && self.book.under_way() > 0;
        if self.can_reach_out(now) && !probing {
            for errand in self.errands.due(now) {
                // On a road that was down a plain question for the time goes ahead of everything.
                if !down || errand == Errand::Time {
                    self.start_errand(errand);
                }
            }
        }
    }

    async fn start(&mut self, order_no: &OrderNo, action: Action) {
        if let Action::Call(_) = action {
            match self.write_turn(order_no).await {
                Ok(Some(call)) => self.start_call(order_no, call),
                // Nothing goes out that could not be written down first; it is tried again with the next tick.
                Ok(None) | Err(_) => self.book.postpone(order_no, self.now()),
            }
        } else {
            self.start_question(order_no);
        }
    }

    fn can_reach_out(&self, now: Now) -> bool {
        self.book.may_send && self.book.network && self.book.may_try(now)
    }

    fn wake_at(&self) -> Option<u64> {
        let now = self.now();
        let sending = self.book.may_send && self.book.network;
        let errands = self.errands.wake_at(now).filter(|_| sending);
        let errands = errands.map(|at| at.max(self.book.next_try_ms()));
        let upkeep = self.check.is_some().then_some(self.check_ms);
        let offering = (sending && self.till.offering != Offering::No)
            .then(|| crate::ladder::aligned_ms(now.mono_ms + 1));
        let offering = offering.map(|at| at.max(self.book.next_try_ms()));
        [self.book.wake_at(now), errands, upkeep, offering, self.stream.silent_at_ms(), self.forget_at_ms()]
            .into_iter()
            .flatten()
            .min()
    }

    fn want_stream(&mut self) {
        let has_stream = self.server.is_some() && self.has_feature("stream");
        if self.book.foreground && self.book.network && has_stream && !self.stream.is_open() {
            self.errands.want(Errand::Changes);
            self.errands.want(Errand::Stream);
        }
    }
}
