//! One rule: read strictly, matched against calls and notifications, counted.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::random::Random;

/// What goes wrong, with its parameters.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Fault {
    DropRequest {},
    DropReply {},
    Delay {
        #[serde(default = "thousand")]
        ms: u64,
    },
    Status {
        #[serde(default = "unavailable")]
        status: u16,
        body: Option<Value>,
        content_type: Option<String>,
    },
    Truncate {},
    Html {},
    BadSignature {},
    WrongSerial {},
    NoSignature {},
    StaleTimestamp {
        #[serde(default = "ten_minutes")]
        seconds: i64,
    },
    Duplicate {},
    Reorder {
        #[serde(default = "two_thousand")]
        ms: u64,
    },
    SystemError {
        #[serde(default)]
        done: bool,
    },
    BankError {
        #[serde(default)]
        done: bool,
    },
    FrequencyLimited {},
    Skew {
        #[serde(default = "ten_minutes")]
        seconds: i64,
    },
    RotateCertificate {},
    RefundClosed {},
    RefundAbnormal {},
    RefundSlow {
        #[serde(default = "ten_minutes")]
        seconds: i64,
    },
    ReverseRecall {},
    CloseTooEarly {},
    BillRowLost {
        #[serde(default)]
        row: usize,
    },
    BillWrongAmount {
        #[serde(default)]
        row: usize,
    },
    BillStranger {},
    BillWrongHash {},
    NotifyLost {},
    NotifyTwice {},
    NotifyForged {},
    NotifyWrongAmount {},
    NotifyLate {
        #[serde(default = "one_minute")]
        seconds: i64,
    },
}

fn thousand() -> u64 {
    1000
}

fn two_thousand() -> u64 {
    2000
}

fn ten_minutes() -> i64 {
    600
}

fn one_minute() -> i64 {
    60
}

fn unavailable() -> u16 {
    503
}

/// The longest wait a rule may ask for, so that nothing hangs for ever.
const MS_MAX: u64 = 10 * 60 * 1000;
const SECONDS_MAX: i64 = 366 * 24 * 3600;

/// What a rule may be about.
pub(super) enum Target<'a> {
    Call {
        method: &'a str,
        path: &'a str,
    },
    /// Its notify URL's path, and the path of the call that led to it.
    Notification {
        path: &'a str,
        made_by: &'a str,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Pattern {
    Notifications,
    Path { method: Option<String>, glob: String },
}

/// A rule, and how often it matched and happened.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    given: Value,
    on: Pattern,
    fault: Fault,
    after: u64,
    times: Option<u64>,
    per_million: u32,
    matched: u64,
    happened: u64,
}

/// Why a rule is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub(crate) struct BadRule {
    pub(crate) field: String,
    pub(crate) reason: String,
}

impl BadRule {
    fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { field: field.into(), reason: reason.into() }
    }

    pub(super) fn too_many(max: usize) -> Self {
        Self::new("/", format!("more than {max} rules would stand; clear them with DELETE /_sandbox/faults"))
    }
}

impl Rule {
    /// Reads a rule as it was sent.
    pub(super) fn read(index: usize, given: &Value) -> Result<Self, BadRule> {
        let at = |name: &str| format!("/{index}/{name}");
        let Value::Object(members) = given else {
            return Err(BadRule::new(format!("/{index}"), "a rule is an object with \"on\" and \"do\""));
        };
        let mut rest = members.clone();
        let on = rest.remove("on");
        let on = on.as_ref().and_then(Value::as_str).ok_or_else(|| {
            BadRule::new(
                at("on"),
                "is required: a path pattern such as \"/v3/pay/transactions/native\", or \"notify\"",
            )
        })?;
        let on = Pattern::read(on).map_err(|reason| BadRule::new(at("on"), reason))?;
        let after =
            count(&mut rest, "after").map_err(|reason| BadRule::new(at("after"), reason))?.unwrap_or(0);
        let times = count(&mut rest, "times").map_err(|reason| BadRule::new(at("times"), reason))?;
        let per_million = per_million(&mut rest).map_err(|reason| BadRule::new(at("probability"), reason))?;
        let fault = Fault::read(rest).map_err(|reason| BadRule::new(at("do"), reason))?;
        if on == Pattern::Notifications && !fault.is_for_notifications() {
            return Err(BadRule::new(
                at("do"),
                "this fault is about answers to calls; it cannot happen to a notification",
            ));
        }
        let once = matches!(fault, Fault::RotateCertificate {}).then_some(1);
        let times = times.or(once);
        Ok(Self { given: given.clone(), on, fault, after, times, per_million, matched: 0, happened: 0 })
    }

    /// What is told of a rule, and kept.
    pub(super) fn told(&self) -> Value {
        json!({ "rule": self.given, "matched": self.matched, "happened": self.happened })
    }

    /// A rule that was kept.
    pub(super) fn resume(kept: &Value) -> Option<Self> {
        let mut rule = Self::read(0, &kept["rule"]).ok()?;
        rule.matched = kept["matched"].as_u64()?;
        rule.happened = kept["happened"].as_u64()?;
        Some(rule)
    }

    pub(super) fn is_about(&self, target: &Target<'_>) -> bool {
        match (target, &self.on) {
            (Target::Call { .. }, Pattern::Notifications) => false,
            (Target::Call { method, path }, Pattern::Path { method: wanted, glob }) => {
                self.fault.is_for_calls()
                    && wanted.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
                    && matches(glob, path)
            }
            (Target::Notification { .. }, Pattern::Notifications) => true,
            (Target::Notification { path, made_by }, Pattern::Path { glob, .. }) => {
                let is_its_path = !glob.starts_with('*') && matches(glob, path);
                match self.fault.is_for_calls() {
                    true => self.fault.is_for_notifications() && is_its_path,
                    false => matches(glob, path) || matches(glob, made_by),
                }
            }
        }
    }

    /// Counts a match and says whether the fault happens.
    pub(super) fn fire(&mut self, random: &Random) -> Option<Fault> {
        self.matched = self.matched.saturating_add(1);
        if self.matched <= self.after || self.is_spent() || !random.happens(self.per_million) {
            return None;
        }
        self.happened = self.happened.saturating_add(1);
        Some(self.fault.clone())
    }

    pub(super) fn is_spent(&self) -> bool {
        self.times.is_some_and(|times| self.happened >= times)
    }
}

impl Fault {
    fn read(members: Map<String, Value>) -> Result<Self, String> {
        if !matches!(members.get("do"), Some(Value::String(_))) {
            return Err("is required: the name of a fault".to_owned());
        }
        let fault: Self =
            serde_json::from_value(Value::Object(members)).map_err(|error| error.to_string())?;
        match &fault {
            Self::Delay { ms } | Self::Reorder { ms } if *ms > MS_MAX => {
                Err(format!("ms is at most {MS_MAX}"))
            }
            Self::StaleTimestamp { seconds }
            | Self::Skew { seconds }
            | Self::NotifyLate { seconds }
            | Self::RefundSlow { seconds }
                if seconds.checked_abs().is_none_or(|seconds| seconds > SECONDS_MAX) =>
            {
                Err(format!("seconds is at most {SECONDS_MAX}"))
            }
            Self::NotifyLate { seconds } | Self::RefundSlow { seconds } if *seconds < 0 => {
                Err("seconds cannot be negative".to_owned())
            }
            Self::Status { status, .. } if !(200..=599).contains(status) => {
                Err("status is from 200 to 599".to_owned())
            }
            Self::Status { content_type: Some(text), .. } if http::HeaderValue::from_str(text).is_err() => {
                Err("content_type cannot be sent as a header".to_owned())
            }
            _ => Ok(fault),
        }
    }

    fn is_for_calls(&self) -> bool {
        !matches!(
            self,
            Self::NotifyLost {}
                | Self::NotifyTwice {}
                | Self::NotifyForged {}
                | Self::NotifyWrongAmount {}
                | Self::NotifyLate { .. }
        )
    }

    fn is_for_notifications(&self) -> bool {
        !matches!(
            self,
            Self::Status { .. }
                | Self::Truncate {}
                | Self::Html {}
                | Self::SystemError { .. }
                | Self::FrequencyLimited {}
                | Self::Skew { .. }
                | Self::RefundClosed {}
                | Self::RefundAbnormal {}
                | Self::RefundSlow { .. }
                | Self::ReverseRecall {}
                | Self::CloseTooEarly {}
                | Self::BillRowLost { .. }
                | Self::BillWrongAmount { .. }
                | Self::BillStranger {}
                | Self::BillWrongHash {}
                | Self::BankError { .. }
        )
    }
}

impl Pattern {
    fn read(on: &str) -> Result<Self, String> {
        if on == "notify" {
            return Ok(Self::Notifications);
        }
        let (method, glob) = match on.split_once(' ') {
            Some((method, glob)) if method.bytes().all(|byte| byte.is_ascii_uppercase()) => {
                (Some(method.to_owned()), glob)
            }
            _ => (None, on),
        };
        if !glob.starts_with(['/', '*']) || glob.contains([' ', '?']) {
            return Err(format!("{on:?} is neither \"notify\" nor a path pattern that begins with / or *"));
        }
        if glob.starts_with("/_sandbox") || glob.starts_with("/wallet") {
            return Err(
                "faults happen to WeChat Pay's own calls and to notifications (\"notify\") only".to_owned()
            );
        }
        Ok(Self::Path { method, glob: glob.to_owned() })
    }
}

/// Whether a text fits a pattern in which `*` stands for any characters. Taking each piece where it first occurs leaves the
/// most for the pieces after it, so nothing needs to be tried twice.
fn matches(glob: &str, text: &str) -> bool {
    let mut pieces = glob.split('*');
    let Some(mut rest) = pieces.next().and_then(|start| text.strip_prefix(start)) else { return false };
    let Some(end) = pieces.next_back() else { return rest.is_empty() };
    for piece in pieces {
        let Some((_, after)) = rest.split_once(piece) else { return false };
        rest = after;
    }
    rest.ends_with(end)
}

fn count(members: &mut Map<String, Value>, name: &str) -> Result<Option<u64>, String> {
    match members.remove(name) {
        None => Ok(None),
        Some(value) => value.as_u64().map(Some).ok_or_else(|| "is a whole number, not negative".to_owned()),
    }
}

#[expect(
    clippy::float_arithmetic,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a chance between 0 and 1"
)]
fn per_million(members: &mut Map<String, Value>) -> Result<u32, String> {
    match members.remove("probability") {
        None => Ok(1_000_000),
        Some(value) => match value.as_f64() {
            Some(chance) if (0.0..=1.0).contains(&chance) => Ok((chance * 1_000_000.0).round() as u32),
            _ => Err("is a number from 0 to 1".to_owned()),
        },
    }
}
