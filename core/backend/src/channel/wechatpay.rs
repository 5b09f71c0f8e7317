//! WeChat Pay v3 as a channel: one merchant number, its keys, its hosts.

mod bill;

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use jiff::Timestamp;
use saoma_contract::{AuthCode, FieldError, OrderBody, OutTradeNo, RefundNo, Refusal, Time, planted};
use saoma_wechatpay::aead::Apiv3Key;
use saoma_wechatpay::keys::WechatPayKeys;
use saoma_wechatpay::v3::{
    self, Advice, ApiError, Call, CallError, CallName, Caller, Code, Host, Mchid, NotifyUrl, Stamp, Untrusted,
};
use saoma_wechatpay::v3::{
    certificates, close, native, notification,
    partner::{self, Merchant},
    query,
    transaction::Transaction,
};
use tokio::sync::Mutex;

mod codes;
mod refunds;

pub(super) use refunds::{refund_number, standing};

use super::{
    AnswerWithin, BillAnswer, BillKind, Channel, CloseAnswer, NotRead, Notified, OpenAnswer, Transport,
};
use crate::clock::{Clock, Random};
use crate::orders::{Answer, ChargeAnswer, Evidence, Money, RefundAnswer, RefundRecord, ReverseAnswer};

/// The channel's name.
pub const NAME: &str = "wechatpay";

/// How often certificates are fetched of themselves (WeChat Pay protocol A.6.3), and at most when an unknown one shows.
const CERTIFICATES_EVERY_MS: i64 = 6 * 60 * 60 * 1000;
const CERTIFICATES_PAUSE_MS: i64 = 60_000;

/// How long a charge may take: several of the customer's cards may be tried (WeChat Pay protocol B.11.1).
const CHARGE_WITHIN: std::time::Duration = std::time::Duration::from_secs(35);

/// What a merchant account at WeChat Pay consists of.
pub struct Account {
    /// The merchant number, the app that its orders are made for, and for whom a service provider calls.
    pub merchant: Merchant,
    /// Where payments are notified.
    pub notify_url: NotifyUrl,
    /// The key that opens notifications and certificates.
    pub api_v3_key: Apiv3Key,
    /// Signs, and calls the first host.
    pub caller: Caller,
    /// The host for one more try after a network failure.
    pub backup: Option<Host>,
    /// WeChat Pay's keys known from the start.
    pub keys: WechatPayKeys,
    /// Whether platform certificates are fetched; not for accounts that verify by public key.
    pub fetch_certificates: bool,
    /// Whether customers' payment codes are charged over v3, which is opened to some merchants only (WeChat Pay protocol
    /// B.11).
    pub code_pay: bool,
}

/// WeChat Pay for one merchant account.
pub struct WechatPay {
    account: Account,
    keys: RwLock<Arc<WechatPayKeys>>,
    /// When certificates were last fetched, or tried to be.
    fetched_at: Mutex<Option<Time>>,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl WechatPay {
    /// A channel over this account.
    pub fn new(
        account: Account,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        let keys = RwLock::new(Arc::new(account.keys.clone()));
        Self { account, keys, fetched_at: Mutex::new(None), transport, clock, random }
    }

    fn keys(&self) -> Arc<WechatPayKeys> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn timestamp(&self) -> Timestamp {
        timestamp(self.clock.now())
    }

    /// Sends a call: to the backup host too when the first one cannot be reached (WeChat Pay protocol A.1).
    /// But a charge, which is sent once: whether the first host took it is not known.
    async fn send(&self, call: &Call, number: Option<&str>) -> Option<Response<Bytes>> {
        let number = number.unwrap_or("");
        let is_charge = call.name() == CallName::CodePay;
        let backup = self.account.backup.clone().filter(|_| !is_charge);
        let hosts = [Some(self.account.caller.clone()), backup.map(|host| self.account.caller.at(host))];
        for caller in hosts.into_iter().flatten() {
            let stamp = Stamp {
                timestamp: self.clock.now().unix_s(),
                nonce: v3::Nonce::from_random(self.random.bytes()),
            };
            let mut request = match caller.sign(call, &stamp, self.keys().preferred(self.timestamp())) {
                Ok(request) => request,
                Err(error) => {
                    tracing::error!(call = %call.name(), %error, "a call to WeChat Pay could not be signed");
                    return None;
                }
            };
            if is_charge {
                request.extensions_mut().insert(AnswerWithin(CHARGE_WITHIN));
            }
            let began = self.clock.now();
            match self.transport.send(request).await {
                Ok(response) => {
                    let request_id = response.headers().get("request-id").and_then(|id| id.to_str().ok());
                    tracing::info!(
                        call = %call.name(),
                        number,
                        host = caller.host().name(),
                        status = response.status().as_u16(),
                        request_id,
                        took_ms = self.clock.now().ms_since(began),
                        "WeChat Pay answered"
                    );
                    return Some(response);
                }
                Err(error) => {
                    tracing::warn!(call = %call.name(), number, host = caller.host().name(), %error, "WeChat Pay did not answer");
                }
            }
        }
        None
    }

    /// Reads an answer; once more with fresh certificates if it is signed by one that is not known.
    async fn read<T>(
        &self,
        read: impl Fn(Timestamp, &WechatPayKeys) -> Result<T, CallError>,
    ) -> Result<T, CallError> {
        match read(self.timestamp(), &self.keys()) {
            Err(CallError::Untrusted(Untrusted::UnknownSerial { .. } | Untrusted::ExpiredKey { .. }))
                if self.fetch_certificates(CERTIFICATES_PAUSE_MS).await =>
            {
                read(self.timestamp(), &self.keys())
            }
            outcome => outcome,
        }
    }

    /// Fetches the certificates, unless that was tried not long ago; those known are kept if it fails (A.6.3). Whoever
    /// comes meanwhile waits for the same fetching. Gives whether there may be new ones.
    async fn fetch_certificates(&self, pause_ms: i64) -> bool {
        if !self.account.fetch_certificates {
            return false;
        }
        let asked_at = self.clock.now();
        let mut fetched_at = self.fetched_at.lock().await;
        let now = self.clock.now();
        // One that lies ahead was written down by a clock that has been set back since.
        if let Some(at) = fetched_at.filter(|at| *at <= now || planted("tomorrow-is-past"))
            && asked_at.ms_since(at) < pause_ms
        {
            // Fetched while this call waited, or so lately that nothing new can be there.
            return asked_at <= at;
        }
        *fetched_at = Some(now);
        let Some(response) = self.send(&certificates::call(&self.account.merchant.mchid), None).await else {
            return false;
        };
        let keys = self.keys();
        match certificates::read(&response, self.timestamp(), &keys, &self.account.api_v3_key) {
            Ok(found) => {
                let mut keys = WechatPayKeys::clone(&keys);
                if let Err(error) = certificates::add_to(&mut keys, found.value()) {
                    tracing::error!(%error, "a platform certificate of WeChat Pay is not usable");
                }
                keys.remove_expired(self.timestamp());
                *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
                true
            }
            Err(error) => {
                tracing::error!(%error, "the platform certificates of WeChat Pay could not be read");
                false
            }
        }
    }

    async fn open_now(&self, out_trade_no: &OutTradeNo, request: Bytes) -> OpenAnswer {
        let Merchant { mchid, sub, .. } = &self.account.merchant;
        let call = partner::native_call(mchid, sub.as_ref(), request);
        let Some(response) = self.send(&call, Some(out_trade_no.as_str())).await else {
            return OpenAnswer::Unknown;
        };
        match self.read(|now, keys| native::read(&response, now, keys)).await {
            Ok(opened) => OpenAnswer::Code(opened.value().code_url.as_str().to_owned()),
            Err(error) => {
                tracing::warn!(%out_trade_no, %error, "no code came");
                match (error.advice(), error) {
                    (Advice::QueryFirst | Advice::GiveUp, CallError::Refused(refused)) => {
                        OpenAnswer::Refused(refusal(&refused))
                    }
                    _ => OpenAnswer::Unknown,
                }
            }
        }
    }

    async fn query_now(&self, out_trade_no: &OutTradeNo) -> Answer {
        let Merchant { mchid, sub, .. } = &self.account.merchant;
        let query = query::Query::by_out_trade_no(mchid.clone(), number(out_trade_no)).of(sub.as_ref());
        let Some(response) = self.send(&query.call(), Some(out_trade_no.as_str())).await else {
            return Answer::Unknown;
        };
        match self.read(|now, keys| query.read(&response, now, keys)).await {
            Ok(found) => {
                let (transaction, evidence) = found.into_parts();
                let state = transaction.trade_state.clone();
                if state.is_paid() {
                    return match self.money(&transaction, &evidence) {
                        Ok(_)
                            if state == v3::transaction::TradeState::Refund
                                && planted("paid-back-is-closed") =>
                        {
                            Answer::Closed
                        }
                        Ok(money) if state == v3::transaction::TradeState::Refund => Answer::PaidBack(money),
                        Ok(money) => Answer::Paid(money),
                        Err(missing) => {
                            tracing::error!(%out_trade_no, missing, "WeChat Pay says paid, but not what");
                            Answer::Unknown
                        }
                    };
                }
                match state {
                    v3::transaction::TradeState::NotPay if planted("unpaid-is-closed") => Answer::Closed,
                    v3::transaction::TradeState::UserPaying if planted("paying-is-failed") => Answer::Failed,
                    state if state.is_closed() => Answer::Closed,
                    v3::transaction::TradeState::NotPay | v3::transaction::TradeState::Accept => {
                        Answer::NotPaid
                    }
                    v3::transaction::TradeState::UserPaying => Answer::Paying,
                    v3::transaction::TradeState::PayError => Answer::Failed,
                    other => {
                        tracing::error!(%out_trade_no, state = other.as_str(), "a state that is not known");
                        Answer::Unknown
                    }
                }
            }
            Err(CallError::Refused(refused))
                if matches!(refused.code, Some(Code::OrderNotExist | Code::ResourceNotExists))
                    && refused.status.as_u16() == 404 =>
            {
                Answer::Absent
            }
            Err(CallError::Untrusted(_))
                if planted("answer-unsigned")
                    && serde_json::from_slice::<Transaction>(response.body())
                        .is_ok_and(|transaction| transaction.trade_state.is_closed()) =>
            {
                Answer::Closed
            }
            Err(error) => {
                tracing::warn!(%out_trade_no, %error, "nothing could be learnt by asking");
                Answer::Unknown
            }
        }
    }

    async fn close_now(&self, out_trade_no: &OutTradeNo) -> CloseAnswer {
        let Merchant { mchid, sub, .. } = &self.account.merchant;
        let call = partner::close_call(mchid, sub.as_ref(), &number(out_trade_no));
        let Some(response) = self.send(&call, Some(out_trade_no.as_str())).await else {
            return CloseAnswer::Unknown;
        };
        match self.read(|now, keys| close::read(&response, now, keys)).await {
            Ok(_) => CloseAnswer::Asked,
            Err(CallError::Refused(refused)) => {
                tracing::info!(%out_trade_no, %refused, "the close was not taken");
                match refused.code {
                    Some(Code::UserPaying | Code::FrequencyLimited) => CloseAnswer::Busy,
                    _ if refused.status.is_server_error() => CloseAnswer::Unknown,
                    _ => CloseAnswer::Asked,
                }
            }
            Err(error) => {
                tracing::warn!(%out_trade_no, %error, "the answer to a close cannot be trusted");
                CloseAnswer::Unknown
            }
        }
    }

    async fn notified_now(&self, headers: &HeaderMap, body: Bytes) -> Result<Notified, NotRead> {
        let read = || {
            notification::read(
                headers,
                &body,
                self.timestamp(),
                self.keys().as_ref(),
                &self.account.api_v3_key,
            )
        };
        let outcome = match read() {
            Err(notification::NotificationError::Untrusted(
                Untrusted::UnknownSerial { .. } | Untrusted::ExpiredKey { .. },
            )) if self.fetch_certificates(CERTIFICATES_PAUSE_MS).await => read(),
            outcome => outcome,
        };
        let notice = outcome.map_err(|error| NotRead {
            status: error.answer().status().as_u16(),
            reason: error.to_string(),
        })?;
        let payment = match notice {
            notification::Notice::Payment(payment) => payment,
            notification::Notice::Refund(refund) => {
                let (refund, evidence) = refund.into_parts();
                return self.notice(refund, &evidence);
            }
        };
        let (transaction, evidence) = payment.into_parts();
        if !transaction.trade_state.is_paid() {
            let reason = format!("the notified state is {}, not SUCCESS", transaction.trade_state.as_str());
            return Err(NotRead { status: 500, reason });
        }
        self.money(&transaction, &evidence)
            .map(Notified::Money)
            .map_err(|missing| NotRead { status: 500, reason: format!("{missing} is missing") })
    }

    /// What a paid transaction says of the money, with the proof.
    fn money(&self, transaction: &Transaction, evidence: &v3::Evidence) -> Result<Money, &'static str> {
        let amount = transaction.amount.as_ref().ok_or("amount")?;
        let currency = |currency: &Option<v3::Currency>| {
            // The only currency of these merchants, and what WeChat Pay takes when none is named (B.2.1).
            currency.as_ref().map_or("CNY", v3::Currency::as_str).to_owned()
        };
        let received_at = self.clock.now();
        let paid_at = transaction.success_time.map_or(received_at, time_of);
        Ok(Money {
            channel: NAME,
            transaction_id: transaction.transaction_id.clone().ok_or("transaction_id")?,
            out_trade_no: transaction.out_trade_no.clone(),
            amount: amount.total.ok_or("amount.total")?.get(),
            currency: currency(&amount.currency),
            payer_amount: amount.payer_total.map(v3::Fen::get),
            payer_currency: currency(&amount.payer_currency).parse().ok(),
            paid_at,
            foreign: self.foreign(transaction),
            evidence: self.evidence(evidence),
        })
    }

    /// The proof as the ledger keeps it.
    fn evidence(&self, evidence: &v3::Evidence) -> Evidence {
        Evidence {
            received_at: self.clock.now(),
            serial: evidence.serial().to_owned(),
            headers: format!(
                "Wechatpay-Timestamp: {}\nWechatpay-Nonce: {}\nWechatpay-Signature: {}\nWechatpay-Serial: {}\nRequest-ID: {}\n",
                evidence.timestamp(),
                evidence.nonce(),
                evidence.signature(),
                evidence.serial(),
                evidence.request_id().unwrap_or_default(),
            ),
            body: evidence.body().clone(),
        }
    }

    fn foreign(&self, transaction: &Transaction) -> Option<String> {
        let own = &self.account.merchant;
        foreign([
            ("merchant", Some(&transaction.mchid), Some(own.mchid.as_str())),
            ("sub-merchant", transaction.sub_mchid.as_deref(), self.sub_mchid().map(Mchid::as_str)),
            ("app", transaction.appid.as_deref().or(Some(own.appid.as_str())), Some(own.appid.as_str())),
        ])
    }

    fn sub_mchid(&self) -> Option<&Mchid> {
        self.account.merchant.sub.as_ref().map(|sub| &sub.mchid)
    }
}

impl Channel for WechatPay {
    fn name(&self) -> &'static str {
        NAME
    }

    fn request(
        &self,
        order: &OrderBody,
        out_trade_no: &OutTradeNo,
        expires_at: Time,
    ) -> Result<Bytes, FieldError> {
        let refused = |field: &'static str| move |error: v3::FieldError| FieldError::new(field, error);
        let total = v3::Fen::new(order.amount + i64::from(planted("amount-off")))
            .and_then(native::Amount::cny)
            .map_err(refused("amount"))?;
        let description = v3::Description::new("description", order.description.as_str())
            .map_err(refused("description"))?;
        let mut request = native::Order::new(
            self.account.merchant.appid.clone(),
            self.account.merchant.mchid.clone(),
            description,
            number(out_trade_no),
            self.account.notify_url.clone(),
            total,
        );
        request.time_expire = Some(timestamp(expires_at));
        Ok(partner::native_body(&request, self.account.merchant.sub.as_ref()))
    }

    fn open<'a>(&'a self, out_trade_no: &'a OutTradeNo, request: Bytes) -> BoxFuture<'a, OpenAnswer> {
        Box::pin(self.open_now(out_trade_no, request))
    }

    fn query<'a>(&'a self, out_trade_no: &'a OutTradeNo) -> BoxFuture<'a, Answer> {
        Box::pin(self.query_now(out_trade_no))
    }

    fn close<'a>(&'a self, out_trade_no: &'a OutTradeNo) -> BoxFuture<'a, CloseAnswer> {
        Box::pin(self.close_now(out_trade_no))
    }

    fn charges_codes(&self) -> bool {
        self.account.code_pay
    }

    fn charge<'a>(
        &'a self,
        order: &'a OrderBody,
        out_trade_no: &'a OutTradeNo,
        auth_code: AuthCode,
    ) -> BoxFuture<'a, ChargeAnswer> {
        Box::pin(self.charge_now(order, out_trade_no, auth_code))
    }

    fn reverse<'a>(&'a self, out_trade_no: &'a OutTradeNo) -> BoxFuture<'a, ReverseAnswer> {
        Box::pin(self.reverse_now(out_trade_no))
    }

    fn refund_request(&self, refund: &RefundRecord, whole: i64) -> Result<Bytes, FieldError> {
        self.refund_bytes(refund, whole)
    }

    fn refund<'a>(&'a self, refund_no: &'a RefundNo, request: Bytes) -> BoxFuture<'a, RefundAnswer> {
        Box::pin(self.refund_now(refund_no, request))
    }

    fn refund_query<'a>(&'a self, refund_no: &'a RefundNo) -> BoxFuture<'a, RefundAnswer> {
        Box::pin(self.refund_query_now(refund_no))
    }

    fn pays_abnormal_refunds_to_merchant(&self) -> bool {
        true
    }

    fn refund_to_merchant<'a>(
        &'a self,
        refund_no: &'a RefundNo,
        channel_refund_no: &'a str,
    ) -> BoxFuture<'a, RefundAnswer> {
        Box::pin(self.refund_to_merchant_now(refund_no, channel_refund_no))
    }

    fn notified<'a>(
        &'a self,
        headers: &'a HeaderMap,
        body: Bytes,
    ) -> BoxFuture<'a, Result<Notified, NotRead>> {
        Box::pin(self.notified_now(headers, body))
    }

    fn notification_answer(&self, taken: Result<(), &NotRead>) -> Response<Bytes> {
        let Err(refused) = taken else { return notification::accepted() };
        let status = StatusCode::from_u16(refused.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let message = if status == StatusCode::UNAUTHORIZED { "signature refused" } else { "not taken" };
        let mut answer = Response::new(format!(r#"{{"code":"FAIL","message":"{message}"}}"#).into());
        *answer.status_mut() = status;
        answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        answer
    }

    fn bill<'a>(&'a self, kind: BillKind, date: &'a str, into: &'a Path) -> BoxFuture<'a, BillAnswer> {
        Box::pin(self.bill_now(kind, date, into))
    }

    fn maintain(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            self.fetch_certificates(CERTIFICATES_EVERY_MS).await;
        })
    }
}

/// The first of what was found that is not the account's own, for people: what it is, found, own.
pub(super) fn foreign(held: [(&str, Option<&str>, Option<&str>); 3]) -> Option<String> {
    let name = |id: Option<&str>| id.unwrap_or("none").to_owned();
    let (what, found, own) = held.into_iter().find(|(_, found, own)| found != own)?;
    Some(format!("money for {what} {} came to {what} {}", name(found), name(own)))
}

pub(super) fn number(out_trade_no: &OutTradeNo) -> v3::OutTradeNo {
    v3::OutTradeNo::new(out_trade_no.as_str()).expect("28 letters and digits are a number at WeChat Pay")
}

pub(super) fn time_of(at: Timestamp) -> Time {
    Time::from_unix_ms(at.as_millisecond())
}

/// What WeChat Pay said against a call, for people.
fn refusal(refused: &ApiError) -> Refusal {
    let meaning = || refused.code.as_ref().map_or("refused by WeChat Pay", Code::meaning).to_owned();
    Refusal {
        code: refused.code.as_ref().map_or("", Code::as_str).to_owned(),
        detail: if refused.message.is_empty() { meaning() } else { refused.message.clone() },
    }
}

pub(super) fn timestamp(time: Time) -> Timestamp {
    Timestamp::from_millisecond(time.unix_ms()).unwrap_or(Timestamp::MAX)
}
