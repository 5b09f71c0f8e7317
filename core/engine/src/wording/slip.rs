//! The words on paper slips and at the head of exported tables.

use crate::day::MovementKind;

/// What stands on a slip.
#[derive(Debug)]
pub(crate) struct SlipWords {
    pub(crate) receipt: &'static str,
    pub(crate) refund: &'static str,
    pub(crate) refunded: &'static str,
    pub(crate) kept: &'static str,
    pub(crate) test: &'static str,
    pub(crate) sale: &'static str,
    pub(crate) paid_at: &'static str,
    pub(crate) total: &'static str,
    pub(crate) method: &'static str,
    pub(crate) transaction: &'static str,
    /// Under money that a person says was paid, instead of a channel's number.
    pub(crate) attested: &'static str,
    pub(crate) shift: &'static str,
    pub(crate) shift_no: &'static str,
    pub(crate) opened_at: &'static str,
    pub(crate) closed_at: &'static str,
    pub(crate) not_closed: &'static str,
    pub(crate) paid: &'static str,
    pub(crate) late: &'static str,
    pub(crate) cash: &'static str,
    pub(crate) cash_refunded: &'static str,
    pub(crate) unproven: &'static str,
    pub(crate) nobody: &'static str,
    pub(crate) float: &'static str,
    pub(crate) expected: &'static str,
    pub(crate) counted: &'static str,
    pub(crate) difference: &'static str,
    pub(crate) later: &'static str,
    /// A sale that ended without money.
    pub(crate) ended: &'static str,
    wechat: &'static str,
    other: &'static str,
}

impl SlipWords {
    /// Who moved the money, by the channel's name.
    pub(crate) fn method_name(&self, channel: &str) -> &'static str {
        match channel {
            "wechatpay" => self.wechat,
            "cash" => self.cash,
            _ => self.other,
        }
    }

    pub(crate) fn movement(&self, kind: MovementKind) -> &'static str {
        match kind {
            MovementKind::Paid => self.paid,
            MovementKind::Cash => self.cash,
            MovementKind::Refunded => self.refunded,
            MovementKind::CashRefunded => self.cash_refunded,
        }
    }
}

pub(super) static CHINESE: SlipWords = SlipWords {
    receipt: "收款凭证",
    refund: "退款凭证",
    refunded: "已退款",
    kept: "实收",
    test: "测试单，不是真钱",
    sale: "单号尾号",
    paid_at: "付款时间",
    total: "合计",
    method: "付款方式",
    transaction: "微信支付单号",
    attested: "现金由收银员收取并登记",
    shift: "交班单",
    shift_no: "班次",
    opened_at: "开班",
    closed_at: "交班",
    not_closed: "未交班",
    paid: "已收款",
    late: "其中迟到款项",
    cash: "现金",
    cash_refunded: "现金退回",
    unproven: "还没有结果",
    nobody: "未登录",
    float: "备用金",
    expected: "应有现金",
    counted: "清点现金",
    difference: "差额",
    later: "交班后的变化",
    ended: "没有付款就结束",
    wechat: "微信支付",
    other: "其他",
};

pub(super) static ENGLISH: SlipWords = SlipWords {
    receipt: "Receipt",
    refund: "Refund",
    refunded: "Given back",
    kept: "Kept",
    test: "TEST: play money",
    sale: "Sale",
    paid_at: "Paid at",
    total: "Total",
    method: "Paid by",
    transaction: "WeChat Pay number",
    attested: "Cash, taken and noted by the cashier",
    shift: "Shift",
    shift_no: "Number",
    opened_at: "Opened",
    closed_at: "Closed",
    not_closed: "still open",
    paid: "Paid",
    late: "of that late",
    cash: "Cash",
    cash_refunded: "Cash given back",
    unproven: "Not proven yet",
    nobody: "nobody signed in",
    float: "In the drawer before",
    expected: "Expected in the drawer",
    counted: "Counted",
    difference: "Difference",
    later: "Learned after the close",
    ended: "ended without money",
    wechat: "WeChat Pay",
    other: "Other",
};

/// Heads of the columns of the table of sales.
pub(crate) const SALES_COLUMNS: usize = 16;

pub(super) static SALES_CHINESE: [&str; SALES_COLUMNS] = [
    "单号",
    "开单时间",
    "应收金额",
    "币种",
    "状态",
    "付款方式",
    "实收金额",
    "付款时间",
    "支付单号",
    "迟到款项",
    "款项不符",
    "商品说明",
    "单据号或桌号",
    "运单号或桌号（唯一）",
    "备注",
    "测试",
];

pub(super) static SALES_ENGLISH: [&str; SALES_COLUMNS] = [
    "Order number",
    "Rung up at",
    "Asked",
    "Currency",
    "State",
    "Paid by",
    "Paid",
    "Paid at",
    "Transaction",
    "Late money",
    "Does not match",
    "Description",
    "Reference",
    "Waybill or table",
    "Note",
    "Test",
];

/// Heads of the columns of the table of days.
const DAYS_COLUMNS: usize = 13;

pub(super) static DAYS_CHINESE: [&str; DAYS_COLUMNS] = [
    "日期",
    "币种",
    "收款笔数",
    "收款金额",
    "其中迟到笔数",
    "其中迟到金额",
    "现金笔数",
    "现金金额",
    "退款笔数",
    "退款金额",
    "现金退回笔数",
    "现金退回金额",
    "测试",
];

pub(super) static DAYS_ENGLISH: [&str; DAYS_COLUMNS] = [
    "Day",
    "Currency",
    "Payments",
    "Paid",
    "Late payments",
    "Late money",
    "Cash payments",
    "Cash",
    "Refunds",
    "Given back",
    "Cash refunds",
    "Cash given back",
    "Test",
];
