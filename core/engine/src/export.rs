//! Tables for spreadsheets: CSV by RFC 4180 in UTF-8 with a byte order mark, in which no cell is ever a formula.

use saoma_contract::spreadsheet::{BYTE_ORDER_MARK, harmless};
use saoma_contract::{Amount, Currency, Time};

use crate::day::LocalDay;
use crate::sale::SaleView;
use crate::wording::Language;

/// A table as it is written, row by row.
pub(crate) struct Table {
    writer: csv::Writer<Vec<u8>>,
    language: Language,
    utc_offset_minutes: i32,
}

/// One cell.
pub(crate) enum Cell<'a> {
    /// Words from outside: never read as a formula, nor long digits as a rounded number.
    Text(&'a str),
    /// Money, as a plain number with the currency's decimals.
    Money(i64, Currency),
    /// A count.
    Count(u32),
    /// Day and second by the shop's clock.
    At(Option<Time>),
    /// A tick, or nothing.
    Mark(bool),
}

impl Table {
    pub(crate) fn new(heads: &[&str], language: Language, utc_offset_minutes: i32) -> Self {
        let writer = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .from_writer(BYTE_ORDER_MARK.as_bytes().to_vec());
        let mut table = Self { writer, language, utc_offset_minutes };
        table.write(heads.iter().map(|head| (*head).to_owned()));
        table
    }

    pub(crate) fn row<'a>(&mut self, cells: impl IntoIterator<Item = Cell<'a>>) {
        let cells: Vec<String> = cells.into_iter().map(|cell| self.printed(&cell)).collect();
        self.write(cells);
    }

    fn write(&mut self, cells: impl IntoIterator<Item = String>) {
        self.writer.write_record(cells).expect("a row of the table's own width into memory");
    }

    fn printed(&self, cell: &Cell<'_>) -> String {
        match *cell {
            Cell::Text(text) => harmless(text),
            Cell::Money(minor, currency) => Amount::print_minor(minor, currency),
            Cell::Count(count) => count.to_string(),
            Cell::At(None) => String::new(),
            Cell::At(Some(at)) => {
                let local = at.plus_ms(i64::from(self.utc_offset_minutes) * 60_000).to_string();
                format!("{} {}", &local[..10], &local[11..19])
            }
            Cell::Mark(true) => self.language.yes().to_owned(),
            Cell::Mark(false) => String::new(),
        }
    }

    pub(crate) fn into_text(self) -> String {
        let bytes = self.writer.into_inner().expect("memory takes every row");
        String::from_utf8(bytes).expect("only text was written")
    }
}

/// The table of sales, one row a payment, or one for a sale without any.
pub(crate) fn sales_table(language: Language, utc_offset_minutes: i32) -> Table {
    Table::new(language.sales_columns(), language, utc_offset_minutes)
}

/// Adds a sale.
pub(crate) fn add_sale(table: &mut Table, sale: &SaleView) {
    let state = table.language.sale(sale).title;
    let payments = sale.payments.iter().map(Some);
    let none = sale.payments.is_empty().then_some(None);
    for payment in payments.chain(none) {
        let method = payment.map_or("", |payment| table.language.slip().method_name(&payment.channel));
        let asked = Cell::Money(sale.amount, sale.currency);
        table.row([
            Cell::Text(sale.order_no.as_str()),
            Cell::At(Some(sale.made_at)),
            asked,
            Cell::Text(sale.currency.as_str()),
            Cell::Text(&state),
            Cell::Text(method),
            payment.map_or(Cell::Text(""), |payment| Cell::Money(payment.amount, payment.currency)),
            Cell::At(payment.map(|payment| payment.paid_at)),
            Cell::Text(payment.map_or("", |payment| &payment.transaction_id)),
            Cell::Mark(payment.is_some_and(|payment| payment.late)),
            Cell::Mark(sale.mismatch),
            Cell::Text(sale.description.as_str()),
            Cell::Text(sale.reference.as_ref().map_or("", |reference| reference.as_str())),
            Cell::Text(sale.business_key.as_ref().map_or("", |key| key.as_str())),
            Cell::Text(sale.note.as_ref().map_or("", |note| note.as_str())),
            Cell::Mark(!sale.live),
        ]);
    }
}

/// The table of days.
pub(crate) fn days_table(language: Language, utc_offset_minutes: i32) -> Table {
    Table::new(language.days_columns(), language, utc_offset_minutes)
}

/// Adds a day.
pub(crate) fn add_day(table: &mut Table, day: &LocalDay) {
    let sums = [day.paid, day.late, day.cash, day.refunded, day.cash_refunded];
    let sums =
        sums.into_iter().flat_map(|sum| [Cell::Count(sum.count), Cell::Money(sum.amount, day.currency)]);
    let head = [Cell::Text(&day.date), Cell::Text(day.currency.as_str())];
    table.row(head.into_iter().chain(sums).chain([Cell::Mark(!day.live)]));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn table(texts: &[&str]) -> String {
        let mut table = Table::new(&["a", "b"], Language::English, 480);
        for text in texts {
            table.row([Cell::Text(text), Cell::Money(-1280, Currency::CNY)]);
        }
        table.into_text()
    }

    #[test]
    fn lines_end_as_the_standard_says_and_the_mark_comes_first() {
        assert_eq!(
            table(&["tea, hot", "a \"b\"\nc"]),
            "\u{feff}a,b\r\n\"tea, hot\",-12.80\r\n\"a \"\"b\"\"\nc\",-12.80\r\n"
        );
    }

    #[test]
    fn no_text_from_outside_becomes_a_formula() {
        for evil in
            ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", "＋1", "－1", "＠1"]
        {
            let cells = table(&[evil]);
            let cell = cells.lines().skip(1).collect::<Vec<_>>().join("\n");
            assert!(cell.trim_start_matches('"').starts_with('\''), "{evil:?} gives {cell:?}");
        }
        assert_eq!(harmless("tea = good"), "tea = good");
    }

    #[test]
    fn a_long_number_is_kept_to_its_last_digit() {
        assert_eq!(harmless("4200001234567890123456789012"), "'4200001234567890123456789012");
        assert_eq!(harmless("123456789012345"), "123456789012345");
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_read_back(texts in proptest::collection::vec("\\PC{0,20}", 1..5)) {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let text = table(&texts);
            let body = text.strip_prefix(BYTE_ORDER_MARK).unwrap();
            let mut reader = csv::ReaderBuilder::new().from_reader(body.as_bytes());
            let read: Vec<String> = reader.records().map(|row| row.unwrap()[0].to_owned()).collect();
            let written: Vec<String> = texts.iter().map(|text| harmless(text)).collect();
            prop_assert_eq!(read, written);
        }
    }
}
