//! WeChat Pay v2: XML from outside, and signed anew so that what lies behind the signature is reached too.

use std::sync::LazyLock;

use bytes::Bytes;
use http::{HeaderMap, Response};
use saoma_wechatpay::v2::{
    ApiKey, CallError, CallName, Fields, Merchant, SignType, Signing, close, native, notification, query,
    refund::{self, RefundQuery},
    req_info, reverse,
    xml::ROOT,
};
use saoma_wechatpay::v3::{Appid, Mchid, OutRefundNo, OutTradeNo, TransactionId};

use crate::{Target, told};

pub(super) const XML: Target = Target {
    name: "v2_xml",
    seeds,
    words: &[
        "<xml>",
        "</xml>",
        "<![CDATA[",
        "]]>",
        "<!DOCTYPE xml [<!ENTITY a \"b\">]>",
        "&a;",
        "&lt;",
        "&#x10FFFF;",
        "<!--",
        "-->",
        "<?xml version=\"1.0\"?>",
        "<root>",
        "</root>",
        "return_code",
        "result_code",
        "SUCCESS",
        "FAIL",
        "coupon_count",
        "coupon_fee_0",
        "refund_count",
        "total_refund_count",
        "out_refund_no_0",
        "req_info",
        "trade_state",
        "total_fee",
        "time_end",
        "sign_type",
        "MD5",
    ],
    input_bytes_max: 150 * 1024,
    memory_bytes_max: 16 << 20,
    executions: 1_500,
    run,
};

const PAID: &str = "<xml><return_code><![CDATA[SUCCESS]]></return_code><return_msg>OK</return_msg>\
    <result_code>SUCCESS</result_code><appid>wx1f2e3d4c5b6a7988</appid><mch_id>1688001234</mch_id>\
    <nonce_str>7CqyVDsjvd3MFeYy</nonce_str><openid>oKB1xYz9Abc_defGHIjklMNOpqr0</openid><trade_type>NATIVE</trade_type>\
    <trade_state>SUCCESS</trade_state><bank_type>CMB_DEBIT</bank_type><total_fee>1280</total_fee>\
    <settlement_total_fee>1280</settlement_total_fee><fee_type>CNY</fee_type><cash_fee>1180</cash_fee>\
    <coupon_fee>100</coupon_fee><coupon_count>1</coupon_count><coupon_id_0>10000</coupon_id_0>\
    <coupon_type_0>NO_CASH</coupon_type_0><coupon_fee_0>100</coupon_fee_0>\
    <transaction_id>4200001234202608017654321098</transaction_id><out_trade_no>01K1J6QYV00000000000000A0101</out_trade_no>\
    <attach>till-07</attach><time_end>20260801100231</time_end><trade_state_desc><![CDATA[支付成功]]></trade_state_desc></xml>";

const OPENED: &str = "<xml><return_code>SUCCESS</return_code><result_code>SUCCESS</result_code>\
    <appid>wx1f2e3d4c5b6a7988</appid><mch_id>1688001234</mch_id><prepay_id>wx1</prepay_id><trade_type>NATIVE</trade_type>\
    <code_url><![CDATA[weixin://wxpay/bizpayurl?pr=Ab12Cd3]]></code_url></xml>";

const REFUNDS: &str = "<xml><return_code>SUCCESS</return_code><result_code>SUCCESS</result_code>\
    <appid>wx1f2e3d4c5b6a7988</appid><mch_id>1688001234</mch_id><transaction_id>4200001234202608017654321098</transaction_id>\
    <out_trade_no>01K1J6QYV00000000000000A0101</out_trade_no><total_fee>1280</total_fee><refund_fee>300</refund_fee>\
    <out_refund_no>01K1J6QYV00000000000000RF1</out_refund_no><refund_id>50300012342026080112345678901</refund_id>\
    <total_refund_count>12</total_refund_count><refund_count>2</refund_count>\
    <out_refund_no_0>01K1J6QYV00000000000000RF1</out_refund_no_0><refund_id_0>50300012342026080112345678901</refund_id_0>\
    <refund_channel_0>ORIGINAL</refund_channel_0><refund_fee_0>300</refund_fee_0><refund_status_0>SUCCESS</refund_status_0>\
    <refund_success_time_0>2026-08-01 10:05:00</refund_success_time_0><out_refund_no_1>01K1J6QYV00000000000000RF2</out_refund_no_1>\
    <refund_id_1>50300012342026080112345678902</refund_id_1><refund_fee_1>100</refund_fee_1>\
    <refund_status_1>CHANGE</refund_status_1></xml>";

const REFUNDED: &str = "<root><transaction_id>4200001234202608017654321098</transaction_id>\
    <out_trade_no>01K1J6QYV00000000000000A0101</out_trade_no><refund_id>50300012342026080112345678901</refund_id>\
    <out_refund_no>01K1J6QYV00000000000000RF1</out_refund_no><total_fee>1280</total_fee><refund_fee>300</refund_fee>\
    <settlement_refund_fee>300</settlement_refund_fee><refund_status>SUCCESS</refund_status>\
    <success_time>2026-08-01 10:05:00</success_time><refund_recv_accout>支付用户零钱</refund_recv_accout></root>";

struct Fixture {
    signing: [Signing; 2],
    merchant: Merchant,
    order: OutTradeNo,
    transaction: TransactionId,
    refund: OutRefundNo,
}

static FIXTURE: LazyLock<Fixture> = LazyLock::new(|| {
    let signing = |sign_type| Signing {
        key: ApiKey::new(b"k3y0fTheShopXXXX2026abcdEFGH0199").expect("a key of 32 bytes"),
        sign_type,
    };
    let (appid, mchid) = (Appid::new("wx1f2e3d4c5b6a7988"), Mchid::new("1688001234"));
    Fixture {
        signing: [signing(SignType::HmacSha256), signing(SignType::Md5)],
        merchant: Merchant::new(appid.expect("an app id"), mchid.expect("a merchant number")),
        order: OutTradeNo::new("01K1J6QYV00000000000000A0101").expect("a number"),
        transaction: TransactionId::new("4200001234202608017654321098").expect("a number"),
        refund: OutRefundNo::new("01K1J6QYV00000000000000RF1").expect("a number"),
    }
});

fn seeds() -> Vec<Vec<u8>> {
    let refused = "<xml><return_code>SUCCESS</return_code><result_code>FAIL</result_code><err_code>ORDERNOTEXIST</err_code>\
        <err_code_des>不行</err_code_des><appid>wx1f2e3d4c5b6a7988</appid><mch_id>1688001234</mch_id><recall>N</recall></xml>";
    let failed = "<xml><return_code>FAIL</return_code><return_msg>签名错误</return_msg></xml>";
    super::texts([PAID, OPENED, REFUNDS, REFUNDED, refused, failed])
}

fn run(input: &[u8]) {
    let fixture = &*FIXTURE;
    let (whole, signing) = (Bytes::copy_from_slice(input), &fixture.signing[0]);
    // As it came: nobody signed it.
    read_all(&whole, signing);
    for root in [ROOT, "root"] {
        match Fields::read(root, input) {
            Ok(fields) => read_signed(root, &fields),
            Err(error) => told(&error),
        }
    }
    // As the inside of a refund notification.
    let mut sealed = Fields::new();
    for (name, value) in [
        ("return_code", "SUCCESS"),
        ("appid", "wx1f2e3d4c5b6a7988"),
        ("mch_id", "1688001234"),
        ("nonce_str", "n1"),
    ] {
        sealed.set(name, value);
    }
    sealed.set("req_info", req_info::seal(&signing.key, input));
    if let Ok(body) = sealed.write(ROOT) {
        noticed(&Bytes::copy_from_slice(&body), signing);
    }
}

fn read_signed(root: &str, fields: &Fields<'_>) {
    let written = fields.write(root).expect("what was read can be written");
    let again = Fields::read(root, &written).expect("what was written can be read");
    assert!(fields.iter().eq(again.iter()), "written and read again, it says something else");
    for signing in &FIXTURE.signing {
        let mut signed = Fields::new();
        for (name, value) in fields.iter().filter(|(name, _)| *name != "sign") {
            signed.set(name, value);
        }
        if let Ok(body) = signing.write(signed) {
            let ours = Fields::read(ROOT, &body).expect("what was signed can be read");
            assert!(signing.verify(&ours).is_ok(), "what was signed does not verify");
            read_all(&body, signing);
        }
    }
}

fn read_all(body: &Bytes, signing: &Signing) {
    let Fixture { merchant, order, transaction, refund, .. } = &*FIXTURE;
    let answer = Response::new(body.clone());
    judged(CallName::NativeOrder, native::read(merchant, &answer, signing));
    for number in [order.clone().into(), transaction.clone().into()] {
        if let Some(found) = judged(CallName::Query, query::read(merchant, &number, &answer, signing))
            && let Err(error) = found.value().payment()
        {
            told(&error);
        }
        let query = RefundQuery::Order { number, offset: 0 };
        judged(CallName::RefundQuery, query.read(merchant, &answer, signing));
    }
    judged(CallName::Close, close::read(merchant, &answer, signing));
    judged(CallName::Reverse, reverse::read(merchant, &answer, signing));
    judged(CallName::Refund, refund::read(merchant, refund, &answer, signing));
    noticed(body, signing);
}

fn judged<T>(call: CallName, read: Result<T, CallError>) -> Option<T> {
    read.map_err(|error| {
        told(&error);
        error.advice(call)
    })
    .ok()
}

fn noticed(body: &Bytes, signing: &Signing) {
    if let Err(error) = notification::read(&HeaderMap::new(), body, signing) {
        told(&error);
    }
}
