//! A payment notification: the envelope around the sealed transaction (WeChat Pay protocol B.6.1).

use jiff::Timestamp;
use saoma_wechatpay::aead::{ALGORITHM, Apiv3Key};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Try;
use crate::{clock::beijing, random::Random, trade::Order, v3::transaction};

/// A notification and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Notification {
    pub(crate) id: String,
    pub(crate) mchid: String,
    pub(crate) out_trade_no: String,
    pub(crate) transaction_id: String,
    pub(crate) notify_url: String,
    pub(crate) created_at: Timestamp,
    /// The nonce the transaction is sealed with; the same in every try, like the transaction.
    pub(crate) nonce: String,
    /// The transaction as JSON text, before sealing.
    pub(crate) transaction: String,
    /// When the next try is due; never, once it is accepted or given up.
    pub(crate) next_at: Option<Timestamp>,
    /// Whether the next try was put off by a fault.
    pub(crate) postponed: bool,
    pub(crate) tries: Vec<Try>,
}

impl Notification {
    /// The notification of a payment, due at once. `None` if the order is not paid: nothing else is ever notified.
    pub(crate) fn of_payment(order: &Order, random: &Random, now: Timestamp) -> Option<Self> {
        Some(Self {
            id: random.uuid(),
            mchid: order.terms.mchid.clone(),
            out_trade_no: order.terms.out_trade_no.clone(),
            transaction_id: order.transaction_id()?.to_owned(),
            notify_url: order.terms.notify_url.clone(),
            created_at: now,
            nonce: random.letters_digits(12),
            transaction: transaction::of(order).to_string(),
            next_at: Some(now),
            postponed: false,
            tries: Vec::new(),
        })
    }

    /// The body as it goes out.
    pub(crate) fn body(&self, key: &Apiv3Key) -> String {
        self.envelope(key, &self.nonce, &self.transaction)
    }

    /// The same notification with an amount that is one fen off (the fault `notify_wrong_amount`). It has a nonce of its
    /// own, since another text must not be sealed with the same one.
    pub(crate) fn body_with_wrong_amount(&self, key: &Apiv3Key, random: &Random) -> String {
        let mut transaction: serde_json::Value =
            serde_json::from_str(&self.transaction).expect("written by of_payment");
        let amount = &mut transaction["amount"];
        for name in ["total", "payer_total"] {
            let fen = amount[name].as_i64().unwrap_or(0);
            amount[name] = json!(fen.saturating_add(1));
        }
        self.envelope(key, &random.letters_digits(12), &transaction.to_string())
    }

    fn envelope(&self, key: &Apiv3Key, nonce: &str, transaction: &str) -> String {
        let associated_data = "transaction";
        let ciphertext = key
            .seal(nonce, associated_data, transaction.as_bytes())
            .expect("the nonce has twelve bytes and the transaction a few hundred");
        json!({
            "id": self.id,
            "create_time": beijing(self.created_at),
            "resource_type": "encrypt-resource",
            "event_type": "TRANSACTION.SUCCESS",
            "summary": "支付成功",
            "resource": {
                "original_type": "transaction",
                "algorithm": ALGORITHM,
                "ciphertext": ciphertext,
                "associated_data": associated_data,
                "nonce": nonce,
            },
        })
        .to_string()
    }
}
