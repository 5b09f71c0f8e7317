//! A service provider's orders for its sub-merchants, byte for byte.

use saoma_wechatpay::v3::{
    Appid, CallError, Mchid,
    partner::{self, Sub},
    query::Query,
};

use crate::requests::{mchid, order, out_trade_no};
use crate::support::{NOW, Signed, second, wechat_pay_keys};

fn sub() -> Sub {
    let appid = Some(Appid::new("wx0a1b2c3d4e5f6071").unwrap());
    Sub::new(&mchid(), Mchid::new("1600005678").unwrap(), appid).unwrap()
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
