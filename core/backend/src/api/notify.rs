//! Where channels tell of payments and refunds: verified over the raw bytes, opened, compared, written, and only then answered.

use std::sync::{Arc, PoisonError};

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use saoma_contract::{MerchantId, OutTradeNo, RefundNo};

use super::Api;
use super::caller::{BodyError, read_body};
use crate::channel::{NotRead, Notified};
use crate::orders::{Event, LateRule, Money, RefundAnswer, RefundFact};
use crate::shop::{ApplyError, MerchantAccount, record_event, unmatched};

/// More than any notification of a payment or a refund has.
const BODY_BYTES_MAX: usize = 128 * 1024;

/// `POST /notify/{channel}/{account}`; the account chooses the keys before anything is read, and the channel how it is
/// answered.
pub(super) async fn notified(
    State(api): State<Arc<Api>>,
    Path((channel, account)): Path<(String, String)>,
    request: Request,
) -> Response {
    let found = MerchantId::try_from(account).ok();
    let found = found
        .and_then(|merchant| api.shop.merchants.get_key_value(&merchant))
        .filter(|(_, account)| account.channel().name() == channel);
    let Some((merchant, account)) = found else {
        tracing::warn!(channel, "a notification came for an account that is not known");
        return StatusCode::NOT_FOUND.into_response();
    };
    let outcome = take(&api, merchant, account, request).await;
    if let Err(refused) = &outcome {
        tracing::warn!(
            channel,
            %merchant,
            status = refused.status,
            reason = refused.reason,
            "a notification was refused"
        );
    }
    account.channel().notification_answer(outcome.as_ref().copied()).map(Body::from)
}

async fn take(
    api: &Api,
    merchant: &MerchantId,
    account: &MerchantAccount,
    request: Request,
) -> Result<(), NotRead> {
    let refused = |status, reason: &str| NotRead { status, reason: reason.to_owned() };
    let (parts, body) = request.into_parts();
    let body =
        read_body(body, BODY_BYTES_MAX, api.shop.clock.as_ref()).await.map_err(|error| match error {
            BodyError::TooLarge => refused(413, "the body is too large"),
            BodyError::Broken => refused(400, "the body broke off"),
            BodyError::Late => refused(408, "the body did not come to its end in time"),
        })?;
    let notified = account.channel().notified(&parts.headers, body).await?;
    *api.shop.notified_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(api.shop.clock.now());
    let recorded = match notified {
        Notified::Money(money) => record(api, merchant, account.late_money, money).await,
        Notified::Refund(refund_no, fact) => {
            record_refund(api, merchant, account.late_money, &refund_no, fact).await
        }
    };
    recorded.map_err(|error| refused(500, &format!("{error:?}")))
}

/// Tells a refund what became of it. One that was not asked for here was made by another program of the merchant's.
async fn record_refund(
    api: &Api,
    merchant: &MerchantId,
    rule: LateRule,
    number: &str,
    fact: RefundFact,
) -> Result<(), ApplyError> {
    let (merchant, moment, refund_no) =
        (merchant.clone(), api.shop.moment(), number.parse::<RefundNo>().ok());
    let (number, transaction_id) = (number.to_owned(), fact.transaction_id.clone());
    api.shop
        .ledger
        .write(move |rows| {
            let found = refund_no.as_ref().map(|number| rows.order_of_refund(number)).transpose()?.flatten();
            match (found, refund_no) {
                (Some(record), Some(refund_no)) if record.merchant == merchant => {
                    let event = Event::RefundTold(refund_no, RefundAnswer::Told(fact));
                    record_event(rows, &record, event, moment, rule).map(|_| ())
                }
                _ => {
                    tracing::error!(
                        %merchant, out_refund_no = number, transaction_id,
                        "ALARM: a refund was notified that was not asked for here"
                    );
                    Ok(())
                }
            }
        })
        .await
}

/// Gives the money to its order, or keeps it as money that fits none. Duplicates and disorder change nothing.
async fn record(api: &Api, merchant: &MerchantId, rule: LateRule, money: Money) -> Result<(), ApplyError> {
    let (merchant, moment) = (merchant.clone(), api.shop.moment());
    api.shop
        .ledger
        .write(move |rows| {
            let number = money.out_trade_no.parse::<OutTradeNo>().ok();
            let found = number.as_ref().map(|number| rows.order_of(number)).transpose()?.flatten();
            let attempt = found.as_ref().and_then(|record| {
                let is_it =
                    |attempt: &&crate::orders::AttemptRecord| Some(&attempt.out_trade_no) == number.as_ref();
                record.attempts.iter().find(is_it).map(|attempt| attempt.attempt)
            });
            match (found, attempt) {
                (Some(record), Some(attempt)) if record.merchant == merchant => {
                    record_event(rows, &record, Event::Notified(attempt, money), moment, rule).map(|_| ())
                }
                _ => {
                    tracing::error!(
                        %merchant, out_trade_no = money.out_trade_no, transaction_id = money.transaction_id,
                        "ALARM: money came for a number that is not known here"
                    );
                    let reason = "no order of this number is known".to_owned();
                    Ok(rows.put_unmatched(unmatched(&merchant, reason, money))?)
                }
            }
        })
        .await
}
