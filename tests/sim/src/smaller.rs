//! Makes a plan that goes wrong smaller: mishaps and sales are left out while it still goes wrong in the same way.

use std::collections::BTreeSet;

use crate::plan::Plan;

/// What is left of a plan, and how often it was tried.
pub(crate) struct Smallest {
    pub(crate) plan: Plan,
    pub(crate) tries: u32,
}

/// Leaves out what it can of a plan. `wrong` says what goes wrong with one; it is asked so often at most. None if nothing goes
/// wrong with the whole.
pub(crate) fn smallest(
    plan: Plan,
    tries_max: u32,
    mut wrong: impl FnMut(&Plan) -> Vec<String>,
) -> Option<Smallest> {
    let ways = |wrong: &[String]| wrong.iter().map(|line| way(line)).collect::<BTreeSet<String>>();
    let whole = ways(&wrong(&plan));
    if whole.is_empty() {
        return None;
    }
    let mut tries = 1;
    let mut goes_wrong = |plan: &Plan| {
        let may_try = tries < tries_max;
        if may_try {
            tries += 1;
        }
        may_try && !ways(&wrong(plan)).is_disjoint(&whole)
    };
    let mut least = plan;
    loop {
        let before = (least.mishaps.len(), least.sales.len());
        least.mishaps = fewer(least.mishaps.clone(), |mishaps| {
            goes_wrong(&Plan { mishaps: mishaps.to_vec(), ..least.clone() })
        });
        least.sales = fewer(least.sales.clone(), |sales| {
            !sales.is_empty() && goes_wrong(&Plan { sales: sales.to_vec(), ..least.clone() })
        });
        // With fewer sales, fewer mishaps may do.
        if (least.mishaps.len(), least.sales.len()) == before {
            return Some(Smallest { plan: least, tries });
        }
    }
}

/// In which way something went wrong: without the numbers of the sale, which are others when the plan is another.
fn way(line: &str) -> String {
    let line = match line.strip_prefix('…') {
        Some(told) => told.split_once(':').map_or(told, |(_, what)| what),
        None => line,
    };
    line.chars().filter(|char| !char.is_ascii_digit() && !char.is_ascii_uppercase()).collect()
}

/// Leaves out items, in large pieces and then in small ones, while what is left will do.
fn fewer<T: Clone>(items: Vec<T>, mut will_do: impl FnMut(&[T]) -> bool) -> Vec<T> {
    let mut left = items;
    let mut piece = left.len();
    while piece > 0 {
        let mut at = 0;
        while at < left.len() {
            let end = (at + piece).min(left.len());
            let without: Vec<T> = left[..at].iter().chain(&left[end..]).cloned().collect();
            if will_do(&without) {
                left = without;
            } else {
                at = end;
            }
        }
        piece /= 2;
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::Node;
    use crate::plan::{Kind, Mishap};

    #[test]
    fn of_many_the_few_that_matter_are_left() {
        let mut asked = 0;
        let left = fewer((0..100).collect(), |left: &[u32]| {
            asked += 1;
            [7, 61, 62].iter().all(|number| left.contains(number))
        });
        assert_eq!(left, [7, 61, 62]);
        assert!(asked < 100, "{asked}");
        assert!(fewer(vec![1, 2, 3], |_| true).is_empty());
        assert_eq!(fewer(vec![1, 2, 3], |_| false), [1, 2, 3]);
    }

    #[test]
    fn a_plan_that_goes_wrong_is_cut_down_to_what_makes_it_go_wrong() {
        let needs = |plan: &Plan| {
            let has_kill =
                plan.mishaps.iter().any(|(_, mishap)| matches!(mishap, Mishap::Killed(Node::Till(_))));
            let has_cash = plan.sales.iter().any(|sale| sale.kind == Kind::Cash);
            // The sale's number is another each time.
            let line = format!("…A{:05}: charged {} times", plan.sales.len(), plan.mishaps.len());
            Vec::from_iter((has_kill && has_cash).then_some(line))
        };
        let whole = (0..).map(Plan::of).find(|plan| !needs(plan).is_empty()).expect("some seed has both");
        let least = smallest(whole.clone(), 500, needs).expect("it goes wrong");
        assert_eq!((least.plan.mishaps.len(), least.plan.sales.len()), (1, 1));
        assert!(matches!(least.plan.mishaps[0].1, Mishap::Killed(Node::Till(_))));
        assert_eq!(least.plan.sales[0].kind, Kind::Cash);
        let few = smallest(whole.clone(), 1, needs).expect("it goes wrong");
        assert_eq!(
            (few.tries, few.plan.mishaps.len()),
            (1, whole.mishaps.len()),
            "it is tried so often at most"
        );
    }
}
