//! Customers' payment codes at WeChat Pay v2 (WeChat Pay protocol C.9, C.10).

use saoma_contract::{AuthCode, OrderBody, OutTradeNo};
use saoma_wechatpay::v2::micropay::Charge;
use saoma_wechatpay::v2::{CallError, CallName, Code, reverse};
use saoma_wechatpay::v3::{self, Advice, native::Amount};

use super::{CHARGE_WITHIN, WechatPayV2, number, refusal};
use crate::orders::{ChargeAnswer, ReverseAnswer};

impl WechatPayV2 {
    fn charge_of(
        &self,
        order: &OrderBody,
        out_trade_no: &OutTradeNo,
        auth_code: &AuthCode,
    ) -> Result<Charge, v3::FieldError> {
        Ok(Charge::new(
            self.account.merchant.clone(),
            v3::Text::new("body", order.description.as_str())?,
            number(out_trade_no),
            Amount::cny(v3::Fen::new(order.amount)?)?,
            self.account.server_ip,
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
        let Some(response) = self.send(&charge.call(), out_trade_no.as_str(), Some(CHARGE_WITHIN)).await
        else {
            return ChargeAnswer::Unknown;
        };
        match charge.read(&response, self.account.caller.signing()) {
            Ok(paid) => self.money(&paid).map_or(ChargeAnswer::Unknown, ChargeAnswer::Paid),
            Err(error) => {
                tracing::info!(%out_trade_no, %error, "the payment code was not charged at once");
                match (error.advice(CallName::Micropay), error) {
                    (Advice::GiveUp, CallError::Refused(refused)) => ChargeAnswer::Refused(refusal(&refused)),
                    (_, CallError::Refused(refused)) if refused.code == Some(Code::UserPaying) => {
                        ChargeAnswer::Paying
                    }
                    _ => ChargeAnswer::Unknown,
                }
            }
        }
    }

    pub(super) async fn reverse_now(&self, out_trade_no: &OutTradeNo) -> ReverseAnswer {
        let merchant = &self.account.merchant;
        let call = reverse::call(merchant, &number(out_trade_no).into());
        let Some(response) = self.send(&call, out_trade_no.as_str(), None).await else {
            return ReverseAnswer::Unknown;
        };
        match reverse::read(merchant, &response, self.account.caller.signing()) {
            Ok(reversed) if reversed.value().recall => ReverseAnswer::Again,
            Ok(_) => ReverseAnswer::Asked,
            Err(error) => {
                tracing::info!(%out_trade_no, %error, "the reverse was not taken");
                match (error.advice(call.name()), error) {
                    (Advice::Success, _) => ReverseAnswer::Asked,
                    (_, CallError::Refused(refused)) if refused.code == Some(Code::UserPaying) => {
                        ReverseAnswer::Again
                    }
                    (Advice::RetrySame, CallError::Refused(_)) => ReverseAnswer::Again,
                    (_, CallError::Refused(refused)) if refused.is_signed => ReverseAnswer::Asked,
                    _ => ReverseAnswer::Unknown,
                }
            }
        }
    }
}
