//! Customers' payment codes at WeChat Pay v3 (WeChat Pay protocol B.11).

use saoma_contract::{AuthCode, OrderBody, OutTradeNo};
use saoma_wechatpay::v3::codepay::{Charge, ChargeStore};
use saoma_wechatpay::v3::transaction::TradeState;
use saoma_wechatpay::v3::{self, Advice, CallError, native, reverse};

use super::{WechatPay, number, refusal};
use crate::orders::{ChargeAnswer, ReverseAnswer};

impl WechatPay {
    fn charge_of(
        &self,
        order: &OrderBody,
        out_trade_no: &OutTradeNo,
        auth_code: &AuthCode,
    ) -> Result<Charge, v3::FieldError> {
        // WeChat Pay takes only letters and digits here (B.11).
        let store: String = order.store.as_str().chars().filter(char::is_ascii_alphanumeric).collect();
        let store = if store.is_empty() { "main" } else { &store };
        Ok(Charge::new(
            self.account.merchant.clone(),
            v3::Description::new("description", order.description.as_str())?,
            number(out_trade_no),
            native::Amount::cny(v3::Fen::new(order.amount)?)?,
            ChargeStore::new(None, Some(v3::Text::new("out_id", store)?))?,
            v3::AuthCode::new(auth_code.expose())?,
        ))
    }

    /// Sends the charge, to one host and once: a code that was sent is never sent again.
    pub(super) async fn charge_now(
        &self,
        order: &OrderBody,
        out_trade_no: &OutTradeNo,
        auth_code: AuthCode,
    ) -> ChargeAnswer {
        let charge = match self.charge_of(order, out_trade_no, &auth_code) {
            Ok(charge) => charge,
            Err(error) => {
                tracing::error!(%out_trade_no, %error, "the charge can no longer be made");
                return ChargeAnswer::Unknown;
            }
        };
        drop(auth_code);
        let Some(response) = self.send(&charge.call(), Some(out_trade_no.as_str())).await else {
            return ChargeAnswer::Unknown;
        };
        match self.read(|now, keys| charge.read(&response, now, keys)).await {
            Ok(answer) => {
                let (transaction, evidence) = answer.into_parts();
                match &transaction.trade_state {
                    TradeState::Success => match self.money(&transaction, &evidence) {
                        Ok(money) => ChargeAnswer::Paid(money),
                        Err(missing) => {
                            tracing::error!(%out_trade_no, missing, "WeChat Pay says paid, but not what");
                            ChargeAnswer::Unknown
                        }
                    },
                    TradeState::UserPaying => ChargeAnswer::Paying,
                    _ => ChargeAnswer::Unknown,
                }
            }
            Err(error) => {
                tracing::info!(%out_trade_no, %error, "the payment code was not charged at once");
                match (error.advice(), error) {
                    (Advice::GiveUp, CallError::Refused(refused)) => ChargeAnswer::Refused(refusal(&refused)),
                    (_, CallError::Refused(refused)) if refused.code == Some(v3::Code::UserPaying) => {
                        ChargeAnswer::Paying
                    }
                    _ => ChargeAnswer::Unknown,
                }
            }
        }
    }

    pub(super) async fn reverse_now(&self, out_trade_no: &OutTradeNo) -> ReverseAnswer {
        let number = number(out_trade_no);
        let merchant = &self.account.merchant;
        let call = reverse::call(merchant, &number);
        let Some(response) = self.send(&call, Some(out_trade_no.as_str())).await else {
            return ReverseAnswer::Unknown;
        };
        match self.read(|now, keys| reverse::read(merchant, &number, &response, now, keys)).await {
            Ok(_) => ReverseAnswer::Asked,
            Err(error) => {
                tracing::info!(%out_trade_no, %error, "the reverse was not taken");
                match (error.advice(), error) {
                    (Advice::Success, _) => ReverseAnswer::Asked,
                    (_, CallError::Refused(refused)) if refused.code == Some(v3::Code::UserPaying) => {
                        ReverseAnswer::Again
                    }
                    (Advice::RetrySame, CallError::Refused(_)) => ReverseAnswer::Again,
                    (_, CallError::Refused(_)) => ReverseAnswer::Asked,
                    _ => ReverseAnswer::Unknown,
                }
            }
        }
    }
}
