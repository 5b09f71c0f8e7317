//! A day's totals.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use saoma_contract::{CASH_CHANNEL, Day, MethodTotal, Time, Total};

use super::Api;
use super::caller::{PathPart, Received};
use super::refused::Refused;
use crate::ledger::DayRows;
use crate::rights::Right;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// `GET /v1/days/{date}`
pub(super) async fn day(
    State(api): State<Arc<Api>>,
    PathPart(date): PathPart,
    request: Request,
) -> Result<Json<Day>, Refused> {
    let received = Received::read(&api, request).await?;
    let caller = api.caller(&received).await?;
    caller.may(Right::SeeDays)?;
    received.query([])?;
    let merchant = &api.account(&caller)?.merchant;
    let from = Time::day_start(&date, merchant.utc_offset_minutes)
        .map_err(|_| Refused::field("date", "must be a day such as 2026-08-01"))?;
    let scope = caller.scope.clone();
    let rows =
        api.shop.ledger.read(move |rows| rows.paid_between(&scope, from, from.plus_ms(DAY_MS))).await?;
    let sums = add_up(&rows);
    Ok(Json(Day {
        date,
        live: merchant.live,
        currency: merchant.currency,
        paid: sums.paid,
        late: sums.late,
        methods: sums.methods,
        cash: sums.cash,
        refunded: sums.refunded,
        cash_refunded: sums.cash_refunded,
        mismatched: rows.mismatched,
        as_of: api.shop.clock.now(),
    }))
}

/// A day's totals: what is proven and what is attested stand apart.
#[derive(Default)]
struct Sums {
    paid: Total,
    late: Total,
    methods: Vec<MethodTotal>,
    cash: Total,
    refunded: Total,
    cash_refunded: Total,
}

fn add_up(rows: &DayRows) -> Sums {
    let mut sums = Sums::default();
    let mut methods: BTreeMap<&str, Total> = BTreeMap::new();
    let add = |total: &mut Total, amount: i64| {
        total.count = total.count.saturating_add(1);
        total.amount = total.amount.saturating_add(amount);
    };
    for payment in &rows.payments {
        if payment.channel == CASH_CHANNEL {
            add(&mut sums.cash, payment.amount);
            continue;
        }
        add(&mut sums.paid, payment.amount);
        add(methods.entry(&payment.method).or_default(), payment.amount);
        if payment.late {
            add(&mut sums.late, payment.amount);
        }
    }
    for refund in &rows.refunds {
        let is_cash = refund.channel == CASH_CHANNEL;
        add(if is_cash { &mut sums.cash_refunded } else { &mut sums.refunded }, refund.amount);
    }
    sums.methods =
        methods.into_iter().map(|(method, total)| MethodTotal { method: method.to_owned(), total }).collect();
    sums
}
