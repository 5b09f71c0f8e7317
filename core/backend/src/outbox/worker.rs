//! The loop that makes calls to the channels when they fall due.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::future::join_all;
use saoma_contract::{AttemptNo, OrderNo, RefundNo, Time, planted};
use tokio::task::JoinSet;

use super::{Subject, Task};
use crate::channel::{Channel, CloseAnswer, OpenAnswer};
use crate::orders::{
    Answer, AttemptRecord, Event, OrderRecord, Phase, RefundAnswer, RefundPhase, RefundRecord, ReverseAnswer,
    Standing, Step,
};
use crate::shop::{ApplyError, Shop};

/// Calls under way at once.
const CALLS_MAX: usize = 64;

/// Orders that are told of a clock set back at once.
const TOLD_TOGETHER_MAX: usize = 256;

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
            let (mut schedule, now) = (shop.schedule(), shop.clock.now());
            if schedule.time_is(now) && !planted("set-back-unnoticed") {
                calls.spawn(set_right(Arc::clone(&shop), schedule.orders()));
            }
            for task in schedule.take(now, CALLS_MAX.saturating_sub(calls.len())) {
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

/// Puts right what was written by a clock that was ahead. Many orders are told at once, so that they share a wait for the disk;
/// those that could not be written are told again, for nothing else would look at them before that clock's time.
pub(super) async fn set_right(shop: Arc<Shop>, orders: BTreeSet<OrderNo>) {
    let mut stopping = shop.stopping.subscribe();
    let mut orders: Vec<OrderNo> = orders.into_iter().collect();
    while !*stopping.borrow() {
        let mut untold = Vec::new();
        let mut reason = None;
        for together in orders.chunks(TOLD_TOGETHER_MAX) {
            let told = together.iter().map(|order_no| shop.apply(order_no, Event::ClockSetBack));
            for (order_no, told) in together.iter().zip(join_all(told).await) {
                match told {
                    Err(ApplyError::Ledger(error)) => {
                        untold.push(order_no.clone());
                        reason = Some(error);
                    }
                    Err(error) => {
                        tracing::error!(%order_no, ?error, "what the order waits for could not be told anew");
                    }
                    Ok(_) => {}
                }
            }
        }
        let Some(error) = reason else { return };
        tracing::error!(orders = untold.len(), %error, "what orders wait for could not be told anew; it is tried again");
        orders = untold;
        let at = shop.clock.now().plus_ms(LEDGER_PAUSE_MS);
        tokio::select! {
            biased;
            _ = stopping.changed() => {}
            () = shop.clock.sleep_until(at) => {}
        }
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
    let event = match &task.subject {
        Subject::Attempt(attempt) => about_attempt(shop, channel, record, *attempt, task.step).await?,
        Subject::Refund(refund_no) => about_refund(shop, channel, record, refund_no, task.step).await?,
    };
    let event = match event {
        Some(Event::RefundTold(refund_no, RefundAnswer::Told(mut fact)))
            if planted("refund-under-way-is-done") =>
        {
            if fact.standing == Standing::Processing {
                (fact.standing, fact.done_at) = (Standing::Done, Some(shop.clock.now()));
            }
            Some(Event::RefundTold(refund_no, RefundAnswer::Told(fact)))
        }
        event => event,
    };
    match event {
        Some(event) => shop.apply(&task.order_no, event).await.map(|_| ()),
        None => Ok(()),
    }
}

async fn about_attempt(
    shop: &Shop,
    channel: &dyn Channel,
    record: OrderRecord,
    no: AttemptNo,
    step: Step,
) -> Result<Option<Event>, ApplyError> {
    match step {
        Step::Open => open(shop, channel, record, no).await,
        Step::Close => close(shop, channel, record, no).await,
        Step::Reverse => reverse(shop, channel, &record, no).await,
        Step::Query | Step::Refund | Step::RefundQuery | Step::RefundToMerchant => {
            let Some(attempt) = record.attempt(no) else { return Ok(None) };
            Ok(Some(Event::Asked(no, channel.query(&attempt.out_trade_no).await)))
        }
    }
}

/// Writes the bytes, and that they are being sent, before they are sent; sends the same bytes on every repeat.
async fn about_refund(
    shop: &Shop,
    channel: &dyn Channel,
    record: OrderRecord,
    refund_no: &RefundNo,
    step: Step,
) -> Result<Option<Event>, ApplyError> {
    let Some(refund) = record.refund(refund_no) else { return Ok(None) };
    if step == Step::RefundToMerchant {
        let Some(channel_refund_no) = &refund.channel_refund_no else { return Ok(None) };
        let answer = channel.refund_to_merchant(refund_no, channel_refund_no).await;
        return Ok(Some(Event::RefundTold(refund_no.clone(), answer)));
    }
    if step != Step::Refund {
        return Ok(Some(Event::RefundTold(refund_no.clone(), channel.refund_query(refund_no).await)));
    }
    if !matches!(refund.phase, RefundPhase::Queued | RefundPhase::Sending) {
        return Ok(None);
    }
    let sent_before = refund.sent_at;
    let anew = (refund.request.is_some() && planted("refund-number-anew")).then(|| RefundRecord {
        request: None,
        refund_no: RefundNo::new(u64::try_from(shop.clock.now().unix_ms()).unwrap_or(0), shop.random.bytes()),
        ..refund.clone()
    });
    let refund = anew.as_ref().unwrap_or(refund);
    let request = match &refund.request {
        Some(request) => request.clone(),
        None => match channel.refund_request(refund, record.whole_of(refund).unwrap_or_default()) {
            Ok(request) => request,
            Err(error) => {
                // Checked when it was asked for; only a change of the account's settings leads here.
                tracing::error!(%refund_no, %error, "the channel's request can no longer be made");
                return Err(ApplyError::NotFound);
            }
        },
    };
    let written =
        shop.apply(&record.order_no, Event::RefundSending(refund_no.clone(), request.clone())).await?;
    let is_written = written.refund(refund_no).is_some_and(|refund| {
        refund.phase == RefundPhase::Sending
            && refund.request.as_ref() == Some(&request)
            && refund.sent_at != sent_before
    });
    if !is_written {
        return Ok(None);
    }
    Ok(Some(Event::RefundTold(refund_no.clone(), channel.refund(refund_no, request).await)))
}

/// Says closing before it asks for the reverse.
async fn reverse(
    shop: &Shop,
    channel: &dyn Channel,
    record: &OrderRecord,
    no: AttemptNo,
) -> Result<Option<Event>, ApplyError> {
    let written = shop.apply(&record.order_no, Event::Reversing(no)).await?;
    let Some(attempt) = written.attempt(no).filter(|attempt| attempt.phase == Phase::Closing) else {
        return Ok(None);
    };
    if planted("never-reversed") {
        return Ok(Some(Event::ReverseAsked(no, ReverseAnswer::Unknown)));
    }
    let answer = channel.reverse(&attempt.out_trade_no).await;
    if planted("reverse-answer-is-proof") {
        return Ok(Some(Event::Asked(no, Answer::Closed)));
    }
    Ok(Some(Event::ReverseAsked(no, answer)))
}

/// Writes the bytes before it sends them; sends the same bytes on every repeat.
async fn open(
    shop: &Shop,
    channel: &dyn Channel,
    record: OrderRecord,
    no: AttemptNo,
) -> Result<Option<Event>, ApplyError> {
    let is_open = |attempt: &AttemptRecord| matches!(attempt.phase, Phase::Opening | Phase::Closing);
    let Some(attempt) = record.attempt(no).filter(|attempt| is_open(attempt)) else {
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
            if planted("sent-before-written") {
                return Ok(Some(opened(no, channel.open(&out_trade_no, request).await)));
            }
            let event = Event::Sending(no, request.clone(), expires_at);
            let written = shop.apply(&record.order_no, event).await?;
            let is_written = written.attempt(no).is_some_and(|attempt| {
                attempt.phase == Phase::Opening && attempt.request.as_ref() == Some(&request)
            });
            if !is_written {
                return Ok(None);
            }
            request
        }
    };
    Ok(Some(opened(no, channel.open(&out_trade_no, request).await)))
}

fn opened(no: AttemptNo, answer: OpenAnswer) -> Event {
    match answer {
        OpenAnswer::Code(code) => Event::Opened(no, code),
        OpenAnswer::Unknown => Event::OpenUnknown(no),
        OpenAnswer::Refused(refusal) => Event::OpenRefused(no, refusal),
    }
}

/// Says closing before it asks for the close.
async fn close(
    shop: &Shop,
    channel: &dyn Channel,
    record: OrderRecord,
    no: AttemptNo,
) -> Result<Option<Event>, ApplyError> {
    let Some(attempt) = record.attempt(no) else { return Ok(None) };
    let out_trade_no = attempt.out_trade_no.clone();
    if attempt.phase == Phase::Open {
        let written = shop.apply(&record.order_no, Event::Expired(no)).await?;
        if written.attempt(no).is_none_or(|attempt| attempt.phase != Phase::Closing) {
            return Ok(None);
        }
        if planted("expired-is-closed") {
            return Ok(Some(Event::Asked(no, Answer::Closed)));
        }
    }
    Ok(Some(match channel.close(&out_trade_no).await {
        CloseAnswer::Asked if planted("close-answer-is-proof") => Event::Asked(no, Answer::Closed),
        CloseAnswer::Asked => Event::CloseAsked(no, 0),
        CloseAnswer::Busy => Event::CloseAsked(no, BUSY_MS),
        CloseAnswer::Unknown => Event::CloseUnknown(no),
    }))
}

/// When an attempt that is sent now ends: in whole seconds, as channels write it.
fn end_of_life(now: Time, life_s: u32) -> Time {
    let whole_ms = now.plus_ms(999).unix_s() * 1000;
    Time::from_unix_ms(whole_ms).plus_ms(i64::from(life_s) * 1000)
}
