use http::HeaderMap;

use super::*;

fn refusal(call: CallName, code: &str) -> ApiError {
    let mut fields = Fields::new();
    fields.set("err_code", code);
    ApiError::of_result(call, &fields, &HeaderMap::new())
}

const CALLS: [CallName; 9] = [
    CallName::NativeOrder,
    CallName::Query,
    CallName::Close,
    CallName::Micropay,
    CallName::Reverse,
    CallName::Refund,
    CallName::RefundQuery,
    CallName::TradeBill,
    CallName::FundFlowBill,
];

#[test]
fn a_code_is_read_in_any_spelling_and_says_what_it_means() {
    for code in Code::ALL {
        let name = code.as_str();
        assert_eq!(&Code::new(name), code);
        assert_eq!(&Code::new(&name.replace('_', "").to_lowercase()), code, "{name}");
        assert!(!code.meaning().is_empty());
    }
    assert_eq!(Code::new("No Bill Exist"), Code::NoBillExist);
    assert_eq!(Code::new("Bill Creating"), Code::BillCreating);
    assert_eq!(Code::new("ORDER_NOT_EXIST"), Code::OrderNotExist);
    assert_eq!(Code::new("invalid refund_fee"), Code::InvalidRequest);
    assert_eq!(Code::new("WHAT\n").to_string(), "WHAT");
}

#[test]
fn advice_is_as_the_protocols_tables_have_it() {
    use Advice::{GiveUp, QueryFirst, RetrySame, Success};
    use CallName::{Close, Micropay, NativeOrder, Query, Refund, RefundQuery, Reverse, TradeBill};

    for (call, code, advice) in [
        (NativeOrder, "SYSTEMERROR", RetrySame),
        (NativeOrder, "INVALID_REQUEST", QueryFirst),
        (NativeOrder, "ORDERPAID", QueryFirst),
        (NativeOrder, "ORDERCLOSED", QueryFirst),
        (NativeOrder, "OUT_TRADE_NO_USED", QueryFirst),
        (NativeOrder, "NOAUTH", GiveUp),
        (NativeOrder, "LACK_PARAMS", GiveUp),
        (Query, "ORDERNOTEXIST", RetrySame),
        (Query, "SYSTEMERROR", RetrySame),
        (Close, "ORDERPAID", QueryFirst),
        (Close, "ORDERCLOSED", Success),
        (Close, "SYSTEMERROR", RetrySame),
        (Close, "TRADE_STATE_ERROR", QueryFirst),
        (Micropay, "SYSTEMERROR", QueryFirst),
        (Micropay, "BANKERROR", QueryFirst),
        (Micropay, "USERPAYING", QueryFirst),
        (Micropay, "AUTHCODEEXPIRE", GiveUp),
        (Micropay, "AUTH_CODE_ERROR", GiveUp),
        (Micropay, "AUTH_CODE_INVALID", GiveUp),
        (Micropay, "NOTENOUGH", GiveUp),
        (Micropay, "NOTSUPORTCARD", GiveUp),
        (Micropay, "BUYER_MISMATCH", GiveUp),
        (Micropay, "ORDERPAID", QueryFirst),
        (Micropay, "ORDERREVERSED", QueryFirst),
        (Micropay, "NOT_IN_ANY_TABLE", QueryFirst),
        (Micropay, "FREQUENCY_LIMITED", QueryFirst),
        (Reverse, "SYSTEMERROR", RetrySame),
        (Reverse, "USERPAYING", QueryFirst),
        (Reverse, "TRADE_ERROR", QueryFirst),
        (Reverse, "REVERSE_EXPIRE", GiveUp),
        (Refund, "SYSTEMERROR", RetrySame),
        (Refund, "BIZERR_NEED_RETRY", RetrySame),
        (Refund, "INVALID_REQ_TOO_MUCH", RetrySame),
        (Refund, "FREQUENCY_LIMITED", RetrySame),
        (Refund, "NOTENOUGH", GiveUp),
        (Refund, "TRADE_OVERDUE", QueryFirst),
        (Refund, "ERROR", QueryFirst),
        (Refund, "INVALID_REQUEST", QueryFirst),
        (Refund, "REFUND_FEE_MISMATCH", QueryFirst),
        (Refund, "PARAM_ERROR", GiveUp),
        (RefundQuery, "REFUNDNOTEXIST", RetrySame),
        (RefundQuery, "SYSTEMERROR", RetrySame),
        (TradeBill, "BILL_CREATING", RetrySame),
        (TradeBill, "NO_BILL_EXIST", GiveUp),
    ] {
        assert_eq!(refusal(call, code).advice(), advice, "{call}: {code}");
    }
}

#[test]
fn a_payment_code_is_never_advised_to_be_sent_again() {
    for code in Code::ALL {
        assert_ne!(refusal(CallName::Micropay, code.as_str()).advice(), Advice::RetrySame, "{code}");
    }
}

#[test]
fn an_unsigned_refusal_ends_no_call_that_changes_something() {
    for call in CALLS {
        for code in Code::ALL {
            let mut fields = Fields::new();
            fields.set("return_msg", code.as_str());
            let refused = ApiError::of_return(call, &fields, &HeaderMap::new());
            assert_eq!(refused.code.as_ref(), Some(code));
            if !call.only_asks() {
                let ends = matches!(refused.advice(), Advice::GiveUp | Advice::Success);
                assert!(!ends, "{call}: {code}");
            }
        }
    }
}

#[test]
fn a_question_is_never_preceded_by_a_question() {
    for call in CALLS.into_iter().filter(|call| call.only_asks()) {
        for code in Code::ALL {
            assert_ne!(refusal(call, code.as_str()).advice(), Advice::QueryFirst, "{call}: {code}");
        }
    }
}

#[test]
fn a_refusal_says_what_was_refused_and_why() {
    let mut fields = Fields::new();
    fields.set("err_code", "AUTHCODEEXPIRE");
    fields.set("err_code_des", "101 付款码已过期，\n请刷新再试");
    let mut headers = HeaderMap::new();
    headers.insert("Request-ID", "08B1-0".parse().unwrap());
    assert_eq!(
        ApiError::of_result(CallName::Micropay, &fields, &headers).to_string(),
        "WeChat Pay refused the code pay call: AUTHCODEEXPIRE (the payment code has expired; scan again), \
         \"101 付款码已过期，请刷新再试\", Request-ID 08B1-0"
    );
    fields.set("return_msg", "appid参数长度有误");
    assert_eq!(
        ApiError::of_return(CallName::Query, &fields, &HeaderMap::new()).to_string(),
        "WeChat Pay refused the query call without a code, \"appid参数长度有误\", unsigned"
    );
}
