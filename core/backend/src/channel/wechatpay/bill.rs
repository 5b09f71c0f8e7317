//! Fetching a bill: asked for, downloaded into a file, and kept only if it has the hash that WeChat Pay signed (WeChat Pay
//! protocol B.10.1, B.10.2).

use std::path::Path;

use jiff::civil::Date;
use saoma_wechatpay::bill::{Sha1Hash, TradeKind};
use saoma_wechatpay::v3::bill::{self, FlowAccount};
use saoma_wechatpay::v3::{self, CallError, Code, Stamp};

use super::WechatPay;
use crate::channel::bill_file::Incoming;
use crate::channel::{BillAnswer, BillKind};

impl WechatPay {
    pub(super) async fn bill_now(&self, kind: BillKind, date: &str, into: &Path) -> BillAnswer {
        let Ok(day) = date.parse::<Date>() else {
            return BillAnswer::Failed(format!("{date:?} is no day"));
        };
        let mchid = &self.account.merchant.mchid;
        let call = match kind {
            BillKind::Trade => bill::trade(mchid, day, TradeKind::All, self.sub_mchid(), true),
            // The provider's account is not the sub-merchant's.
            BillKind::FundFlow if self.sub_mchid().is_some() => return BillAnswer::NotGiven,
            BillKind::FundFlow => bill::fund_flow(mchid, day, FlowAccount::Basic, true),
        };
        let Some(response) = self.send(&call, None).await else {
            return BillAnswer::Failed("WeChat Pay did not answer".to_owned());
        };
        let ready = match self.read(|now, keys| bill::read(&call, &response, now, keys)).await {
            Ok(ready) => ready.into_parts().0,
            Err(CallError::Refused(refused)) => match refused.code {
                Some(Code::StatementCreating) => return BillAnswer::Creating,
                Some(Code::NoStatementExist) => return BillAnswer::NoBill,
                Some(Code::NoAuth) if kind == BillKind::FundFlow => return BillAnswer::NotGiven,
                _ => return BillAnswer::Failed(refused.to_string()),
            },
            Err(error) => return BillAnswer::Failed(error.to_string()),
        };
        match self.download(&ready, into).await {
            Ok(sha1) => BillAnswer::File { sha1: sha1.to_string() },
            Err(reason) => BillAnswer::Failed(reason),
        }
    }

    async fn download(&self, ready: &bill::Ready, into: &Path) -> Result<Sha1Hash, String> {
        let caller = ready
            .download_url
            .caller(&self.account.caller)
            .ok_or("the bill's address is neither this account's host nor one of WeChat Pay's")?;
        let stamp = Stamp {
            timestamp: self.clock.now().unix_s(),
            nonce: v3::Nonce::from_random(self.random.bytes()),
        };
        let call = bill::download(&self.account.merchant.mchid, &ready.download_url);
        let request = caller
            .sign(&call, &stamp, self.keys().preferred(self.timestamp()))
            .map_err(|error| error.to_string())?;
        let named = |error: std::io::Error| format!("{}: {error}", into.display());
        let mut incoming = Incoming::create(into).map_err(named)?;
        let mut keep = |bytes: &[u8]| incoming.write(bytes);
        let head = self.transport.download(request, &mut keep).await.map_err(|error| error.to_string())?;
        bill::is_file(&head).map_err(|error| error.to_string())?;
        match incoming.finish(Some(ready.hash), into).map_err(named)? {
            (hash, true) => Ok(hash),
            (_, false) => Err("the downloaded bill does not have the hash that WeChat Pay signed".to_owned()),
        }
    }
}
