//! Tables for spreadsheets: CSV by RFC 4180 in UTF-8 with a byte order mark, in which no cell is ever a formula.

use saoma_contract::spreadsheet::{BYTE_ORDER_MARK, harmless};
use saoma_contract::{Amount, Currency, Day, Merchant, Time, Total};

use crate::ledger::{DayPayment, DayRefund, DayRows};

const SALES: [&str; 18] = [
    "time",
    "kind",
    "order_no",
    "amount",
    "currency",
    "channel",
    "transaction_id",
    "refund_no",
    "method",
    "late",
    "store",
    "device",
    "person",
    "description",
    "business_key",
    "note",
    "reason",
    "test",
];

const DAYS: [&str; 17] = [
    "date",
    "currency",
    "paid_count",
    "paid",
    "late_count",
    "late",
    "cash_count",
    "cash",
    "refunded_count",
    "refunded",
    "cash_refunded_count",
    "cash_refunded",
    "unproven_count",
    "unproven",
    "mismatched",
    "as_of",
    "test",
];

struct Table(csv::Writer<Vec<u8>>);

impl Table {
    fn new(heads: &[&str]) -> Self {
        let writer = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .from_writer(BYTE_ORDER_MARK.as_bytes().to_vec());
        let mut table = Self(writer);
        table.row(heads.iter().map(|head| (*head).to_owned()));
        table
    }

    fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.0.write_record(cells).expect("a row of the table's own width into memory");
    }

    fn into_text(self) -> String {
        let bytes = self.0.into_inner().expect("memory takes every row");
        String::from_utf8(bytes).expect("only text was written")
    }
}

/// Day and second at the merchant's place.
fn local(at: Time, offset: i32) -> String {
    let text = at.plus_ms(i64::from(offset) * 60_000).to_string();
    format!("{} {}", &text[..10], &text[11..19])
}

fn mark(is_it: bool) -> String {
    if is_it { "yes".to_owned() } else { String::new() }
}

fn text(text: Option<&impl ToString>) -> String {
    text.map(|text| harmless(&text.to_string())).unwrap_or_default()
}

/// A day's payments and refunds, a row each, by time.
pub(super) fn sales(rows: &DayRows, merchant: &Merchant) -> String {
    enum Row<'a> {
        Payment(&'a DayPayment),
        Refund(&'a DayRefund),
    }
    let mut all: Vec<(Time, Row<'_>)> = Vec::with_capacity(rows.payments.len() + rows.refunds.len());
    all.extend(rows.payments.iter().map(|one| (one.paid_at, Row::Payment(one))));
    all.extend(rows.refunds.iter().map(|one| (one.done_at, Row::Refund(one))));
    all.sort_by_key(|(at, _)| *at);
    let mut table = Table::new(&SALES);
    for (at, row) in all {
        let money = |minor: i64, currency: Currency| Amount::print_minor(minor, currency);
        let cells = match row {
            Row::Payment(one) => {
                let order = &one.order;
                [
                    "payment".to_owned(),
                    harmless(order.order_no.as_str()),
                    money(one.amount, one.currency),
                    one.currency.to_string(),
                    harmless(&one.channel),
                    harmless(&one.transaction_id),
                    String::new(),
                    harmless(&one.method),
                    mark(one.late),
                    harmless(order.store.as_str()),
                    harmless(order.device.as_str()),
                    text(order.staff.as_ref()),
                    harmless(order.description.as_str()),
                    text(order.business_key.as_ref()),
                    text(order.note.as_ref()),
                    String::new(),
                ]
            }
            Row::Refund(one) => [
                "refund".to_owned(),
                harmless(one.order_no.as_str()),
                money(-one.amount, one.currency),
                one.currency.to_string(),
                harmless(&one.channel),
                harmless(&one.transaction_id),
                harmless(one.refund_no.as_str()),
                String::new(),
                String::new(),
                harmless(one.store.as_str()),
                text(one.by.device.as_ref()),
                text(one.by.staff.as_ref()),
                String::new(),
                String::new(),
                String::new(),
                harmless(one.reason.as_str()),
            ],
        };
        let time = local(at, merchant.utc_offset_minutes);
        table.row([time].into_iter().chain(cells).chain([mark(!merchant.live)]));
    }
    table.into_text()
}

/// Days, a row each.
pub(super) fn days(days: &[Day]) -> String {
    let mut table = Table::new(&DAYS);
    for day in days {
        let sum = |total: Total| [total.count.to_string(), Amount::print_minor(total.amount, day.currency)];
        let sums = [day.paid, day.late, day.cash, day.refunded, day.cash_refunded, day.unproven];
        let tail = [day.mismatched.to_string(), day.as_of.to_string(), mark(!day.live)];
        let head = [day.date.clone(), day.currency.to_string()];
        table.row(head.into_iter().chain(sums.into_iter().flat_map(sum)).chain(tail));
    }
    table.into_text()
}
