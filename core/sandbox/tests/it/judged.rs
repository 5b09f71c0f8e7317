//! The double judges its clients: every wrong request gets the protocol's error, with its details and inner number.

use http::Method;
use serde_json::{Value, json};

use super::play::{Bent, Merchant, Reply, Stage};

const NATIVE: &str = "/v3/pay/transactions/native";
const SIGN_ERROR: &str = "268443699";
const PARAMETER: &str = "268435461";
const RANGE: &str = "268435464";
const UNKNOWN_MEMBER: &str = "270924358";

async fn sent(stage: &Stage, merchant: &Merchant, bend: impl FnOnce(&mut Bent<'_>)) -> Reply {
    let body = merchant.order("JUDGED-01").to_string().into_bytes();
    let mut request = merchant.bent(Method::POST, NATIVE, body);
    bend(&mut request);
    merchant.send(stage, request).await.unwrap()
}

fn refused(reply: &Reply, status: u16, code: &str, tail: &str) {
    assert_eq!(reply.refusal(), (status, code.into(), tail.into()), "{}", reply.json());
    assert!(!reply.json()["message"].as_str().unwrap().is_empty());
    assert_eq!(reply.header("Content-Type"), "application/json; charset=utf-8");
}

#[tokio::test]
async fn a_body_that_differs_from_what_was_signed_is_a_signature_error_that_tells_the_text() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    let reply = sent(&stage, &merchant, |request| request.signed_body = Some(b"{}".to_vec())).await;
    refused(&reply, 401, "SIGN_ERROR", SIGN_ERROR);
    let told = &reply.json()["detail"]["sign_information"];
    assert_eq!((&told["method"], &told["url"]), (&json!("POST"), &json!(NATIVE)));
    let text = told["truncated_sign_message"].as_str().unwrap();
    assert!(text.starts_with(&format!("POST\n{NATIVE}\n")), "{text:?}");
    let length = merchant.order("JUDGED-01").to_string().len()
        + format!("POST\n{NATIVE}\n").len()
        + 10
        + 1
        + 32
        + 1
        + 1;
    assert_eq!(told["sign_message_length"], length);
    assert_eq!(merchant.query(&stage, "JUDGED-01").await.status, 404, "nothing was done");
}

#[tokio::test]
async fn a_query_left_out_of_the_signature_is_a_signature_error() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    let target = format!("/v3/pay/transactions/out-trade-no/JUDGED-01?mchid={}", merchant.mchid);
    let mut request = merchant.bent(Method::GET, &target, Vec::new());
    request.signed_target = Some("/v3/pay/transactions/out-trade-no/JUDGED-01");
    refused(&merchant.send(&stage, request).await.unwrap(), 401, "SIGN_ERROR", SIGN_ERROR);
}

#[tokio::test]
async fn a_timestamp_more_than_five_minutes_off_is_refused_whatever_the_doubles_own_clock() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    for off in [-310, 310, -100_000] {
        let reply = sent(&stage, &merchant, |request| request.timestamp += off).await;
        refused(&reply, 401, "SIGN_ERROR", SIGN_ERROR);
    }
    for off in [-290, 290] {
        assert_eq!(sent(&stage, &merchant, |request| request.timestamp += off).await.status, 200, "{off}");
    }
    stage.advance(3600).await;
    assert_eq!(
        sent(&stage, &merchant, |_| {}).await.status,
        200,
        "an hour of business time is no transport time"
    );
}

#[tokio::test]
async fn who_is_not_who_he_says_is_refused() {
    let stage = Stage::set().await;
    let (merchant, other) = (stage.merchant(), stage.other_merchant());
    let unknown = sent(&stage, &merchant, |request| request.mchid = "1600000000".into()).await;
    refused(&unknown, 400, "MCH_NOT_EXISTS", "268443715");
    let others_serial = sent(&stage, &merchant, |request| request.serial_no = other.serial_no.clone()).await;
    refused(&others_serial, 401, "SIGN_ERROR", SIGN_ERROR);
    let platforms_serial = stage.told["platform"]["certificate_serial_no"].as_str().unwrap();
    let reply = sent(&stage, &merchant, |request| request.serial_no = platforms_serial.into()).await;
    refused(&reply, 401, "SIGN_ERROR", SIGN_ERROR);
    let others_name = sent(&stage, &merchant, |request| {
        request.mchid = other.mchid.clone();
        request.serial_no = other.serial_no.clone();
    });
    refused(&others_name.await, 401, "SIGN_ERROR", SIGN_ERROR);
    let lower_case = merchant.serial_no.to_lowercase();
    let reply = sent(&stage, &merchant, |request| request.serial_no = lower_case).await;
    assert_eq!(reply.status, 200, "serials are compared without case");
}

#[tokio::test]
async fn a_missing_authorization_is_told_from_a_wrong_one() {
    let stage = Stage::set().await;
    let request = super::play::client().get(stage.url("/v3/certificates"));
    let request = request.header("Accept", "application/json").header("User-Agent", "tests");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 401);
    let request_id = answer.headers()["Request-ID"].to_str().unwrap().to_owned();
    assert!(request_id.ends_with("-268443699"), "{request_id}");
    let told: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    assert_eq!(told["code"], "SIGN_ERROR");
    assert_eq!(told["detail"]["location"], "authorization");
}

#[tokio::test]
async fn headers_every_client_must_send() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    let without =
        |name: &'static str| move |request: &mut Bent<'_>| request.headers.retain(|(n, _)| *n != name);
    let with = |name: &'static str, value: &'static str| {
        move |request: &mut Bent<'_>| {
            request.headers.retain(|(n, _)| *n != name);
            request.headers.push((name, value.into()));
        }
    };
    // reqwest adds its own Accept, so an absent one is tried on raw bytes in wire.rs.
    for reply in [
        sent(&stage, &merchant, with("Accept", "")).await,
        sent(&stage, &merchant, with("Accept", "text/html")).await,
        sent(&stage, &merchant, without("User-Agent")).await,
        sent(&stage, &merchant, with("User-Agent", "  ")).await,
        sent(&stage, &merchant, without("Content-Type")).await,
        sent(&stage, &merchant, with("Content-Type", "text/plain")).await,
    ] {
        refused(&reply, 400, "PARAM_ERROR", PARAMETER);
        assert_eq!(reply.json()["detail"]["location"], "header");
    }
    for accept in [
        "*/*",
        " application/json ",
        "text/html, application/json;q=0.9",
        "application/json, text/plain, */*",
    ] {
        assert_eq!(sent(&stage, &merchant, with("Accept", accept)).await.status, 200, "{accept}");
    }
    let charset = sent(&stage, &merchant, with("Content-Type", "application/json; charset=utf-8")).await;
    assert_eq!(charset.status, 200);
}

#[tokio::test]
async fn a_serial_that_is_empty_unknown_or_shortened_is_never_an_error() {
    let stage = Stage::set().await;
    let serial = stage.told["platform"]["certificate_serial_no"].as_str().unwrap().to_owned();
    let id = stage.told["platform"]["public_key_id"].as_str().unwrap().to_owned();
    for wanted in
        ["", "7ABC", "PUB_KEY_ID_9", serial.as_str(), &serial.to_lowercase(), &format!("00{serial}")]
    {
        let with = |request: &mut Bent<'_>| request.headers.push(("Wechatpay-Serial", wanted.into()));
        assert_eq!(
            sent(&stage, &stage.merchant(), with).await.header("Wechatpay-Serial"),
            serial,
            "{wanted:?}"
        );
        let with = |request: &mut Bent<'_>| request.headers.push(("Wechatpay-Serial", wanted.into()));
        assert_eq!(
            sent(&stage, &stage.other_merchant(), with).await.header("Wechatpay-Serial"),
            id,
            "{wanted:?}"
        );
    }
}

#[tokio::test]
async fn bodies_are_verified_as_raw_bytes_however_they_are_written() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    let mut order = merchant.order("JUDGED-01");
    order["description"] = json!("a<b>&c 拿铁");
    let plain = order.to_string();
    let escaped = plain.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
    let ascii = escaped.replace('拿', "\\u62ff").replace('铁', "\\u94c1");
    for body in [plain.clone(), escaped, ascii, format!("{plain}\n"), format!("  {plain}\r\n")] {
        let reply = sent(&stage, &merchant, |request| request.body = body.into_bytes()).await;
        assert_eq!(reply.status, 200, "all are the same order: {reply:?}");
    }
}

#[tokio::test]
async fn a_nonce_seen_again_is_no_error() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    let body = merchant.order("JUDGED-01").to_string().into_bytes();
    let request = || merchant.bent(Method::POST, NATIVE, body.clone());
    let timestamp = request().timestamp;
    for _ in 0..2 {
        let mut again = request();
        again.timestamp = timestamp;
        assert_eq!(merchant.send(&stage, again).await.unwrap().status, 200);
    }
}

/// Changes the order by one member and sends it.
async fn with(stage: &Stage, pointer: &str, value: Value) -> Reply {
    let merchant = stage.merchant();
    let mut order = merchant.order("JUDGED-01");
    order["scene_info"] = json!({ "payer_client_ip": "127.0.0.1", "store_info": { "id": "1" } });
    order["detail"] =
        json!({ "goods_detail": [{ "merchant_goods_id": "a", "quantity": 1, "unit_price": 1280 }] });
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = order.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    match value {
        Value::Object(ref absent) if absent.is_empty() => parent.remove(name),
        value => parent.insert(name.into(), value),
    };
    merchant.place(stage, &order).await
}

/// Stands for a member that is left out.
fn absent() -> Value {
    json!({})
}

#[tokio::test]
async fn every_field_is_judged_and_named() {
    let stage = Stage::set().await;
    let long = |count: usize| json!("拿".repeat(count));
    let item = "/detail/goods_detail/0";
    let table = [
        ("/appid", absent(), PARAMETER),
        ("/mchid", absent(), PARAMETER),
        ("/description", absent(), PARAMETER),
        ("/description", json!(""), RANGE),
        ("/description", long(128), RANGE),
        ("/description", json!("拿铁\u{1f600}"), PARAMETER),
        ("/description", json!("拿\u{7}铁"), PARAMETER),
        ("/description", json!(7), PARAMETER),
        ("/description", Value::Null, PARAMETER),
        ("/out_trade_no", absent(), PARAMETER),
        ("/out_trade_no", json!("12345"), RANGE),
        ("/out_trade_no", json!("1".repeat(33)), RANGE),
        ("/out_trade_no", json!("A 00001"), PARAMETER),
        ("/out_trade_no", json!("订单号一二三四"), PARAMETER),
        ("/out_trade_no", json!(100_001), PARAMETER),
        ("/time_expire", json!("2026-08-01 10:00:00"), PARAMETER),
        ("/time_expire", json!("20260801100000"), PARAMETER),
        ("/time_expire", json!(1_785_549_600), PARAMETER),
        ("/attach", long(129), RANGE),
        ("/attach", Value::Null, PARAMETER),
        ("/notify_url", absent(), PARAMETER),
        ("/notify_url", json!("http://pay.example.cn/notify"), PARAMETER),
        ("/notify_url", json!("https://pay.example.cn/notify?a=1"), PARAMETER),
        ("/notify_url", json!("https://pay.example.cn/notify#a"), PARAMETER),
        ("/notify_url", json!(" https://pay.example.cn/notify"), PARAMETER),
        ("/notify_url", json!("https://pay.example.cn"), PARAMETER),
        ("/notify_url", json!("https://user:secret@pay.example.cn/notify"), PARAMETER),
        ("/notify_url", json!("ftp://pay.example.cn/notify"), PARAMETER),
        ("/notify_url", json!("notify"), PARAMETER),
        ("/notify_url", json!(format!("https://pay.example.cn/{}", "n".repeat(233))), RANGE),
        ("/goods_tag", long(33), RANGE),
        ("/support_fapiao", json!("true"), PARAMETER),
        ("/limit_pay", json!(["no_credit", "no_cash"]), PARAMETER),
        ("/amount", absent(), PARAMETER),
        ("/amount", json!(1280), PARAMETER),
        ("/amount/total", absent(), PARAMETER),
        ("/amount/total", json!(0), RANGE),
        ("/amount/total", json!(-1), RANGE),
        ("/amount/total", json!("110"), PARAMETER),
        ("/amount/total", json!(110.5), PARAMETER),
        ("/amount/total", json!(110.0), PARAMETER),
        ("/amount/total", json!(u64::MAX), PARAMETER),
        ("/amount/total", Value::Null, PARAMETER),
        ("/amount/currency", json!("USD"), PARAMETER),
        ("/amount/currency", json!(""), PARAMETER),
        ("/detail/cost_price", json!(-1), RANGE),
        ("/detail/invoice_id", long(33), RANGE),
        ("/detail/goods_detail", json!([]), RANGE),
        ("/detail/goods_detail/0/merchant_goods_id", absent(), PARAMETER),
        ("/detail/goods_detail/0/merchant_goods_id", json!("商品"), PARAMETER),
        ("/detail/goods_detail/0/goods_name", long(257), RANGE),
        ("/detail/goods_detail/0/quantity", json!(0), RANGE),
        ("/detail/goods_detail/0/unit_price", absent(), PARAMETER),
        ("/scene_info/payer_client_ip", absent(), PARAMETER),
        ("/scene_info/payer_client_ip", json!("here"), PARAMETER),
        ("/scene_info/device_id", long(33), RANGE),
        ("/scene_info/store_info/id", absent(), PARAMETER),
        ("/scene_info/store_info/address", long(513), RANGE),
        ("/settle_info", json!({ "profit_sharing": "no" }), PARAMETER),
        ("/total_fee", json!(1280), UNKNOWN_MEMBER),
        ("/amount/total_fee", json!(1280), UNKNOWN_MEMBER),
        ("/scene_info/h5_info", json!({ "type": "Wap" }), UNKNOWN_MEMBER),
    ];
    assert!(stage.merchant().order("JUDGED-01").pointer(item).is_none());
    for (pointer, value, tail) in table {
        let reply = with(&stage, pointer, value.clone()).await;
        refused(&reply, 400, "PARAM_ERROR", tail);
        let detail = &reply.json()["detail"];
        assert!(detail["field"].as_str().unwrap().starts_with(pointer), "{pointer}: {detail}");
        assert_eq!(detail["location"], "body");
        assert!(detail["issue"].is_string() && detail["value"].is_string(), "{detail}");
    }
    assert_eq!(stage.get("/_sandbox/orders").await, json!([]), "nothing was done by any of them");
}

#[tokio::test]
async fn every_good_field_is_taken() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    for (index, (pointer, value)) in [
        ("/description", json!("拿".repeat(127))),
        ("/out_trade_no", json!("ab|*_-")),
        ("/out_trade_no", json!("Z".repeat(32))),
        ("/time_expire", json!("2099-08-01T10:00:00+08:00")),
        ("/time_expire", json!("2099-08-01T02:00:00.123Z")),
        ("/attach", json!("拿".repeat(128))),
        ("/attach", json!("")),
        ("/notify_url", json!("https://pay.example.cn:8443/a/b")),
        ("/notify_url", json!("http://localhost:9/notify")),
        ("/notify_url", json!("http://[::1]:9/notify")),
        ("/goods_tag", json!("WXG")),
        ("/support_fapiao", json!(true)),
        ("/limit_pay", json!(["no_credit"])),
        ("/limit_pay", json!([])),
        ("/goods_tag", json!("")),
        ("/amount/total", json!(1)),
        ("/amount/total", json!(i64::MAX)),
        ("/amount/currency", json!("CNY")),
        ("/detail", json!({ "cost_price": 1, "invoice_id": "发票", "goods_detail": [
            { "merchant_goods_id": "a-B_1", "wechatpay_goods_id": "1", "goods_name": "拿铁", "quantity": 2, "unit_price": 0 },
        ] })),
        ("/scene_info", json!({ "payer_client_ip": "fe80::1", "device_id": "till", "store_info": {
            "id": "1", "name": "店", "area_code": "440305", "address": "路",
        } })),
        ("/settle_info", json!({ "profit_sharing": false })),
    ]
    .into_iter()
    .enumerate()
    {
        let mut order = merchant.order(&format!("GOOD-{index:04}"));
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        order.pointer_mut(parent).unwrap()[name] = value;
        let reply = merchant.place(&stage, &order).await;
        assert_eq!(reply.status, 200, "{pointer}: {reply:?}");
    }
}

#[tokio::test]
async fn bodies_that_are_no_good_json_are_refused() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    let good = merchant.order("JUDGED-01").to_string();
    let twice = good.replacen('{', "{\"description\":\"a\",", 1);
    let mut with_bom = vec![0xef, 0xbb, 0xbf];
    with_bom.extend_from_slice(good.as_bytes());
    for body in [
        b"{".to_vec(),
        b"[]".to_vec(),
        b"\"text\"".to_vec(),
        format!("{good}{good}").into_bytes(),
        twice.into_bytes(),
        with_bom,
        b"{\"description\":\"\xff\"}".to_vec(),
        format!("appid={}", merchant.appid).into_bytes(),
        "[".repeat(10_000).into_bytes(),
    ] {
        let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        let reply = sent(&stage, &merchant, |request| request.body = body).await;
        assert_eq!((reply.status, reply.json()["code"].as_str()), (400, Some("PARAM_ERROR")), "{shown}");
    }
    let empty = sent(&stage, &merchant, |request| request.body.clear()).await;
    refused(&empty, 400, "PARAM_ERROR", PARAMETER);
    let huge = sent(&stage, &merchant, |request| request.body = vec![b' '; 300 * 1024]).await;
    refused(&huge, 400, "PARAM_ERROR", RANGE);
}

#[tokio::test]
async fn numbers_that_do_not_belong_together_are_refused() {
    let stage = Stage::set().await;
    let (merchant, other) = (stage.merchant(), stage.other_merchant());
    let mut order = merchant.order("JUDGED-01");
    order["mchid"] = json!(other.mchid);
    let reply = merchant.place(&stage, &order).await;
    refused(&reply, 400, "PARAM_ERROR", PARAMETER);
    assert_eq!(reply.json()["detail"]["field"], "/mchid");

    let mut order = merchant.order("JUDGED-01");
    order["appid"] = json!(other.appid);
    refused(&merchant.place(&stage, &order).await, 400, "APPID_MCHID_NOT_MATCH", "268445527");

    let mut order = merchant.order("JUDGED-01");
    order["payer"] = json!({ "identity": { "type": "IDCARD", "number": "x", "name": "y" } });
    refused(&merchant.place(&stage, &order).await, 403, "NO_AUTH", PARAMETER);
}

#[tokio::test]
async fn queries_are_judged_too() {
    let stage = Stage::set().await;
    let (merchant, other) = (stage.merchant(), stage.other_merchant());
    let code = merchant.code_of(&stage, &merchant.order("JUDGED-01")).await;
    let id = stage.pay(&code).await["transaction_id"].as_str().unwrap().to_owned();
    let number = "/v3/pay/transactions/out-trade-no";
    let own = format!("mchid={}", merchant.mchid);
    for (target, status, code, tail) in [
        (format!("{number}/JUDGED-02?{own}"), 404, "ORDER_NOT_EXIST", "268512771"),
        (format!("{number}/x?{own}"), 404, "ORDER_NOT_EXIST", "268512771"),
        (format!("{number}/JUDGED-01"), 400, "PARAM_ERROR", PARAMETER),
        (format!("{number}/JUDGED-01?mchid="), 400, "PARAM_ERROR", PARAMETER),
        (format!("{number}/JUDGED-01?mchid={}", other.mchid), 400, "PARAM_ERROR", PARAMETER),
        (format!("{number}/JUDGED-01?{own}&{own}"), 400, "PARAM_ERROR", PARAMETER),
        (format!("{number}/JUDGED-01?{own}&sub_mchid=1"), 400, "PARAM_ERROR", UNKNOWN_MEMBER),
        (format!("{number}/{}?{own}", "1".repeat(33)), 400, "PARAM_ERROR", RANGE),
        (format!("/v3/pay/transactions/id/4200000000?{own}"), 404, "ORDER_NOT_EXIST", "268512771"),
        (format!("/v3/pay/transactions/id/{id}"), 400, "PARAM_ERROR", PARAMETER),
        ("/v3/certificates?algorithm_type=DSA".into(), 400, "PARAM_ERROR", PARAMETER),
    ] {
        let reply = merchant.get(&stage, &target).await;
        refused(&reply, status, code, tail);
    }
    let theirs = format!("/v3/pay/transactions/id/{id}?mchid={}", other.mchid);
    refused(&other.get(&stage, &theirs).await, 403, "NO_AUTH", "268447843");
    assert_eq!(
        other.query(&stage, "JUDGED-01").await.status,
        404,
        "another merchant's number is another number"
    );
}

#[tokio::test]
async fn closes_are_judged_too() {
    let stage = Stage::set().await;
    let (merchant, other) = (stage.merchant(), stage.other_merchant());
    merchant.code_of(&stage, &merchant.order("JUDGED-01")).await;
    refused(&merchant.close(&stage, "JUDGED-02").await, 404, "ORDER_NOT_EXIST", "268512771");
    refused(&other.close(&stage, "JUDGED-01").await, 404, "ORDER_NOT_EXIST", "268512771");
    let target = "/v3/pay/transactions/out-trade-no/JUDGED-01/close";
    for (body, tail) in [
        (json!({}), PARAMETER),
        (json!({ "mchid": other.mchid }), PARAMETER),
        (json!({ "mchid": null }), PARAMETER),
        (json!({ "mchid": merchant.mchid, "out_trade_no": "JUDGED-01" }), UNKNOWN_MEMBER),
    ] {
        refused(&merchant.post(&stage, target, &body).await, 400, "PARAM_ERROR", tail);
    }
    assert_eq!(merchant.trade_state(&stage, "JUDGED-01").await, "NOTPAY");
}

#[tokio::test]
async fn a_number_with_odd_letters_is_found_in_its_encoded_form() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    merchant.code_of(&stage, &merchant.order("A|B*C-1")).await;
    for form in ["A%7CB*C-1", "A%7cB%2AC-1"] {
        assert_eq!(merchant.trade_state(&stage, form).await, "NOTPAY", "{form}");
    }
}

#[tokio::test]
async fn calls_that_are_not_here_are_not_found() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    for target in [
        "/",
        "/v3",
        "/v3/pay/transactions/jsapi",
        "/v3/pay/partner/transactions/app",
        "/v3/refund/domestic/refunds/R-01",
        "/v3/pay/transactions/h5",
        "/pay/shorturl",
        "/v3/pay/transactions/native/",
    ] {
        refused(&merchant.post(&stage, target, &json!({})).await, 404, "NOT_FOUND", PARAMETER);
    }
    for target in [
        "/v3/bill/sub-merchant-fundflowbill?bill_date=2026-08-01",
        NATIVE,
        "/v3/pay/transactions/out-trade-no//close",
    ] {
        refused(&merchant.get(&stage, target).await, 404, "NOT_FOUND", PARAMETER);
    }
}
