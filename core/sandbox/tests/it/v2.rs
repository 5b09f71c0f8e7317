//! API v2 from outside: XML signed with MD5 or HMAC-SHA256, on the real paths.

use std::collections::BTreeMap;

use saoma_wechatpay::v2::{Fields, SignType, Signing, req_info, xml::ROOT};
use serde_json::{Value, json};

use super::play::{Merchant, Receiver, Stage, client};

const OK: &str =
    "<xml><return_code><![CDATA[SUCCESS]]></return_code><return_msg><![CDATA[OK]]></return_msg></xml>";

type Told = BTreeMap<String, String>;

/// A merchant that speaks API v2.
#[derive(Clone)]
struct Client {
    merchant: Merchant,
    signing: Signing,
    /// Fields that every request has.
    common: Vec<(&'static str, String)>,
}

/// The merchant with MD5, and with HMAC-SHA256.
fn both(stage: &Stage) -> [Client; 2] {
    [SignType::Md5, SignType::HmacSha256].map(|sign_type| of(stage.merchant(), sign_type))
}

fn of(merchant: Merchant, sign_type: SignType) -> Client {
    let mut common = vec![
        ("appid", merchant.appid.clone()),
        ("mch_id", merchant.mchid.clone()),
        ("nonce_str", "0123456789abcdef".to_owned()),
    ];
    if sign_type == SignType::HmacSha256 {
        common.push(("sign_type", "HMAC-SHA256".to_owned()));
    }
    Client { signing: Signing { key: merchant.api_v2_key.clone(), sign_type }, merchant, common }
}

impl Client {
    fn document(&self, fields: &[(&str, &str)]) -> Vec<u8> {
        let mut all = Fields::new();
        for (name, value) in &self.common {
            all.set(*name, value.clone());
        }
        for (name, value) in fields {
            all.set(*name, *value);
        }
        self.signing.write(all).unwrap().to_vec()
    }

    /// What comes back, raw.
    async fn sent(&self, stage: &Stage, path: &str, body: Vec<u8>) -> Result<Vec<u8>, reqwest::Error> {
        let answer =
            client().post(stage.url(path)).header("Content-Type", "text/xml").body(body).send().await?;
        assert_eq!(answer.status(), 200);
        Ok(answer.bytes().await?.to_vec())
    }

    /// Calls, and believes only what is signed.
    async fn call(&self, stage: &Stage, path: &str, fields: &[(&str, &str)]) -> Told {
        let body = self.sent(stage, path, self.document(fields)).await.unwrap();
        let told = Fields::read(ROOT, &body).unwrap();
        if told.get("return_code") == Some("SUCCESS") {
            self.signing.verify(&told).unwrap();
            assert_eq!(told.get("mch_id"), Some(self.merchant.mchid.as_str()));
        } else {
            assert!(told.get("sign").is_none() && told.get("result_code").is_none(), "{told:?}");
        }
        told.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    async fn place(&self, stage: &Stage, number: &str, more: &[(&str, &str)]) -> Told {
        let order = [
            ("body", "绿豆咖啡-拿铁 <大杯> & 糖"),
            ("out_trade_no", number),
            ("total_fee", "1280"),
            ("spbill_create_ip", "127.0.0.1"),
            ("notify_url", "http://127.0.0.1:9/notify"),
            ("trade_type", "NATIVE"),
            ("product_id", "latte-01"),
        ];
        self.call(stage, "/pay/unifiedorder", &[&order[..], more].concat()).await
    }

    async fn query(&self, stage: &Stage, number: &str) -> Told {
        self.call(stage, "/pay/orderquery", &[("out_trade_no", number)]).await
    }

    async fn close(&self, stage: &Stage, number: &str) -> Told {
        self.call(stage, "/pay/closeorder", &[("out_trade_no", number)]).await
    }

    async fn charge(&self, stage: &Stage, number: &str, auth_code: &str) -> Told {
        let fields = [
            ("body", "茶"),
            ("out_trade_no", number),
            ("total_fee", "1280"),
            ("spbill_create_ip", "127.0.0.1"),
            ("auth_code", auth_code),
        ];
        self.call(stage, "/pay/micropay", &fields).await
    }

    async fn reverse(&self, stage: &Stage, number: &str) -> Told {
        self.call(stage, "/secapi/pay/reverse", &[("out_trade_no", number)]).await
    }

    async fn refund(
        &self,
        stage: &Stage,
        number: &str,
        refund: &str,
        fen: &str,
        more: &[(&str, &str)],
    ) -> Told {
        let fields =
            [("out_trade_no", number), ("out_refund_no", refund), ("total_fee", "1280"), ("refund_fee", fen)];
        self.call(stage, "/secapi/pay/refund", &[&fields[..], more].concat()).await
    }

    async fn paid(&self, stage: &Stage, number: &str) {
        let placed = self.place(stage, number, &[]).await;
        stage.pay(&placed["code_url"]).await;
    }
}

fn err_code(told: &Told) -> &str {
    told.get("err_code").map_or("", String::as_str)
}

async fn shown(stage: &Stage, customer: Value) -> String {
    stage.post("/_sandbox/wallet-code", customer).await.1["auth_code"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_order_is_placed_paid_told_and_queried_with_either_signature() {
    let stage = Stage::set().await;
    for (index, client) in both(&stage).into_iter().enumerate() {
        let (receiver, number) = (Receiver::saying(&[200], OK).await, format!("V2-ROAD-{index}"));
        let more = [("attach", "till-07"), ("notify_url", &receiver.url), ("device_info", "till07")];
        let placed = client.place(&stage, &number, &more).await;
        assert_eq!(placed["result_code"], "SUCCESS", "{placed:?}");
        assert!(
            placed["code_url"].starts_with("weixin://wxpay/bizpayurl?pr=") && placed["prepay_id"].len() <= 64
        );
        let unpaid = client.query(&stage, &number).await;
        assert_eq!(
            (unpaid["trade_state"].as_str(), unpaid.contains_key("transaction_id")),
            ("NOTPAY", false)
        );
        let again = client.place(&stage, &number, &more).await;
        assert_ne!(again["code_url"], placed["code_url"], "a fresh code");
        let other = client.place(&stage, &number, &[&more[..], &[("body", "美式")]].concat()).await;
        assert_eq!(err_code(&other), "INVALID_REQUEST");

        stage.pay(&again["code_url"]).await;
        let arrived = receiver.arrived(1).await;
        assert_eq!(arrived[0].headers["Content-Type"], "text/xml");
        let notified = Fields::read(ROOT, &arrived[0].body).unwrap();
        client.signing.verify(&notified).unwrap();
        let paid = client.query(&stage, &number).await;
        assert_eq!(paid["trade_state"], "SUCCESS");
        for name in [
            "transaction_id",
            "total_fee",
            "cash_fee",
            "attach",
            "time_end",
            "openid",
            "trade_type",
            "mch_id",
        ] {
            assert_eq!(notified.get(name), Some(paid[name].as_str()), "{name}");
        }
        assert_eq!((paid["total_fee"].as_str(), paid["time_end"].len()), ("1280", 14));
        let by_id =
            client.call(&stage, "/pay/orderquery", &[("transaction_id", &paid["transaction_id"])]).await;
        assert_eq!(by_id["out_trade_no"], number);
        assert_eq!(err_code(&client.close(&stage, &number).await), "ORDERPAID");
        assert_eq!(err_code(&client.place(&stage, &number, &more).await), "ORDERPAID");
        let in_v3 = client.merchant.query(&stage, &number).await.json();
        assert_eq!(in_v3["transaction_id"], json!(paid["transaction_id"]), "one WeChat Pay, two languages");
    }
    let held = stage.get("/_sandbox/notifications").await;
    assert!(held.as_array().unwrap().iter().all(|one| one["state"] == "accepted"), "{held}");
}

#[tokio::test]
async fn a_notification_is_accepted_by_words_alone() {
    let stage = Stage::set().await;
    let [client, _] = both(&stage);
    for (index, says) in
        ["", "SUCCESS", "<xml><return_code>FAIL</return_code></xml>", "{}"].into_iter().enumerate()
    {
        let receiver = Receiver::saying(&[200], says).await;
        let number = format!("V2-WORDS-{index}");
        let placed = client.place(&stage, &number, &[("notify_url", &receiver.url)]).await;
        stage.pay(&placed["code_url"]).await;
        receiver.arrived(1).await;
        stage.advance(15).await;
        receiver.arrived(2).await;
    }
}

#[tokio::test]
async fn closing_is_harmless_and_may_be_too_early() {
    let stage = Stage::set().await;
    let [client, _] = both(&stage);
    assert_eq!(err_code(&client.close(&stage, "V2-CLOSE-X").await), "ORDERNOTEXIST");
    assert_eq!(err_code(&client.query(&stage, "V2-CLOSE-X").await), "ORDERNOTEXIST");
    client.place(&stage, "V2-CLOSE-1", &[]).await;
    stage.fault(json!({ "on": "/pay/closeorder", "do": "close_too_early" })).await;
    assert_eq!(err_code(&client.close(&stage, "V2-CLOSE-1").await), "TRADE_STATE_ERROR");
    assert_eq!(client.query(&stage, "V2-CLOSE-1").await["trade_state"], "NOTPAY");
    stage.advance(300).await;
    assert_eq!(client.close(&stage, "V2-CLOSE-1").await["result_code"], "SUCCESS");
    assert_eq!(client.query(&stage, "V2-CLOSE-1").await["trade_state"], "CLOSED");
    assert_eq!(err_code(&client.close(&stage, "V2-CLOSE-1").await), "ORDERCLOSED");
    assert_eq!(err_code(&client.place(&stage, "V2-CLOSE-1", &[]).await), "ORDERCLOSED");

    let placed = client.place(&stage, "V2-CLOSE-2", &[]).await;
    stage.pay_with(json!({ "code_url": placed["code_url"], "outcome": "password_pending" })).await;
    stage.advance(300).await;
    assert_eq!(err_code(&client.close(&stage, "V2-CLOSE-2").await), "SYSTEMERROR", "the customer is paying");
}

#[tokio::test]
async fn a_payment_code_is_charged_waited_for_and_reversed() {
    let stage = Stage::set().await;
    for (index, client) in both(&stage).into_iter().enumerate() {
        let number = |name: &str| format!("V2-CODE-{name}{index}");
        let auth_code = shown(&stage, json!({})).await;
        let paid = client.charge(&stage, &number("A"), &auth_code).await;
        assert_eq!(
            (paid["result_code"].as_str(), paid["trade_type"].as_str()),
            ("SUCCESS", "MICROPAY"),
            "{paid:?}"
        );
        assert_eq!(client.query(&stage, &number("A")).await["transaction_id"], paid["transaction_id"]);
        assert_eq!(err_code(&client.charge(&stage, &number("A"), &auth_code).await), "ORDERPAID");
        assert_eq!(err_code(&client.charge(&stage, &number("B"), &auth_code).await), "AUTH_CODE_ERROR");
        assert_eq!(
            err_code(&client.charge(&stage, &number("B"), "134567890123456789").await),
            "AUTH_CODE_INVALID"
        );
        assert_eq!(err_code(&client.charge(&stage, &number("B"), "1").await), "AUTH_CODE_INVALID");
        let poor = shown(&stage, json!({ "balance": 0 })).await;
        assert_eq!(err_code(&client.charge(&stage, &number("C"), &poor).await), "NOTENOUGH");
        assert_eq!(client.query(&stage, &number("C")).await["trade_state"], "PAYERROR");

        let asking = shown(&stage, json!({ "password": true })).await;
        assert_eq!(err_code(&client.charge(&stage, &number("D"), &asking).await), "USERPAYING");
        assert_eq!(client.query(&stage, &number("D")).await["trade_state"], "USERPAYING");
        assert_eq!(err_code(&client.reverse(&stage, &number("D")).await), "USERPAYING");
        assert_eq!(err_code(&client.close(&stage, &number("D")).await), "TRADE_STATE_ERROR");
        stage.advance(15).await;
        stage.fault(json!({ "on": "/secapi/pay/reverse", "do": "reverse_recall", "times": 1 })).await;
        assert_eq!(client.reverse(&stage, &number("D")).await["recall"], "Y");
        assert_eq!(client.query(&stage, &number("D")).await["trade_state"], "USERPAYING", "nothing was done");
        let reversed = client.reverse(&stage, &number("D")).await;
        assert_eq!((reversed["result_code"].as_str(), reversed["recall"].as_str()), ("SUCCESS", "N"));
        assert_eq!(client.query(&stage, &number("D")).await["trade_state"], "REVOKED");
        assert_eq!(
            err_code(&client.charge(&stage, &number("D"), &shown(&stage, json!({})).await).await),
            "ORDERREVERSED"
        );

        assert_eq!(client.reverse(&stage, &number("A")).await["recall"], "N");
        assert_eq!(client.query(&stage, &number("A")).await["trade_state"], "REVOKED");
        let old = shown(&stage, json!({})).await;
        stage.advance(60).await;
        assert_eq!(err_code(&client.charge(&stage, &number("E"), &old).await), "AUTHCODEEXPIRE");
        assert_eq!(err_code(&client.reverse(&stage, &number("E")).await), "INVALID_TRANSACTIONID");
        client.paid(&stage, &number("QR")).await;
        assert_eq!(err_code(&client.reverse(&stage, &number("QR")).await), "TRADE_ERROR");
    }
    let mchid = stage.merchant().mchid;
    let held = stage.post("/_sandbox/balance", json!({ "mchid": mchid })).await.1;
    assert_eq!(held["balance"], 2 * 1272, "two payments by code_url stand");
    let [client, _] = both(&stage);
    stage.advance(7 * 24 * 3600).await;
    assert_eq!(err_code(&client.reverse(&stage, "V2-CODE-C0").await), "REVERSE_EXPIRE");
}

#[tokio::test]
async fn refunds_are_asked_for_queried_and_told_sealed() {
    let stage = Stage::set().await;
    for (index, client) in both(&stage).into_iter().enumerate() {
        let receiver = Receiver::saying(&[200], OK).await;
        let (number, refund) = (format!("V2-REFUND-{index}"), format!("V2-R-{index}"));
        client.paid(&stage, &number).await;
        let notify = [("notify_url", receiver.url.as_str())];
        let accepted = client.refund(&stage, &number, &refund, "280", &notify).await;
        assert_eq!(
            (accepted["result_code"].as_str(), accepted["refund_fee"].as_str()),
            ("SUCCESS", "280"),
            "{accepted:?}"
        );
        let query = [("out_refund_no", refund.as_str())];
        let processing = client.call(&stage, "/pay/refundquery", &query).await;
        assert_eq!(
            (processing["refund_count"].as_str(), processing["refund_status_0"].as_str()),
            ("1", "PROCESSING")
        );
        assert_eq!(
            client.refund(&stage, &number, &refund, "280", &notify).await["refund_id"],
            accepted["refund_id"]
        );
        assert_eq!(
            err_code(&client.refund(&stage, &number, &refund, "281", &notify).await),
            "REFUND_FEE_MISMATCH"
        );
        assert_eq!(err_code(&client.refund(&stage, &number, "V2-R-X", "1", &[]).await), "FREQUENCY_LIMITED");
        assert_eq!(err_code(&client.refund(&stage, &number, "V2-R-X", "1001", &[]).await), "INVALID_REQUEST");
        assert_eq!(client.query(&stage, &number).await["trade_state"], "REFUND");

        stage.advance(60).await;
        let arrived = receiver.arrived(1).await;
        let outer = Fields::read(ROOT, &arrived[0].body).unwrap();
        assert!(outer.get("sign").is_none() && outer.get("mch_id") == Some(&client.merchant.mchid));
        let opened = req_info::open(&client.signing.key, outer.get("req_info").unwrap()).unwrap();
        let told = Fields::read("root", &opened).unwrap();
        assert_eq!(told.get("refund_status"), Some("SUCCESS"));
        assert_eq!(told.get("refund_id"), Some(accepted["refund_id"].as_str()));
        let by_order = client.call(&stage, "/pay/refundquery", &[("out_trade_no", &number)]).await;
        assert_eq!(by_order["refund_status_0"], "SUCCESS");
        assert_eq!(told.get("success_time"), Some(by_order["refund_success_time_0"].as_str()));

        stage.fault(json!({ "on": "/secapi/pay/refund", "do": "refund_abnormal", "times": 1 })).await;
        client.refund(&stage, &number, &format!("{refund}-2"), "1000", &[]).await;
        stage.advance(60).await;
        let both = client.call(&stage, "/pay/refundquery", &[("out_trade_no", &number)]).await;
        assert_eq!((both["total_refund_count"].as_str(), both["refund_status_1"].as_str()), ("2", "CHANGE"));
        let second =
            client.call(&stage, "/pay/refundquery", &[("out_trade_no", &number), ("offset", "1")]).await;
        assert_eq!(
            (second["refund_count"].as_str(), &second["out_refund_no_0"]),
            ("1", &both["out_refund_no_1"])
        );
    }
    let [client, _] = both(&stage);
    assert_eq!(
        err_code(&client.call(&stage, "/pay/refundquery", &[("out_refund_no", "V2-R-Y")]).await),
        "REFUNDNOTEXIST"
    );
    assert_eq!(err_code(&client.refund(&stage, "V2-NONE", "V2-R-Y", "1", &[]).await), "ORDERNOTEXIST");
    client.paid(&stage, "V2-OLD").await;
    stage.post("/_sandbox/balance", json!({ "mchid": client.merchant.mchid, "withdraw": 1000 })).await;
    assert_eq!(err_code(&client.refund(&stage, "V2-OLD", "V2-R-Y", "1280", &[]).await), "NOTENOUGH");
    stage.advance(366 * 24 * 3600).await;
    assert_eq!(err_code(&client.refund(&stage, "V2-OLD", "V2-R-Y", "1", &[]).await), "TRADE_OVERDUE");
}

#[tokio::test]
async fn bills_are_files_and_their_failures_are_words() {
    let stage = Stage::set().await;
    let [md5, hmac] = both(&stage);
    stage.post("/_sandbox/clock", json!({ "set": "2027-08-01T12:00:00+08:00" })).await;
    md5.paid(&stage, "V2-BILL-1").await;
    let bill = async |client: &Client, path: &str, fields: &[(&str, &str)]| {
        client.sent(&stage, path, client.document(fields)).await.unwrap()
    };
    let failed = async |client: &Client, path: &str, fields: &[(&str, &str)]| {
        let body = bill(client, path, fields).await;
        let told = Fields::read(ROOT, &body).unwrap();
        assert_eq!(told.get("return_code"), Some("FAIL"));
        told.get("return_msg").unwrap().to_owned()
    };
    let day = ("bill_date", "20270801");
    assert_eq!(failed(&md5, "/pay/downloadbill", &[day]).await, "Bill Creating");
    assert_eq!(
        failed(&hmac, "/pay/downloadfundflow", &[day, ("account_type", "Basic")]).await,
        "BILL_CREATING"
    );
    stage.post("/_sandbox/settle-day", json!({ "date": "2027-08-01" })).await;
    let plain = bill(&md5, "/pay/downloadbill", &[day, ("bill_type", "ALL")]).await;
    let text = String::from_utf8(plain.clone()).unwrap();
    assert!(text.contains(",`V2-BILL-1,`") && text.ends_with("\r\n"), "{text}");
    let zipped = bill(&hmac, "/pay/downloadbill", &[day, ("tar_type", "GZIP")]).await;
    assert_eq!(zipped[..2], [0x1f, 0x8b]);
    let mut unzipped = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&zipped[..]), &mut unzipped).unwrap();
    assert_eq!(unzipped, plain);
    let flow = bill(&hmac, "/pay/downloadfundflow", &[day, ("account_type", "Basic")]).await;
    assert!(String::from_utf8(flow).unwrap().contains("扣除交易手续费"));

    for (client, path, fields, says) in [
        (&md5, "/pay/downloadbill", vec![], "missing parameter"),
        (&md5, "/pay/downloadbill", vec![("bill_date", "2027-08-01")], "PARAM_ERROR"),
        (&md5, "/pay/downloadbill", vec![("bill_date", "20271301")], "data format error"),
        (&md5, "/pay/downloadbill", vec![day, ("bill_type", "ANY")], "invalid bill_type"),
        (&md5, "/pay/downloadbill", vec![("bill_date", "20270731")], "No Bill Exist"),
        (&md5, "/pay/downloadfundflow", vec![day, ("account_type", "Basic")], "sign_type参数格式错误"),
        (&hmac, "/pay/downloadfundflow", vec![day], "PARAM_ERROR"),
        (&hmac, "/pay/downloadfundflow", vec![day, ("account_type", "Fees")], "NO_BILL_EXIST"),
    ] {
        assert_eq!(failed(client, path, &fields).await, says, "{fields:?}");
    }
}

#[tokio::test]
async fn what_is_not_signed_by_the_merchant_is_answered_without_a_signature() {
    let stage = Stage::set().await;
    let [client, hmac] = both(&stage);
    let good = client.document(&[("out_trade_no", "V2-JUDGED-1")]);
    let other = of(stage.other_merchant(), SignType::Md5);
    let with = |from: &str, to: &str| String::from_utf8(good.clone()).unwrap().replace(from, to).into_bytes();
    let mchid = client.merchant.mchid.clone();
    let wrong_key = Client { signing: other.signing.clone(), ..client.clone() };
    let wrong_type = Client { common: client.common.clone(), ..hmac.clone() };
    for (body, says) in [
        (Vec::new(), "post数据为空"),
        (b"{}".to_vec(), "XML格式错误"),
        (good[..good.len() - 6].to_vec(), "XML格式错误"),
        (with("<xml>", "<!DOCTYPE xml [<!ENTITY a \"b\">]><xml>"), "XML格式错误"),
        (with("</xml>", "<mch_id>1</mch_id></xml>"), "XML格式错误"),
        (with(&mchid, "1900000000"), "商户号mch_id不存在"),
        (with("V2-JUDGED-1", "V2-JUDGED-2"), "签名错误"),
        (wrong_key.document(&[("out_trade_no", "V2-JUDGED-1")]), "签名错误"),
        (wrong_type.document(&[("out_trade_no", "V2-JUDGED-1")]), "签名错误"),
        (client.document(&[("sign_type", "SM3")]), "sign_type参数格式错误"),
    ] {
        let answer = client.sent(&stage, "/pay/orderquery", body.clone()).await.unwrap();
        let told = Fields::read(ROOT, &answer).unwrap();
        let seen = (told.get("return_code"), told.get("return_msg"), told.get("sign"));
        assert_eq!(seen, (Some("FAIL"), Some(says), None), "{}", String::from_utf8_lossy(&body));
    }
    let got = super::play::client().get(stage.url("/pay/orderquery")).send().await.unwrap();
    assert!(got.headers().contains_key("Request-ID"));
    assert!(got.text().await.unwrap().contains("请使用post方法"));
}

#[tokio::test]
async fn each_field_of_an_order_has_its_refusal() {
    let stage = Stage::set().await;
    let [client, _] = both(&stage);
    for (name, value, code) in [
        ("body", "", "LACK_PARAMS"),
        ("out_trade_no", "", "LACK_PARAMS"),
        ("product_id", "", "LACK_PARAMS"),
        ("spbill_create_ip", "", "LACK_PARAMS"),
        ("notify_url", "", "LACK_PARAMS"),
        ("total_fee", "", "LACK_PARAMS"),
        ("total_fee", "0", "INVALID_REQUEST"),
        ("total_fee", "12.80", "INVALID_REQUEST"),
        ("total_fee", "-1", "INVALID_REQUEST"),
        ("total_fee", "+1", "INVALID_REQUEST"),
        ("total_fee", "9999999999999999999", "INVALID_REQUEST"),
        ("out_trade_no", "short", "INVALID_REQUEST"),
        ("out_trade_no", "订单号订单号", "INVALID_REQUEST"),
        ("spbill_create_ip", "here", "INVALID_REQUEST"),
        ("notify_url", "https://pay.example.cn/notify?a=1", "INVALID_REQUEST"),
        ("notify_url", "http://pay.example.cn/notify", "INVALID_REQUEST"),
        ("time_expire", "2027-08-01", "INVALID_REQUEST"),
        ("time_expire", "20271301000000", "INVALID_REQUEST"),
        ("fee_type", "USD", "INVALID_REQUEST"),
        ("limit_pay", "no_debit", "INVALID_REQUEST"),
        ("detail", "{", "INVALID_REQUEST"),
        ("attach", &"字".repeat(128), "INVALID_REQUEST"),
        ("trade_type", "JSAPI", "NOAUTH"),
        ("appid", "wx0000000000000000", "APPID_MCHID_NOT_MATCH"),
        ("sub_mch_id", "1600000000", "NOAUTH"),
    ] {
        let told = client.place(&stage, "V2-FIELDS-1", &[(name, value)]).await;
        assert_eq!(err_code(&told), code, "{name} {value}: {told:?}");
    }
    assert_eq!(err_code(&client.query(&stage, "V2-FIELDS-1").await), "ORDERNOTEXIST", "nothing was done");
    let now =
        client.place(&stage, "V2-FIELDS-2", &[("time_expire", "20990801100000"), ("unknown", "x")]).await;
    assert_eq!(now["result_code"], "SUCCESS", "fields that are new are signed and let through: {now:?}");
    let told =
        client.call(&stage, "/pay/refundquery", &[("out_trade_no", "V2-FIELDS-2"), ("offset", "x")]).await;
    assert_eq!(err_code(&told), "PARAM_ERROR");
}

#[tokio::test]
async fn the_faults_happen_to_v2_calls_too() {
    let stage = Stage::set().await;
    let [client, _] = both(&stage);
    let path = "/pay/unifiedorder";
    let order = [
        ("body", "拿铁"),
        ("total_fee", "1280"),
        ("spbill_create_ip", "127.0.0.1"),
        ("notify_url", "http://127.0.0.1:9/notify"),
        ("trade_type", "NATIVE"),
        ("product_id", "latte-01"),
    ];
    for (index, (fault, is_done)) in [
        (json!({ "do": "drop_request" }), false),
        (json!({ "do": "drop_reply" }), true),
        (json!({ "do": "truncate" }), true),
        (json!({ "do": "html" }), false),
        (json!({ "do": "status", "status": 200, "body": "<xml/>" }), false),
        (json!({ "do": "bad_signature" }), true),
        (json!({ "do": "no_signature" }), true),
        (json!({ "do": "system_error" }), false),
        (json!({ "do": "system_error", "done": true }), true),
        (json!({ "do": "bank_error" }), false),
        (json!({ "do": "frequency_limited" }), false),
        (json!({ "do": "duplicate" }), true),
        (json!({ "do": "delay", "ms": 5 }), true),
    ]
    .into_iter()
    .enumerate()
    {
        let mut rule = json!({ "on": path, "times": 1 });
        rule.as_object_mut().unwrap().extend(fault.as_object().unwrap().clone());
        stage.fault(rule).await;
        let number = format!("V2-FAULT-{index}");
        let body = client.document(&[&order[..], &[("out_trade_no", number.as_str())]].concat());
        let answer = client.sent(&stage, path, body).await;
        let read = answer.as_ref().ok().and_then(|body| Fields::read(ROOT, body).ok());
        let code = read.as_ref().and_then(|told| told.get("err_code"));
        let is_signed = read.as_ref().is_some_and(|told| client.signing.verify(told).is_ok());
        let expected = match fault["do"].as_str().unwrap() {
            "drop_request" | "drop_reply" | "truncate" => (false, None),
            "html" | "status" | "bad_signature" | "no_signature" => (false, None),
            "system_error" => (true, Some("SYSTEMERROR")),
            "bank_error" => (true, Some("BANKERROR")),
            "frequency_limited" => (true, Some("FREQUENCY_LIMITED")),
            _ => (true, None),
        };
        assert_eq!((is_signed, code), expected, "{fault}");
        let seen = client.query(&stage, &number).await;
        assert_eq!(seen.contains_key("trade_state"), is_done, "{fault}");
    }
    stage.fault(json!({ "on": "/pay/downloadbill", "do": "system_error", "times": 1 })).await;
    let body = client
        .sent(&stage, "/pay/downloadbill", client.document(&[("bill_date", "20270801")]))
        .await
        .unwrap();
    let told = Fields::read(ROOT, &body).unwrap();
    assert_eq!((told.get("return_code"), told.get("return_msg")), (Some("FAIL"), Some("SYSTEMERROR")));
}

#[tokio::test]
async fn notifications_can_be_forged_and_can_lie() {
    for (fault, is_signed, total) in [
        ("notify_forged", false, "1280"),
        ("bad_signature", false, "1280"),
        ("no_signature", false, "1280"),
        ("notify_wrong_amount", true, "1281"),
        ("notify_twice", true, "1280"),
    ] {
        let stage = Stage::set().await;
        let [client, _] = both(&stage);
        let receiver = Receiver::saying(&[200], OK).await;
        stage.fault(json!({ "on": "notify", "do": fault, "times": 1 })).await;
        let placed = client.place(&stage, "V2-LIES-1", &[("notify_url", &receiver.url)]).await;
        stage.pay(&placed["code_url"]).await;
        let arrived = receiver.arrived(if fault == "notify_twice" { 2 } else { 1 }).await;
        let told = Fields::read(ROOT, &arrived[0].body).unwrap();
        assert_eq!(
            (client.signing.verify(&told).is_ok(), told.get("total_fee")),
            (is_signed, Some(total)),
            "{fault}"
        );
    }
    let stage = Stage::set().await;
    let [client, _] = both(&stage);
    let receiver = Receiver::saying(&[200], OK).await;
    client.paid(&stage, "V2-LIES-2").await;
    stage.fault(json!({ "on": "/secapi/pay/refund", "do": "notify_forged", "times": 1 })).await;
    client.refund(&stage, "V2-LIES-2", "V2-LIES-R", "1280", &[("notify_url", &receiver.url)]).await;
    stage.advance(5).await;
    let arrived = receiver.arrived(1).await;
    let told = Fields::read(ROOT, &arrived[0].body).unwrap();
    assert!(req_info::open(&client.signing.key, told.get("req_info").unwrap()).is_err());
}

#[tokio::test]
async fn a_service_provider_names_its_sub_merchant() {
    let stage = Stage::set().await;
    let client = of(stage.partner(), SignType::HmacSha256);
    let sub = stage.told["merchants"][2]["sub_merchants"][0].clone();
    let (sub_mch_id, sub_appid) = (sub["mchid"].as_str().unwrap(), sub["appid"].as_str().unwrap());
    let whose = [("sub_mch_id", sub_mch_id), ("sub_appid", sub_appid)];
    assert_eq!(err_code(&client.place(&stage, "V2-SUB-1", &[]).await), "LACK_PARAMS");
    let receiver = Receiver::saying(&[200], OK).await;
    let more = [&whose[..], &[("notify_url", receiver.url.as_str())]].concat();
    let placed = client.place(&stage, "V2-SUB-1", &more).await;
    assert_eq!(
        (placed["result_code"].as_str(), placed["sub_mch_id"].as_str()),
        ("SUCCESS", sub_mch_id),
        "{placed:?}"
    );
    stage.pay(&placed["code_url"]).await;
    let arrived = receiver.arrived(1).await;
    let notified = Fields::read(ROOT, &arrived[0].body).unwrap();
    client.signing.verify(&notified).unwrap();
    assert_eq!(notified.get("sub_mch_id"), Some(sub_mch_id));
    let query = [&whose[..], &[("out_trade_no", "V2-SUB-1")]].concat();
    assert_eq!(client.call(&stage, "/pay/orderquery", &query).await["trade_state"], "SUCCESS");
    let other = stage.told["merchants"][2]["sub_merchants"][1]["mchid"].as_str().unwrap();
    let theirs = [("sub_mch_id", other), ("out_trade_no", "V2-SUB-1")];
    assert_eq!(err_code(&client.call(&stage, "/pay/orderquery", &theirs).await), "ORDERNOTEXIST");
    assert_eq!(client.refund(&stage, "V2-SUB-1", "V2-SUB-R", "1280", &whose).await["result_code"], "SUCCESS");
}

#[tokio::test]
async fn a_v2_order_and_its_refund_survive_a_restart() {
    let stage = Stage::set().await;
    let [_, client] = both(&stage);
    let receiver = Receiver::saying(&[500, 200], OK).await;
    let placed = client.place(&stage, "V2-KEEP-1", &[("notify_url", &receiver.url)]).await;
    stage.pay(&placed["code_url"]).await;
    receiver.arrived(1).await;
    stage.advance(0).await;
    client.refund(&stage, "V2-KEEP-1", "V2-KEEP-R", "1280", &[("notify_url", &receiver.url)]).await;
    let stage = stage.again().await;
    stage.advance(60).await;
    let arrived = receiver.arrived(3).await;
    let again = arrived[1..].iter().find_map(|one| {
        let told = Fields::read(ROOT, &one.body).ok()?;
        client.signing.verify(&told).ok()?;
        told.get("total_fee").map(str::to_owned)
    });
    assert_eq!(again.as_deref(), Some("1280"), "signed by the order's own algorithm");
    assert_eq!(client.query(&stage, "V2-KEEP-1").await["trade_state"], "REFUND");
}
