//! Text for a paper slip: plain lines of a printer's width, so that any printer can print them.

use saoma_contract::{Currency, OrderBody, Time};
use unicode_width::UnicodeWidthChar as _;

use crate::sale::PaymentReceipt;
use crate::wording::{Language, SlipWords};

/// How wide the paper is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paper {
    /// 58 mm: 32 columns.
    Mm58,
    /// 80 mm: 48 columns.
    Mm80,
}

impl Paper {
    /// Columns of a line; a Chinese character takes two.
    pub fn columns(self) -> usize {
        match self {
            Self::Mm58 => 32,
            Self::Mm80 => 48,
        }
    }
}

/// Where and how a slip is printed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Print {
    pub(crate) paper: Paper,
    pub(crate) language: Language,
    /// How many minutes the shop's clock is ahead of UTC.
    pub(crate) utc_offset_minutes: i32,
}

/// The slip of a payment, for the customer: from a verified receipt alone, with the parts of the order that was signed. It
/// says what was given back since.
pub(crate) fn receipt(
    receipt: &PaymentReceipt,
    order: &OrderBody,
    store_name: &str,
    print: Print,
) -> Vec<String> {
    let words = print.language.slip();
    let (payment, live) = (receipt.payment(), receipt.live());
    let mut slip = Slip::new(print);
    let title = if receipt.parts().is_empty() { words.receipt } else { words.refund };
    slip.head(receipt.merchant_name(), store_name, title, live);
    slip.pair(words.sale, order.order_no.tail());
    slip.pair(words.paid_at, &slip.clock(payment.paid_at));
    slip.rule();
    slip.text(order.description.as_str());
    for line in order.lines.iter().filter(|_| order.lines.len() > 1) {
        let about = line.reference.as_ref().map_or_else(|| format!("#{}", line.no), ToString::to_string);
        slip.pair(&about, &slip.money(line.amount, payment.currency));
    }
    if let [only] = order.lines.as_slice()
        && let Some(reference) = &only.reference
    {
        slip.text(reference.as_str());
    }
    slip.rule();
    slip.pair(words.total, &slip.money(payment.amount, payment.currency));
    slip.pair(words.method, words.method_name(&payment.channel));
    if receipt.is_proven() {
        slip.text(words.transaction);
        slip.text(&payment.transaction_id);
    } else {
        slip.text(words.attested);
    }
    if !receipt.parts().is_empty() {
        slip.rule();
        for part in receipt.parts() {
            slip.pair(&slip.clock(part.done_at), &slip.money(-part.amount, payment.currency));
        }
        slip.pair(words.refunded, &slip.money(receipt.refunded(), payment.currency));
        slip.pair(words.kept, &slip.money(payment.amount - receipt.refunded(), payment.currency));
    }
    slip.foot(live);
    slip.into_lines()
}

/// Lines of a slip as they are put together.
pub(crate) struct Slip {
    print: Print,
    lines: Vec<String>,
}

impl Slip {
    pub(crate) fn new(print: Print) -> Self {
        Self { print, lines: Vec::new() }
    }

    /// Who, where, what kind of slip, and that it is no money if it is none.
    pub(crate) fn head(&mut self, merchant: &str, store: &str, title: &str, live: bool) {
        self.centred(merchant);
        if store != merchant {
            self.centred(store);
        }
        self.centred(title);
        self.mark_test(live);
        self.rule();
    }

    pub(crate) fn foot(&mut self, live: bool) {
        self.rule();
        self.mark_test(live);
    }

    fn mark_test(&mut self, live: bool) {
        if !live {
            self.centred(self.words().test);
        }
    }

    pub(crate) fn words(&self) -> &'static SlipWords {
        self.print.language.slip()
    }

    pub(crate) fn money(&self, minor: i64, currency: Currency) -> String {
        self.print.language.amount(minor, currency)
    }

    /// Day and minute by the shop's clock.
    pub(crate) fn clock(&self, at: Time) -> String {
        let local = at.plus_ms(i64::from(self.print.utc_offset_minutes) * 60_000).to_string();
        format!("{} {}", &local[..10], &local[11..16])
    }

    pub(crate) fn rule(&mut self) {
        self.lines.push("-".repeat(self.columns()));
    }

    /// A text, over as many lines as it needs.
    pub(crate) fn text(&mut self, text: &str) {
        let lines = wrapped(text, self.columns());
        self.lines.extend(lines);
    }

    pub(crate) fn centred(&mut self, text: &str) {
        for line in wrapped(text, self.columns()) {
            let margin = (self.columns() - columns(&line)) / 2;
            self.lines.push(format!("{}{line}", " ".repeat(margin)));
        }
    }

    /// A name at the left and its value at the right; on lines of their own if one cannot hold both.
    pub(crate) fn pair(&mut self, name: &str, value: &str) {
        let gap = self.columns().checked_sub(columns(name) + columns(value)).filter(|gap| *gap > 0);
        if let Some(gap) = gap {
            let line = format!("{}{}{}", printable(name), " ".repeat(gap), printable(value));
            return self.lines.push(line);
        }
        self.text(name);
        for line in wrapped(value, self.columns()) {
            let margin = self.columns() - columns(&line);
            self.lines.push(format!("{}{line}", " ".repeat(margin)));
        }
    }

    pub(crate) fn into_lines(self) -> Vec<String> {
        self.lines
    }

    fn columns(&self) -> usize {
        self.print.paper.columns()
    }
}

/// Columns that a printer for Chinese gives a character: what its double-byte set holds takes two. A character without a
/// width of its own, such as a control character, is not printed.
fn width(letter: char) -> Option<usize> {
    letter.width_cjk().filter(|width| *width > 0)
}

fn columns(text: &str) -> usize {
    text.chars().filter_map(width).sum()
}

fn printable(text: &str) -> String {
    text.chars().filter(|letter| width(*letter).is_some()).collect()
}

/// Breaks a text into lines, at a blank where there is one in the line's second half.
fn wrapped(text: &str, most: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for letter in printable(text).chars() {
        let wide = width(letter).unwrap_or(0);
        if columns(&line) + wide > most {
            let blank = line.rfind(' ').filter(|at| columns(&line[..*at]) >= most / 2);
            let rest = blank.map(|at| line.split_off(at).trim_start().to_owned()).unwrap_or_default();
            lines.push(std::mem::replace(&mut line, rest));
        }
        if !(line.is_empty() && letter == ' ') {
            line.push(letter);
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines.iter_mut().for_each(|line| line.truncate(line.trim_end().len()));
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use saoma_contract::statement::Checked;

    use super::*;
    use crate::sample::{paid, refunded, sale};

    fn taken(proof: &Checked) -> PaymentReceipt {
        match proof {
            Checked::Paid(receipt) => PaymentReceipt::Paid(receipt.clone()),
            Checked::Refunded(receipt) => PaymentReceipt::Refunded(receipt.clone()),
            other => panic!("{other:?} is no receipt"),
        }
    }

    const PAPERS: [Paper; 2] = [Paper::Mm58, Paper::Mm80];

    fn print(paper: Paper, language: Language) -> Print {
        Print { paper, language, utc_offset_minutes: 480 }
    }

    #[test]
    fn a_receipt_says_who_when_what_how_much_and_by_which_proof() {
        let receipt_of = taken(&paid(1, 1, "4200001234567890123456789012", 1280));
        let sale = sale(1, 0);
        let chinese =
            receipt(&receipt_of, sale.order().body(), "Main", print(Paper::Mm58, Language::Chinese));
        assert_eq!(
            chinese,
            [
                "              Tea",
                "              Main",
                "            收款凭证",
                "--------------------------------",
                "单号尾号                  0G2081",
                "付款时间        2026-08-01 10:00",
                "--------------------------------",
                "Tea",
                "--------------------------------",
                "合计                      ¥12.80",
                "付款方式                微信支付",
                "微信支付单号",
                "4200001234567890123456789012",
                "--------------------------------",
            ]
        );
        let english =
            receipt(&receipt_of, sale.order().body(), "Main", print(Paper::Mm80, Language::English));
        assert!(english.contains(&format!("Total{}¥12.80", " ".repeat(37))), "{english:#?}");
    }

    #[test]
    fn what_was_given_back_stands_below() {
        let lines = receipt(
            &taken(&refunded(1, 2, "42", &[(2, 280), (3, 500)])),
            sale(1, 0).order().body(),
            "Main",
            print(Paper::Mm58, Language::English),
        );
        assert!(lines.iter().any(|line| line.trim() == "Refund"), "{lines:#?}");
        for (name, value) in [("Given back", "¥7.80"), ("Kept", "¥5.00"), ("2026-08-01 10:00", "-¥2.80")] {
            let is_it = |line: &String| line.starts_with(name) && line.ends_with(value);
            assert!(lines.iter().any(is_it), "{name} {value}: {lines:#?}");
        }
    }

    #[test]
    fn chinese_takes_two_columns_a_letter() {
        let mut slip = Slip::new(print(Paper::Mm58, Language::Chinese));
        slip.pair("奶茶", "¥5.00");
        slip.pair("一二三四五六七八九十一二三四五六", "¥5.00");
        slip.centred("茶");
        assert_eq!(
            slip.into_lines(),
            [
                format!("奶茶{}¥5.00", " ".repeat(23)),
                "一二三四五六七八九十一二三四五六".to_owned(),
                format!("{}¥5.00", " ".repeat(27)),
                format!("{}茶", " ".repeat(15)),
            ]
        );
    }

    #[test]
    fn a_long_text_breaks_at_blanks_and_a_word_that_is_longer_anywhere() {
        assert_eq!(wrapped("green tea with milk and no ice", 16), ["green tea with", "milk and no ice"]);
        assert_eq!(wrapped("茶茶茶茶茶", 7), ["茶茶茶", "茶茶"]);
        assert_eq!(wrapped("a\u{7}b\u{301}c", 16), ["abc"]);
        assert!(wrapped("", 16).is_empty());
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_the_paper(left in "\\PC{0,60}", right in "\\PC{0,60}") {
            for paper in PAPERS {
                let mut slip = Slip::new(print(paper, Language::Chinese));
                slip.pair(&left, &right);
                slip.text(&left);
                slip.centred(&right);
                for line in slip.into_lines() {
                    prop_assert!(columns(&line) <= paper.columns(), "{line:?}");
                }
            }
        }

        #[test]
        fn nothing_printable_but_blanks_is_lost(text in "[a-z 茶乌龙]{0,80}") {
            let kept: String = wrapped(&text, 32).concat();
            let letters = |text: &str| text.chars().filter(|letter| *letter != ' ').collect::<String>();
            prop_assert_eq!(letters(&kept), letters(&text));
        }
    }
}
