//! Public test data of other client libraries, where the shared reference folder is present.

use saoma_wechatpay::v2::{
    ApiKey, Fields, SignType, Signing, Unsigned, XmlError,
    req_info::{self, ReqInfoError},
    xml::ROOT,
};
use serde_json::Value;

use crate::shared::shared;

fn file(name: &str) -> Option<Vec<u8>> {
    Some(std::fs::read(shared(&format!("vectors/xml/{name}"))?).unwrap())
}

#[test]
fn a_published_req_info_opens() {
    let Some(path) = shared("vectors/vectors.json") else { return };
    let all: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let vector = &all["v2_refund_req_info"];
    let key = ApiKey::new(vector["api_v2_key"].as_str().unwrap().as_bytes()).unwrap();
    assert!(key.is_published_sample());
    let req_info = vector["req_info"].as_str().unwrap();
    let opened = req_info::open(&key, req_info).unwrap();
    let fields = Fields::read("root", &opened).unwrap();
    assert_eq!(fields.get("refund_status"), Some("SUCCESS"));
    assert!(fields.get("refund_id").is_some());
    assert_eq!(req_info::seal(&key, &opened), req_info);
    let other = ApiKey::new(&[b'x'; 32]).unwrap();
    assert_eq!(req_info::open(&other, req_info).unwrap_err(), ReqInfoError::Sealed);
}

#[test]
fn hostile_and_malformed_documents_are_refused() {
    let Some(xxe) = file("invalid.xxe_injection.xml") else { return };
    assert_eq!(Fields::read(ROOT, &xxe), Err(XmlError::Doctype));
    assert_eq!(Fields::read("foo", &xxe), Err(XmlError::Doctype));
    let fragment = file("fragment_injection.xml").unwrap();
    assert_eq!(Fields::read(ROOT, &fragment), Err(XmlError::Root));
    assert_eq!(Fields::read("batchjob", &fragment), Err(XmlError::Nested { field: "payment".into() }));
    let entity = file("invalid.bad_entity.xml").unwrap();
    assert_eq!(Fields::read("movies", &entity), Err(XmlError::Nested { field: "movie".into() }));
}

#[test]
fn messages_as_wechat_pay_sends_them_are_read() {
    let Some(paid) = file("paysuccess.notification.xml") else { return };
    let paid = Fields::read(ROOT, &paid).unwrap();
    assert_eq!((paid.get("attach"), paid.get("total_fee")), (Some("支付测试"), Some("1")));
    // It was signed with a key that nobody published; so it is whole, and not believed.
    let signing = Signing { key: ApiKey::new(&[b'x'; 32]).unwrap(), sign_type: SignType::Md5 };
    assert_eq!(signing.verify(&paid), Err(Unsigned::Signature));
    let order = file("unifiedorder.xml").unwrap();
    let order = Fields::read(ROOT, &order).unwrap();
    let detail: Value = serde_json::from_str(order.get("detail").unwrap()).unwrap();
    assert_eq!(detail["goods_detail"][0]["goods_id"], "iphone6s_16G");
    let refund = file("refund.notification.req_info.xml").unwrap();
    let refund = Fields::read("root", &refund).unwrap();
    assert_eq!(refund.get("success_time"), Some("2018-11-19 16:24:13"));
    assert_eq!(refund.get("refund_recv_accout"), Some("支付用户零钱"));
}
