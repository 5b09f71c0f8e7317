//! The raw bytes of answers and notifications, as case-sensitive clients read them.

use http::Method;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::play::{Merchant, Stage};

/// Sends raw bytes and reads all that comes until the connection ends.
async fn exchange(stage: &Stage, request: &str) -> String {
    let address = stage.sandbox.base_url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A connection that is cut may end in an error; what came before counts.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

fn raw(merchant: &Merchant, method: Method, target: &str, body: &str, headers: &str) -> String {
    let request = merchant.bent(method.clone(), target, body.as_bytes().to_vec());
    let authorization = merchant.authorization(&request);
    format!(
        "{method} {target} HTTP/1.1\r\nHost: api.mch.weixin.qq.com\r\nConnection: close\r\nContent-Length: {}\r\n\
         Authorization: {authorization}\r\n{headers}\r\n{body}",
        body.len(),
    )
}

const HEADERS: &str = "Accept: application/json\r\nUser-Agent: wire\r\nContent-Type: application/json\r\n";

fn names(head: &str) -> Vec<&str> {
    let head = head.split("\r\n\r\n").next().unwrap();
    let mut names = head.lines().skip(1).map(|line| line.split(':').next().unwrap()).collect::<Vec<_>>();
    names.sort_unstable();
    names
}

const SIGNED: [&str; 5] = [
    "Wechatpay-Nonce",
    "Wechatpay-Serial",
    "Wechatpay-Signature",
    "Wechatpay-Signature-Type",
    "Wechatpay-Timestamp",
];

#[tokio::test]
async fn header_names_go_out_in_title_case_and_request_id_in_capitals() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    let order = merchant.order("WIRE-001").to_string();
    let answer =
        exchange(&stage, &raw(&merchant, Method::POST, "/v3/pay/transactions/native", &order, HEADERS)).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    let mut wanted =
        vec!["Cache-Control", "Connection", "Content-Length", "Content-Type", "Date", "Request-ID"];
    wanted.extend(SIGNED);
    wanted.sort_unstable();
    assert_eq!(names(&answer), wanted);

    let target = "/v3/pay/transactions/out-trade-no/WIRE-001/close";
    let body = json!({ "mchid": merchant.mchid }).to_string();
    let answer = exchange(&stage, &raw(&merchant, Method::POST, target, &body, HEADERS)).await;
    assert!(answer.starts_with("HTTP/1.1 204 No Content\r\n") && answer.ends_with("\r\n\r\n"), "{answer}");
    assert!(SIGNED.iter().all(|name| names(&answer).contains(name)), "{answer}");
    assert!(names(&answer).contains(&"Request-ID") && !names(&answer).contains(&"Content-Type"), "{answer}");

    let answer = exchange(&stage, &raw(&merchant, Method::GET, "/v3/nowhere", "", HEADERS)).await;
    assert!(answer.starts_with("HTTP/1.1 404 Not Found\r\n"), "{answer}");
    assert!(names(&answer).contains(&"Request-ID"), "{answer}");
}

#[tokio::test]
async fn an_absent_accept_or_user_agent_is_refused() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    for (headers, field) in [
        ("User-Agent: wire\r\n", "/Accept"),
        ("Accept: application/json\r\n", "/User-Agent"),
        ("Accept: application/json\r\nUser-Agent:  \r\n", "/User-Agent"),
    ] {
        let answer = exchange(&stage, &raw(&merchant, Method::GET, "/v3/certificates", "", headers)).await;
        assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{answer}");
        assert!(answer.contains("\"code\":\"PARAM_ERROR\"") && answer.contains(field), "{answer}");
    }
}

#[tokio::test]
async fn a_dropped_call_gets_not_one_byte() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    for fault in ["drop_request", "drop_reply"] {
        stage.fault(json!({ "on": "/v3/certificates", "do": fault, "times": 1 })).await;
        let answer = exchange(&stage, &raw(&merchant, Method::GET, "/v3/certificates", "", HEADERS)).await;
        assert_eq!(answer, "", "{fault}");
    }
}

#[tokio::test]
async fn a_truncated_answer_has_its_whole_head_and_half_its_body() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    stage.fault(json!({ "on": "/v3/certificates", "do": "truncate" })).await;
    let answer = exchange(&stage, &raw(&merchant, Method::GET, "/v3/certificates", "", HEADERS)).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap();
    assert_eq!(body.len(), length.parse::<usize>().unwrap() / 2);
    assert!(body.starts_with("{\"data\":["), "{body}");
}

#[tokio::test]
async fn notifications_go_out_in_title_case_too() {
    let stage = Stage::set().await;
    let merchant = stage.merchant();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut order = merchant.order("WIRE-001");
    order["notify_url"] = json!(format!("http://{}/notify", listener.local_addr().unwrap()));
    stage.pay(&merchant.code_of(&stage, &order).await).await;
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut arrived = vec![0; 16 * 1024];
    let count = stream.read(&mut arrived).await.unwrap();
    let arrived = String::from_utf8_lossy(&arrived[..count]).into_owned();
    assert!(arrived.starts_with("POST /notify HTTP/1.1\r\n"), "{arrived}");
    let names = names(&arrived);
    assert!(SIGNED.iter().all(|name| names.contains(name)), "{arrived}");
    assert!(names.contains(&"Content-Type") && names.contains(&"User-Agent"), "{arrived}");
}
