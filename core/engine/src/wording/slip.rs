//! The words on paper slips and at the head of exported tables.

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
    wechat: &'static str,
    cash: &'static str,
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
    wechat: "微信支付",
    cash: "现金",
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
    wechat: "WeChat Pay",
    cash: "Cash",
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
