//! Asking the channel about what differs. What it proves is taken into the books by the same road as any other proof; of
//! everything else, the finding keeps what was said.

use std::collections::BTreeMap;

use saoma_contract::{FindingKind, FindingSide, OrderNo, OutTradeNo, RefundNo, Time};

use super::finding::Found;
use crate::audit::Who;
use crate::ledger::LedgerError;
use crate::orders::{Answer, Event, Money, OrderRecord, RefundAnswer, Standing};
use crate::shop::{MerchantAccount, Shop};

/// Most findings of a day about which the channel is asked.
const ASKED_MAX: usize = 1000;

/// What the channel said.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// Whether the books changed by it.
    pub(super) is_news: bool,
    /// By the attempt's number, and the refund's.
    by_number: BTreeMap<(String, Option<String>), (Time, FindingSide)>,
}

impl Said {
    /// Notes in each finding what was said about it.
    pub(super) fn note(self, findings: &mut [Found]) {
        for found in findings {
            let number = (found.out_trade_no.clone(), found.out_refund_no.clone());
            if let Some(said) = self.by_number.get(&number) {
                found.asked = Some(said.clone());
            }
        }
    }
}

/// Asks about each finding that the channel can say something about, up to a thousand.
pub(super) async fn ask(
    shop: &Shop,
    account: &MerchantAccount,
    findings: &[Found],
) -> Result<Said, LedgerError> {
    let mut said = Said::default();
    for found in findings.iter().filter(|found| is_asked(found)).take(ASKED_MAX) {
        let told = match &found.out_refund_no {
            Some(refund) => of_refund(shop, account, refund).await?,
            None => of_attempt(shop, account, &found.out_trade_no).await?,
        };
        if let Some((side, is_news)) = told {
            said.is_news |= is_news;
            let number = (found.out_trade_no.clone(), found.out_refund_no.clone());
            said.by_number.insert(number, (shop.clock.now(), side));
        }
    }
    Ok(said)
}

fn is_asked(found: &Found) -> bool {
    matches!(
        found.kind,
        FindingKind::MissingInBill
            | FindingKind::UnknownHere
            | FindingKind::AmountDiffers
            | FindingKind::StateDiffers
            | FindingKind::RefundDiffers
    )
}

/// What the channel says of an attempt, and whether the books changed by it; nothing for a number that was not made here.
async fn of_attempt(
    shop: &Shop,
    account: &MerchantAccount,
    out_trade_no: &str,
) -> Result<Option<(FindingSide, bool)>, LedgerError> {
    let Ok(out_trade_no) = out_trade_no.parse::<OutTradeNo>() else { return Ok(None) };
    let answer = account.channel().query(&out_trade_no).await;
    let side = side_of(&answer);
    let number = out_trade_no.clone();
    let order = shop.ledger.read(move |rows| rows.order_of(&number)).await?;
    let known = order.filter(|order| order.merchant == account.merchant.id).and_then(|order| {
        let attempt = order.attempts.iter().find(|attempt| attempt.out_trade_no == out_trade_no)?.attempt;
        Some((order, attempt))
    });
    let Some((order, attempt)) = known else { return Ok(Some((side, false))) };
    let event = Event::Asked(attempt, answer);
    let is_news = taken_in(shop, account, &order, event, |before, after| {
        after.payments.len() > before.payments.len() || after.mismatches.len() > before.mismatches.len()
    });
    Ok(Some((side, is_news.await?)))
}

async fn of_refund(
    shop: &Shop,
    account: &MerchantAccount,
    out_refund_no: &str,
) -> Result<Option<(FindingSide, bool)>, LedgerError> {
    let Ok(refund_no) = out_refund_no.parse::<RefundNo>() else { return Ok(None) };
    let answer = account.channel().refund_query(&refund_no).await;
    let side = side_of_refund(&answer);
    let number = refund_no.clone();
    let order = shop.ledger.read(move |rows| rows.order_of_refund(&number)).await?;
    let known = order.filter(|order| order.merchant == account.merchant.id);
    // Only a verified word about it may change the books here.
    let (Some(order), RefundAnswer::Told(_)) = (known, &answer) else { return Ok(Some((side, false))) };
    let event = Event::RefundTold(refund_no, answer);
    let is_news = taken_in(shop, account, &order, event, |before, after| {
        let standing =
            |order: &OrderRecord| order.refunds.iter().map(|refund| refund.phase).collect::<Vec<_>>();
        standing(before) != standing(after)
    });
    Ok(Some((side, is_news.await?)))
}

/// Takes an answer into the books; a line of the audit log says so if they changed by it.
async fn taken_in(
    shop: &Shop,
    account: &MerchantAccount,
    order: &OrderRecord,
    event: Event,
    is_news: impl Fn(&OrderRecord, &OrderRecord) -> bool,
) -> Result<bool, LedgerError> {
    let order_no: &OrderNo = &order.order_no;
    let after = match shop.apply(order_no, event).await {
        Ok(after) => after,
        Err(error) => {
            tracing::error!(%order_no, ?error, "what the channel proved could not be taken in");
            return Ok(false);
        }
    };
    if !is_news(order, &after) {
        return Ok(false);
    }
    let (merchant, now) = (account.merchant.id.clone(), shop.clock.now());
    let act = Who::backend().does("proven_after_bill", now).to(order_no);
    shop.ledger.write(move |rows| rows.put_audit(&merchant, act)).await?;
    Ok(true)
}

fn side(state: &str) -> FindingSide {
    FindingSide { state: Some(state.to_owned()), ..FindingSide::default() }
}

fn side_of(answer: &Answer) -> FindingSide {
    let of_money = |state: &str, money: &Money| FindingSide {
        amount: Some(money.amount),
        at: Some(money.paid_at),
        transaction_id: Some(money.transaction_id.clone()),
        ..side(state)
    };
    match answer {
        Answer::Paid(money) => of_money("paid", money),
        Answer::PaidBack(money) => of_money("refunded", money),
        Answer::NotPaid => side("not_paid"),
        Answer::Closed => side("closed"),
        Answer::Paying => side("paying"),
        Answer::Failed => side("failed"),
        Answer::Absent => side("absent"),
        Answer::Unknown => side("unknown"),
    }
}

fn side_of_refund(answer: &RefundAnswer) -> FindingSide {
    match answer {
        RefundAnswer::Told(fact) => FindingSide {
            amount: Some(fact.amount),
            at: fact.done_at,
            transaction_id: Some(fact.transaction_id.clone()),
            ..side(match fact.standing {
                Standing::Processing => "processing",
                Standing::Done => "done",
                Standing::Closed => "closed",
                Standing::Abnormal => "abnormal",
            })
        },
        RefundAnswer::Absent => side("absent"),
        RefundAnswer::Refused(_) | RefundAnswer::Short(_) | RefundAnswer::Unknown => side("unknown"),
    }
}
