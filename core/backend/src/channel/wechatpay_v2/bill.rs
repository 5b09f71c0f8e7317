//! Downloading a bill over API v2: the answer is the file itself (WeChat Pay protocol C.8).

use std::path::Path;

use bytes::Bytes;
use jiff::civil::Date;
use saoma_wechatpay::bill::TradeKind;
use saoma_wechatpay::v2::xml::MESSAGE_BYTES_MAX;
use saoma_wechatpay::v2::{CallError, Code, bill};
use saoma_wechatpay::v3;
use saoma_wechatpay::v3::bill::FlowAccount;

use super::WechatPayV2;
use crate::channel::bill_file::Incoming;
use crate::channel::{BillAnswer, BillKind};

impl WechatPayV2 {
    pub(super) async fn bill_now(&self, kind: BillKind, date: &str, into: &Path) -> BillAnswer {
        let Ok(day) = date.parse::<Date>() else {
            return BillAnswer::Failed(format!("{date:?} is no day"));
        };
        match self.download(kind, day, into).await {
            Ok(answer) => answer,
            Err(reason) => BillAnswer::Failed(reason),
        }
    }

    async fn download(&self, kind: BillKind, day: Date, into: &Path) -> Result<BillAnswer, String> {
        let merchant = &self.account.merchant;
        let call = match kind {
            BillKind::Trade => bill::trade(merchant, day, TradeKind::All, true),
            // The provider's account is not the sub-merchant's.
            BillKind::FundFlow if merchant.sub.is_some() => return Ok(BillAnswer::NotGiven),
            // As plain text: what it hashes to is told beside it, and of packed bytes nobody says whether before or after.
            BillKind::FundFlow => bill::fund_flow(merchant, day, FlowAccount::Basic, false),
        };
        let caller = &self.account.caller;
        let Some(transport) = self.way_of(&call, caller) else { return Ok(BillAnswer::NotGiven) };
        let request = caller
            .sign(&call, &v3::Nonce::from_random(self.random.bytes()))
            .map_err(|error| error.to_string())?;
        let named = |error: std::io::Error| format!("{}: {error}", into.display());
        let mut incoming = Incoming::create(into).map_err(named)?;
        let mut begin = Vec::new();
        let mut keep = |bytes: &[u8]| {
            // One byte more than a message may have tells a file from it.
            let room = MESSAGE_BYTES_MAX + 1 - begin.len();
            begin.extend_from_slice(&bytes[..bytes.len().min(room)]);
            incoming.write(bytes)
        };
        let mut head = transport.download(request, &mut keep).await.map_err(|error| error.to_string())?;
        if head.body().is_empty() {
            *head.body_mut() = Bytes::from(begin);
        }
        match bill::is_file(&call, &head) {
            Ok(()) => {}
            Err(CallError::Refused(refused)) => match refused.code {
                Some(Code::BillCreating) => return Ok(BillAnswer::Creating),
                Some(Code::NoBillExist) => return Ok(BillAnswer::NoBill),
                Some(Code::NoAuth) if kind == BillKind::FundFlow => return Ok(BillAnswer::NotGiven),
                _ => return Err(refused.to_string()),
            },
            Err(error) => return Err(error.to_string()),
        }
        let wanted = match kind {
            // It comes without a hash: what is no bill, or was cut off, shows by its own form.
            BillKind::Trade => {
                incoming.is_whole_trade_bill().await?;
                None
            }
            BillKind::FundFlow => {
                Some(bill::digest(head.headers()).ok_or("WeChat Pay did not say what the bill hashes to")?)
            }
        };
        match incoming.finish(wanted, into).map_err(named)? {
            (hash, true) => Ok(BillAnswer::File { sha1: hash.to_string() }),
            (_, false) => Err("the downloaded bill does not have the hash that came with it".to_owned()),
        }
    }
}
