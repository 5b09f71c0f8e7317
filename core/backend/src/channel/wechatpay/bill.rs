//! Fetching a trade bill: asked for, downloaded into a file, and kept only if it has the hash that WeChat Pay signed (WeChat
//! Pay protocol B.10.1, B.10.2).

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use jiff::civil::Date;
use saoma_wechatpay::bill::{Received, Sha1Hash, TradeKind};
use saoma_wechatpay::v3::{self, CallError, Code, Stamp, bill};

use super::WechatPay;
use crate::channel::BillAnswer;

impl WechatPay {
    pub(super) async fn bill_now(&self, date: &str, into: &Path) -> BillAnswer {
        let Ok(day) = date.parse::<Date>() else {
            return BillAnswer::Failed(format!("{date:?} is no day"));
        };
        let call = bill::trade(&self.account.merchant.mchid, day, TradeKind::All, self.sub_mchid(), true);
        let Some(response) = self.send(&call, None).await else {
            return BillAnswer::Failed("WeChat Pay did not answer".to_owned());
        };
        let ready = match self.read(|now, keys| bill::read(&call, &response, now, keys)).await {
            Ok(ready) => ready.into_parts().0,
            Err(CallError::Refused(refused)) if refused.code == Some(Code::StatementCreating) => {
                return BillAnswer::Creating;
            }
            Err(CallError::Refused(refused)) if refused.code == Some(Code::NoStatementExist) => {
                return BillAnswer::NoBill;
            }
            Err(error) => return BillAnswer::Failed(error.to_string()),
        };
        match self.download(&ready, into).await {
            Ok(()) => BillAnswer::File { sha1: ready.hash.to_string() },
            Err(reason) => BillAnswer::Failed(reason),
        }
    }

    /// Downloads into a file beside, and puts it in its place once it is whole.
    async fn download(&self, ready: &bill::Ready, into: &Path) -> Result<(), String> {
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
        let part = into.with_extension("part");
        let named = |error: std::io::Error| format!("{}: {error}", part.display());
        let mut file = create(&part).map_err(named)?;
        let mut received = Received::default();
        let mut keep = |bytes: &[u8]| {
            received.write_all(bytes)?;
            file.write_all(bytes)
        };
        let head = self.transport.download(request, &mut keep).await.map_err(|error| error.to_string())?;
        bill::is_file(&head).map_err(|error| error.to_string())?;
        let (hash, bytes): (Sha1Hash, u64) = received.finish().map_err(named)?;
        if hash != ready.hash {
            return Err(format!(
                "the downloaded bill of {bytes} bytes does not have the hash that WeChat Pay signed"
            ));
        }
        file.sync_all().map_err(named)?;
        std::fs::rename(&part, into).map_err(named)
    }
}

fn create(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).write(true).truncate(true);
    // Bills name customers.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
