//! The day: by store and by person, several in a row, and as tables for spreadsheets.

use http::Method;
use saoma_backend::clock::Clock as _;
use saoma_contract::{
    Day, DaySums, Days, DeviceRole, Order, OrderBody, RefundNo, Role, StaffId, Total, path,
};
use serde_json::json;

use crate::world::{Till, World, order_of, problem_of};

/// A shop with a second store.
async fn two_stores() -> World {
    let mut world = World::new().await;
    world.stop().await;
    let file = world.state_dir().join("saoma.toml");
    let (head, text) = ("[[merchants.stores]]\n", std::fs::read_to_string(&file).unwrap());
    let south = format!("{head}id = \"south\"\nname = \"South\"\n\n{head}");
    std::fs::write(&file, text.replace(head, &south)).unwrap();
    world.start().await;
    world
}

async fn ring_up(world: &World, till: &Till, change: impl FnOnce(&mut OrderBody)) -> Order {
    let mut body = till.body(1280, world.clock.now());
    change(&mut body);
    let signed = till.sign(body);
    order_of(world.put(till, signed.jws(), &signed.body().order_no).await, 201).await
}

async fn paid(world: &World, till: &Till, change: impl FnOnce(&mut OrderBody)) -> Order {
    let order = ring_up(world, till, change).await;
    world.pay(&order).await;
    world.until(till, &order.order_no, |order| order.state.as_str() == "paid").await
}

async fn get<T: serde::de::DeserializeOwned>(world: &World, till: &Till, path: &str) -> T {
    let answer = till.call(world, Method::GET, path, json!(null)).await;
    assert_eq!(answer.status(), 200, "{path}");
    answer.json().await.unwrap()
}

/// The rows of a table, by the names of its columns.
async fn table(world: &World, till: &Till, path: &str) -> Vec<Vec<(String, String)>> {
    let answer = till.call(world, Method::GET, path, json!(null)).await;
    assert_eq!(answer.status(), 200, "{path}");
    assert_eq!(answer.headers()["content-type"], "text/csv; charset=utf-8; header=present");
    assert!(answer.headers()["content-disposition"].to_str().unwrap().ends_with(".csv\""));
    // The text as it came: reading it as text would take the mark away.
    let bytes = answer.bytes().await.unwrap();
    let text = std::str::from_utf8(&bytes).unwrap().strip_prefix('\u{feff}').unwrap();
    assert!(text.ends_with("\r\n") && text.lines().count() > 0);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let heads = reader.headers().unwrap().clone();
    let row =
        |row: csv::StringRecord| heads.iter().map(str::to_owned).zip(row.iter().map(str::to_owned)).collect();
    reader.records().map(|found| row(found.unwrap())).collect()
}

fn cell<'a>(row: &'a [(String, String)], name: &str) -> &'a str {
    &row.iter().find(|(head, _)| head == name).unwrap().1
}

fn total(count: u32, amount: i64) -> Total {
    Total { count, amount }
}

#[tokio::test]
async fn a_day_adds_up_by_store_and_by_person_and_tells_apart_what_is_not_proven() {
    let world = two_stores().await;
    world.person("anna", Role::Manager).await;
    let mut boss = world.till(DeviceRole::Manager).await;
    let south = world.till_at(world.merchant, "south", DeviceRole::Cashier).await;
    boss.sign_in(&world, "anna").await;
    let anna = |body: &mut OrderBody| body.staff = Some("anna".parse().unwrap());
    let sold = paid(&world, &boss, anna).await;
    paid(&world, &south, |_| {}).await;
    ring_up(&world, &south, |body| {
        body.amount = 990;
        body.lines[0].amount = 990;
    })
    .await;
    let refund_no = RefundNo::new(1_785_549_600_000, [1; 10]);
    let refund = json!({
        "channel": "wechatpay", "transaction_id": sold.payments[0].transaction_id, "amount": 300, "currency": "CNY",
        "reason": "-3 糖",
    });
    let put = path::refund(&sold.order_no, &refund_no);
    order_of(boss.call(&world, Method::PUT, &put, refund).await, 201).await;
    world.until(&boss, &sold.order_no, |order| order.refunds[0].state.as_str() == "processing").await;
    world.advance_s(61).await;
    world.until(&boss, &sold.order_no, |order| order.refunds[0].state.as_str() == "done").await;

    let date = world.clock.now().date(480);
    let day: Day = get(&world, &boss, &path::day(&date)).await;
    assert_eq!((day.paid, day.refunded, day.unproven), (total(2, 2560), total(1, 300), total(1, 990)));
    let sums = |paid, refunded| DaySums { paid, refunded, ..DaySums::default() };
    let of_anna = sums(total(1, 1280), total(1, 300));
    let of_south = sums(total(1, 1280), Total::default());
    let stores: Vec<_> = day.stores.iter().map(|one| (one.store.as_str(), one.sums)).collect();
    assert_eq!(stores, [("main", of_anna), ("south", of_south)]);
    let people: Vec<_> =
        day.people.iter().map(|one| (one.person.as_ref().map(StaffId::as_str), one.sums)).collect();
    assert_eq!(people, [(None, of_south), (Some("anna"), of_anna)]);

    let seen: Day = get(&world, &south, &path::day(&date)).await;
    assert_eq!((seen.paid, seen.refunded, seen.stores.len()), (total(1, 1280), Total::default(), 1));
    let rows = table(&world, &south, &path::sales_csv(&date)).await;
    assert!(rows.len() == 1 && cell(&rows[0], "store") == "south", "{rows:?}");
    let rows = table(&world, &boss, &path::sales_csv(&date)).await;
    let kinds: Vec<_> = rows.iter().map(|row| (cell(row, "kind"), cell(row, "amount"))).collect();
    assert_eq!(kinds.iter().filter(|one| **one == ("payment", "12.80")).count(), 2);
    let back = rows.iter().find(|row| cell(row, "kind") == "refund").unwrap();
    assert_eq!((cell(back, "amount"), cell(back, "person")), ("-3.00", "anna"));
    assert_eq!((cell(back, "reason"), cell(back, "refund_no")), ("'-3 糖", refund_no.as_str()));
}

#[tokio::test]
async fn no_cell_of_a_table_is_ever_a_formula_and_no_number_is_rounded() {
    let world = World::new().await;
    let till = world.till(DeviceRole::Manager).await;
    let order = paid(&world, &till, |body| {
        body.description = "=HYPERLINK(\"https://evil.example\")".parse().unwrap();
        body.note = Some("@SUM(A1), \"x\"".parse().unwrap());
        body.business_key = Some("+8613800000000".parse().unwrap());
    })
    .await;
    let rows = table(&world, &till, &path::sales_csv(&world.clock.now().date(480))).await;
    let row = &rows[0];
    assert_eq!(cell(row, "description"), "'=HYPERLINK(\"https://evil.example\")");
    assert_eq!((cell(row, "note"), cell(row, "business_key")), ("'@SUM(A1), \"x\"", "'+8613800000000"));
    assert_eq!(cell(row, "transaction_id"), format!("'{}", order.payments[0].transaction_id));
    assert_eq!((cell(row, "order_no"), cell(row, "test")), (order.order_no.as_str(), "yes"));
}

#[tokio::test]
async fn several_days_are_told_in_a_row_and_wrong_spans_are_refused_by_their_field() {
    let world = World::new().await;
    let till = world.till(DeviceRole::Cashier).await;
    let first = world.clock.now().date(480);
    paid(&world, &till, |_| {}).await;
    world.advance_s(86_400).await;
    let last = world.clock.now().date(480);
    paid(&world, &till, |_| {}).await;
    paid(&world, &till, |_| {}).await;
    let days: Days = get(&world, &till, &path::days(&first, &last)).await;
    let paid: Vec<_> = days.days.iter().map(|day| (day.date.as_str(), day.paid.count)).collect();
    assert_eq!(paid, [(first.as_str(), 1), (last.as_str(), 2)]);
    let one: Days = get(&world, &till, &format!("/v1/days?from={last}")).await;
    assert_eq!(one.days, [days.days[1].clone()]);
    let rows = table(&world, &till, &path::days_csv(&first, &last)).await;
    let told: Vec<_> = rows.iter().map(|row| (cell(row, "date"), cell(row, "paid"))).collect();
    assert_eq!(told, [(first.as_str(), "12.80"), (last.as_str(), "25.60")]);

    for (query, field) in [
        ("", "from"),
        ("?until=2026-08-01", "from"),
        ("?from=2026-02-30", "from"),
        ("?from=2026-08-02&until=2026-08-01", "until"),
        ("?from=2026-08-01&until=2026-11-01", "until"),
        ("?from=2026-08-01&until=2027-08-01", "until"),
        ("?from=2026-08-01&month=8", "month"),
    ] {
        for place in ["/v1/days", "/v1/days.csv"] {
            let wrong = format!("{place}{query}");
            let problem = problem_of(till.call(&world, Method::GET, &wrong, json!(null)).await).await;
            assert_eq!((problem.status, problem.field.as_deref()), (400, Some(field)), "{wrong}");
        }
    }
    let wrong = path::sales_csv("2026-02-30");
    let problem = problem_of(till.call(&world, Method::GET, &wrong, json!(null)).await).await;
    assert_eq!(problem.field.as_deref(), Some("date"));
    let courier = world.till(DeviceRole::Courier).await;
    for place in [path::sales_csv(&first), path::days(&first, &last), path::days_csv(&first, &last)] {
        let problem = problem_of(courier.call(&world, Method::GET, &place, json!(null)).await).await;
        assert_eq!(problem.code.as_str(), "forbidden", "{place}");
    }
}
