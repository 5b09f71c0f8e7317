//! Downloading a bill (WeChat Pay protocol C.8): the answer is the file itself, unsigned, or a message that says why not.

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};
use jiff::civil::Date;

use super::{
    ApiError, Call, CallError, CallName, Fields, Merchant, ValueError,
    request::set_some,
    xml::{MESSAGE_BYTES_MAX, ROOT, XmlError},
};
use crate::{
    bill::{Sha1Hash, TradeKind},
    v3::bill::FlowAccount,
};

/// The call that downloads the trade bill of a day in Beijing: at most three months back, and not before the next morning
/// at 10:00.
#[must_use]
pub fn trade(merchant: &Merchant, date: Date, kind: TradeKind, is_gzip: bool) -> Call {
    let kind = match kind {
        TradeKind::All => "ALL",
        TradeKind::Success => "SUCCESS",
        TradeKind::Refund => "REFUND",
    };
    call(CallName::TradeBill, merchant, date, ("bill_type", kind), is_gzip)
}

/// The call that downloads the fund flow bill of a day in Beijing. It needs the client certificate, and is always signed
/// with HMAC-SHA256.
#[must_use]
pub fn fund_flow(merchant: &Merchant, date: Date, account: FlowAccount, is_gzip: bool) -> Call {
    let account = match account {
        FlowAccount::Basic => "Basic",
        FlowAccount::Operation => "Operation",
        FlowAccount::Fees => "Fees",
    };
    call(CallName::FundFlowBill, merchant, date, ("account_type", account), is_gzip)
}

fn call(
    name: CallName,
    merchant: &Merchant,
    date: Date,
    (kind, value): (&'static str, &'static str),
    is_gzip: bool,
) -> Call {
    let mut fields = merchant.fields();
    fields.set("bill_date", date.strftime("%Y%m%d").to_string());
    fields.set(kind, value);
    set_some(&mut fields, "tar_type", is_gzip.then_some("GZIP"));
    Call::new(name, &fields)
}

/// Whether the answer to a download is a file: plain text, or gzip, which a reader of bills tells by its first bytes. The
/// file is unsigned: its rows are only hints until they are confirmed.
///
/// `head` has the first bytes of the body: all of it, or at least [`MESSAGE_BYTES_MAX`] of a longer one.
///
/// # Errors
/// When WeChat Pay refused (with [`Code::BillCreating`](super::Code::BillCreating) while it is being made, and
/// [`Code::NoBillExist`](super::Code::NoBillExist) for a day without trades), or answered what is neither a file nor a
/// refusal. An HTML page is taken for a file here, and refused by the reader of bills.
pub fn is_file(call: &Call, head: &Response<Bytes>) -> Result<(), CallError> {
    if head.status() != StatusCode::OK {
        return Err(CallError::Status { status: head.status() });
    }
    let body = head.body();
    let is_message = [&b"<xml"[..], b"<?xml"].iter().any(|start| body.trim_ascii_start().starts_with(start));
    if !is_message {
        return Ok(());
    }
    let bytes = body.len();
    if bytes > MESSAGE_BYTES_MAX {
        return Err(XmlError::TooLarge { bytes }.into());
    }
    let fields = Fields::read(ROOT, body)?;
    super::answer::check_return_code(call.name(), &fields, head.headers())?;
    // A fund flow bill's refusal has both layers (C.8).
    if fields.text("err_code").is_some() {
        let mut refused = ApiError::of_result(call.name(), &fields, head.headers());
        refused.is_signed = false;
        return Err(CallError::Refused(Box::new(refused)));
    }
    Err(ValueError::new("return_code", "SUCCESS where a file was expected").into())
}

/// What a fund flow bill hashes to, from the header `Digest: SHA=…` beside it; over the bytes as they came.
#[must_use]
pub fn digest(headers: &HeaderMap) -> Option<Sha1Hash> {
    headers.get("digest")?.to_str().ok()?.strip_prefix("SHA=")?.parse().ok()
}
