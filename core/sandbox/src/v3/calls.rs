//! Which call a request is, who may make it, and what it does.

use std::sync::Arc;

use http::{Method, StatusCode};
use saoma_wechatpay::message::SERIAL;
use serde_json::{Value, json};

use super::{
    answer::Outcome,
    authorization, bill, broken, certificates, codepay, native,
    received::{Received, decoded},
    refund,
    refusal::{Place, Refusal},
    transaction,
    whose::{self, Form},
};
use crate::{
    double::{Double, Known, NotClosed, NotReversed, RefundKnown, Unfound},
    faults::Twists,
    identity::{Keys, Party},
    trade::{Charged, CloseRefused, Code, ReverseRefused},
};

/// The calls there are.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Call {
    /// Native order (WeChat Pay protocol B.2, B.3).
    PlaceNative(Form),
    /// Charge of a payment code (B.11).
    Charge(Form),
    /// Reversal of a charge (B.11).
    Reverse(Form, String),
    /// Query by the merchant's number or by WeChat Pay's (B.4).
    Query(Form, Known),
    /// Close (B.5).
    Close(Form, String),
    /// Refund (B.8.1).
    Refund,
    /// Refund query (B.8.3).
    QueryRefund(String),
    /// An abnormal refund sent elsewhere (B.8.4).
    RefundElsewhere(String),
    /// A bill (B.10.1).
    Bill(bill::Asked),
    /// The file of one (B.10.2).
    Download,
    /// Platform certificates (A.6.2).
    Certificates,
}

impl Call {
    fn of(method: &Method, path: &str) -> Option<Self> {
        let parts = path.split('/').skip(1).collect::<Vec<_>>();
        let (form, transactions) = match &parts[..] {
            ["v3", "pay", "transactions", rest @ ..] => (Form::Direct, rest),
            ["v3", "pay", "partner", "transactions", rest @ ..] => (Form::Partner, rest),
            _ => return Self::of_others(method, &parts),
        };
        match (method.as_str(), transactions) {
            ("POST", ["native"]) => Some(Self::PlaceNative(form)),
            ("POST", ["codepay"]) => Some(Self::Charge(form)),
            ("POST", ["out-trade-no", number, "reverse"]) => Some(Self::Reverse(form, decoded(number)?)),
            ("GET", ["out-trade-no", number]) => Some(Self::Query(form, Known::Number(decoded(number)?))),
            ("GET", ["id", id]) => Some(Self::Query(form, Known::TransactionId(decoded(id)?))),
            ("POST", ["out-trade-no", number, "close"]) => Some(Self::Close(form, decoded(number)?)),
            _ => None,
        }
    }

    fn of_others(method: &Method, parts: &[&str]) -> Option<Self> {
        match (method.as_str(), parts) {
            ("POST", ["v3", "refund", "domestic", "refunds"]) => Some(Self::Refund),
            ("GET", ["v3", "refund", "domestic", "refunds", number]) => {
                Some(Self::QueryRefund(decoded(number)?))
            }
            ("POST", ["v3", "refund", "domestic", "refunds", id, "apply-abnormal-refund"]) => {
                Some(Self::RefundElsewhere(decoded(id)?))
            }
            ("GET", ["v3", "bill", "tradebill"]) => Some(Self::Bill(bill::Asked::Trade)),
            ("GET", ["v3", "bill", "fundflowbill"]) => Some(Self::Bill(bill::Asked::FundFlow)),
            ("GET", ["v3", "billdownload", "file"]) => Some(Self::Download),
            ("GET", ["v3", "certificates"]) => Some(Self::Certificates),
            _ => None,
        }
    }
}

/// Judges a request and does what it asks.
pub(super) async fn perform(
    double: &Arc<Double>,
    received: &Received,
    twists: Twists,
) -> Result<Outcome, Refusal> {
    let call = Call::of(&received.method, received.path()).ok_or_else(Refusal::path_unknown)?;
    received.check_headers()?;
    let keys = double.key_ring.now();
    let party = authorization::judge(received, &keys, double.clock.real())?;
    let (status, body) = match call {
        Call::PlaceNative(form) => (StatusCode::OK, place(double, received, form, &party).await?),
        Call::Charge(form) => charge(double, received, form, &party).await?,
        Call::Reverse(form, number) => reverse(double, received, form, number, twists, &party).await?,
        Call::Query(form, known) => (StatusCode::OK, query(double, received, form, known, &party).await?),
        Call::Close(form, number) => close(double, received, form, number, &party).await?,
        Call::Refund => (StatusCode::OK, ask_refund(double, received, twists, &party).await?),
        Call::QueryRefund(number) => (StatusCode::OK, query_refund(double, received, number, &party).await?),
        Call::RefundElsewhere(id) => (StatusCode::OK, refund_elsewhere(double, received, id, &party).await?),
        Call::Bill(asked) => (StatusCode::OK, bill::ask(double, received, asked, twists.bill, &party).await?),
        Call::Download => return bill::download(double, received, &party).await,
        Call::Certificates => (StatusCode::OK, list_certificates(double, received, &keys, &party)?),
    };
    let signer = keys.signer_for(&party.merchant, received.header(SERIAL));
    Ok(Outcome::signed(status, &body, signer))
}

async fn place(double: &Double, received: &Received, form: Form, party: &Party) -> Result<Value, Refusal> {
    received.query(&[])?;
    let terms = native::read_order(&received.body, form, party)?;
    let placed = double.place(terms, party.merchant.rate).await.map_err(|error| broken(&error))?;
    let order = placed.map_err(Refusal::not_placed)?;
    Ok(json!({ "code_url": order.code.as_ref().map(Code::url) }))
}

async fn charge(
    double: &Double,
    received: &Received,
    form: Form,
    party: &Party,
) -> Result<(StatusCode, Value), Refusal> {
    received.query(&[])?;
    let (terms, auth_code) = codepay::read(&received.body, form, party)?;
    let charged =
        double.charge(terms, auth_code, party.merchant.rate).await.map_err(|error| broken(&error))?;
    match charged.map_err(Refusal::not_charged)? {
        (order, Charged::Paid) => Ok((StatusCode::OK, transaction::of(&order))),
        (_, Charged::EnterPassword) => Ok(customer_is_paying("USERPAYING")),
        (_, Charged::NotEnough) => Err(Refusal::customer_short()),
    }
}

async fn reverse(
    double: &Double,
    received: &Received,
    form: Form,
    number: String,
    twists: Twists,
    party: &Party,
) -> Result<(StatusCode, Value), Refusal> {
    received.query(&[])?;
    check_number("/out_trade_no", &number, 32)?;
    let (account, mut told) = codepay::read_reverse(&received.body, form, party)?;
    if twists.recalls {
        return Err(Refusal::system_error());
    }
    let reversed =
        double.reverse(account, Known::Number(number.clone())).await.map_err(|error| broken(&error))?;
    match reversed {
        Ok(_) => {
            told["out_trade_no"] = json!(number);
            Ok((StatusCode::OK, told))
        }
        Err(NotReversed::Unfound(unfound)) => Err(Refusal::order_unfound(unfound)),
        Err(NotReversed::Refused(ReverseRefused::CustomerIsPaying)) => Ok(customer_is_paying("USERPAYING")),
        Err(NotReversed::Refused(ReverseRefused::OtherState)) => Err(Refusal::not_reversible()),
        Err(NotReversed::Refused(ReverseRefused::TooLate)) => {
            Err(Refusal::rule("订单已超过7天，不能撤销，请使用退款"))
        }
    }
}

async fn query(
    double: &Double,
    received: &Received,
    form: Form,
    known: Known,
    party: &Party,
) -> Result<Value, Refusal> {
    let account = whose::of_query(received, form, party)?;
    match &known {
        Known::Number(number) => check_number("/out_trade_no", number, 32)?,
        Known::TransactionId(id) => check_number("/transaction_id", id, 32)?,
    }
    let order = double.query(account, known).await.map_err(|error| broken(&error))?;
    Ok(transaction::of(&order.map_err(Refusal::order_unfound)?))
}

async fn close(
    double: &Double,
    received: &Received,
    form: Form,
    number: String,
    party: &Party,
) -> Result<(StatusCode, Value), Refusal> {
    received.query(&[])?;
    check_number("/out_trade_no", &number, 32)?;
    let account = whose::of_close(&received.body, form, party)?;
    match double.close(account, number).await.map_err(|error| broken(&error))? {
        Ok(_) => Ok((StatusCode::NO_CONTENT, Value::Null)),
        Err(NotClosed::Unfound(unfound)) => Err(Refusal::order_unfound(unfound)),
        Err(NotClosed::Refused(CloseRefused::CustomerIsPaying)) => Ok(customer_is_paying("USER_PAYING")),
        Err(NotClosed::Refused(CloseRefused::IsCharge)) => Err(Refusal::only_reversed()),
        Err(NotClosed::Refused(CloseRefused::Paid)) => Err(Refusal::order_paid()),
    }
}

/// A 202, which is signed like any success (WeChat Pay protocol D.2).
fn customer_is_paying(code: &str) -> (StatusCode, Value) {
    (StatusCode::ACCEPTED, json!({ "code": code, "message": "用户支付中，请稍后再试" }))
}

async fn ask_refund(
    double: &Double,
    received: &Received,
    twists: Twists,
    party: &Party,
) -> Result<Value, Refusal> {
    received.query(&[])?;
    let asked = refund::read(&received.body)?;
    let account = whose::of_sub(asked.sub_mchid, Place::Body, party)?;
    let done =
        double.refund(account, asked.order, asked.terms, twists).await.map_err(|error| broken(&error))?;
    let (order, refund) = done.map_err(Refusal::not_refunded)?;
    Ok(refund::told(&order, &refund))
}

async fn query_refund(
    double: &Double,
    received: &Received,
    number: String,
    party: &Party,
) -> Result<Value, Refusal> {
    let query = received.query(&["sub_mchid"])?;
    let sub_mchid = query.into_iter().next().map(|(_, value)| value);
    let account = whose::of_sub(sub_mchid, Place::Query, party)?;
    check_number("/out_refund_no", &number, 64)?;
    let found = double.look_at_refund(account, RefundKnown::Number(number)).await;
    let (order, refund) = found.map_err(|error| broken(&error))?.map_err(Refusal::refund_unfound)?;
    Ok(refund::told(&order, &refund))
}

async fn refund_elsewhere(
    double: &Double,
    received: &Received,
    id: String,
    party: &Party,
) -> Result<Value, Refusal> {
    received.query(&[])?;
    if received.header(SERIAL).unwrap_or_default().is_empty() {
        return Err(Refusal::parameter(Place::Header, "/Wechatpay-Serial", "", "Http头缺少Wechatpay-Serial"));
    }
    let (sub_mchid, number) = refund::read_abnormal(&received.body)?;
    let account = whose::of_sub(sub_mchid, Place::Body, party)?;
    let known = RefundKnown::Id(id);
    let found =
        double.look_at_refund(account.clone(), known.clone()).await.map_err(|error| broken(&error))?;
    let (_, refund) = found.map_err(Refusal::refund_unfound)?;
    if refund.terms.out_refund_no != number {
        return Err(Refusal::refund_unfound(Unfound::Unknown));
    }
    let sent = double.refund_elsewhere(account, known).await.map_err(|error| broken(&error))?;
    let (order, refund) =
        sent.map_err(Refusal::refund_unfound)?.ok_or_else(|| Refusal::rule("退款单状态不是退款异常"))?;
    Ok(refund::told(&order, &refund))
}

fn list_certificates(
    double: &Double,
    received: &Received,
    keys: &Keys,
    party: &Party,
) -> Result<Value, Refusal> {
    let query = received.query(&["algorithm_type"])?;
    let algorithm_type = query.first().map(|(_, value)| value.as_str());
    certificates::list(keys, party, algorithm_type, &double.random)
}

/// A number in a path: any text that is not too long. One that nothing can have is simply unknown.
fn check_number(field: &str, number: &str, chars_max: usize) -> Result<(), Refusal> {
    if number.is_empty() || number.chars().count() > chars_max {
        return Err(Refusal::range(Place::Path, field, number, &format!("长度应为1至{chars_max}")));
    }
    Ok(())
}
