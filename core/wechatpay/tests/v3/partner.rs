//! A service provider's orders for its sub-merchants, byte for byte.

use saoma_wechatpay::v3::{
    Appid, CallError, Mchid, RefundId,
    codepay::Charge,
    partner::{self, Merchant, Sub},
    query::Query,
    refund::{self, NewRefund, RefundNotice},
    reverse,
};
use serde_json::json;

use crate::codepay::{charge, merchant};
use crate::refunds::{new_refund, out_refund_no};
use crate::requests::{mchid, order, out_trade_no};
use crate::support::{NOW, Signed, second, wechat_pay_keys};

fn sub() -> Sub {
    let appid = Some(Appid::new("wx0a1b2c3d4e5f6071").unwrap());
    Sub::new(&mchid(), Mchid::new("1600005678").unwrap(), appid).unwrap()
}

fn provider() -> Merchant {
    Merchant { sub: Some(sub()), ..merchant() }
}

fn path(call: &saoma_wechatpay::v3::Call) -> String {
    call.path_and_query().to_owned()
}

#[test]
fn an_order_names_provider_and_sub_merchant_and_no_direct_merchant() {
    let body = partner::native_body(&order(), Some(&sub()));
    assert_eq!(
        std::str::from_utf8(&body).unwrap(),
        r#"{"sp_appid":"wx1f2e3d4c5b6a7988","sp_mchid":"1688001234","sub_appid":"wx0a1b2c3d4e5f6071","sub_mchid":"1600005678","description":"绿豆咖啡-拿铁","out_trade_no":"KB20260801-0007","notify_url":"https://pay.example.cn/wx/v3/notify","amount":{"total":1280,"currency":"CNY"}}"#
    );
    let call = partner::native_call(&mchid(), Some(&sub()), body);
    assert_eq!(path(&call), "/v3/pay/partner/transactions/native");
    let without_app = Sub { appid: None, ..sub() };
    let body = partner::native_body(&order(), Some(&without_app));
    assert!(!std::str::from_utf8(&body).unwrap().contains("sub_appid"));
}

#[test]
fn without_a_sub_merchant_everything_is_a_direct_merchants() {
    assert_eq!(partner::native_body(&order(), None), order().body());
    let call = partner::native_call(&mchid(), None, order().body());
    assert_eq!(path(&call), "/v3/pay/transactions/native");
    let call = partner::close_call(&mchid(), None, &out_trade_no());
    assert_eq!(path(&call), "/v3/pay/transactions/out-trade-no/KB20260801-0007/close");
}

#[test]
fn close_and_query_take_the_partner_paths() {
    let close = partner::close_call(&mchid(), Some(&sub()), &out_trade_no());
    assert_eq!(path(&close), "/v3/pay/partner/transactions/out-trade-no/KB20260801-0007/close");
    assert_eq!(close.body(), r#"{"sp_mchid":"1688001234","sub_mchid":"1600005678"}"#.as_bytes());
    let query = Query::by_out_trade_no(mchid(), out_trade_no()).of(Some(&sub()));
    assert_eq!(
        path(&query.call()),
        "/v3/pay/partner/transactions/out-trade-no/KB20260801-0007?sp_mchid=1688001234&sub_mchid=1600005678"
    );
}

#[test]
fn an_answer_is_believed_only_of_the_sub_merchant_that_was_asked_about() {
    let told = r#"{"sp_mchid":"1688001234","sp_appid":"wx1f2e3d4c5b6a7988","sub_mchid":"1600005678","out_trade_no":"KB20260801-0007","trade_state":"NOTPAY"}"#;
    let asked = Query::by_out_trade_no(mchid(), out_trade_no());
    let read = |query: Query, body: &str| {
        query.read(&Signed::new(body.to_owned()).answer(200), second(NOW), &wechat_pay_keys()).map(|answer| {
            let found = answer.value();
            (found.mchid.clone(), found.sub_mchid.clone())
        })
    };
    let right = read(asked.clone().of(Some(&sub())), told).unwrap();
    assert_eq!(right, ("1688001234".to_owned(), Some("1600005678".to_owned())));
    let wrong = Err(CallError::OtherOrder { field: "sub_mchid" });
    assert_eq!(read(asked.clone().of(Some(&sub())), &told.replace("1600005678", "1600005679")), wrong);
    assert_eq!(read(asked, told), wrong, "a direct merchant's question is not answered by a partner's order");
}

#[test]
fn a_provider_is_not_its_own_sub_merchant() {
    assert_eq!(Sub::new(&mchid(), mchid(), None).unwrap_err().field, "sub_mchid");
}

#[test]
fn a_payment_code_is_charged_and_reversed_for_the_sub_merchant() {
    let charge = Charge { merchant: provider(), ..charge() };
    let call = charge.call();
    assert_eq!(path(&call), "/v3/pay/partner/transactions/codepay");
    assert_eq!(
        std::str::from_utf8(call.body()).unwrap(),
        r#"{"sp_appid":"wx1f2e3d4c5b6a7988","sp_mchid":"1688001234","sub_appid":"wx0a1b2c3d4e5f6071","sub_mchid":"1600005678","description":"绿豆咖啡-拿铁","out_trade_no":"KB20260801-0007","payer":{"auth_code":"134567890123456789"},"amount":{"total":1280,"currency":"CNY"},"scene_info":{"store_info":{"out_id":"main"}}}"#
    );
    let told = r#"{"sp_mchid":"1688001234","sub_mchid":"1600005678","out_trade_no":"KB20260801-0007","trade_state":"USERPAYING"}"#;
    let read = |body: &str| {
        charge.read(&Signed::new(body.to_owned()).answer(200), second(NOW), &wechat_pay_keys()).map(|_| ())
    };
    assert_eq!(read(told), Ok(()));
    let wrong = Err(CallError::OtherOrder { field: "sub_mchid" });
    assert_eq!(read(&told.replace("1600005678", "1600005679")), wrong);

    let call = reverse::call(&provider(), &out_trade_no());
    assert_eq!(path(&call), "/v3/pay/partner/transactions/out-trade-no/KB20260801-0007/reverse");
    assert_eq!(
        std::str::from_utf8(call.body()).unwrap(),
        r#"{"sp_appid":"wx1f2e3d4c5b6a7988","sp_mchid":"1688001234","sub_appid":"wx0a1b2c3d4e5f6071","sub_mchid":"1600005678"}"#
    );
    let read = |body: &str| {
        let answer = Signed::new(body.to_owned()).answer(200);
        reverse::read(&provider(), &out_trade_no(), &answer, second(NOW), &wechat_pay_keys()).map(|_| ())
    };
    let told = r#"{"sp_mchid":"1688001234","sub_mchid":"1600005678","out_trade_no":"KB20260801-0007"}"#;
    assert_eq!(read(told), Ok(()));
    assert_eq!(read(r#"{"sp_mchid":"1688001234","out_trade_no":"KB20260801-0007"}"#), Ok(()));
    assert_eq!(read(&told.replace("1600005678", "1600005679")), wrong);
}

#[test]
fn a_refund_names_the_sub_merchant_wherever_it_is_spoken_of() {
    let sub_mchid = sub().mchid;
    let refund = NewRefund { sub_mchid: Some(sub_mchid.clone()), ..new_refund() };
    let body = refund.body();
    assert!(body.starts_with(br#"{"sub_mchid":"1600005678","transaction_id":"#));
    assert_eq!(serde_json::from_slice::<NewRefund>(&body).unwrap(), refund);
    assert_eq!(
        path(&refund::query(&mchid(), Some(&sub_mchid), &out_refund_no())),
        "/v3/refund/domestic/refunds/01K1J6QYV00000000000000RF1?sub_mchid=1600005678"
    );
    let id = RefundId::new("50000000382019052709732678859").unwrap();
    let call = refund::abnormal_to_merchant(&mchid(), Some(&sub_mchid), &id, &out_refund_no());
    assert_eq!(
        call.body(),
        r#"{"sub_mchid":"1600005678","out_refund_no":"01K1J6QYV00000000000000RF1","type":"MERCHANT_BANK_CARD"}"#
    );
    let told = json!({
        "sp_mchid": "1688001234", "sub_mchid": "1600005678", "out_trade_no": "KB20260801-0007",
        "transaction_id": "4200001234202608017654321098", "out_refund_no": "01K1J6QYV00000000000000RF1",
        "refund_id": "50000000382019052709732678859", "refund_status": "SUCCESS",
        "amount": {"total": 1280, "refund": 300},
    });
    let notice: RefundNotice = serde_json::from_value(told).unwrap();
    assert_eq!((notice.mchid.as_str(), notice.sub_mchid.as_deref()), ("1688001234", Some("1600005678")));
}
