//! Misfortune on demand: rules that say which calls and notifications go wrong, and how.
//!
//! The faults, their parameters and where they apply are told in this crate's README.

mod plan;
mod rule;

use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

pub(crate) use plan::{Arrival, CallPlan, NotifyPlan, Trouble, Twists};
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
    pub(crate) fn for_notification(
        &self,
        notify_url: &str,
        made_by: &str,
        random: &Random,
    ) -> (NotifyPlan, bool) {
        let path = notify_url.splitn(4, '/').nth(3).map(|path| format!("/{path}")).unwrap_or_default();
        let (faults, changed) = self.fire(&Target::Notification { path: &path, made_by }, random);
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
