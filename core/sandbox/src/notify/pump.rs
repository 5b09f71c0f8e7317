//! Sends what is due: at once, again by the schedule, and in order when the clock is moved.
//!
//! Everything that waits is a row with a due time, so a restart loses nothing. A try that was cut off by a kill is made
//! again: receivers must stand duplicates anyway.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use tokio::{
    sync::{Notify, Semaphore},
    task::JoinHandle,
    time,
};

use super::{
    Notification, Outcome,
    delivery::{self, Language, Letter},
};
use crate::{
    clock::ClockMode,
    double::{Double, kept, refunds},
    faults::NotifyPlan,
    parts::Post,
    store::StoreError,
    trade::Spoken,
    v2::notified,
    v3::signature,
};

/// How many tries are on their way at once.
const TOGETHER_MAX: usize = 64;
/// How long to wait when the store fails.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// What is on its way, and who waits for it.
pub(crate) struct Pump {
    post: Arc<dyn Post>,
    on_its_way: Mutex<BTreeMap<String, JoinHandle<()>>>,
    room: Semaphore,
    woken: Arc<Notify>,
    landed: Notify,
    moving: tokio::sync::Mutex<()>,
}

impl Pump {
    pub(crate) fn new(post: Arc<dyn Post>) -> Self {
        Self {
            post,
            on_its_way: Mutex::new(BTreeMap::new()),
            room: Semaphore::new(TOGETHER_MAX),
            woken: Arc::new(Notify::new()),
            landed: Notify::new(),
            moving: tokio::sync::Mutex::new(()),
        }
    }

    /// Wakes the pump, from wherever something was made due. Woken by work on the store, it reads once that is kept.
    pub(crate) fn waker(&self) -> Arc<Notify> {
        Arc::clone(&self.woken)
    }

    /// Gives up what is on its way. It is still due, and goes out after the next start.
    pub(crate) async fn stop(&self) {
        let on_its_way = std::mem::take(&mut *self.lock());
        for task in on_its_way.into_values() {
            task.abort();
            // It says that it was aborted, or finished just before.
            let _ = task.await;
        }
    }

    /// The same at once, without waiting for what is on its way to end.
    pub(crate) fn give_up(&self) {
        self.lock().values().for_each(JoinHandle::abort);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, JoinHandle<()>>> {
        self.on_its_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn all_landed(&self) {
        loop {
            let landed = self.landed.notified();
            if self.lock().is_empty() {
                return;
            }
            landed.await;
        }
    }
}

/// Sends what falls due, for ever.
pub(crate) async fn run(double: Arc<Double>) {
    loop {
        let wait = match start_due(&double).await {
            // A clock that stands still is woken by whoever moves it.
            Ok(_) if double.clock.mode() != ClockMode::Real => None,
            Ok(due) => due.next_at.map(|next| until(next, double.clock.now())),
            Err(error) => {
                tracing::error!(%error, "cannot read what is due");
                Some(STORE_PAUSE)
            }
        };
        tokio::select! {
            biased;
            () = double.pump.woken.notified() => {}
            () = time::sleep(wait.unwrap_or(Duration::MAX)), if wait.is_some() => {}
        }
    }
}

fn until(next: Timestamp, now: Timestamp) -> Duration {
    // A millisecond more, so that the time has surely come.
    Duration::try_from(next.duration_since(now)).unwrap_or_default() + Duration::from_millis(1)
}

/// Moves the clock to `target`, to the end even if nobody waits for it. What falls due on the way happens in order, each
/// at its own time.
pub(crate) async fn move_clock(double: &Arc<Double>, target: Timestamp) -> Result<(), StoreError> {
    let double = Arc::clone(double);
    tokio::spawn(async move { step_by_step(&double, target).await }).await.map_err(|_| StoreError::Stopped)?
}

async fn step_by_step(double: &Arc<Double>, target: Timestamp) -> Result<(), StoreError> {
    let _one_at_a_time = double.pump.moving.lock().await;
    loop {
        let due = start_due(double).await?;
        if due.is_any {
            double.pump.all_landed().await;
            continue;
        }
        if double.clock.now() >= target {
            break;
        }
        let step = due.next_at.filter(|next| *next < target).unwrap_or(target);
        let saved = double.clock.saved_at(step);
        double.store.run(move |rows| rows.keep(kept::CLOCK, &saved)).await?;
        double.clock.move_to(step);
    }
    double.pump.woken.notify_one();
    Ok(())
}

/// One more try by hand, recorded even if nobody waits for it. `None` if there is no such notification.
pub(crate) async fn redeliver(double: &Arc<Double>, id: String) -> Result<Option<Notification>, StoreError> {
    let double = Arc::clone(double);
    tokio::spawn(async move { try_by_hand(&double, id).await }).await.map_err(|_| StoreError::Stopped)?
}

async fn try_by_hand(double: &Double, id: String) -> Result<Option<Notification>, StoreError> {
    let Some(notification) = double.store.run(move |rows| rows.notification(&id)).await? else {
        return Ok(None);
    };
    let plan = plan_for(double, &notification).await?;
    let outcomes = attempt(double, &notification, &plan).await;
    record(double, notification.id, plan.has_wrong_amount, outcomes, true).await
}

struct Due {
    /// Whether anything is due now, or on its way.
    is_any: bool,
    next_at: Option<Timestamp>,
}

/// Ends the refunds that are due, then sends off what is due and not yet on its way.
async fn start_due(double: &Arc<Double>) -> Result<Due, StoreError> {
    let now_ms = double.clock.now().as_millisecond();
    let random = Arc::clone(&double.random);
    let read = double.store.run(move |rows| {
        refunds::end_due(rows, &random, now_ms)?;
        Ok((rows.notifications_due(now_ms)?, rows.next_due_ms(now_ms)?))
    });
    let (due, next_ms) = read.await?;
    let is_any = !due.is_empty();
    let mut on_its_way = double.pump.lock();
    for notification in due {
        if on_its_way.contains_key(&notification.id) {
            continue;
        }
        // The task takes itself off the list, for which it needs the lock held here.
        let task = tokio::spawn(try_once(Arc::clone(double), notification.id.clone()));
        on_its_way.insert(notification.id, task);
    }
    Ok(Due { is_any, next_at: next_ms.and_then(|ms| Timestamp::from_millisecond(ms).ok()) })
}

async fn try_once(double: Arc<Double>, id: String) {
    if let Err(error) = try_and_record(&double, id.clone()).await {
        tracing::error!(%error, "cannot record a try of notification {id}");
        time::sleep(STORE_PAUSE).await;
    }
    double.pump.lock().remove(&id);
    double.pump.landed.notify_waiters();
    double.pump.woken.notify_one();
}

async fn try_and_record(double: &Arc<Double>, id: String) -> Result<(), StoreError> {
    let _room = double.pump.room.acquire().await.map_err(|_| StoreError::Stopped)?;
    let Some(notification) = double.store.run(move |rows| rows.notification(&id)).await? else {
        return Ok(());
    };
    let now = double.clock.now();
    if notification.next_at.is_none_or(|due| due > now) {
        // Another try was made since it was seen to be due.
        return Ok(());
    }
    let plan = plan_for(double, &notification).await?;
    if let Some(late) = plan.late.filter(|_| !notification.postponed) {
        let until = now + late.max(SignedDuration::from_millis(1));
        let put_off = notification.put_off(until);
        return double.store.run(move |rows| rows.put_notification(&put_off)).await;
    }
    let outcomes = attempt(double, &notification, &plan).await;
    record(double, notification.id, plan.has_wrong_amount, outcomes, false).await.map(|_| ())
}

async fn plan_for(double: &Double, notification: &Notification) -> Result<NotifyPlan, StoreError> {
    let made_by = notification.made_by();
    let (plan, changed) = double.faults.for_notification(&notification.notify_url, made_by, &double.random);
    if changed {
        double.keep_faults().await?;
    }
    if plan.rotates_certificate {
        double.rotate_certificate().await?;
    }
    Ok(plan)
}

/// Makes one try, or two copies of it, through whatever goes wrong.
async fn attempt(double: &Double, notification: &Notification, plan: &NotifyPlan) -> Vec<Outcome> {
    if let Some(at_most) = plan.waits_for_another {
        // Whether another one landed or the time is over, this one goes on.
        let _ = time::timeout(at_most, double.pump.landed.notified()).await;
    }
    if !plan.delay.is_zero() {
        time::sleep(plan.delay).await;
    }
    if plan.is_lost {
        return vec![Outcome::Lost];
    }
    let mut outcomes = vec![send(double, notification, plan).await];
    if plan.is_twice {
        outcomes.push(send(double, notification, plan).await);
    }
    if plan.is_answer_lost {
        outcomes.fill(Outcome::AnswerLost);
    }
    outcomes
}

async fn send(double: &Double, notification: &Notification, plan: &NotifyPlan) -> Outcome {
    let letter = match notification.spoken {
        Spoken::V3 => letter_v3(double, notification, plan),
        Spoken::V2Md5 | Spoken::V2HmacSha256 => letter_v2(double, notification, plan),
    };
    match letter {
        Some(letter) => delivery::send(double.pump.post.as_ref(), &notification.notify_url, letter).await,
        None => Outcome::Lost,
    }
}

fn letter_v3(double: &Double, notification: &Notification, plan: &NotifyPlan) -> Option<Letter> {
    let keys = double.key_ring.now();
    let party = keys.party(&notification.mchid)?;
    let body = if plan.has_wrong_amount {
        notification.body_with_wrong_amount(&party.api_v3_key, &double.random)
    } else {
        notification.body(&party.api_v3_key)
    };
    let signer = keys.signer_for(&party.merchant, None);
    let now = double.clock.real();
    let signed = signature::headers(&*signer, body.as_bytes(), plan.signature, &double.random, now);
    match signed {
        Ok(headers) => Some(Letter { language: Language::V3, headers, body: body.into() }),
        Err(error) => {
            tracing::error!(%error, "a notification cannot be signed");
            None
        }
    }
}

fn letter_v2(double: &Double, notification: &Notification, plan: &NotifyPlan) -> Option<Letter> {
    let keys = double.key_ring.now();
    let party = keys.party(&notification.mchid)?;
    let (told, spoken) = (notification.told(), notification.spoken);
    let body = notified::body(&told, spoken, party, plan.has_wrong_amount, plan.signature, &double.random);
    match body {
        Ok(body) => Some(Letter { language: Language::V2, headers: Vec::new(), body }),
        Err(error) => {
            tracing::error!(%error, "a notification cannot be written");
            None
        }
    }
}

/// Keeps what became of a try. Copies after the first do not count in the schedule.
async fn record(
    double: &Double,
    id: String,
    has_wrong_amount: bool,
    outcomes: Vec<Outcome>,
    redelivery: bool,
) -> Result<Option<Notification>, StoreError> {
    let clock = Arc::clone(&double.clock);
    let recorded = double.store.run(move |rows| {
        let Some(mut notification) = rows.notification(&id)? else { return Ok(None) };
        for (copy, outcome) in outcomes.into_iter().enumerate() {
            notification = notification.after(outcome, redelivery || copy > 0, clock.now());
            notification
                .tries
                .iter_mut()
                .rev()
                .take(1)
                .for_each(|made| made.has_wrong_amount = has_wrong_amount);
        }
        rows.put_notification(&notification)?;
        Ok(Some(notification))
    });
    let recorded = recorded.await?;
    if let Some(notification) = &recorded
        && let Some(last) = notification.tries.last()
    {
        tracing::info!(
            id = notification.id,
            out_trade_no = notification.out_trade_no,
            outcome = %last.outcome,
            tries = notification.tries.len(),
            "notification"
        );
    }
    Ok(recorded)
}
