//! The loop that makes calls to the channels when they fall due.

use std::sync::Arc;

use saoma_contract::Time;
use tokio::task::JoinSet;

use super::Task;
use crate::channel::{Channel, CloseAnswer, OpenAnswer};
use crate::orders::{AttemptRecord, Event, OrderRecord, Phase, Step};
use crate::shop::{ApplyError, Shop};

/// Calls under way at once.
const CALLS_MAX: usize = 64;

/// How long to hold back after the ledger could not be written.
const LEDGER_PAUSE_MS: i64 = 2_000;

/// How long a customer who may be paying is left alone before the next question (WeChat Pay protocol B.5).
const BUSY_MS: i64 = 5_000;

/// Runs until the shop stops and the calls under way have ended.
pub(crate) async fn run(shop: Arc<Shop>) {
    let mut stopping = shop.stopping.subscribe();
    let mut calls = JoinSet::new();
    while !*stopping.borrow() {
        let wakes_at = {
            let mut schedule = shop.schedule();
            for task in schedule.take(shop.clock.now(), CALLS_MAX - calls.len()) {
                calls.spawn(perform(Arc::clone(&shop), task));
            }
            schedule.wakes_at().filter(|_| calls.len() < CALLS_MAX)
        };
        let due = async {
            match wakes_at {
                Some(at) => shop.clock.sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            _ = stopping.changed() => {}
            Some(ended) = calls.join_next(), if !calls.is_empty() => {
                if let Err(error) = ended {
                    tracing::error!(%error, "a call to a channel ended by a panic");
                }
            }
            () = shop.kick.notified() => {}
            () = due => {}
        }
    }
    while calls.join_next().await.is_some() {}
}

/// Marks the call as over, whatever became of it.
struct UnderWay {
    shop: Arc<Shop>,
    task: Task,
    not_before: Option<Time>,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.shop.schedule().done(&self.task, self.not_before);
        self.shop.kick.notify_one();
    }
}

async fn perform(shop: Arc<Shop>, task: Task) {
    let mut under_way = UnderWay {
        shop: Arc::clone(&shop),
        task,
        not_before: Some(shop.clock.now().plus_ms(LEDGER_PAUSE_MS)),
    };
    match call(&shop, &under_way.task).await {
        Ok(()) => under_way.not_before = None,
        Err(error) => {
            let order_no = &under_way.task.order_no;
            tracing::error!(%order_no, ?error, "a due call could not be made or recorded; it is made again");
        }
    }
}

async fn call(shop: &Shop, task: &Task) -> Result<(), ApplyError> {
    let order_no = task.order_no.clone();
    let record = shop.ledger.read(move |rows| rows.order(&order_no)).await?.ok_or(ApplyError::NotFound)?;
    let account = shop.merchant(&record.merchant).ok_or(ApplyError::NotFound)?;
    let channel = account.channel();
    let channel = channel.as_ref();
    let event = match task.step {
        Step::Open => match open(shop, channel, record, task).await? {
            Some(event) => event,
            None => return Ok(()),
        },
        Step::Query => {
            let Some(attempt) = record.attempt(task.attempt) else { return Ok(()) };
            Event::Asked(task.attempt, channel.query(&attempt.out_trade_no).await)
        }
        Step::Close => match close(shop, channel, record, task).await? {
            Some(event) => event,
            None => return Ok(()),
        },
    };
    shop.apply(&task.order_no, event).await.map(|_| ())
}

/// Writes the bytes before it sends them; sends the same bytes on every repeat.
async fn open(
    shop: &Shop,
    channel: &dyn Channel,
    record: OrderRecord,
    task: &Task,
) -> Result<Option<Event>, ApplyError> {
    let is_open = |attempt: &AttemptRecord| matches!(attempt.phase, Phase::Opening | Phase::Closing);
    let Some(attempt) = record.attempt(task.attempt).filter(|attempt| is_open(attempt)) else {
        return Ok(None);
    };
    let (out_trade_no, sent) = (attempt.out_trade_no.clone(), attempt.request.clone());
    let request = match sent {
        Some(request) => request,
        None => {
            let Some(signed) = &record.signed else { return Ok(None) };
            let expires_at = end_of_life(shop.clock.now(), signed.body.life_s);
            let request = match channel.request(&signed.body, &out_trade_no, expires_at) {
                Ok(request) => request,
                Err(error) => {
                    // Checked when the order came; only a change of the account's settings leads here.
                    tracing::error!(%out_trade_no, %error, "the channel's request can no longer be made");
                    return Err(ApplyError::NotFound);
                }
            };
            let event = Event::Sending(task.attempt, request.clone(), expires_at);
            let written = shop.apply(&task.order_no, event).await?;
            let is_written = written.attempt(task.attempt).is_some_and(|attempt| {
                attempt.phase == Phase::Opening && attempt.request.as_ref() == Some(&request)
            });
            if !is_written {
                return Ok(None);
            }
            request
        }
    };
    Ok(Some(match channel.open(&out_trade_no, request).await {
        OpenAnswer::Code(code) => Event::Opened(task.attempt, code),
        OpenAnswer::Unknown => Event::OpenUnknown(task.attempt),
        OpenAnswer::Refused(refusal) => Event::OpenRefused(task.attempt, refusal),
    }))
}

/// Says closing before it asks for the close.
async fn close(
    shop: &Shop,
    channel: &dyn Channel,
    record: OrderRecord,
    task: &Task,
) -> Result<Option<Event>, ApplyError> {
    let Some(attempt) = record.attempt(task.attempt) else { return Ok(None) };
    let out_trade_no = attempt.out_trade_no.clone();
    if attempt.phase == Phase::Open {
        let written = shop.apply(&task.order_no, Event::Expired(task.attempt)).await?;
        if written.attempt(task.attempt).is_none_or(|attempt| attempt.phase != Phase::Closing) {
            return Ok(None);
        }
    }
    Ok(Some(match channel.close(&out_trade_no).await {
        CloseAnswer::Asked => Event::CloseAsked(task.attempt, 0),
        CloseAnswer::Busy => Event::CloseAsked(task.attempt, BUSY_MS),
        CloseAnswer::Unknown => Event::CloseUnknown(task.attempt),
    }))
}

/// When an attempt that is sent now ends: in whole seconds, as channels write it.
fn end_of_life(now: Time, life_s: u32) -> Time {
    let whole_ms = now.plus_ms(999).unix_s() * 1000;
    Time::from_unix_ms(whole_ms).plus_ms(i64::from(life_s) * 1000)
}
