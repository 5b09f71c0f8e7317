//! What a call or a try of a notification goes through, gathered from all rules that fired on it.

use std::time::Duration;

use http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::rule::Fault;
use crate::{bills, trade::Ends, v3::signature::Spoilt};

/// What a captive portal answers to everything.
const PORTAL: &str = "<!DOCTYPE html><html><head><title>Welcome</title></head><body><h1>Welcome to our network</h1>\
                      <p>Please sign in to continue.</p></body></html>";

/// Whether a call arrives at WeChat Pay.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Arrival {
    #[default]
    Arrives,
    Never,
    /// Somebody else answers.
    Foreign {
        status: StatusCode,
        content_type: String,
        body: String,
    },
    /// WeChat Pay refuses it unseen.
    Refused(Trouble),
}

/// What WeChat Pay answers whatever was asked, in the language of the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    System,
    Bank,
    TooFast,
}

/// What goes wrong within WeChat Pay while a call is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Twists {
    /// How a refund that the call asks for will end.
    pub(crate) refund_ends: Ends,
    /// How long such a refund takes, if not as usual.
    pub(crate) refund_takes: Option<SignedDuration>,
    /// A reversal is not done, and says that it must be called again.
    pub(crate) recalls: bool,
    /// API v2 closes no order that is younger than five minutes.
    pub(crate) closes_late: bool,
    pub(crate) bill: bills::Spoilt,
}

/// What a call goes through.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct CallPlan {
    pub(crate) rotates_certificate: bool,
    pub(crate) waits_for_another: Option<Duration>,
    pub(crate) arrival: Arrival,
    pub(crate) is_done_twice: bool,
    pub(crate) twists: Twists,
    /// Done, but answered with this.
    pub(crate) answered_instead: Option<Trouble>,
    pub(crate) delay: Duration,
    pub(crate) is_reply_lost: bool,
    pub(crate) is_truncated: bool,
    pub(crate) date_skew_seconds: i64,
    pub(crate) signature: Spoilt,
}

impl CallPlan {
    pub(super) fn of(faults: Vec<Fault>) -> Self {
        let mut plan = Self::default();
        for fault in faults {
            match fault {
                Fault::DropRequest {} => plan.arrival = Arrival::Never,
                Fault::DropReply {} => plan.is_reply_lost = true,
                Fault::Delay { ms } => plan.delay += Duration::from_millis(ms),
                Fault::Status { status, body, content_type } => {
                    plan.arrival = foreign(status, body, content_type);
                }
                Fault::Truncate {} => plan.is_truncated = true,
                Fault::Html {} => {
                    let content_type = "text/html; charset=utf-8".to_owned();
                    plan.arrival =
                        Arrival::Foreign { status: StatusCode::OK, content_type, body: PORTAL.to_owned() };
                }
                Fault::Duplicate {} => plan.is_done_twice = true,
                Fault::Reorder { ms } => plan.waits_for_another = Some(Duration::from_millis(ms)),
                Fault::SystemError { done: true } => plan.answered_instead = Some(Trouble::System),
                Fault::SystemError { done: false } => {
                    plan.arrival = Arrival::Refused(Trouble::System);
                }
                Fault::BankError { done: true } => plan.answered_instead = Some(Trouble::Bank),
                Fault::BankError { done: false } => plan.arrival = Arrival::Refused(Trouble::Bank),
                Fault::FrequencyLimited {} => plan.arrival = Arrival::Refused(Trouble::TooFast),
                Fault::Skew { seconds } => plan.date_skew_seconds = seconds,
                Fault::RotateCertificate {} => plan.rotates_certificate = true,
                Fault::RefundClosed {} => plan.twists.refund_ends = Ends::Closed,
                Fault::CloseTooEarly {} => plan.twists.closes_late = true,
                Fault::BillRowLost { row } => plan.twists.bill.lost_row = Some(row),
                Fault::BillWrongAmount { row } => plan.twists.bill.wrong_row = Some(row),
                Fault::BillStranger {} => plan.twists.bill.has_stranger = true,
                Fault::BillWrongHash {} => plan.twists.bill.has_wrong_hash = true,
                Fault::ReverseRecall {} => plan.twists.recalls = true,
                Fault::RefundAbnormal {} => plan.twists.refund_ends = Ends::Abnormal,
                Fault::RefundSlow { seconds } => {
                    plan.twists.refund_takes = Some(SignedDuration::from_secs(seconds));
                }
                other => spoil(&mut plan.signature, &other),
            }
        }
        plan
    }
}

/// What a try of a notification goes through.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct NotifyPlan {
    pub(crate) rotates_certificate: bool,
    /// Late by so much of the double's time.
    pub(crate) late: Option<SignedDuration>,
    pub(crate) waits_for_another: Option<Duration>,
    pub(crate) delay: Duration,
    pub(crate) is_lost: bool,
    pub(crate) is_answer_lost: bool,
    pub(crate) is_twice: bool,
    pub(crate) has_wrong_amount: bool,
    pub(crate) signature: Spoilt,
}

impl NotifyPlan {
    pub(super) fn of(faults: Vec<Fault>) -> Self {
        let mut plan = Self::default();
        for fault in faults {
            match fault {
                Fault::DropRequest {} | Fault::NotifyLost {} => plan.is_lost = true,
                Fault::DropReply {} => plan.is_answer_lost = true,
                Fault::Duplicate {} | Fault::NotifyTwice {} => plan.is_twice = true,
                Fault::Delay { ms } => plan.delay += Duration::from_millis(ms),
                Fault::Reorder { ms } => plan.waits_for_another = Some(Duration::from_millis(ms)),
                Fault::NotifyLate { seconds } => plan.late = Some(SignedDuration::from_secs(seconds)),
                Fault::NotifyWrongAmount {} => plan.has_wrong_amount = true,
                Fault::NotifyForged {} => plan.signature.is_forged = true,
                Fault::RotateCertificate {} => plan.rotates_certificate = true,
                other => spoil(&mut plan.signature, &other),
            }
        }
        plan
    }
}

fn spoil(signature: &mut Spoilt, fault: &Fault) {
    match fault {
        Fault::BadSignature {} => signature.is_probe = true,
        Fault::WrongSerial {} => signature.has_wrong_serial = true,
        Fault::NoSignature {} => signature.is_missing = true,
        Fault::StaleTimestamp { seconds } => signature.stale_seconds = *seconds,
        // The others do not touch signatures.
        _ => {}
    }
}

fn foreign(status: u16, body: Option<Value>, content_type: Option<String>) -> Arrival {
    let body = match body {
        Some(Value::String(text)) => text,
        Some(json) => json.to_string(),
        None => json!({ "code": "SYSTEM_ERROR", "message": "系统繁忙，请稍后重试" }).to_string(),
    };
    Arrival::Foreign {
        status: StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE),
        content_type: content_type.unwrap_or_else(|| "application/json; charset=utf-8".to_owned()),
        body,
    }
}
