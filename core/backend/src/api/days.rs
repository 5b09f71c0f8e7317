//! Days: totals by method, store and person, and the same as tables for spreadsheets.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::IntoResponse;
use saoma_contract::{
    CASH_CHANNEL, DAYS_MAX, Day, DaySums, Days, MethodTotal, PersonSums, ProblemCode, StoreSums, Time, Total,
};

use super::Api;
use super::caller::{Caller, PathPart, Received};
use super::refused::Refused;
use super::tables;
use crate::ledger::{DayRows, Scope};
use crate::rights::Right;
use crate::shop::MerchantAccount;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Most rows of a table; a day of more is told store by store.
const ROWS_MAX: usize = 200_000;

/// Who asks, and what was asked with.
struct Asked {
    received: Received,
    caller: Caller,
}

impl Asked {
    async fn read(api: &Api, request: Request) -> Result<Self, Refused> {
        let received = Received::read(api, request).await?;
        let caller = api.caller(&received).await?;
        caller.may(Right::SeeDays)?;
        Ok(Self { received, caller })
    }

    /// The days from the parameter `from` to `until`, both counted; the first alone without `until`.
    fn days(&self, offset: i32) -> Result<Vec<Time>, Refused> {
        let [from, until] = self.received.query(["from", "until"])?;
        let from = from.ok_or_else(|| Refused::field("from", "is missing: the first day"))?;
        let first = day_start("from", from, offset)?;
        let last = day_start("until", until.unwrap_or(from), offset)?;
        let days = last.ms_since(first) / DAY_MS + 1;
        match usize::try_from(days) {
            Ok(days @ 1..=DAYS_MAX) => {
                Ok((0i64..).take(days).map(|day| first.plus_ms(day * DAY_MS)).collect())
            }
            Ok(0) | Err(_) => Err(Refused::field("until", "must not be before from")),
            Ok(_) => Err(Refused::field("until", format!("must be at most {DAYS_MAX} days after from"))),
        }
    }
}

fn day_start(field: &str, date: &str, offset: i32) -> Result<Time, Refused> {
    Time::day_start(date, offset).map_err(|_| Refused::field(field, "must be a day such as 2026-08-01"))
}

async fn rows(api: &Api, scope: &Scope, from: Time) -> Result<DayRows, Refused> {
    let scope = scope.clone();
    let read = api.shop.ledger.read(move |rows| rows.paid_between(&scope, from, from.plus_ms(DAY_MS)));
    Ok(read.await?)
}

/// `GET /v1/days/{date}`
pub(super) async fn day(
    State(api): State<Arc<Api>>,
    PathPart(date): PathPart,
    request: Request,
) -> Result<Json<Day>, Refused> {
    let Asked { received, caller } = Asked::read(&api, request).await?;
    received.query([])?;
    let account = api.account(&caller)?;
    let from = day_start("date", &date, account.merchant.utc_offset_minutes)?;
    let rows = rows(&api, &caller.scope, from).await?;
    Ok(Json(added_up(&rows, account, from, api.shop.clock.now())))
}

/// `GET /v1/days`
pub(super) async fn days(State(api): State<Arc<Api>>, request: Request) -> Result<Json<Days>, Refused> {
    let asked = Asked::read(&api, request).await?;
    Ok(Json(Days { days: several(&api, &asked).await? }))
}

/// `GET /v1/days.csv`
pub(super) async fn days_csv(
    State(api): State<Arc<Api>>,
    request: Request,
) -> Result<impl IntoResponse, Refused> {
    let asked = Asked::read(&api, request).await?;
    let days = several(&api, &asked).await?;
    let first = days.first().map_or("", |day| day.date.as_str());
    let last = days.last().map_or("", |day| day.date.as_str());
    Ok(attached(&format!("days-{first}-{last}.csv"), tables::days(&days)))
}

async fn several(api: &Api, asked: &Asked) -> Result<Vec<Day>, Refused> {
    let account = api.account(&asked.caller)?;
    let mut days = Vec::new();
    for from in asked.days(account.merchant.utc_offset_minutes)? {
        let rows = rows(api, &asked.caller.scope, from).await?;
        days.push(added_up(&rows, account, from, api.shop.clock.now()));
    }
    Ok(days)
}

/// `GET /v1/days/{date}/sales.csv`
pub(super) async fn sales_csv(
    State(api): State<Arc<Api>>,
    PathPart(date): PathPart,
    request: Request,
) -> Result<impl IntoResponse, Refused> {
    let Asked { received, caller } = Asked::read(&api, request).await?;
    received.query([])?;
    let merchant = &api.account(&caller)?.merchant;
    let from = day_start("date", &date, merchant.utc_offset_minutes)?;
    let rows = rows(&api, &caller.scope, from).await?;
    if rows.payments.len() + rows.refunds.len() > ROWS_MAX {
        let detail =
            format!("the day has more than {ROWS_MAX} payments and refunds; ask on a device of one store");
        return Err(Refused::new(ProblemCode::BodyTooLarge, detail));
    }
    Ok(attached(&format!("sales-{date}.csv"), tables::sales(&rows, merchant)))
}

fn attached(name: &str, table: String) -> impl IntoResponse + use<> {
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8; header=present".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    (headers, table)
}

fn add(total: &mut Total, amount: i64) {
    total.count = total.count.saturating_add(1);
    total.amount = total.amount.saturating_add(amount);
}

fn paid(sums: &mut DaySums, channel: &str, amount: i64, late: bool) {
    if channel == CASH_CHANNEL {
        return add(&mut sums.cash, amount);
    }
    add(&mut sums.paid, amount);
    if late {
        add(&mut sums.late, amount);
    }
}

fn given_back(sums: &mut DaySums, channel: &str, amount: i64) {
    let is_cash = channel == CASH_CHANNEL;
    add(if is_cash { &mut sums.cash_refunded } else { &mut sums.refunded }, amount);
}

fn added_up(rows: &DayRows, account: &MerchantAccount, from: Time, as_of: Time) -> Day {
    let (mut whole, mut unproven) = (DaySums::default(), Total::default());
    let mut methods: BTreeMap<&str, Total> = BTreeMap::new();
    let mut stores = BTreeMap::new();
    let mut people = BTreeMap::new();
    for one in &rows.payments {
        let (store, person) = (one.order.store.clone(), one.order.staff.clone());
        for sums in [&mut whole, stores.entry(store).or_default(), people.entry(person).or_default()] {
            paid(sums, &one.channel, one.amount, one.late);
        }
        if one.channel != CASH_CHANNEL {
            add(methods.entry(&one.method).or_default(), one.amount);
        }
    }
    for one in &rows.refunds {
        let (store, person) = (one.store.clone(), one.by.staff.clone());
        for sums in [&mut whole, stores.entry(store).or_default(), people.entry(person).or_default()] {
            given_back(sums, &one.channel, one.amount);
        }
    }
    rows.unproven.iter().for_each(|amount| add(&mut unproven, *amount));
    let methods = methods.into_iter();
    Day {
        date: from.date(account.merchant.utc_offset_minutes),
        live: account.merchant.live,
        currency: account.merchant.currency,
        paid: whole.paid,
        late: whole.late,
        methods: methods.map(|(method, total)| MethodTotal { method: method.to_owned(), total }).collect(),
        cash: whole.cash,
        refunded: whole.refunded,
        cash_refunded: whole.cash_refunded,
        mismatched: rows.mismatched,
        unproven,
        stores: stores.into_iter().map(|(store, sums)| StoreSums { store, sums }).collect(),
        people: people.into_iter().map(|(person, sums)| PersonSums { person, sums }).collect(),
        as_of,
    }
}
