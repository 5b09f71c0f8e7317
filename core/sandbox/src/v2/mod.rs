//! WeChat Pay's own side of API v2: XML in, XML out, signed with a key that both sides share (WeChat Pay protocol C).

mod answer;
mod asked;
mod bills;
pub(crate) mod notified;
mod orders;
mod refunds;

use std::sync::Arc;

use http::Method;
use saoma_wechatpay::{
    bill::TradeKind,
    v2::{Fields, xml::ROOT},
};

pub(crate) use answer::{Said, answer};
use asked::{Asked, Wrong};

use crate::{
    bills::Kind,
    double::Double,
    faults::{Trouble, Twists},
    store::StoreError,
    v3::received::Received,
};

/// The calls there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    /// Unified order (C.3).
    Place,
    /// Query (C.4).
    Query,
    /// Close (C.5).
    Close,
    /// Code pay (C.9).
    Charge,
    /// Reverse (C.10).
    Reverse,
    /// Refund (C.6).
    Refund,
    /// Refund query (C.7).
    QueryRefund,
    /// Trade bill (C.8).
    TradeBill,
    /// Fund flow bill (C.8).
    FundFlow,
}

impl Call {
    /// The call with this path, if it is one of API v2.
    pub(crate) fn of(path: &str) -> Option<Self> {
        match path {
            "/pay/unifiedorder" => Some(Self::Place),
            "/pay/orderquery" => Some(Self::Query),
            "/pay/closeorder" => Some(Self::Close),
            "/pay/micropay" => Some(Self::Charge),
            "/secapi/pay/reverse" => Some(Self::Reverse),
            "/secapi/pay/refund" | "/secapi/pay/refundv2" => Some(Self::Refund),
            "/pay/refundquery" => Some(Self::QueryRefund),
            "/pay/downloadbill" => Some(Self::TradeBill),
            "/pay/downloadfundflow" => Some(Self::FundFlow),
            _ => None,
        }
    }

    /// Whether the real WeChat Pay asks for a client certificate (C.1).
    fn needs_certificate(self) -> bool {
        matches!(self, Self::Reverse | Self::Refund | Self::FundFlow)
    }
}

/// Judges a request and does what it asks.
pub(crate) async fn done(double: &Arc<Double>, received: &Received, call: Call, twists: Twists) -> Said {
    let said = match judged(double, received) {
        Ok(asked) => perform(double, &asked, call, twists).await,
        Err(message) => Said::Failed(message.to_owned()),
    };
    tracing::info!(path = received.path(), result = said.in_short(), "call");
    said
}

/// What a fault has WeChat Pay answer, whatever was asked.
pub(crate) fn troubled(double: &Double, received: &Received, call: Call, trouble: Trouble) -> Said {
    let wrong = match trouble {
        Trouble::System => Wrong::system_error(),
        Trouble::Bank => Wrong::new("BANKERROR", "银行系统异常，请查询订单结果"),
        Trouble::TooFast => Wrong::new("FREQUENCY_LIMITED", "频率限制，请降低请求频率"),
    };
    match judged(double, received) {
        Ok(asked) if !matches!(call, Call::TradeBill | Call::FundFlow) => asked.answer(Err(wrong)),
        _ => Said::Failed(wrong.code.to_owned()),
    }
}

/// The request, if its signature is the merchant's.
fn judged<'a>(double: &Double, received: &'a Received) -> Result<Asked<'a>, &'static str> {
    if received.method != Method::POST {
        return Err("请使用post方法");
    }
    if received.body.is_empty() {
        return Err("post数据为空");
    }
    let fields = Fields::read(ROOT, &received.body).map_err(|error| {
        tracing::info!(%error, "a request is not read");
        "XML格式错误"
    })?;
    Asked::judge(fields, &double.key_ring.now(), double.random.letters_digits(32))
}

async fn perform(double: &Double, asked: &Asked<'_>, call: Call, twists: Twists) -> Said {
    if call.needs_certificate() {
        tracing::info!(
            "the real WeChat Pay asks for the client certificate here; over plain http it is done without"
        );
    }
    let done = match call {
        Call::Place => orders::place(double, asked).await,
        Call::Query => orders::query(double, asked).await,
        Call::Close => orders::close(double, asked, twists).await,
        Call::Charge => orders::charge(double, asked).await,
        Call::Reverse => orders::reverse(double, asked, twists).await,
        Call::Refund => refunds::ask(double, asked, twists).await,
        Call::QueryRefund => refunds::query(double, asked).await,
        Call::TradeBill => {
            return bills::download(double, asked, Kind::Trade(TradeKind::All), twists.bill).await;
        }
        Call::FundFlow => {
            return bills::download(double, asked, Kind::FundFlow { is_basic: true }, twists.bill).await;
        }
    };
    asked.answer(done)
}

fn broken(error: &StoreError) -> Wrong {
    tracing::error!(%error, "a call cannot be kept");
    Wrong::system_error()
}
