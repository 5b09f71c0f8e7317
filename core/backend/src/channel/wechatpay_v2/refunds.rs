//! Refunds at WeChat Pay v2 (WeChat Pay protocol C.6, C.7, C.13).

use std::time::Duration;

use bytes::Bytes;
use saoma_contract::{FieldError, RefundNo};
use saoma_wechatpay::v2::notification::RefundNotice;
use saoma_wechatpay::v2::refund::{self, NewRefund, RefundQuery};
use saoma_wechatpay::v2::{CallError, Code};
use saoma_wechatpay::v3::{self, Advice, OutRefundNo, TransactionId};

use super::{CONFIRM_WITHIN, WechatPayV2, refusal, time_of};
use crate::channel::wechatpay::{refund_number, standing};
use crate::channel::{NotRead, Notified};
use crate::orders::{RefundAnswer, RefundFact, RefundRecord, Standing};

impl WechatPayV2 {
    pub(super) fn refund_bytes(&self, refund: &RefundRecord, whole: i64) -> Result<Bytes, FieldError> {
        let refused = |field: &'static str| move |error: v3::FieldError| FieldError::new(field, error);
        let asked = &refund.asked;
        if asked.currency.as_str() != v3::Currency::Cny.as_str() {
            return Err(FieldError::new("currency", "WeChat Pay gives back CNY only"));
        }
        let fen = |fen| v3::Fen::new(fen).map_err(refused("amount"));
        let transaction_id = TransactionId::new(&asked.transaction_id).map_err(refused("transaction_id"))?;
        let mut request = NewRefund::new(
            self.account.merchant.clone(),
            transaction_id.into(),
            refund_number(&refund.refund_no),
            fen(whole)?,
            fen(asked.amount)?,
        )
        .map_err(refused("amount"))?;
        request.refund_desc =
            Some(v3::Text::new("refund_desc", asked.reason.as_str()).map_err(refused("reason"))?);
        request.notify_url = Some(self.account.notify_url.clone());
        Ok(request.body())
    }

    pub(super) async fn refund_now(&self, refund_no: &RefundNo, request: Bytes) -> RefundAnswer {
        let call = refund::call(request);
        let Some(response) = self.send(&call, refund_no.as_str(), None).await else {
            return RefundAnswer::Unknown;
        };
        let (merchant, signing) = (&self.account.merchant, self.account.caller.signing());
        match refund::read(merchant, &refund_number(refund_no), &response, signing) {
            // The answer says that it was taken; how it stands is asked later.
            Ok(taken) => {
                let (taken, proof) = taken.into_parts();
                RefundAnswer::Told(RefundFact {
                    channel_refund_no: taken.refund_id,
                    transaction_id: taken.transaction_id,
                    amount: taken.refund_fee.get(),
                    standing: Standing::Processing,
                    done_at: None,
                    detail: None,
                    evidence: self.evidence(&proof),
                })
            }
            Err(error) => {
                tracing::warn!(%refund_no, %error, "the refund was not taken");
                match (error.advice(call.name()), error) {
                    (_, CallError::Refused(refused)) if refused.code == Some(Code::NotEnough) => {
                        RefundAnswer::Short(refusal(&refused))
                    }
                    (Advice::QueryFirst | Advice::GiveUp, CallError::Refused(refused)) => {
                        RefundAnswer::Refused(refusal(&refused))
                    }
                    _ => RefundAnswer::Unknown,
                }
            }
        }
    }

    pub(super) async fn refund_query_now(&self, refund_no: &RefundNo) -> RefundAnswer {
        self.refund_asked(&refund_number(refund_no), None).await
    }

    async fn refund_asked(&self, number: &OutRefundNo, within: Option<Duration>) -> RefundAnswer {
        let (merchant, signing) = (&self.account.merchant, self.account.caller.signing());
        let query = RefundQuery::OutRefundNo(number.clone());
        let Some(response) = self.send(&query.call(merchant), number.as_str(), within).await else {
            return RefundAnswer::Unknown;
        };
        let page = match query.read(merchant, &response, signing) {
            Ok(page) => page,
            Err(CallError::Refused(refused))
                if refused.is_signed && refused.code == Some(Code::RefundNotExist) =>
            {
                return RefundAnswer::Absent;
            }
            Err(error) => {
                tracing::warn!(refund_no = %number, %error, "nothing could be learnt of the refund");
                return RefundAnswer::Unknown;
            }
        };
        let (page, proof) = page.into_parts();
        let Some(found) = page.refunds.into_iter().find(|found| found.out_refund_no == number.as_str())
        else {
            return RefundAnswer::Unknown;
        };
        let Some(standing) = standing(&found.status) else {
            tracing::error!(refund_no = %number, status = found.status.as_str(), "a state that is not known");
            return RefundAnswer::Unknown;
        };
        RefundAnswer::Told(RefundFact {
            channel_refund_no: found.refund_id,
            transaction_id: page.transaction_id,
            amount: found.refund_fee.get(),
            standing,
            done_at: found.success_time.map(time_of),
            detail: found.received_account,
            evidence: self.evidence(&proof),
        })
    }

    /// A refund notification is sealed and not signed, so what it tells is asked about before it is believed.
    pub(super) async fn confirmed(&self, hint: &RefundNotice) -> Result<Notified, NotRead> {
        let refused = |reason: String| NotRead { status: 500, reason };
        if hint.mch_id != self.account.merchant.mch_id.as_str() {
            return Err(refused(format!("a refund of merchant {} was notified here", hint.mch_id)));
        }
        let number = OutRefundNo::new(&hint.out_refund_no).map_err(|error| refused(error.to_string()))?;
        match self.refund_asked(&number, Some(CONFIRM_WITHIN)).await {
            RefundAnswer::Told(fact) => Ok(Notified::Refund(hint.out_refund_no.clone(), fact)),
            _ => Err(refused("the notified refund could not be confirmed by asking".to_owned())),
        }
    }
}
