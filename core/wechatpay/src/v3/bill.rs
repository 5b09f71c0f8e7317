//! Asking for a bill and downloading it (WeChat Pay protocol B.10.1, B.10.2). Two steps: a signed answer says where the
//! file is and what it hashes to; the file itself is unsigned, and believed only if it has that hash.

use std::fmt;

use bytes::Bytes;
use http::{Response, StatusCode, Uri};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Deserializer, de::Error as _};

use super::{ApiError, Call, CallError, CallName, Caller, FieldError, Host, Mchid, Verified, answer};
use crate::{
    bill::{Sha1Hash, TradeKind},
    keys::Verifier,
};

/// Longest address of a file (WeChat Pay protocol B.10.1).
const DOWNLOAD_URL_BYTES_MAX: usize = 2048;

/// Which account's movements a fund flow bill holds (WeChat Pay protocol B.10.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlowAccount {
    /// The basic account.
    Basic,
    /// The operation account.
    Operation,
    /// The fees account.
    Fees,
}

/// The call that asks for the trade bill of a day in Beijing: not today's, and at most three months back. There is none
/// before the next morning; 10:00 is a good time (WeChat Pay protocol B.10.1).
///
/// `sub_mchid` is for service providers: one sub-merchant's trades alone.
#[must_use]
pub fn trade(mchid: &Mchid, date: Date, kind: TradeKind, sub_mchid: Option<&Mchid>, is_gzip: bool) -> Call {
    let kind = match kind {
        TradeKind::All => "ALL",
        TradeKind::Success => "SUCCESS",
        TradeKind::Refund => "REFUND",
    };
    let sub_mchid = sub_mchid.map(|sub_mchid| format!("&sub_mchid={sub_mchid}")).unwrap_or_default();
    let path = format!("/v3/bill/tradebill?bill_date={date}&bill_type={kind}{sub_mchid}{}", packed(is_gzip));
    Call::get(CallName::TradeBill, mchid, &path)
}

/// The call that asks for the fund flow bill of a day in Beijing.
#[must_use]
pub fn fund_flow(mchid: &Mchid, date: Date, account: FlowAccount, is_gzip: bool) -> Call {
    let account = match account {
        FlowAccount::Basic => "BASIC",
        FlowAccount::Operation => "OPERATION",
        FlowAccount::Fees => "FEES",
    };
    let path = format!("/v3/bill/fundflowbill?bill_date={date}&account_type={account}{}", packed(is_gzip));
    Call::get(CallName::FundFlowBill, mchid, &path)
}

fn packed(is_gzip: bool) -> &'static str {
    if is_gzip { "&tar_type=GZIP" } else { "" }
}

/// Where a bill is, and what it must hash to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[expect(
    clippy::manual_non_exhaustive,
    reason = "the field is not there to close the struct but to be checked"
)]
pub struct Ready {
    #[serde(rename = "hash_type", deserialize_with = "sha1_alone")]
    _hash_type: (),
    /// SHA-1 of the uncompressed file.
    #[serde(rename = "hash_value", deserialize_with = "hash")]
    pub hash: Sha1Hash,
    /// Where it is, for some seconds to minutes (WeChat Pay protocol B.10.2): download at once.
    pub download_url: DownloadUrl,
}

/// Reads the answer to [`trade`] or [`fund_flow`].
///
/// # Errors
/// When WeChat Pay refused (with [`Code::StatementCreating`](super::Code::StatementCreating) while it is being made, and
/// [`Code::NoStatementExist`](super::Code::NoStatementExist) for a day without trades), or the answer is not verifiably
/// WeChat Pay's.
pub fn read(
    call: &Call,
    response: &Response<Bytes>,
    now: Timestamp,
    keys: &dyn Verifier,
) -> Result<Verified<Ready>, CallError> {
    answer::read(call.name(), response, now, keys)
}

/// The call that downloads a bill; sign it with [`DownloadUrl::caller`]. Path and query are signed as they came (WeChat
/// Pay protocol A.4.5).
#[must_use]
pub fn download(mchid: &Mchid, url: &DownloadUrl) -> Call {
    Call::get(CallName::BillDownload, mchid, &url.path_and_query)
}

/// Whether the answer to a download is a file. It is unsigned: what is in it is only believed once its hash is that of
/// the signed answer (WeChat Pay protocol A.5.6).
///
/// # Errors
/// When WeChat Pay refused, or answered what is neither a file nor a refusal.
pub fn is_file(head: &Response<Bytes>) -> Result<(), CallError> {
    match head.status() {
        StatusCode::OK => Ok(()),
        status if status.is_client_error() || status.is_server_error() => Err(CallError::Refused(Box::new(
            ApiError::read(CallName::BillDownload, status, head.headers(), head.body()),
        ))),
        status => Err(CallError::Status { status }),
    }
}

/// The address of a file to download. Its query is a token, so it is not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct DownloadUrl {
    host: Host,
    path_and_query: String,
}

impl DownloadUrl {
    /// Reads an address as it came; blanks around it are cut off (WeChat Pay protocol B.10.1).
    ///
    /// # Errors
    /// When it is no http address of a file.
    pub fn new(text: &str) -> Result<Self, FieldError> {
        let refused =
            || FieldError::new("download_url", "must be an https (or http) address of up to 2048 characters");
        let text = text.trim();
        if text.len() > DOWNLOAD_URL_BYTES_MAX {
            return Err(refused());
        }
        let uri: Uri = text.parse().map_err(|_| refused())?;
        let (Some(scheme), Some(authority), Some(path)) =
            (uri.scheme_str(), uri.authority(), uri.path_and_query())
        else {
            return Err(refused());
        };
        let host = Host::new(&format!("{scheme}://{authority}")).map_err(|_| refused())?;
        Ok(Self { host, path_and_query: path.as_str().to_owned() })
    }

    /// Who downloads it: the caller, at the file's host. Nobody if that host is neither the caller's own nor, like the
    /// caller's, one of WeChat Pay's: a signed request goes nowhere else.
    #[must_use]
    pub fn caller(&self, caller: &Caller) -> Option<Caller> {
        let is_same = self.host == *caller.host();
        let are_wechat_pays = self.host.is_wechat_pay() && caller.host().is_wechat_pay();
        (is_same || are_wechat_pays).then(|| caller.at(self.host.clone()))
    }
}

impl fmt::Debug for DownloadUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DownloadUrl").field("host", &self.host).finish_non_exhaustive()
    }
}

impl<'de> Deserialize<'de> for DownloadUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new(&text).map_err(|error| D::Error::custom(error.problem))
    }
}

fn sha1_alone<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    match String::deserialize(deserializer)?.as_str() {
        "SHA1" => Ok(()),
        _ => Err(D::Error::custom("must be SHA1")),
    }
}

fn hash<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Sha1Hash, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}
