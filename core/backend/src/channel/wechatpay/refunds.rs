//! Refunds at WeChat Pay v3 (WeChat Pay protocol B.8, B.9).

use bytes::Bytes;
use saoma_contract::{FieldError, RefundNo};
use saoma_wechatpay::v3::refund::{self, NewAmount, NewRefund, RefundNotice, RefundStatus};
use saoma_wechatpay::v3::{self, Advice, CallError, Code, Mchid, OutRefundNo, RefundId, TransactionId};

use super::{WechatPay, refusal, time_of};
use crate::channel::{NotRead, Notified};
use crate::orders::{RefundAnswer, RefundFact, RefundRecord, Standing};

impl WechatPay {
    pub(super) fn refund_bytes(&self, refund: &RefundRecord, whole: i64) -> Result<Bytes, FieldError> {
        let refused = |field: &'static str| move |error: v3::FieldError| FieldError::new(field, error);
        let asked = &refund.asked;
        if asked.currency.as_str() != v3::Currency::Cny.as_str() {
            return Err(FieldError::new("currency", "WeChat Pay gives back CNY only"));
        }
        let fen = |fen| v3::Fen::new(fen).map_err(refused("amount"));
        let amount = NewAmount::cny(fen(asked.amount)?, fen(whole)?).map_err(refused("amount"))?;
        let transaction_id = TransactionId::new(&asked.transaction_id).map_err(refused("transaction_id"))?;
        let mut request = NewRefund::new(transaction_id, refund_number(&refund.refund_no), amount);
        request.sub_mchid = self.sub_mchid().cloned();
        request.reason = Some(v3::Text::new("reason", asked.reason.as_str()).map_err(refused("reason"))?);
        request.notify_url = Some(self.account.notify_url.clone());
        Ok(request.body())
    }

    pub(super) async fn refund_now(&self, refund_no: &RefundNo, request: Bytes) -> RefundAnswer {
        let number = refund_number(refund_no);
        let call = refund::call(&self.account.merchant.mchid, request);
        let Some(response) = self.send(&call, Some(refund_no.as_str())).await else {
            return RefundAnswer::Unknown;
        };
        let read = self.read(|now, keys| refund::read(&number, &response, now, keys)).await;
        self.refund_answer(refund_no, read)
    }

    pub(super) async fn refund_query_now(&self, refund_no: &RefundNo) -> RefundAnswer {
        let number = refund_number(refund_no);
        let call = refund::query(&self.account.merchant.mchid, self.sub_mchid(), &number);
        let Some(response) = self.send(&call, Some(refund_no.as_str())).await else {
            return RefundAnswer::Unknown;
        };
        let read = self.read(|now, keys| refund::read_found(&number, &response, now, keys)).await;
        match read {
            Err(CallError::Refused(refused))
                if refused.status.as_u16() == 404
                    && matches!(refused.code, Some(Code::ResourceNotExists | Code::RefundNotExists)) =>
            {
                RefundAnswer::Absent
            }
            Err(error) => {
                tracing::warn!(%refund_no, %error, "nothing could be learnt of the refund");
                RefundAnswer::Unknown
            }
            found => self.refund_answer(refund_no, found),
        }
    }

    /// Asks for the abnormal refund's way out (WeChat Pay protocol B.8.4).
    pub(super) async fn refund_to_merchant_now(
        &self,
        refund_no: &RefundNo,
        channel_refund_no: &str,
    ) -> RefundAnswer {
        let number = refund_number(refund_no);
        let refund_id = match RefundId::new(channel_refund_no) {
            Ok(refund_id) => refund_id,
            Err(error) => {
                tracing::error!(%refund_no, %error, "what is stored is no number of WeChat Pay's");
                return RefundAnswer::Unknown;
            }
        };
        let mchid = &self.account.merchant.mchid;
        let call = refund::abnormal_to_merchant(mchid, self.sub_mchid(), &refund_id, &number);
        let Some(response) = self.send(&call, Some(refund_no.as_str())).await else {
            return RefundAnswer::Unknown;
        };
        let read = self.read(|now, keys| refund::read_abnormal(&number, &response, now, keys)).await;
        self.refund_answer(refund_no, read)
    }

    fn refund_answer(
        &self,
        refund_no: &RefundNo,
        read: Result<v3::Verified<refund::Refund>, CallError>,
    ) -> RefundAnswer {
        match read {
            Ok(found) => {
                let (found, evidence) = found.into_parts();
                let Some(standing) = standing(&found.status) else {
                    tracing::error!(%refund_no, status = found.status.as_str(), "a state that is not known");
                    return RefundAnswer::Unknown;
                };
                RefundAnswer::Told(RefundFact {
                    channel_refund_no: found.refund_id,
                    transaction_id: found.transaction_id,
                    amount: found.amount.refund.get(),
                    standing,
                    done_at: found.success_time.map(time_of),
                    detail: found.user_received_account,
                    evidence: self.evidence(&evidence),
                })
            }
            Err(error) => {
                tracing::warn!(%refund_no, %error, "the refund was not taken");
                match (error.advice(), error) {
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

    /// What a verified notification says of a refund.
    pub(super) fn notice(&self, notice: RefundNotice, evidence: &v3::Evidence) -> Result<Notified, NotRead> {
        let refused = |reason: String| NotRead { status: 500, reason };
        let own = &self.account.merchant;
        let found = (notice.mchid.as_str(), notice.sub_mchid.as_deref());
        if found != (own.mchid.as_str(), self.sub_mchid().map(Mchid::as_str)) {
            let of = found.1.unwrap_or(found.0);
            return Err(refused(format!("a refund of merchant {of} was notified here")));
        }
        let standing = standing(&notice.refund_status)
            .ok_or_else(|| refused(format!("the notified state is {}", notice.refund_status.as_str())))?;
        let fact = RefundFact {
            channel_refund_no: notice.refund_id,
            transaction_id: notice.transaction_id,
            amount: notice.amount.refund.get(),
            standing,
            done_at: notice.success_time.map(time_of),
            detail: notice.user_received_account,
            evidence: self.evidence(evidence),
        };
        Ok(Notified::Refund(notice.out_refund_no, fact))
    }
}

pub(in crate::channel) fn refund_number(refund_no: &RefundNo) -> OutRefundNo {
    OutRefundNo::new(refund_no.as_str()).expect("26 letters and digits are a refund's number at WeChat Pay")
}

pub(in crate::channel) fn standing(status: &RefundStatus) -> Option<Standing> {
    Some(match status {
        RefundStatus::Processing => Standing::Processing,
        RefundStatus::Success => Standing::Done,
        RefundStatus::Closed => Standing::Closed,
        RefundStatus::Abnormal => Standing::Abnormal,
        RefundStatus::Unknown(_) => return None,
    })
}
