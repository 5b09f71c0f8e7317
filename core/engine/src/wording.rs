//! What every shell says about money and state, in the till's language, so that all of them say the same.
//!
//! What is said is chosen here, once; each language brings the sentences. No sentence calls paid or closed what is not
//! proven, and money that does not match never sounds like money that came.

mod aloud;
mod books;
mod en;
mod slip;
#[cfg(test)]
mod tests;
mod zh;

use saoma_contract::{Amount, Currency, RefundState, Time};

pub(crate) use slip::SlipWords;

use crate::diagnosis::Diagnosis;
use crate::error::TillError;
use crate::result::{MoneyResult, ResultKind};
use crate::sale::{OtherOrder, PhaseWord, RefundWord, Refused, SaleView, ShownRefund};
use crate::store::Salvage;

/// The language of a till.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// Simplified Chinese, as a shop in China says it.
    #[default]
    Chinese,
    /// English.
    English,
}

/// What is said of a sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaleWords {
    /// Where it stands, in a word or two.
    pub title: String,
    /// What is known and what to do now.
    pub sentence: String,
}

/// What is said of money that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultWords {
    /// A headline.
    pub title: String,
    /// What happened and what to do.
    pub sentence: String,
    /// What is said aloud. Late money and money that does not match sound different from the first word on.
    pub spoken: String,
}

/// How loud something is to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tone {
    /// For information.
    Calm,
    /// Something is going on by itself.
    Busy,
    /// A person should look.
    Warning,
    /// A person must look now: the till cannot sell.
    Alarm,
}

/// The one bar on top of every screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusWords {
    /// How loud.
    pub tone: Tone,
    /// What it says.
    pub text: String,
}

impl Language {
    /// Where a sale stands, in a word or two and in a sentence or two: what is known, and what to do now.
    pub fn sale(self, sale: &SaleView) -> SaleWords {
        let words = self.words();
        let asked = self.amount(sale.amount, sale.currency);
        let title = match sale.phase {
            _ if sale.mismatch => words.mismatch_title(),
            PhaseWord::Paid if sale.late => words.late_title(),
            phase => words.title(phase),
        };
        let mut sentences = Vec::new();
        match sale.phase {
            PhaseWord::Paid if sale.late && sale.cash_taken_at.is_some() => {
                sentences.push(words.late_beside_cash(&asked));
            }
            PhaseWord::Paid if sale.late => sentences.push(words.late(&asked)),
            PhaseWord::Paid => sentences.push(words.paid(&asked)),
            // While it is frozen nobody is to be asked to pay it, and no end of it is certain.
            _ if sale.mismatch => {}
            phase => sentences.push(words.sentence(phase).to_owned()),
        }
        if sale.mismatch {
            sentences.push(words.mismatch().to_owned());
        }
        if let Some(at) = sale.scan_again_at {
            sentences.push(words.scan_again(seconds_until(at, sale.as_of)));
        }
        sentences.extend(sale.refunds.iter().map(|refund| self.refund(refund, sale.as_of)));
        if let Some(other) = &sale.other {
            sentences.push(self.other(other, sale));
        }
        if let Some(notice) = &sale.notice {
            sentences.extend(self.notice(notice));
        }
        if sale.trouble.is_some() {
            sentences.push(words.trouble().to_owned());
        }
        if !sale.live {
            sentences.push(words.test_money().to_owned());
        }
        SaleWords { title: title.to_owned(), sentence: words.joined(&sentences) }
    }

    /// Where a refund stands, at a moment: what is known, and what to do now.
    pub fn refund(self, refund: &ShownRefund, now: Time) -> String {
        let words = self.words();
        let amount = self.amount(refund.amount, refund.currency);
        let state = match (refund.state, refund.sends_at) {
            (RefundWord::Queued, Some(at)) => words.refund_waits(seconds_until(at, now)),
            (state, _) => words.refund_state(state).to_owned(),
        };
        let said = words.refund(&amount, &state);
        match (refund.state, &refund.detail) {
            (
                RefundWord::Declined | RefundWord::Refused | RefundWord::Abnormal | RefundWord::Closed,
                Some(detail),
            ) => words.joined(&[said, words.because(detail)]),
            _ => said,
        }
    }

    /// What is said of money that came: to be shown, and aloud.
    pub fn result(self, result: &MoneyResult) -> ResultWords {
        let (words, tail) = (self.words(), result.order_no.tail());
        let amount = self.amount(result.amount, result.currency);
        let aloud = self.amount_aloud(result.amount, result.currency);
        let by_wechat = result.key.starts_with("wechatpay:");
        let (title, sentence, spoken) = match result.kind {
            ResultKind::Mismatch => (
                words.mismatch_title().to_owned(),
                words.mismatch_result(tail, &amount),
                words.mismatch_aloud(tail),
            ),
            ResultKind::Refunded => (
                words.refunded_title(&amount),
                words.refunded_result(tail, &amount),
                words.refunded_aloud(&aloud),
            ),
            ResultKind::RefundFailed => {
                let state = match result.refund {
                    Some(RefundState::Declined) => RefundWord::Declined,
                    Some(RefundState::Closed) => RefundWord::Closed,
                    Some(RefundState::Abnormal) => RefundWord::Abnormal,
                    _ => RefundWord::Refused,
                };
                let sentence = words.refund_failed_result(tail, &amount, words.refund_state(state));
                (words.refund_failed_title().to_owned(), sentence, words.refund_failed_aloud(&aloud, tail))
            }
            ResultKind::Paid if result.late => {
                (words.late_title().to_owned(), words.late_result(tail, &amount), words.late_aloud(&aloud))
            }
            ResultKind::Paid => (
                words.paid_title(&amount),
                words.paid_result(tail, &amount, by_wechat),
                words.paid_aloud(&aloud, by_wechat),
            ),
        };
        if result.live {
            return ResultWords { title, sentence, spoken };
        }
        let sentence = words.joined(&[sentence, words.test_money().to_owned()]);
        ResultWords { title: words.test(&title), sentence, spoken: words.test(&spoken) }
    }

    /// What the person holding the phone reads about something that was not done: what happened, and what to do.
    pub fn error(self, error: &TillError) -> String {
        let words = self.words();
        match error {
            TillError::Field { field, detail } => words.bad_input(field, detail),
            TillError::Backend { code, detail, field: Some(field), .. } if code == "bad_request" => {
                words.bad_input(field, detail)
            }
            error => words.code(error.code()).map_or_else(|| words.unknown_code(error.code()), str::to_owned),
        }
    }

    /// The sentence for a stable code: every one that a [`TillError`] or [`Diagnosis::read_only`] gives, and `internal`,
    /// `key_store`, `no_transport`, `clock_wrong` for what a facade finds itself. None for any other.
    pub fn code(self, code: &str) -> Option<String> {
        self.words().code(code).map(str::to_owned)
    }

    /// The one bar on top of every screen: the most important thing of all, none when all is well and nothing is open.
    pub fn status(self, till: &Diagnosis) -> Option<StatusWords> {
        let words = self.words();
        let of_code = |code: &str| words.code(code).map_or_else(|| words.unknown_code(code), str::to_owned);
        let status = |tone, text| Some(StatusWords { tone, text });
        let open = (till.unproven_count > 0).then(|| {
            let sum = self.amount(till.unproven_sum, till.currency.unwrap_or(Currency::CNY));
            words.open(till.unproven_count, &sum)
        });
        if let Some(code) = &till.read_only {
            return status(Tone::Alarm, of_code(code));
        }
        if let Some(code) = till.storage_fault_code.or(till.key_fault_code) {
            return status(Tone::Alarm, of_code(code));
        }
        if let Some(ahead_ms) = till.wall_ahead_ms.filter(|_| till.clock_warning) {
            return status(Tone::Warning, words.clock_wrong(Span::of_ms(ahead_ms), ahead_ms > 0));
        }
        if till.device.is_none() {
            return status(Tone::Calm, words.unpaired().to_owned());
        }
        if !till.network || till.unreachable {
            return status(Tone::Warning, words.offline(till.network, open.as_deref()));
        }
        if till.drafts_waiting > 0 {
            return status(Tone::Warning, words.drafts_waiting(till.drafts_waiting));
        }
        open.and_then(|open| status(Tone::Busy, open))
    }

    /// What a word of [`SaleStory::history`](crate::SaleStory::history) means; a word that this version does not know is
    /// given as it is.
    pub fn history(self, word: &str) -> String {
        self.words().history(word).unwrap_or(word).to_owned()
    }

    /// An amount with its currency, as people of the language write it: `¥12.80`; other currencies by their code.
    pub fn amount(self, minor: i64, currency: Currency) -> String {
        let printed = Amount::print_minor(minor, currency);
        match printed.strip_prefix('-') {
            _ if currency != Currency::CNY => format!("{currency} {printed}"),
            Some(positive) => format!("-¥{positive}"),
            None => format!("¥{printed}"),
        }
    }

    /// An amount as it is spoken: `十二元八角`, `twelve yuan, eighty fen`; other currencies by their code.
    pub fn amount_aloud(self, minor: i64, currency: Currency) -> String {
        match u64::try_from(minor) {
            Ok(minor) if currency == Currency::CNY => self.words().yuan_aloud(minor),
            _ => format!("{} {currency}", Amount::print_minor(minor, currency)),
        }
    }

    /// What people must know after a damaged database was salvaged.
    pub fn salvage(self, salvage: &Salvage) -> String {
        if salvage.is_sealed {
            return self.words().sealed_away(salvage.unreadable.len());
        }
        let lost: u64 = salvage.lost.iter().map(|(first, last)| last - first + 1).sum();
        self.words().salvage(salvage.sales, salvage.unreadable.len(), lost)
    }

    fn other(self, other: &OtherOrder, sale: &SaleView) -> String {
        let amount = self.amount(other.amount, sale.currency);
        self.words().other(other.order_no.tail(), &amount, other.amount == sale.amount)
    }

    /// Why something about a sale was refused, or the reason a person gave.
    fn notice(self, notice: &Refused) -> Option<String> {
        let words = self.words();
        match notice.code.as_str() {
            // Said by the sentence itself, or by the other order's.
            "business_key_open" => None,
            "dropped" if notice.detail == "cancelled" => None,
            "dropped" | "rejected" => Some(words.because(&notice.detail)),
            "bad_request" => notice.field.as_deref().map(|field| words.bad_input(field, &notice.detail)),
            code => Some(match words.code(code).or_else(|| words.channel_code(code)) {
                Some(sentence) => sentence.to_owned(),
                None => words.because(&notice.detail),
            }),
        }
    }

    /// The words on paper.
    pub(crate) fn slip(self) -> &'static SlipWords {
        match self {
            Self::Chinese => &slip::CHINESE,
            Self::English => &slip::ENGLISH,
        }
    }

    /// The heads of the table of sales.
    pub(crate) fn sales_columns(self) -> &'static [&'static str] {
        match self {
            Self::Chinese => &slip::SALES_CHINESE,
            Self::English => &slip::SALES_ENGLISH,
        }
    }

    /// The heads of the table of days.
    pub(crate) fn days_columns(self) -> &'static [&'static str] {
        match self {
            Self::Chinese => &slip::DAYS_CHINESE,
            Self::English => &slip::DAYS_ENGLISH,
        }
    }

    pub(crate) fn yes(self) -> &'static str {
        match self {
            Self::Chinese => "是",
            Self::English => "yes",
        }
    }

    fn words(self) -> &'static dyn Words {
        match self {
            Self::Chinese => &zh::Chinese,
            Self::English => &en::English,
        }
    }
}

/// Whole seconds from now until then, at least one.
fn seconds_until(then: Time, now: Time) -> u64 {
    let ms = u64::try_from(then.ms_since(now)).unwrap_or(0);
    ms.div_ceil(1_000).max(1)
}

/// How long something is, in the one unit that people would use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Span {
    Minutes(u64),
    Hours(u64),
    Days(u64),
}

impl Span {
    fn of_ms(ms: i64) -> Self {
        match ms.unsigned_abs() / 60_000 {
            minutes @ ..=119 => Self::Minutes(minutes.max(1)),
            minutes @ 120..=2_879 => Self::Hours(minutes / 60),
            minutes => Self::Days(minutes / 1_440),
        }
    }
}

/// The sentences of one language. Amounts come printed, numbers of sales as their last six characters.
trait Words {
    /// Sentences one after the other.
    fn joined(&self, sentences: &[String]) -> String;

    fn title(&self, phase: PhaseWord) -> &'static str;
    fn late_title(&self) -> &'static str;
    fn mismatch_title(&self) -> &'static str;

    /// What is known of a sale that stands so, and what to do; for a paid one see [`paid`](Self::paid).
    fn sentence(&self, phase: PhaseWord) -> &'static str;
    fn paid(&self, amount: &str) -> String;
    fn late(&self, amount: &str) -> String;
    /// Money came by the code although cash was taken.
    fn late_beside_cash(&self, amount: &str) -> String;
    fn scan_again(&self, seconds: u64) -> String;
    fn refund(&self, amount: &str, state: &str) -> String;
    fn refund_state(&self, state: RefundWord) -> &'static str;
    fn refund_waits(&self, seconds: u64) -> String;
    fn refunded_title(&self, amount: &str) -> String;
    fn refunded_result(&self, tail: &str, amount: &str) -> String;
    fn refunded_aloud(&self, amount: &str) -> String;
    fn refund_failed_title(&self) -> &'static str;
    fn refund_failed_result(&self, tail: &str, amount: &str, state: &str) -> String;
    fn refund_failed_aloud(&self, amount: &str, tail: &str) -> String;
    fn mismatch(&self) -> &'static str;
    fn other(&self, tail: &str, amount: &str, same_amount: bool) -> String;
    fn because(&self, detail: &str) -> String;
    fn trouble(&self) -> &'static str;
    fn test_money(&self) -> &'static str;

    fn paid_title(&self, amount: &str) -> String;
    fn paid_result(&self, tail: &str, amount: &str, by_wechat: bool) -> String;
    fn late_result(&self, tail: &str, amount: &str) -> String;
    fn mismatch_result(&self, tail: &str, asked: &str) -> String;
    /// An amount of CNY to be spoken.
    fn yuan_aloud(&self, minor: u64) -> String;
    fn paid_aloud(&self, amount: &str, by_wechat: bool) -> String;
    fn late_aloud(&self, amount: &str) -> String;
    fn mismatch_aloud(&self, tail: &str) -> String;
    /// The same, marked as play money from its first word on.
    fn test(&self, words: &str) -> String;

    fn bad_input(&self, field: &str, detail: &str) -> String;
    fn code(&self, code: &str) -> Option<&'static str>;
    /// What a refusal of WeChat Pay means for the shop.
    fn channel_code(&self, code: &str) -> Option<&'static str>;
    fn unknown_code(&self, code: &str) -> String;

    fn clock_wrong(&self, by: Span, ahead: bool) -> String;
    fn unpaired(&self) -> &'static str;
    fn offline(&self, has_network: bool, open: Option<&str>) -> String;
    fn open(&self, count: u32, sum: &str) -> String;
    fn drafts_waiting(&self, count: u32) -> String;
    fn history(&self, word: &str) -> Option<&'static str>;
    fn salvage(&self, whole: usize, in_parts: usize, entries_lost: u64) -> String;
    fn sealed_away(&self, unproven: usize) -> String;
}

/// The name of a field, without the place of its line: `reference` of `lines[0].reference`.
fn last_part(field: &str) -> &str {
    let last = field.rsplit('.').next().unwrap_or(field);
    last.split('[').next().unwrap_or(last)
}

/// Which line a field is of, counted from 1.
fn line_no(field: &str) -> Option<u32> {
    let index: u32 = field.strip_prefix("lines[")?.split(']').next()?.parse().ok()?;
    index.checked_add(1)
}
