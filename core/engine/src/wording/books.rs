//! What is said of the books and the channel's bill, each sentence in both languages beside the other.

use saoma_contract::{Currency, Finding, FindingKind, FindingSide, Reconciliation, ReconciliationState};

use super::{Language, StatusWords, Tone};

impl Language {
    /// How a day's books agree with the channel's bill: what is known, and what to do.
    pub fn reconciliation(self, day: &Reconciliation) -> StatusWords {
        let tone = match day.state {
            ReconciliationState::Waiting => Tone::Busy,
            ReconciliationState::NoBill | ReconciliationState::Agreed => Tone::Calm,
            ReconciliationState::Findings if day.open == 0 => Tone::Calm,
            ReconciliationState::Findings | ReconciliationState::Failed | ReconciliationState::Unknown(_) => {
                Tone::Warning
            }
        };
        let mut sentences = vec![self.state(&day.state).to_owned()];
        if day.agreed.count > 0 || day.refunds_agreed.count > 0 {
            sentences.push(self.agreed(day));
        }
        if day.findings_total > 0 {
            let (total, open) = (day.findings_total, day.open);
            sentences.push(match self {
                Self::Chinese => format!("不一致 {total} 处，其中 {open} 处还没有处理。"),
                Self::English => format!("{total} do not agree; {open} of them are not settled yet."),
            });
        }
        let bill_is_faulty = day.bill.as_ref().is_some_and(|bill| !bill.faults.is_empty());
        if bill_is_faulty {
            let words = (
                "账单本身有问题，请联系后台的管理人员。",
                "The bill itself is faulty. Ask who runs the backend.",
            );
            sentences.push(self.either(words).to_owned());
        }
        if !day.live {
            sentences.push(self.words().test_money().to_owned());
        }
        StatusWords { tone, text: self.words().joined(&sentences) }
    }

    /// How books and bill differ about one order or refund, and what each side says.
    pub fn finding(self, finding: &Finding, currency: Currency) -> String {
        let ours = finding.ours.as_ref().map(|side| self.side(side, currency));
        let theirs = finding.theirs.as_ref().map(|side| self.side(side, currency));
        let said = |side: Option<String>| side.unwrap_or_else(|| self.either(("没有", "nothing")).to_owned());
        let (ours, theirs) = (said(ours), said(theirs));
        let mut sentences = vec![
            self.kind(&finding.kind).to_owned(),
            match self {
                Self::Chinese => format!("这里：{ours}；账单：{theirs}。"),
                Self::English => format!("Here: {ours}; in the bill: {theirs}."),
            },
        ];
        if finding.gone {
            sentences.push(self.either(("后来已经一致。", "They agree by now.")).to_owned());
        }
        if let Some(settled) = &finding.settled {
            let reason = settled.reason.as_str().trim_end_matches(['.', '。']);
            sentences.push(match self {
                Self::Chinese => format!("已处理：{reason}。"),
                Self::English => format!("Settled: {reason}."),
            });
        }
        self.words().joined(&sentences)
    }

    fn agreed(self, day: &Reconciliation) -> String {
        let (count, refunds) = (day.agreed.count, day.refunds_agreed.count);
        let sum = self.amount(day.agreed.amount, day.currency);
        let back = self.amount(day.refunds_agreed.amount, day.currency);
        match self {
            Self::Chinese => format!("一致的：收款 {count} 笔，{sum}；退款 {refunds} 笔，{back}。"),
            Self::English => format!("Alike: {count} payments, {sum}; {refunds} refunds, {back}."),
        }
    }

    fn side(self, side: &FindingSide, currency: Currency) -> String {
        let amount = side.amount.map(|amount| self.amount(amount, currency));
        let fee = side.fee.as_ref().map(|fee| format!("{} ¥{fee}", self.either(("手续费", "fee"))));
        let told = [amount, side.state.clone(), fee].into_iter().flatten().collect::<Vec<_>>();
        told.join(self.either(("，", ", ")))
    }

    fn state(self, state: &ReconciliationState) -> &'static str {
        self.either(match state {
            ReconciliationState::Waiting => (
                "账单还没有出来，要等到第二天上午十点以后。",
                "The bill is not there yet; it comes after ten the next morning.",
            ),
            ReconciliationState::NoBill => {
                ("这一天没有账单：没有交易。", "There is no bill for this day: nothing was traded.")
            }
            ReconciliationState::Agreed => ("账目与账单一致。", "The books agree with the bill."),
            ReconciliationState::Findings => (
                "账目与账单有不一致的地方，请核对。",
                "The books do not agree with the bill. Look at each difference.",
            ),
            ReconciliationState::Failed => (
                "账单取不到，或者读不了，会再试；一直这样，请联系后台的管理人员。",
                "The bill cannot be had or read; it is tried again. If it goes on, ask who runs the backend.",
            ),
            ReconciliationState::Unknown(_) => (
                "对账的状态这个版本不认识，请更新应用。",
                "In a state that this version does not know. Update the app.",
            ),
        })
    }

    fn kind(self, kind: &FindingKind) -> &'static str {
        self.either(match kind {
            FindingKind::MissingInBill => ("这里有，账单里没有。", "It is here and not in the bill."),
            FindingKind::UnknownHere => ("账单里有，这里没有。", "It is in the bill and not here."),
            FindingKind::AmountDiffers => ("金额不一样。", "The amounts differ."),
            FindingKind::StateDiffers => ("状态不一样。", "One says paid, the other does not."),
            FindingKind::RefundDiffers => ("退款不一样。", "The refund differs."),
            FindingKind::FeeDiffers => ("手续费不对。", "The fee is not what was agreed on."),
            FindingKind::OtherDay => ("记在前一天或后一天。", "It belongs to the day before or after."),
            FindingKind::FundsDiffer => {
                ("账户的收支和账单的合计对不上。", "The account moved another sum than the bill comes to.")
            }
            FindingKind::Unknown(_) => (
                "这种差别这个版本不认识，请更新应用。",
                "A difference that this version does not know. Update the app.",
            ),
        })
    }

    fn either(self, (chinese, english): (&'static str, &'static str)) -> &'static str {
        match self {
            Self::Chinese => chinese,
            Self::English => english,
        }
    }
}
