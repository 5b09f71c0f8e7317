//! Coming in: what an answer means, by what was asked.

use bytes::Bytes;
use http::{HeaderMap, Response};
use saoma_contract::statement::{Checked, StatementError};
use saoma_contract::{
    Bundle, Changes, Cursor, Day, KeysAnswer, Order, OrderNo, PairingLink, People, Problem, ProblemCode,
    Reconciliation, ServerTime, Session, planted,
};

use super::outgoing::Draft;
use super::{Reply, Shell};
use crate::answer::{self, Failure};
use crate::book::{Action, Ending, Line};
use crate::entropy::random;
use crate::errand::Errand;
use crate::error::TillError;
use crate::journal::TillFact;
use crate::pairing::Pairing;
use crate::sale::{Call, Event, Hint, OtherOrder, Refused, SaleView};
use crate::store::StorageError;
use crate::transport::{Chunks, Left, TransportError};

/// What a request was for.
pub(super) enum What {
    Sale {
        order_no: OrderNo,
        action: Action,
    },
    Errand(Errand),
    Day {
        reply: Reply<Day>,
    },
    Reconciliation {
        reply: Reply<Reconciliation>,
    },
    /// A manager's word about a sale.
    Word {
        order_no: OrderNo,
        reply: Reply<SaleView>,
    },
    People {
        reply: Reply<People>,
    },
    SignIn {
        reply: Reply<Session>,
    },
    SignedOut,
    Pairing {
        link: Box<PairingLink>,
        reply: Reply<Pairing>,
    },
}

/// What came of a request.
pub(super) enum Arrived {
    Answer {
        what: What,
        answer: Result<Response<Bytes>, Failure>,
        /// The request, if it may be made once more.
        again: Option<Box<Draft>>,
    },
    StreamOpened(Result<Response<Chunks>, Failure>),
}

impl Shell {
    pub(super) async fn arrived(&mut self, arrived: Arrived) {
        let (what, answer) = match arrived {
            Arrived::StreamOpened(answer) => {
                self.note_key(answer.as_ref().err());
                return self.stream_opened(answer).await;
            }
            Arrived::Answer { what, answer, again } => {
                let server_time = answer.as_ref().ok().and_then(answer::time_wanted);
                self.note_key(answer.as_ref().err());
                if let Some(server_time) = server_time {
                    self.correct_clock(server_time);
                    if let Some(draft) = again {
                        return self.send_again(what, *draft);
                    }
                }
                (what, answer)
            }
        };
        let headers = answer.as_ref().map(|answer| answer.headers().clone()).unwrap_or_default();
        match what {
            What::Sale { order_no, action } => {
                let read = answer::read::<Order>(answer);
                self.note_road(&read, &headers);
                self.sale_answered(&order_no, action, read).await;
            }
            What::Errand(errand) => self.errand_answered(errand, answer, &headers).await,
            What::Day { reply } => {
                let told = self.books_told::<Day>(answer, &headers).await;
                // Whoever asked may have stopped waiting.
                let _ = reply.send(told);
            }
            What::Reconciliation { reply } => {
                let told = self.books_told::<Reconciliation>(answer, &headers).await;
                let _ = reply.send(told);
            }
            What::Word { order_no, reply } => {
                let read = answer::read::<Order>(answer);
                self.note_road(&read, &headers);
                let told = self.word_answered(&order_no, read).await;
                let _ = reply.send(told);
            }
            What::People { reply } => {
                let read = answer::read::<People>(answer);
                self.note_road(&read, &headers);
                self.note_refusal(&read).await;
                let told = self.people_told(read).await;
                let _ = reply.send(told);
            }
            What::SignIn { reply } => {
                let read = answer::read::<Session>(answer);
                self.note_road(&read, &headers);
                let told = self.signed_in(read).await;
                let _ = reply.send(told);
            }
            // It is done here; there the session ends by itself if this did not arrive.
            What::SignedOut => {}
            What::Pairing { link, reply } => {
                let paired = self.paired(&link, answer::read::<Bundle>(answer)).await;
                let _ = reply.send(paired);
            }
        }
    }

    /// Notes whether the backend can be reached.
    fn note_road<T>(&mut self, read: &Result<T, Failure>, headers: &HeaderMap) {
        match read {
            Ok(_) | Err(Failure::Problem(_)) => self.heard_from_backend(headers),
            Err(Failure::Lost(error)) => self.road_failed(error),
            Err(Failure::Unsigned(_)) => {}
        }
    }

    /// Notes whether the device's key signs.
    fn note_key(&mut self, failure: Option<&Failure>) {
        self.key_fault = match failure {
            Some(Failure::Unsigned(error)) => {
                tracing::warn!(%error, "nothing can be sent");
                self.last_trouble = Some(error.to_string());
                Some(error.code())
            }
            _ => None,
        };
    }

    pub(super) fn heard_from_backend(&mut self, headers: &HeaderMap) {
        if let Some(date) = answer::date(headers) {
            self.server_clock.correct_coarsely(date, self.clock.monotonic_ms(), self.clock.wall());
            self.share_clock();
        }
        let now = self.now();
        self.heard_at = Some(now.server);
        self.last_trouble = None;
        let entropy = self.entropy.clone();
        if self.book.road_works(now, || random::<1>(entropy.as_ref())[0]) {
            self.back_on_the_road();
        }
    }

    /// After a time without the backend: its time, what was missed, and the stream again.
    pub(super) fn back_on_the_road(&mut self) {
        self.errands.hurry();
        self.errands.want(Errand::Time);
        self.want_stream();
    }

    fn road_failed(&mut self, error: &TransportError) {
        let (now, random) = (self.now(), self.random_byte());
        tracing::debug!(%error, "the backend cannot be reached");
        self.last_trouble = Some(error.detail.clone());
        self.errands.want(Errand::Time);
        self.book.road_failed(now, random);
    }

    /// A session that has ended, or a person who is wanted, is noted whatever was asked.
    async fn note_refusal<T>(&mut self, read: &Result<T, Failure>) {
        if let Err(Failure::Problem(problem)) = read {
            self.heed_refusal(&problem.code, self.person()).await;
        }
    }

    async fn books_told<T: serde::de::DeserializeOwned>(
        &mut self,
        answer: Result<Response<Bytes>, Failure>,
        headers: &HeaderMap,
    ) -> Result<T, TillError> {
        let read = answer::read::<T>(answer);
        self.note_road(&read, headers);
        self.note_refusal(&read).await;
        Ok(read?)
    }

    /// What came of a manager's word.
    async fn word_answered(
        &mut self,
        order_no: &OrderNo,
        read: Result<Order, Failure>,
    ) -> Result<SaleView, TillError> {
        self.note_refusal(&read).await;
        let shown = match &read {
            Ok(order) => Some(order.clone()),
            Err(Failure::Problem(problem)) => problem.order.as_deref().cloned(),
            Err(Failure::Lost(_) | Failure::Unsigned(_)) => None,
        };
        if let Some(order) = shown.filter(|order| order.order_no == *order_no && self.is_ours(order)) {
            self.load(order_no).await?;
            let (hint, proofs) = self.judged(&order);
            self.happened(order_no, Event::Told { answers: None, hint, proofs }).await?;
        }
        read?;
        self.view(order_no).await
    }

    async fn sale_answered(&mut self, order_no: &OrderNo, action: Action, read: Result<Order, Failure>) {
        let answers = match action {
            Action::Call(call) => Some(call),
            Action::Ask => None,
        };
        let (ending, word) = match read {
            Ok(order)
                if (order.order_no == *order_no || planted("other-order-taken")) && self.is_ours(&order) =>
            {
                match self.heard_of_sale(order_no, answers, &order).await {
                    Ok(()) => (Ending::Heard, Ok(())),
                    Err(error) => (storage_trouble(&error), Err(error.into())),
                }
            }
            Ok(_) => {
                let error = TransportError::lost("the answer is about another order");
                (failed(&error.detail), Err(Failure::Lost(error).into()))
            }
            Err(failure) => {
                (self.sale_failed(order_no, action, &failure).await, Err(TillError::from(failure)))
            }
        };
        let (now, random) = (self.now(), self.random_byte());
        self.book.ended(order_no, action, ending, now, random);
        self.use_held_code(order_no).await;
        self.publish(order_no);
        if self.check_wanted.remove(order_no) {
            return self.start_check(order_no);
        }
        for reply in self.waiting.remove(order_no).unwrap_or_default() {
            let view =
                word.clone().and_then(|()| self.view_in_hand(order_no).ok_or_else(TillError::not_found));
            // Whoever asked may have stopped waiting.
            let _ = reply.send(view);
        }
    }

    /// The backend spoke of a sale that it was asked about.
    async fn heard_of_sale(
        &mut self,
        order_no: &OrderNo,
        answers: Option<Call>,
        order: &Order,
    ) -> Result<(), StorageError> {
        // Asked since the charge was made, it knows of none: the code was not used, and never will be.
        let not_charged = answers.is_none()
            && self.book.line(order_no).filter(|line| !line.is_calling()).is_some_and(|line| {
                let ends = line.sale.charging().map(|charging| charging.ends);
                ends.is_some_and(|ends| order.last_attempt().map(|last| last.attempt) <= ends)
            });
        let (hint, proofs) = self.judged(order);
        let mut staged = self.stage();
        self.stage_event(&mut staged, order_no, Event::Told { answers, hint, proofs });
        if not_charged {
            self.stage_event(&mut staged, order_no, Event::NotCharged);
        }
        self.commit(staged).await.map(|_| ())
    }

    /// What a failed request means for its sale.
    async fn sale_failed(&mut self, order_no: &OrderNo, action: Action, failure: &Failure) -> Ending {
        let left = match failure {
            Failure::Lost(error) => error.left,
            Failure::Unsigned(_) => Left::No,
            Failure::Problem(_) => Left::Maybe,
        };
        let retry = Ending::Failed { trouble: failure.to_string(), left, wait_ms: failure.retry_after_ms() };
        let problem = match failure {
            Failure::Lost(_) | Failure::Unsigned(_) => {
                let in_doubt = self.book.line(order_no).is_none_or(Line::is_in_doubt);
                // A charge is made once, so there was no earlier try of it.
                let in_doubt = in_doubt && !matches!(action, Action::Call(Call::Charge(_)));
                let left = if planted("lost-is-not-sent") { Left::No } else { left };
                if let (Left::No, Action::Call(call), false) = (left, action, in_doubt) {
                    // If it cannot be written down, it stays "may have left", which is the safer belief.
                    let _ = self.happened(order_no, Event::NotSent(call)).await;
                }
                return retry;
            }
            Failure::Problem(problem) => problem.as_ref(),
        };
        let named = match action {
            Action::Call(call) => self.person_of(order_no, call),
            Action::Ask => self.person(),
        };
        self.heed_refusal(&problem.code, named).await;
        let written = match (&problem.code, action) {
            (ProblemCode::RateLimited, _) => {
                self.book.pause(failure.retry_after_ms().unwrap_or(1_000), self.now());
                return retry;
            }
            (ProblemCode::DeviceRevoked | ProblemCode::DeviceUnknown | ProblemCode::JournalForked, _) => {
                self.turned_away(&problem.code).await;
                return retry;
            }
            // A backend takes these for numbers that it does not know; one that does not is asked again, slowly.
            (
                ProblemCode::NotFound,
                Action::Call(Call::Create | Call::Offer | Call::Close(_) | Call::Cash),
            ) => {
                return retry;
            }
            (ProblemCode::NotFound, _) => {
                // An order that was there before and is not now: perhaps the ledger has a new life.
                self.errands.want(Errand::Time);
                self.happened(order_no, Event::Missing).await.map(|_| ())
            }
            // They wait for a person; a payment code cannot.
            (ProblemCode::SessionEnded | ProblemCode::SignInRequired, Action::Call(call))
                if !matches!(call, Call::Charge(_)) =>
            {
                return retry;
            }
            (code, Action::Call(call)) if is_final(code) => self.refused(order_no, call, problem).await,
            _ => return retry,
        };
        match written {
            Ok(()) => Ending::Heard,
            Err(error) => storage_trouble(&error),
        }
    }

    /// A call was refused for good; the problem may show the order as it is, which is heard first.
    async fn refused(
        &mut self,
        order_no: &OrderNo,
        call: Call,
        problem: &Problem,
    ) -> Result<(), StorageError> {
        let mut staged = self.stage();
        let shown = problem.order.as_deref();
        let conflict = problem.code == ProblemCode::OtherBytes;
        if let Some(order) =
            shown.filter(|order| order.order_no == *order_no && !conflict && self.is_ours(order))
        {
            let (hint, proofs) = self.judged(order);
            self.stage_event(&mut staged, order_no, Event::Told { answers: None, hint, proofs });
        }
        let (code, why, other) = (problem.code.clone(), Refused::from(problem), shown.map(OtherOrder::from));
        let again_at = problem
            .retry_after_s
            .filter(|_| problem.code == ProblemCode::AttemptClosing)
            .map(|seconds| self.server_now().plus_ms(i64::from(seconds) * 1_000));
        self.stage_event(&mut staged, order_no, Event::Refused { call, code, why, other, again_at });
        self.commit(staged).await.map(|_| ())
    }

    /// The backend no longer takes this device's word.
    async fn turned_away(&mut self, code: &ProblemCode) {
        if self.till.read_only.as_deref() == Some(code.as_str()) {
            return;
        }
        let mut staged = self.stage();
        let code = code.to_string();
        self.stage_till_fact(&mut staged, TillFact::Refused { code });
        // If it cannot be written down, the next request is refused the same way.
        if self.commit(staged).await.is_ok() {
            self.settle_standing();
        }
        if !self.book.may_send {
            self.let_stream_go();
        }
    }

    /// Whether an order is of this merchant, live or test as it should be.
    fn is_ours(&self, order: &Order) -> bool {
        self.keys.first().is_some_and(|keys| order.merchant == *keys.merchant() && order.live == keys.live())
    }

    /// What an order says, with those of its statements that verify.
    fn judged(&mut self, order: &Order) -> (Hint, Vec<Checked>) {
        if self.till.epoch.is_some_and(|epoch| epoch != order.version.epoch) {
            self.errands.want(Errand::Time);
        }
        let Some(keys) = self.keys.first() else { return (Hint::from(order), Vec::new()) };
        let mut proofs = Vec::new();
        for jws in order.statements.iter().take(32) {
            match keys.check(jws) {
                Ok(proof) => proofs.push(proof),
                Err(StatementError::UnknownKey(_)) => self.errands.want(Errand::Keys),
                // A kind that later versions send.
                Err(StatementError::OtherKind) => {}
                Err(error) => {
                    self.unverified += 1;
                    tracing::warn!(%error, order_no = %order.order_no, "a statement does not verify");
                }
            }
        }
        (Hint::from(order), proofs)
    }

    /// Takes orders as they are now, and how far that is in the changes. Orders of other tills are theirs to tell of.
    pub(super) async fn take_changes(
        &mut self,
        orders: Vec<Order>,
        cursor: Option<Cursor>,
        more: Option<bool>,
    ) -> Result<(), StorageError> {
        let mut told = Vec::new();
        for order in orders {
            if self.is_ours(&order) && self.load(&order.order_no).await? {
                told.push(order);
            }
        }
        let mut staged = self.stage();
        for order in &told {
            let (hint, proofs) = self.judged(order);
            self.stage_event(&mut staged, &order.order_no, Event::Told { answers: None, hint, proofs });
        }
        if let Some(cursor) = cursor {
            self.stage_till(&mut staged, |till| till.cursor = Some(cursor));
        }
        self.commit(staged).await?;
        let now = self.now();
        for order in &told {
            if let Some(line) = self.book.line_mut(&order.order_no) {
                line.heard_at = Some(now.server);
            }
            self.publish(&order.order_no);
        }
        if more == Some(true) {
            self.errands.want(Errand::Changes);
        }
        Ok(())
    }

    /// The cursor is no longer good: from the beginning.
    pub(super) async fn start_from_empty_cursor(&mut self) {
        // However often it is said, it is written once.
        if self.till.cursor.is_some() {
            let mut staged = self.stage();
            self.stage_till(&mut staged, |till| till.cursor = None);
            // If it cannot be written down, the backend says so again.
            let _ = self.commit(staged).await;
        }
        self.errands.want(Errand::Changes);
    }

    /// Which life the ledger is in. A new one may have lost orders: everything is read anew and offered again.
    async fn notice_epoch(&mut self, epoch: u64) -> Result<bool, StorageError> {
        let known = self.till.epoch;
        if known == Some(epoch) {
            return Ok(false);
        }
        if known.is_some_and(|known| epoch < known) {
            self.regressions += 1;
            tracing::warn!(epoch, "the backend speaks from an older life of its ledger");
            return Ok(false);
        }
        let is_new = known.is_some();
        let mut staged = self.stage();
        self.stage_till_fact(&mut staged, TillFact::Epoch { epoch });
        self.commit(staged).await?;
        if is_new {
            self.errands.want(Errand::Changes);
        }
        Ok(is_new)
    }

    async fn errand_answered(
        &mut self,
        errand: Errand,
        answer: Result<Response<Bytes>, Failure>,
        headers: &HeaderMap,
    ) {
        let done = match errand {
            Errand::Time => {
                self.read_errand(answer, headers).map(|time: ServerTime| Errands::Time(Box::new(time)))
            }
            Errand::Keys => self.read_errand(answer, headers).map(Errands::Keys),
            Errand::Bundle => {
                self.read_errand(answer, headers).map(|bundle: Bundle| Errands::Bundle(Box::new(bundle)))
            }
            Errand::Changes => self.read_errand(answer, headers).map(Errands::Changes),
            Errand::Stream => return,
        };
        match done {
            Err(failure) => self.errand_failed(errand, failure).await,
            Ok(result) => {
                self.errands.done(errand);
                if let Err(error) = self.take_errand(result).await {
                    let (now, random) = (self.now(), self.random_byte());
                    tracing::warn!(%error, "an errand's answer was not taken");
                    self.errands.failed(errand, None, now, random);
                }
            }
        }
    }

    fn read_errand<T: serde::de::DeserializeOwned>(
        &mut self,
        answer: Result<Response<Bytes>, Failure>,
        headers: &HeaderMap,
    ) -> Result<T, Failure> {
        let read = answer::read::<T>(answer);
        self.note_road(&read, headers);
        read
    }

    async fn take_errand(&mut self, errand: Errands) -> Result<(), TillError> {
        match errand {
            Errands::Time(time) => {
                self.correct_clock(time.time);
                self.book.requests_per_minute = Some(time.limits.requests_per_minute);
                let epoch = time.epoch;
                self.server = Some(*time);
                self.notice_epoch(epoch).await?;
                self.want_stream();
                Ok(())
            }
            Errands::Changes(page) => {
                if self.notice_epoch(page.epoch).await? {
                    return Ok(());
                }
                Ok(self.take_changes(page.orders, Some(page.cursor), Some(page.more)).await?)
            }
            Errands::Keys(answer) => self.take_keys(answer.keys).await,
            Errands::Bundle(bundle) => self.take_bundle(*bundle).await,
        }
    }

    pub(super) async fn errand_failed(&mut self, errand: Errand, failure: Failure) {
        let (now, random) = (self.now(), self.random_byte());
        self.errands.failed(errand, failure.retry_after_ms(), now, random);
        let Failure::Problem(problem) = &failure else { return };
        match &problem.code {
            ProblemCode::Resync => self.start_from_empty_cursor().await,
            ProblemCode::RateLimited => self.book.pause(failure.retry_after_ms().unwrap_or(1_000), now),
            code @ (ProblemCode::DeviceRevoked | ProblemCode::DeviceUnknown | ProblemCode::JournalForked) => {
                self.turned_away(code).await;
            }
            _ => {}
        }
    }
}

/// An errand's answer.
enum Errands {
    Time(Box<ServerTime>),
    Keys(KeysAnswer),
    Bundle(Box<Bundle>),
    Changes(Changes),
}

/// Whether a refusal is the last word on that call: the same would be refused again, whenever.
fn is_final(code: &ProblemCode) -> bool {
    !code.retryable() && !matches!(code, ProblemCode::SignatureInvalid | ProblemCode::Unknown(_))
}

fn failed(trouble: &str) -> Ending {
    Ending::Failed { trouble: trouble.to_owned(), left: Left::Maybe, wait_ms: None }
}

fn storage_trouble(error: &StorageError) -> Ending {
    failed(&error.to_string())
}
