//! A notification of a payment or a refund: the envelope around what is sealed (WeChat Pay protocol B.6.1, B.9).

use jiff::Timestamp;
use saoma_wechatpay::aead::{ALGORITHM, Apiv3Key};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Try;
use crate::{
    clock::beijing,
    random::Random,
    trade::{Order, Refund, RefundState, Spoken},
    v2::notified,
    v3::{refund, transaction},
};

/// What is notified. Nothing else ever is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Event {
    #[default]
    Payment,
    RefundSuccess,
    RefundClosed,
    RefundAbnormal,
}

impl Event {
    /// `event_type`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Payment => "TRANSACTION.SUCCESS",
            Self::RefundSuccess => "REFUND.SUCCESS",
            Self::RefundClosed => "REFUND.CLOSED",
            Self::RefundAbnormal => "REFUND.ABNORMAL",
        }
    }

    fn summary(self) -> &'static str {
        match self {
            Self::Payment => "支付成功",
            Self::RefundSuccess => "退款成功",
            Self::RefundClosed => "退款关闭",
            Self::RefundAbnormal => "退款异常",
        }
    }

    /// `original_type`, which is the associated data too.
    fn original_type(self) -> &'static str {
        match self {
            Self::Payment => "transaction",
            Self::RefundSuccess | Self::RefundClosed | Self::RefundAbnormal => "refund",
        }
    }

    /// The path of the call that led to it.
    fn made_by(self, spoken: Spoken) -> &'static str {
        match (self, spoken) {
            (Self::Payment, Spoken::V3) => "/v3/pay/transactions/native",
            (Self::Payment, _) => "/pay/unifiedorder",
            (_, Spoken::V3) => "/v3/refund/domestic/refunds",
            (_, _) => "/secapi/pay/refund",
        }
    }
}

/// A notification and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Notification {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) event: Event,
    #[serde(default)]
    pub(crate) spoken: Spoken,
    pub(crate) mchid: String,
    pub(crate) out_trade_no: String,
    pub(crate) out_refund_no: Option<String>,
    pub(crate) transaction_id: String,
    pub(crate) notify_url: String,
    pub(crate) created_at: Timestamp,
    /// The nonce the content is sealed with; the same in every try, like the content.
    pub(crate) nonce: String,
    /// The transaction or the refund as JSON text, before sealing.
    #[serde(alias = "transaction")]
    pub(crate) content: String,
    /// When the next try is due; never, once it is accepted or given up.
    pub(crate) next_at: Option<Timestamp>,
    /// Whether the next try was put off by a fault.
    pub(crate) postponed: bool,
    pub(crate) tries: Vec<Try>,
}

impl Notification {
    /// The notification of a payment, due at once. `None` if the order is not paid, or names nobody to tell it to.
    pub(crate) fn of_payment(order: &Order, random: &Random, now: Timestamp) -> Option<Self> {
        let url = Some(&order.terms.notify_url).filter(|url| !url.is_empty())?;
        let told = match order.terms.spoken {
            Spoken::V3 => transaction::of(order),
            Spoken::V2Md5 | Spoken::V2HmacSha256 => notified::payment(order),
        };
        Self::of(Event::Payment, order.terms.spoken, order, None, url, told.to_string(), random, now)
    }

    /// The notification of a refund's end, due at once. `None` if it goes on, or names nobody to tell it to.
    pub(crate) fn of_refund(order: &Order, ended: &Refund, random: &Random, now: Timestamp) -> Option<Self> {
        let event = match ended.state {
            RefundState::Processing { .. } => return None,
            RefundState::Success { .. } => Event::RefundSuccess,
            RefundState::Closed { .. } => Event::RefundClosed,
            RefundState::Abnormal { .. } => Event::RefundAbnormal,
        };
        let url = ended.terms.notify_url.as_ref()?;
        let (number, spoken) = (&ended.terms.out_refund_no, ended.terms.spoken);
        let told = match spoken {
            Spoken::V3 => refund::notified(order, ended),
            Spoken::V2Md5 | Spoken::V2HmacSha256 => notified::refund(order, ended),
        };
        Self::of(event, spoken, order, Some(number), url, told.to_string(), random, now)
    }

    #[expect(clippy::too_many_arguments, reason = "each is one field")]
    fn of(
        event: Event,
        spoken: Spoken,
        order: &Order,
        out_refund_no: Option<&str>,
        notify_url: &str,
        content: String,
        random: &Random,
        now: Timestamp,
    ) -> Option<Self> {
        Some(Self {
            id: random.uuid(),
            event,
            spoken,
            mchid: order.terms.mchid.clone(),
            out_trade_no: order.terms.out_trade_no.clone(),
            out_refund_no: out_refund_no.map(str::to_owned),
            transaction_id: order.transaction_id()?.to_owned(),
            notify_url: notify_url.to_owned(),
            created_at: now,
            nonce: random.letters_digits(12),
            content,
            next_at: Some(now),
            postponed: false,
            tries: Vec::new(),
        })
    }

    /// The path of the call that led to it.
    pub(crate) fn made_by(&self) -> &'static str {
        self.event.made_by(self.spoken)
    }

    /// What is told, before anything is sealed or signed.
    pub(crate) fn told(&self) -> serde_json::Value {
        serde_json::from_str(&self.content).expect("written as JSON when it was made")
    }

    /// The body as it goes out over API v3.
    pub(crate) fn body(&self, key: &Apiv3Key) -> String {
        self.envelope(key, &self.nonce, &self.content)
    }

    /// The same notification with an amount that is one fen off (the fault `notify_wrong_amount`). It has a nonce of its
    /// own, since another text must not be sealed with the same one.
    pub(crate) fn body_with_wrong_amount(&self, key: &Apiv3Key, random: &Random) -> String {
        let mut content = self.told();
        let amount = &mut content["amount"];
        let names =
            if self.event == Event::Payment { ["total", "payer_total"] } else { ["refund", "payer_refund"] };
        for name in names {
            let fen = amount[name].as_i64().unwrap_or(0);
            amount[name] = json!(fen.saturating_add(1));
        }
        self.envelope(key, &random.letters_digits(12), &content.to_string())
    }

    fn envelope(&self, key: &Apiv3Key, nonce: &str, content: &str) -> String {
        let associated_data = self.event.original_type();
        let ciphertext = key
            .seal(nonce, associated_data, content.as_bytes())
            .expect("the nonce has twelve bytes and the content a few hundred");
        json!({
            "id": self.id,
            "create_time": beijing(self.created_at),
            "resource_type": "encrypt-resource",
            "event_type": self.event.name(),
            "summary": self.event.summary(),
            "resource": {
                "original_type": self.event.original_type(),
                "algorithm": ALGORITHM,
                "ciphertext": ciphertext,
                "associated_data": associated_data,
                "nonce": nonce,
            },
        })
        .to_string()
    }
}
