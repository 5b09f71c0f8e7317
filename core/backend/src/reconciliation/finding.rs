//! Something that differs, and its id.

use saoma_contract::{Finding, FindingId, FindingKind, FindingSide, Time};
use sha2::{Digest as _, Sha256};

use super::sides::PAID;

/// Something about which books and bill differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The same whenever the same is found: of the day, the kind and the numbers alone.
    pub id: FindingId,
    /// What differs.
    pub kind: FindingKind,
    /// The attempt's number at the channel; empty where the refund's alone is known.
    pub out_trade_no: String,
    /// The refund's number at the channel.
    pub out_refund_no: Option<String>,
    /// The order here.
    pub order_no: Option<String>,
    /// What the books say.
    pub ours: Option<FindingSide>,
    /// What the bill says.
    pub theirs: Option<FindingSide>,
    /// What the channel said when it was asked about it, and when.
    pub asked: Option<(Time, FindingSide)>,
    /// What it means.
    pub detail: String,
    date: String,
}

impl Found {
    pub(super) fn new(
        date: &str,
        kind: FindingKind,
        out_trade_no: &str,
        out_refund_no: Option<&str>,
        order_no: Option<String>,
        (ours, theirs): (Option<FindingSide>, Option<FindingSide>),
        detail: &str,
    ) -> Self {
        Self {
            id: id(date, &kind, out_trade_no, out_refund_no),
            kind,
            out_trade_no: out_trade_no.to_owned(),
            out_refund_no: out_refund_no.map(ToOwned::to_owned),
            order_no,
            ours,
            theirs,
            asked: None,
            detail: detail.to_owned(),
            date: date.to_owned(),
        }
    }

    /// The same thing, seen to be of another kind.
    pub(super) fn turns_out(&mut self, kind: FindingKind, detail: &str) {
        self.id = id(&self.date, &kind, &self.out_trade_no, self.out_refund_no.as_deref());
        self.kind = kind;
        detail.clone_into(&mut self.detail);
    }

    /// Whether the bill says that it was paid, and the books have it unpaid.
    pub(super) fn is_unpaid_here(&self) -> bool {
        self.kind == FindingKind::StateDiffers
            && self.out_refund_no.is_none()
            && self.ours.as_ref().is_some_and(|ours| ours.amount.is_none())
            && self.theirs.as_ref().is_some_and(|theirs| theirs.state.as_deref() == Some(PAID))
    }
}

impl From<Found> for Finding {
    fn from(found: Found) -> Self {
        let (asked_at, asked) = found.asked.unzip();
        Self {
            id: found.id,
            kind: found.kind,
            order_no: found.order_no.and_then(|text| text.parse().ok()),
            refund_no: found
                .out_refund_no
                .as_ref()
                .filter(|_| found.ours.is_some())
                .and_then(|text| text.parse().ok()),
            out_trade_no: found.out_trade_no,
            out_refund_no: found.out_refund_no,
            ours: found.ours,
            theirs: found.theirs,
            asked,
            asked_at,
            detail: found.detail,
            found_at: None,
            gone: false,
            settled: None,
        }
    }
}

fn id(date: &str, kind: &FindingKind, out_trade_no: &str, out_refund_no: Option<&str>) -> FindingId {
    // None of the parts but the last can hold a line break.
    let text = format!("{date}\n{kind}\n{}\n{out_trade_no}", out_refund_no.unwrap_or_default());
    let hash = Sha256::digest(text.as_bytes());
    let text: String = hash[..10].iter().map(|byte| format!("{byte:02x}")).collect();
    text.parse().expect("twenty hexadecimal digits are an id")
}
