//! Misfortune on demand: rules that say which calls and notifications go wrong, and how.
//!
//! A rule is `{"on": …, "do": …}` with optional `times` (how often; else until cleared), `after` (how many matches pass
//! first) and `probability` (0 to 1), and the parameters of its fault. `on` is a path pattern, `*` for any characters,
//! with or without a method before it (`POST /v3/pay/transactions/native`), or `notify` for notifications.
//!
//! | fault | does |
//! |---|---|
//! | `drop_request` | the request or notification never arrives |
//! | `drop_reply` | it is done, but the answer is lost |
//! | `delay` | it is done at once, the answer comes `ms` later (1000); a notification goes out `ms` later |
//! | `status` | answers with `status` (503) and `body` (text, or any JSON), `content_type`; the call is not done |
//! | `truncate` | the connection breaks in the middle of the answer |
//! | `html` | a captive portal answers 200 with HTML; the call is not done |
//! | `bad_signature` | signed wrongly, as WeChat Pay's own probes are |
//! | `wrong_serial` | `Wechatpay-Serial` names a key that nobody knows |
//! | `no_signature` | the `Wechatpay-*` headers are missing |
//! | `stale_timestamp` | signed `seconds` (600) ago |
//! | `duplicate` | done twice; the second answer is sent. A notification arrives twice |
//! | `reorder` | waits until another one has been done, at most `ms` (2000) |
//! | `system_error` | 500 `SYSTEM_ERROR`; the call is done only with `"done": true` |
//! | `frequency_limited` | 429 `FREQUENCY_LIMITED`; the call is not done |
//! | `skew` | the `Date` header is `seconds` (600) off |
//! | `rotate_certificate` | before the call, WeChat Pay takes a new platform certificate; once, unless `times` says more |
//! | `notify_lost` | a notification's try never arrives |
//! | `notify_twice` | a try arrives twice |
//! | `notify_forged` | in place of a try comes one that anybody could have sent: all is right but the signature |
//! | `notify_wrong_amount` | a try tells an amount that is one fen too high |
//! | `notify_late` | a try comes `seconds` (60) of the double's clock late |
//!
//! The `notify_…` faults may also name the notify URL's path, or the path of the call that made the order.

mod plan;
mod rule;

use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

pub(crate) use plan::{Arrival, CallPlan, NotifyPlan};
pub(crate) use rule::{BadRule, Rule};
use rule::{Fault, Target};

use crate::random::Random;

/// How many rules may stand at once.
const RULES_MAX: usize = 1000;

/// The rules that stand.
pub(crate) struct Faults {
    rules: Mutex<Vec<Rule>>,
}

impl Faults {
    /// Goes on with rules that were kept. One that no longer reads is left out.
    pub(crate) fn resume(kept: &[Value]) -> Self {
        Self { rules: Mutex::new(kept.iter().filter_map(Rule::resume).collect()) }
    }

    /// Adds rules: all of them, or none if one is wrong.
    ///
    /// # Errors
    /// When one is wrong, with its place in the list.
    pub(crate) fn add(&self, rules: &[Value]) -> Result<(), BadRule> {
        let read = rules.iter().enumerate().map(|(index, rule)| Rule::read(index, rule));
        let read = read.collect::<Result<Vec<_>, _>>()?;
        let mut standing = self.lock();
        if standing.len() + read.len() > RULES_MAX {
            return Err(BadRule::too_many(RULES_MAX));
        }
        standing.extend(read);
        Ok(())
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    /// The rules that stand, with how often each matched and happened: what is told, and what is kept.
    pub(crate) fn told(&self) -> Vec<Value> {
        self.lock().iter().map(Rule::told).collect()
    }

    /// What happens to a call, and whether a rule changed by it and must be kept anew.
    pub(crate) fn for_call(&self, method: &str, path: &str, random: &Random) -> (CallPlan, bool) {
        let (faults, changed) = self.fire(&Target::Call { method, path }, random);
        (CallPlan::of(faults), changed)
    }

    /// What happens to a try of a notification.
    pub(crate) fn for_notification(&self, notify_url: &str, random: &Random) -> (NotifyPlan, bool) {
        let path = notify_url.splitn(4, '/').nth(3).map(|path| format!("/{path}")).unwrap_or_default();
        let (faults, changed) = self.fire(&Target::Notification { path: &path }, random);
        (NotifyPlan::of(faults), changed)
    }

    fn fire(&self, target: &Target<'_>, random: &Random) -> (Vec<Fault>, bool) {
        let mut rules = self.lock();
        let mut changed = false;
        let mut faults = Vec::new();
        for rule in rules.iter_mut().filter(|rule| rule.is_about(target)) {
            changed = true;
            faults.extend(rule.fire(random));
        }
        rules.retain(|rule| !rule.is_spent());
        (faults, changed)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Rule>> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The answer to who asks for the rules.
pub(crate) fn listed(rules: &[Value]) -> Value {
    json!({ "faults": rules })
}

#[cfg(test)]
mod tests;
