//! Somebody between the till and its backend, or in the backend's place: what it says without the merchant's keys moves nothing.

#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod shop;

use saoma_contract::statement::{
    ClosedStatement, CodeStatement, KeysStatement, PaidStatement, Statement, StatementKey, sign, sign_keys,
};
use saoma_contract::{
    AttemptNo, Code, CodeKind, DeviceSigner as _, Jws, KeysAnswer, Kid, Order, OrderNo, OrderState,
    SoftwareKey,
};
use saoma_engine::{PhaseWord, Till};
use shop::{Fault, Shop, key, ring_up, until, wait_ms};

/// A till whose order has reached the backend, while the answer with its code was lost.
async fn before_the_code_comes() -> (Shop, Till, OrderNo) {
    let shop = Shop::new();
    shop.backend.state().has_stream = false;
    let till = shop.paired().await;
    shop.backend.fault("PUT /v1/orders", Fault::DropReply);
    let order_no = ring_up(&till, 1280).await;
    wait_ms(50).await;
    assert_eq!(shop.backend.state().orders.len(), 1);
    (shop, till, order_no)
}

/// A statement of the order's code, as the given key says it.
fn code_said(
    order: &Order,
    text: &str,
    amount: i64,
    of: &OrderNo,
    (kid, signer): (&str, &SoftwareKey),
) -> Jws {
    let code = order.last_attempt().unwrap().code.as_ref().unwrap();
    let statement = CodeStatement {
        merchant: order.merchant.clone(),
        live: order.live,
        order_no: of.clone(),
        attempt: AttemptNo::FIRST,
        amount,
        currency: order.currency,
        code: Code { kind: CodeKind::Qr, text: text.to_owned(), expires_at: code.expires_at },
        version: order.version,
        as_of: code.expires_at.plus_ms(-300_000),
    };
    sign(&Statement::Code(statement), &kid.parse::<Kid>().unwrap(), signer).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_swapped_code_is_never_drawn() {
    const THIEF: &str = "weixin://wxpay/bizpayurl?pr=thief";
    type Swap = fn(&mut Order, &OrderNo);
    let swaps: [(&str, Swap); 5] = [
        ("signed by a stranger", |order, number| {
            order.statements = vec![code_said(order, THIEF, 1280, number, ("k10", &key(66)))];
        }),
        ("signed by a stranger under a name of its own", |order, number| {
            order.statements = vec![code_said(order, THIEF, 1280, number, ("k66", &key(66)))];
        }),
        ("signed by the merchant for another order", |order, _| {
            let other = OrderNo::new(1_785_549_600_000, [9; 10]);
            order.statements = vec![code_said(order, THIEF, 1280, &other, ("k10", &key(10)))];
        }),
        ("signed by the merchant for another amount", |order, number| {
            order.statements = vec![code_said(order, THIEF, 1, number, ("k10", &key(10)))];
        }),
        ("not signed at all", |order, _| {
            order.statements.clear();
            order.attempts[0].code.as_mut().unwrap().text = THIEF.to_owned();
        }),
    ];
    for (what, swap) in swaps {
        let (shop, till, order_no) = before_the_code_comes().await;
        shop.backend.say(&order_no, |order| swap(order, &order_no));
        wait_ms(30_000).await;
        let view = till.sale(&order_no).await.unwrap().sale;
        assert_eq!(view.code, None, "{what}");
        assert_ne!(view.phase, PhaseWord::Paid, "{what}");
        // The true one is drawn as soon as it comes through.
        shop.backend.touch_order(&order_no);
        if what != "not signed at all" {
            let shown = until(&till, &order_no, |view| view.code.is_some()).await.code.unwrap();
            assert!(!shown.code.text.contains("thief"), "{what}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_text_beside_a_signed_code_is_not_what_is_drawn() {
    let (shop, till, order_no) = before_the_code_comes().await;
    let thief = "weixin://wxpay/bizpayurl?pr=thief";
    shop.backend.say(&order_no, |order| order.attempts[0].code.as_mut().unwrap().text = thief.to_owned());
    let shown = until(&till, &order_no, |view| view.code.is_some()).await.code.unwrap();
    assert_ne!(shown.code.text, thief);
}

#[tokio::test(start_paused = true)]
async fn who_takes_the_backends_place_without_its_keys_can_call_nothing_paid_or_closed() {
    let shop = Shop::new();
    shop.backend.state().has_stream = false;
    let (till, order_no) = shop.awaiting().await;
    shop.backend.pay(&order_no, "42");
    let (stranger, kid) = (key(66), "k11".parse::<Kid>().unwrap());
    let now = shop.backend.now();
    // A key of its own under the merchant's name, vouched for by a root of its own.
    let keys = KeysStatement {
        merchant: "tea".parse().unwrap(),
        live: false,
        serial: 99,
        root: stranger.public_key(),
        keys: vec![StatementKey { kid: kid.clone(), key: stranger.public_key(), from: now, until: None }],
        as_of: now,
    };
    let keys = KeysAnswer { keys: sign_keys(keys, &stranger).unwrap() };
    for _ in 0..40 {
        let answer = serde_json::to_string(&keys).unwrap();
        shop.backend.fault("GET /v1/keys", Fault::Answer(200, "application/json", answer));
    }
    shop.backend.say(&order_no, |order| {
        let (merchant, live, number) = (order.merchant.clone(), order.live, order.order_no.clone());
        let paid = Statement::Paid(PaidStatement {
            merchant: merchant.clone(),
            merchant_name: "Tea".to_owned(),
            store: "main".parse().unwrap(),
            live,
            order_no: number.clone(),
            amount: order.amount,
            currency: order.currency,
            payment: order.payments[0].clone(),
            version: order.version,
            as_of: now,
        });
        let closed = Statement::Closed(ClosedStatement {
            merchant,
            live,
            order_no: number,
            attempt: Some(AttemptNo::FIRST),
            version: order.version,
            as_of: now,
        });
        order.statements = [paid, closed].iter().map(|one| sign(one, &kid, &stranger).unwrap()).collect();
        order.state = OrderState::Paid;
    });
    wait_ms(60_000).await;
    assert!(shop.backend.count("GET /v1/keys") > 0, "the unknown key was asked about");
    let phase = till.sale(&order_no).await.unwrap().sale.phase;
    assert!(!matches!(phase, PhaseWord::Paid | PhaseWord::Closed), "{phase}");
    assert!(till.results().is_empty());
    // Once the backend is itself again, the same payment is believed.
    shop.backend.state().faults.clear();
    shop.backend.touch_order(&order_no);
    until(&till, &order_no, |view| view.phase == PhaseWord::Paid).await;
}
