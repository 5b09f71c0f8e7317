//! WeChat Pay v2 as a channel: one merchant number, its API key, its hosts.
//!
//! It has the same name and the same notification path as v3: what is above a channel does not know which protocol a
//! merchant speaks.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderMap, Response, StatusCode};
use saoma_contract::{AuthCode, FieldError, OrderBody, OutTradeNo, RefundNo, Refusal, Time};
use saoma_wechatpay::v2::notification::{self, Notice, NotificationError};
use saoma_wechatpay::v2::{
    ApiError, Call, CallError, CallName, Caller, Code, Evidence as Proof, Merchant, Verified, close, native,
    query, transaction::Transaction,
};
use saoma_wechatpay::v3::transaction::TradeState;
use saoma_wechatpay::v3::{self, Advice, Host, NotifyUrl, native::Amount};

use super::wechatpay::{NAME, foreign, number, time_of, timestamp};
use super::{
    AnswerWithin, BillAnswer, BillKind, Channel, CloseAnswer, NotRead, Notified, OpenAnswer, Transport,
};
use crate::clock::{Clock, Random};
use crate::orders::{Answer, ChargeAnswer, Evidence, Money, RefundAnswer, RefundRecord, ReverseAnswer};

mod bill;
mod codes;
mod refunds;

/// How long a charge may take: several of the customer's cards may be tried (WeChat Pay protocol B.11.1).
const CHARGE_WITHIN: Duration = Duration::from_secs(35);

/// How long a question may take that is asked while a notification waits for its answer, which it gets within five seconds
/// (WeChat Pay protocol B.6.2).
const CONFIRM_WITHIN: Duration = Duration::from_secs(4);

/// What a merchant account at WeChat Pay consists of, over API v2.
pub struct Account {
    /// The merchant number, and the app that its orders are made for.
    pub merchant: Merchant,
    /// Where payments and refunds are notified.
    pub notify_url: NotifyUrl,
    /// Signs, verifies, and calls the first host.
    pub caller: Caller,
    /// The host for one more try after a network failure.
    pub backup: Option<Host>,
    /// The address that orders are said to come from (`spbill_create_ip`).
    pub server_ip: IpAddr,
    /// Whether customers' payment codes are charged.
    pub code_pay: bool,
}

/// WeChat Pay over API v2 for one merchant account.
pub struct WechatPayV2 {
    account: Account,
    transport: Arc<dyn Transport>,
    /// Shows the merchant's certificate to WeChat Pay; some calls need it.
    certified: Option<Arc<dyn Transport>>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl WechatPayV2 {
    /// A channel over this account. Refunds and reverses go by `certified`, if it is given, and fail without it unless
    /// the host is a double on a plain line, which asks for no certificate.
    pub fn new(
        account: Account,
        transport: Arc<dyn Transport>,
        certified: Option<Arc<dyn Transport>>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self { account, transport, certified, clock, random }
    }

    /// Sends a call: to the backup host too when the first one cannot be reached (WeChat Pay protocol A.1). But a charge,
    /// which is sent once: whether the first host took it is not known.
    async fn send(&self, call: &Call, number: &str, within: Option<Duration>) -> Option<Response<Bytes>> {
        let is_charge = call.name() == CallName::Micropay;
        let backup = self.account.backup.clone().filter(|_| !is_charge);
        let hosts = [Some(self.account.caller.clone()), backup.map(|host| self.account.caller.at(host))];
        for caller in hosts.into_iter().flatten() {
            let Some(transport) = self.way_of(call, &caller) else {
                tracing::error!(call = %call.name(), number, "this call needs the merchant's certificate, and there is none");
                return None;
            };
            let mut request = match caller.sign(call, &v3::Nonce::from_random(self.random.bytes())) {
                Ok(request) => request,
                Err(error) => {
                    tracing::error!(call = %call.name(), number, %error, "what was stored for WeChat Pay cannot be sent");
                    return None;
                }
            };
            if let Some(within) = within {
                request.extensions_mut().insert(AnswerWithin(within));
            }
            let began = self.clock.now();
            match transport.send(request).await {
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

    /// The transport that a call goes by; none for one that must show a certificate where there is none.
    fn way_of(&self, call: &Call, caller: &Caller) -> Option<&Arc<dyn Transport>> {
        if !call.name().needs_client_certificate() {
            return Some(&self.transport);
        }
        let is_plain = !caller.host().is_https();
        self.certified.as_ref().or_else(|| is_plain.then_some(&self.transport))
    }

    async fn open_now(&self, out_trade_no: &OutTradeNo, request: Bytes) -> OpenAnswer {
        let call = native::call(request);
        let Some(response) = self.send(&call, out_trade_no.as_str(), None).await else {
            return OpenAnswer::Unknown;
        };
        match native::read(&self.account.merchant, &response, self.account.caller.signing()) {
            Ok(opened) => OpenAnswer::Code(opened.value().code_url.as_str().to_owned()),
            Err(error) => {
                tracing::warn!(%out_trade_no, %error, "no code came");
                match (error.advice(call.name()), error) {
                    (Advice::QueryFirst | Advice::GiveUp, CallError::Refused(refused)) => {
                        OpenAnswer::Refused(refusal(&refused))
                    }
                    _ => OpenAnswer::Unknown,
                }
            }
        }
    }

    async fn query_now(&self, out_trade_no: &OutTradeNo) -> Answer {
        let merchant = &self.account.merchant;
        let asked = number(out_trade_no).into();
        let call = query::call(merchant, &asked);
        let Some(response) = self.send(&call, out_trade_no.as_str(), None).await else {
            return Answer::Unknown;
        };
        match query::read(merchant, &asked, &response, self.account.caller.signing()) {
            Ok(found) => match &found.value().trade_state {
                TradeState::Success | TradeState::Refund => match self.money(&found) {
                    Some(money) if found.value().trade_state == TradeState::Refund => Answer::PaidBack(money),
                    Some(money) => Answer::Paid(money),
                    None => Answer::Unknown,
                },
                state if state.is_closed() => Answer::Closed,
                TradeState::NotPay | TradeState::Accept => Answer::NotPaid,
                TradeState::UserPaying => Answer::Paying,
                TradeState::PayError => Answer::Failed,
                other => {
                    tracing::error!(%out_trade_no, state = other.as_str(), "a state that is not known");
                    Answer::Unknown
                }
            },
            Err(CallError::Refused(refused))
                if refused.is_signed && refused.code == Some(Code::OrderNotExist) =>
            {
                Answer::Absent
            }
            Err(error) => {
                tracing::warn!(%out_trade_no, %error, "nothing could be learnt by asking");
                Answer::Unknown
            }
        }
    }

    async fn close_now(&self, out_trade_no: &OutTradeNo) -> CloseAnswer {
        let merchant = &self.account.merchant;
        let call = close::call(merchant, &number(out_trade_no));
        let Some(response) = self.send(&call, out_trade_no.as_str(), None).await else {
            return CloseAnswer::Unknown;
        };
        match close::read(merchant, &response, self.account.caller.signing()) {
            Ok(_) => CloseAnswer::Asked,
            Err(CallError::Refused(refused)) => {
                tracing::info!(%out_trade_no, %refused, "the close was not taken");
                match refused.code {
                    Some(Code::UserPaying | Code::FrequencyLimited | Code::SystemError) => CloseAnswer::Busy,
                    _ if refused.is_signed => CloseAnswer::Asked,
                    _ => CloseAnswer::Unknown,
                }
            }
            Err(error) => {
                tracing::warn!(%out_trade_no, %error, "the answer to a close cannot be trusted");
                CloseAnswer::Unknown
            }
        }
    }

    async fn notified_now(&self, headers: &HeaderMap, body: Bytes) -> Result<Notified, NotRead> {
        let refused = |status, reason: String| NotRead { status, reason };
        let notice = notification::read(headers, &body, self.account.caller.signing()).map_err(|error| {
            let status = match error {
                NotificationError::Untrusted(_) | NotificationError::Sealed(_) => StatusCode::UNAUTHORIZED,
                NotificationError::Xml(_) => StatusCode::BAD_REQUEST,
                _ => StatusCode::INTERNAL_SERVER_ERROR,
            };
            refused(status.as_u16(), error.to_string())
        })?;
        match notice {
            Notice::Payment(payment) => {
                let incomplete = || refused(500, "a member of the payment is missing".to_owned());
                self.money(&payment).map(Notified::Money).ok_or_else(incomplete)
            }
            Notice::Refund(hint) => self.confirmed(&hint).await,
        }
    }

    /// What a paid transaction says of the money, with the proof; nothing if it is incomplete.
    fn money(&self, found: &Verified<Transaction>) -> Option<Money> {
        let transaction = found.value();
        let payment = match transaction.payment() {
            Ok(payment) => payment?,
            Err(error) => {
                tracing::error!(out_trade_no = transaction.out_trade_no, %error, "WeChat Pay says paid, but not what");
                return None;
            }
        };
        Some(Money {
            channel: NAME,
            transaction_id: payment.transaction_id.to_owned(),
            out_trade_no: transaction.out_trade_no.clone(),
            amount: payment.total.get(),
            currency: payment.currency.as_str().to_owned(),
            payer_amount: Some(payment.payer_total.get()),
            payer_currency: payment.payer_currency.as_str().parse().ok(),
            paid_at: time_of(payment.success_time),
            foreign: self.foreign(transaction),
            evidence: self.evidence(found.evidence()),
        })
    }

    /// The proof as the ledger keeps it: the body carries its own signature, and the key's serial is the algorithm's name.
    fn evidence(&self, proof: &Proof) -> Evidence {
        Evidence {
            received_at: self.clock.now(),
            serial: proof.sign_type().as_str().to_owned(),
            headers: format!("Request-ID: {}\n", proof.request_id().unwrap_or_default()),
            body: proof.body().clone(),
        }
    }

    fn foreign(&self, transaction: &Transaction) -> Option<String> {
        let own = &self.account.merchant;
        let sub_mch_id = own.sub.as_ref().map(|sub| sub.mch_id.as_str());
        foreign([
            ("merchant", Some(transaction.mch_id.as_str()), Some(own.mch_id.as_str())),
            ("sub-merchant", transaction.sub_mch_id.as_deref(), sub_mch_id),
            ("app", transaction.appid.as_deref().or(Some(own.appid.as_str())), Some(own.appid.as_str())),
        ])
    }
}

impl Channel for WechatPayV2 {
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
        let amount = v3::Fen::new(order.amount).and_then(Amount::cny).map_err(refused("amount"))?;
        let body = v3::Text::new("body", order.description.as_str()).map_err(refused("description"))?;
        let product_id = v3::Text::new("product_id", order.order_no.as_str()).map_err(refused("order_no"))?;
        let mut request = native::Order::new(
            self.account.merchant.clone(),
            body,
            number(out_trade_no),
            amount,
            self.account.server_ip,
            self.account.notify_url.clone(),
            product_id,
        );
        request.time_expire = Some(timestamp(expires_at));
        Ok(request.body())
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

    fn notified<'a>(
        &'a self,
        headers: &'a HeaderMap,
        body: Bytes,
    ) -> BoxFuture<'a, Result<Notified, NotRead>> {
        Box::pin(self.notified_now(headers, body))
    }

    fn notification_answer(&self, taken: Result<(), &NotRead>) -> Response<Bytes> {
        match taken {
            Ok(()) => notification::accepted(),
            Err(refused) => {
                let mut answer = notification::refused();
                *answer.status_mut() =
                    StatusCode::from_u16(refused.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                answer
            }
        }
    }

    fn bill<'a>(&'a self, kind: BillKind, date: &'a str, into: &'a Path) -> BoxFuture<'a, BillAnswer> {
        Box::pin(self.bill_now(kind, date, into))
    }

    fn maintain(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}

/// What WeChat Pay said against a call, for people.
fn refusal(refused: &ApiError) -> Refusal {
    let meaning = || refused.code.as_ref().map_or("refused by WeChat Pay", Code::meaning).to_owned();
    Refusal {
        code: refused.code.as_ref().map_or("", Code::as_str).to_owned(),
        detail: if refused.message.is_empty() { meaning() } else { refused.message.clone() },
    }
}
