//! At the counter: cash, the customer's payment code, money back, people who come and go.

#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod shop;

use saoma_contract::{AttemptNo, AttemptState, DeviceRole, OrderNo, RefundState};
use saoma_engine::{
    ListFilter, NewRefundWish, NewSale, PageQuery, PhaseWord, RefundWord, ResultKind, SaleAction, SaleView,
    Till, TillError,
};
use shop::{Fault, Shop, ring_up, tea, unsealed, until, wait_ms};

const CODE: &str = "134567890123456789";

fn back(transaction_id: &str, amount: i64) -> NewRefundWish {
    NewRefundWish {
        transaction_id: transaction_id.to_owned(),
        amount,
        reason: "cold tea".to_owned(),
        ..NewRefundWish::default()
    }
}

async fn paid(shop: &Shop, till: &Till, transaction_id: &str) -> OrderNo {
    let order_no = ring_up(till, 1280).await;
    until(till, &order_no, |view| view.code.is_some()).await;
    shop.backend.pay(&order_no, transaction_id);
    until(till, &order_no, |view| view.phase == PhaseWord::Paid).await;
    order_no
}

async fn listed(till: &Till, filter: ListFilter) -> Vec<OrderNo> {
    let page = till.list(PageQuery { filter: Some(filter), ..PageQuery::default() }).await.unwrap();
    page.sales.into_iter().map(|sale| sale.order_no).collect()
}

fn only_refund(view: &SaleView) -> RefundWord {
    assert_eq!(view.refunds.len(), 1);
    view.refunds[0].state
}

/// Every byte that the till keeps, as text, and all that is sealed in its database, opened.
fn everything_written(shop: &Shop) -> String {
    let mut all = String::new();
    let database = unsealed(&shop.database());
    for table in [
        "journal', seq, body) FROM journal",
        "results', key, body) FROM results",
        "shifts', no, body) FROM shifts",
        "till', one, body) FROM till",
    ] {
        let mut statement =
            database.prepare(&format!("SELECT opened('{table} WHERE body IS NOT NULL")).unwrap();
        for text in statement.query_map([], |row| row.get::<_, String>(0)).unwrap() {
            all.push_str(&text.unwrap());
        }
    }
    drop(database);
    for file in std::fs::read_dir(shop.folder.path()).unwrap() {
        all.push_str(&String::from_utf8_lossy(&std::fs::read(file.unwrap().path()).unwrap()));
    }
    all
}

#[tokio::test(start_paused = true)]
async fn cash_closes_the_code_and_reads_so_until_that_is_proven() {
    let shop = Shop::new();
    let (till, order_no) = shop.awaiting().await;
    let view = till.take_cash(&order_no).await.unwrap();
    assert_eq!((view.phase, view.code.is_none()), (PhaseWord::CashUnproven, true));
    let view = until(&till, &order_no, |view| view.has_receipt).await;
    assert_eq!((view.phase, view.paid_at, view.payments[0].proven), (PhaseWord::CashUnproven, None, false));
    shop.backend.prove_closed(&order_no);
    until(&till, &order_no, |view| view.phase == PhaseWord::Cash).await;
    assert!(till.results().is_empty(), "who took the cash need not be told of it");
    assert_eq!(shop.backend.count("/cash"), 1);
}

#[tokio::test(start_paused = true)]
async fn who_pays_by_the_code_although_cash_was_taken_is_announced_as_late_money() {
    let shop = Shop::new();
    let (till, order_no) = shop.awaiting().await;
    till.take_cash(&order_no).await.unwrap();
    wait_ms(500).await;
    shop.backend.pay(&order_no, "42");
    let view = until(&till, &order_no, |view| view.phase == PhaseWord::Paid).await;
    assert!(view.late && view.cash_taken_at.is_some());
    let results = till.results();
    assert_eq!((results.len(), results[0].kind, results[0].late), (1, ResultKind::Paid, true));
    let words = saoma_engine::wording::Language::English.sale(&view);
    assert!(words.sentence.contains("cash was taken"), "{}", words.sentence);
}

#[tokio::test(start_paused = true)]
async fn cash_offline_is_durable_and_is_brought_later_without_a_code_being_made() {
    let shop = Shop::new();
    let till = shop.paired().await;
    wait_ms(1_000).await;
    shop.backend.state().offline = true;
    till.network(false).await.unwrap();
    let order_no = till.new_order_no();
    let sale = NewSale { in_cash: true, ..tea(1280) };
    let view = till.charge(&order_no, sale.clone()).await.unwrap();
    assert_eq!(view.phase, PhaseWord::Cash);
    drop(till);
    wait_ms(10).await;
    let till = shop.open().await;
    till.network(false).await.unwrap();
    wait_ms(2 * 3_600_000).await;
    let view = till.charge(&order_no, sale).await.unwrap();
    assert_eq!(view.phase, PhaseWord::Cash, "also after hours, and rung up again by the same number");
    assert_eq!(till.diagnosis().await.unwrap().unproven_count, 0);
    shop.backend.state().offline = false;
    till.network(true).await.unwrap();
    let view = until(&till, &order_no, |view| view.has_receipt).await;
    assert_eq!(view.phase, PhaseWord::Cash);
    let state = shop.backend.state();
    let order = &state.orders[&order_no].order;
    assert_eq!((order.payments.len(), order.attempts.len()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_payment_code_is_charged_once_and_written_nowhere() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let order_no = till.new_order_no();
    till.charge(&order_no, NewSale { by_code: true, ..tea(1280) }).await.unwrap();
    // Scanned before the backend has the order: it waits for that, in memory.
    till.scan(&order_no, None, CODE.to_owned()).await.unwrap();
    let view = until(&till, &order_no, |view| view.phase == PhaseWord::Paid).await;
    assert_eq!((view.late, shop.backend.state().charges[&order_no]), (false, 1));
    assert_eq!(till.results()[0].kind, ResultKind::Paid);
    till.close().await;
    assert!(!everything_written(&shop).contains(&CODE[..12]));
}

#[tokio::test(start_paused = true)]
async fn while_a_payment_code_waits_for_the_backend_to_have_the_sale_no_other_is_scanned() {
    let shop = Shop::new();
    let till = shop.paired().await;
    wait_ms(1_000).await;
    shop.backend.state().offline = true;
    let order_no = till.new_order_no();
    let offers_scan = |view: &SaleView| view.actions.contains(&SaleAction::Scan);
    assert!(offers_scan(&till.charge(&order_no, NewSale { by_code: true, ..tea(1280) }).await.unwrap()));
    let view = till.scan(&order_no, None, CODE.to_owned()).await.unwrap();
    assert!(!offers_scan(&view), "{:?}", view.actions);
    assert_eq!(till.scan(&order_no, None, CODE.to_owned()).await.unwrap_err().code(), "order_charging");
    let view = until(&till, &order_no, offers_scan).await;
    assert!(view.as_of.ms_since(view.made_at) >= 30_000, "it is held for half a minute, then forgotten");
    shop.backend.state().offline = false;
    until(&till, &order_no, |view| view.phase == PhaseWord::Ready).await;
    assert_eq!(shop.backend.count("charge"), 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_payment_code_is_refused_without_being_repeated() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let order_no = ring_up(&till, 1280).await;
    for wrong in ["164567890123456789", "13456789012345678", "", "weixin://wxpay"] {
        match till.scan(&order_no, None, wrong.to_owned()).await {
            Err(TillError::Field { field, detail }) => {
                assert!(field == "code" && !detail.contains("3456"), "{detail}");
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(shop.backend.count("charge"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_charge_whose_answer_is_lost_is_asked_about_and_never_made_again() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let order_no = till.new_order_no();
    till.charge(&order_no, NewSale { by_code: true, ..tea(1280) }).await.unwrap();
    until(&till, &order_no, |view| view.phase == PhaseWord::Ready).await;
    shop.backend.state().has_stream = false;
    shop.backend.state().streams.clear();
    shop.backend.fault("charge", Fault::DropReply);
    shop.backend.state().next_charge = Some(AttemptState::Paying);
    till.scan(&order_no, None, CODE.to_owned()).await.unwrap();
    until(&till, &order_no, |view| view.phase == PhaseWord::Paying).await;
    assert_eq!(till.scan(&order_no, None, CODE.to_owned()).await.unwrap_err().code(), "order_charging");
    shop.backend.charge_comes_to(&order_no, true);
    until(&till, &order_no, |view| view.phase == PhaseWord::Paid).await;
    assert_eq!((shop.backend.count("charge"), shop.backend.state().charges[&order_no]), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_charge_that_never_arrived_says_so_and_a_fresh_code_may_be_scanned() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let order_no = till.new_order_no();
    till.charge(&order_no, NewSale { by_code: true, ..tea(1280) }).await.unwrap();
    until(&till, &order_no, |view| view.phase == PhaseWord::Ready).await;
    shop.backend.fault("charge", Fault::DropRequest);
    let view = till.scan(&order_no, None, CODE.to_owned()).await.unwrap();
    assert_eq!(view.phase, PhaseWord::Charging);
    let view = until(&till, &order_no, |view| view.phase == PhaseWord::Ready).await;
    assert_eq!(view.notice.unwrap().code, "not_charged");
    till.scan(&order_no, None, CODE.to_owned()).await.unwrap();
    until(&till, &order_no, |view| view.phase == PhaseWord::Paid).await;
    assert_eq!(shop.backend.state().charges[&order_no], 1);
}

#[tokio::test(start_paused = true)]
async fn after_a_kill_a_charge_is_not_sent_again_whether_it_arrived_or_not() {
    for arrives in [true, false] {
        let shop = Shop::new();
        let till = shop.paired().await;
        let order_no = till.new_order_no();
        till.charge(&order_no, NewSale { by_code: true, ..tea(1280) }).await.unwrap();
        until(&till, &order_no, |view| view.phase == PhaseWord::Ready).await;
        shop.backend.state().next_charge = Some(AttemptState::Paying);
        shop.backend.fault("charge", if arrives { Fault::DropReply } else { Fault::DropRequest });
        till.scan(&order_no, None, CODE.to_owned()).await.unwrap();
        // Killed in the middle of the call.
        wait_ms(5).await;
        drop(till);
        wait_ms(100).await;
        let till = shop.open().await;
        wait_ms(60_000).await;
        let view = till.sale(&order_no).await.unwrap().sale;
        let charges = shop.backend.state().charges.get(&order_no).copied().unwrap_or(0);
        assert!(shop.backend.count("charge") <= 1 && charges <= 1);
        let expected = if charges == 1 { PhaseWord::Paying } else { PhaseWord::Ready };
        assert_eq!(view.phase, expected, "arrives: {arrives}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_code_scanned_at_a_shown_code_that_cannot_be_closed_yet_says_how_long_and_offers_cash() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let order_no = ring_up(&till, 1280).await;
    let shown = until(&till, &order_no, |view| view.code.is_some()).await;
    shop.backend.state().closes_late = true;
    till.scan(&order_no, shown.last_attempt, CODE.to_owned()).await.unwrap();
    let view = until(&till, &order_no, |view| view.scan_again_at.is_some()).await;
    assert!(view.actions.contains(&SaleAction::TakeCash));
    let words = saoma_engine::wording::Language::English.sale(&view);
    assert!(words.sentence.contains("40 s") || words.sentence.contains("39 s"), "{}", words.sentence);
    shop.backend.state().closes_late = false;
    let view = until(&till, &order_no, |view| view.scan_again_at.is_none()).await;
    assert_eq!(view.code, None);
    till.scan(&order_no, view.last_attempt, CODE.to_owned()).await.unwrap();
    let view = until(&till, &order_no, |view| view.phase == PhaseWord::Paid).await;
    assert_eq!((view.late, shop.backend.state().charges[&order_no]), (false, 1));
}

#[tokio::test(start_paused = true)]
async fn a_refund_goes_from_the_button_to_the_statement_and_is_told_once() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let order_no = paid(&shop, &till, "42").await;
    till.acknowledge("wechatpay:42").await.unwrap();
    let refund_no = till.new_refund_no();
    let view = till.refund(&order_no, &refund_no, back("42", 280)).await.unwrap();
    assert_eq!((only_refund(&view), view.payments[0].left), (RefundWord::Asked, 1_000));
    // A second tap, and a lost answer.
    till.refund(&order_no, &refund_no, back("42", 280)).await.unwrap();
    until(&till, &order_no, |view| only_refund(view) == RefundWord::Processing).await;
    assert_eq!(till.refund(&order_no, &refund_no, back("42", 281)).await.unwrap_err().code(), "conflict");
    assert!(till.results().is_empty(), "accepted is not done");
    shop.backend.refund_comes_to(&order_no, &refund_no, RefundState::Done);
    let view = until(&till, &order_no, |view| only_refund(view) == RefundWord::Done).await;
    assert_eq!((view.phase, view.payments[0].refunded), (PhaseWord::Paid, 280));
    let results = till.results();
    assert_eq!((results.len(), results[0].kind, results[0].amount), (1, ResultKind::Refunded, 280));
    let receipt = till.receipt(&order_no).await.unwrap().to_json();
    let verified = saoma_engine::verify_receipt(&receipt, None, true).unwrap();
    assert_eq!((verified.paid.payment.amount, verified.refunds[0].amount), (1_280, 280));
    till.acknowledge(&results[0].key).await.unwrap();
    drop(till);
    wait_ms(10).await;
    let till = shop.open().await;
    assert!(till.results().is_empty());
    let refunds = shop.backend.state().orders[&order_no].order.refunds.len();
    assert_eq!(refunds, 1);
}

#[tokio::test(start_paused = true)]
async fn money_that_does_not_match_is_given_back_in_its_own_currency_and_never_called_paid() {
    let shop = Shop::new();
    let till = shop.paired().await;
    for (transaction_id, currency) in [("41", "CNY"), ("42", "USD")] {
        let order_no = ring_up(&till, 1280).await;
        until(&till, &order_no, |view| view.code.is_some()).await;
        shop.backend.freeze(&order_no, transaction_id, 1281, currency);
        let frozen = until(&till, &order_no, |view| view.mismatch).await;
        assert!(frozen.payments.is_empty() && frozen.actions.contains(&SaleAction::Refund));
        let money = &frozen.mismatches[0];
        assert_eq!((money.amount, money.left, money.currency.as_str()), (1281, 1281, currency));
        let refund_no = till.new_refund_no();
        let over = till.refund(&order_no, &refund_no, back(transaction_id, 1282)).await.unwrap_err();
        assert_eq!(over.code(), "refund_over_rest");
        till.refund(&order_no, &refund_no, back(transaction_id, 1281)).await.unwrap();
        until(&till, &order_no, |view| only_refund(view) == RefundWord::Processing).await;
        shop.backend.refund_comes_to(&order_no, &refund_no, RefundState::Done);
        let done = until(&till, &order_no, |view| only_refund(view) == RefundWord::Done).await;
        assert_eq!((done.refunds[0].currency.as_str(), done.mismatches[0].left), (currency, 0));
        assert_eq!((done.phase, done.has_receipt), (PhaseWord::Closing, false));
        assert!(!done.actions.contains(&SaleAction::Refund));
    }
    let day = till.day(None).await.unwrap();
    assert_eq!((day.paid.count, day.refunded.count), (0, 0), "it is in no sum of what is proven");
}

#[tokio::test(start_paused = true)]
async fn a_refund_asked_offline_survives_a_kill_and_is_made_once() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let order_no = paid(&shop, &till, "42").await;
    shop.backend.fault("refunds", Fault::DropReply);
    let refund_no = till.new_refund_no();
    till.refund(&order_no, &refund_no, back("42", 1_280)).await.unwrap();
    drop(till);
    wait_ms(1_000).await;
    let till = shop.open().await;
    until(&till, &order_no, |view| only_refund(view) == RefundWord::Processing).await;
    assert_eq!(shop.backend.state().orders[&order_no].order.refunds.len(), 1);
    let more = till.refund(&order_no, &till.new_refund_no(), back("42", 1)).await.unwrap_err();
    assert_eq!(more.code(), "refund_over_rest");
}

#[tokio::test(start_paused = true)]
async fn wrong_refunds_are_refused_by_name_before_anything_is_sent() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let order_no = paid(&shop, &till, "42").await;
    let field = |refund: NewRefundWish| {
        let (till, order_no) = (till.clone(), order_no.clone());
        async move {
            match till.refund(&order_no, &till.new_refund_no(), refund).await {
                Err(TillError::Field { field, .. }) => field,
                other => panic!("{other:?}"),
            }
        }
    };
    assert_eq!(field(back("42", 0)).await, "amount");
    assert_eq!(field(back("42", -1)).await, "amount");
    assert_eq!(field(NewRefundWish { reason: String::new(), ..back("42", 1) }).await, "reason");
    assert_eq!(field(NewRefundWish { channel: "bank".to_owned(), ..back("42", 1) }).await, "channel");
    let refused = |wish| {
        let (till, order_no) = (till.clone(), order_no.clone());
        async move { till.refund(&order_no, &till.new_refund_no(), wish).await.unwrap_err().code().to_owned() }
    };
    assert_eq!(refused(back("43", 1)).await, "payment_unknown");
    assert_eq!(refused(back("42", 1_281)).await, "refund_over_rest");
    shop.backend.state().lacks = vec!["refunds"];
    till.network(true).await.unwrap();
    wait_ms(1_000).await;
    assert_eq!(refused(back("42", 1)).await, "feature_missing");
    assert!(!till.sale(&order_no).await.unwrap().sale.actions.contains(&SaleAction::Refund));
    assert_eq!(shop.backend.count("refunds"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_failed_refund_is_an_alarm_and_the_money_can_be_asked_back_anew() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let order_no = paid(&shop, &till, "42").await;
    till.acknowledge("wechatpay:42").await.unwrap();
    let refund_no = till.new_refund_no();
    till.refund(&order_no, &refund_no, back("42", 1_280)).await.unwrap();
    until(&till, &order_no, |view| only_refund(view) == RefundWord::Processing).await;
    shop.backend.refund_comes_to(&order_no, &refund_no, RefundState::Closed);
    until(&till, &order_no, |view| only_refund(view) == RefundWord::Closed).await;
    let results = till.results();
    assert_eq!((results.len(), results[0].kind), (1, ResultKind::RefundFailed));
    for language in [saoma_engine::wording::Language::English, saoma_engine::wording::Language::Chinese] {
        let words = language.result(&results[0]);
        assert!(!words.spoken.is_empty() && words.sentence.contains("12.80"));
    }
    till.refund(&order_no, &till.new_refund_no(), back("42", 1_280)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_cashiers_refund_waits_for_a_manager_who_decides_on_the_same_phone() {
    let shop = Shop::new();
    shop.backend.state().refunds_wait = true;
    let till = shop.paired().await;
    let order_no = paid(&shop, &till, "42").await;
    till.sign_in("bo", "2580".to_owned()).await.unwrap();
    let refund_no = till.new_refund_no();
    till.refund(&order_no, &refund_no, back("42", 280)).await.unwrap();
    let view = until(&till, &order_no, |view| only_refund(view) == RefundWord::Requested).await;
    assert!(!view.actions.contains(&SaleAction::DecideRefund), "a cashier cannot decide");
    assert_eq!(listed(&till, ListFilter::ForManager).await, std::slice::from_ref(&order_no));
    assert_eq!(listed(&till, ListFilter::Refunding).await, std::slice::from_ref(&order_no));
    till.sign_in("mei", "2580".to_owned()).await.unwrap();
    let view = till.sale(&order_no).await.unwrap().sale;
    assert!(view.actions.contains(&SaleAction::DecideRefund));
    shop.backend.fault("decide", Fault::DropReply);
    assert_eq!(
        till.decide_refund(&order_no, &refund_no, true, None).await.unwrap_err().code(),
        "unreachable"
    );
    let view = till.decide_refund(&order_no, &refund_no, true, Some("fine")).await.unwrap();
    assert_eq!(only_refund(&view), RefundWord::Queued);
    assert_eq!(listed(&till, ListFilter::ForManager).await, []);
    assert_eq!(listed(&till, ListFilter::Refunding).await, std::slice::from_ref(&order_no));
    let words = saoma_engine::wording::Language::English.refund(&view.refunds[0], view.as_of);
    assert!(words.contains("60 s"), "{words}");
    let otherwise = till.decide_refund(&order_no, &refund_no, false, None).await.unwrap_err();
    assert_eq!(otherwise.code(), "refund_decided");
    let named = shop.backend.state().named.clone();
    let who = |word: &str| named.iter().rev().find(|(path, _)| path.contains(word)).unwrap().1.clone();
    assert_eq!((who("decide").as_deref(), who(refund_no.as_str()).as_deref()), (Some("mei"), Some("mei")));
    let asked = named.iter().find(|(path, _)| path.ends_with(refund_no.as_str())).unwrap();
    assert_eq!(asked.1.as_deref(), Some("bo"), "whoever asked is named, whoever is signed in since");
}

#[tokio::test(start_paused = true)]
async fn late_money_is_kept_by_a_managers_word() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let order_no = paid(&shop, &till, "42").await;
    shop.backend.say(&order_no, |order| {
        order.payments[0].late = true;
        order.payments[0].late_money = Some(saoma_contract::LateMoney::Ask);
    });
    shop.backend.touch_order(&order_no);
    until(&till, &order_no, |view| view.actions.contains(&SaleAction::DecideLateMoney)).await;
    // Sales that wait for nobody stand between, and do not fill the page.
    for _ in 0..3 {
        ring_up(&till, 100).await;
    }
    let query = PageQuery { filter: Some(ListFilter::ForManager), limit: Some(1), ..PageQuery::default() };
    let page = till.list(query).await.unwrap();
    assert_eq!((page.sales.len(), &page.sales[0].order_no, page.more), (1, &order_no, false));
    let view = till.accept_late_money(&order_no, "wechatpay", "42").await.unwrap();
    assert_eq!(view.payments[0].late_money, Some(saoma_contract::LateMoney::Accepted));
    assert!(!view.actions.contains(&SaleAction::DecideLateMoney));
    assert_eq!(listed(&till, ListFilter::ForManager).await, []);
    let wrong = till.accept_late_money(&order_no, "wechatpay", "4/2").await.unwrap_err();
    assert_eq!(wrong.code(), "bad_input");
}

#[tokio::test(start_paused = true)]
async fn a_pin_goes_to_the_backend_and_nowhere_else() {
    let shop = Shop::new();
    let till = shop.paired().await;
    match till.sign_in("bo", "1379".to_owned()).await {
        Err(TillError::Backend { code, tries_left, .. }) => {
            assert_eq!((code.as_str(), tries_left), ("pin_wrong", Some(4)));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(till.sign_in("bo", "12".to_owned()).await.unwrap_err().code(), "bad_input");
    assert_eq!(till.diagnosis().await.unwrap().person, None);
    till.sign_in("bo", "2580".to_owned()).await.unwrap();
    let order_no = ring_up(&till, 1280).await;
    let view = until(&till, &order_no, |view| view.code.is_some()).await;
    assert_eq!(view.staff.unwrap().as_str(), "bo", "the order names who rang it up");
    drop(till);
    wait_ms(10).await;
    let till = shop.open().await;
    assert_eq!(till.diagnosis().await.unwrap().person.unwrap().person.as_str(), "bo");
    // Another person goes on with the same sale: switching parks nothing.
    till.sign_in("mei", "2580".to_owned()).await.unwrap();
    till.cancel(&order_no, AttemptNo::FIRST).await.unwrap();
    wait_ms(1_000).await;
    let named = shop.backend.state().named.clone();
    assert_eq!(
        named.iter().rev().find(|(path, _)| path.contains("close")).unwrap().1.as_deref(),
        Some("mei")
    );
    till.sign_out().await.unwrap();
    assert_eq!(till.diagnosis().await.unwrap().person, None);
    wait_ms(9 * 3_600_000).await;
    till.close().await;
    let written = everything_written(&shop);
    assert!(written.contains("\"mei\"") && !written.contains("2580"));
}

#[tokio::test(start_paused = true)]
async fn what_was_done_before_anybody_had_to_sign_in_goes_on_with_whoever_signs_in() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let shown = ring_up(&till, 500).await;
    until(&till, &shown, |view| view.code.is_some()).await;
    shop.backend.state().wants_person = true;
    till.take_cash(&shown).await.unwrap();
    let order_no = ring_up(&till, 1280).await;
    until(&till, &order_no, |view| view.trouble.is_some()).await;
    assert!(till.diagnosis().await.unwrap().sign_in_required);
    till.sign_in("bo", "2580".to_owned()).await.unwrap();
    until(&till, &order_no, |view| view.code.is_some()).await;
    until(&till, &shown, |view| view.has_receipt).await;
}

#[tokio::test(start_paused = true)]
async fn what_the_device_may_not_its_people_may_not_either() {
    let shop = Shop::new();
    shop.backend.state().role = Some(DeviceRole::Courier);
    let till = shop.paired().await;
    till.sign_in("mei", "2580".to_owned()).await.unwrap();
    let order_no = paid(&shop, &till, "42").await;
    let actions = till.sale(&order_no).await.unwrap().sale.actions;
    assert_eq!(actions, [SaleAction::Receipt], "a manager on a courier's phone is a courier");
}

#[tokio::test(start_paused = true)]
async fn a_draft_is_dropped_only_with_a_reason() {
    let shop = Shop::new();
    let till = shop.paired().await;
    wait_ms(1_000).await;
    shop.backend.state().offline = true;
    till.network(false).await.unwrap();
    let order_no = ring_up(&till, 1280).await;
    wait_ms(11 * 60_000).await;
    for empty in ["", "  "] {
        let choice = saoma_engine::DraftChoice::Drop { reason: empty.to_owned() };
        let error = till.decide_draft(&order_no, choice).await.unwrap_err();
        assert_eq!(error.code(), "bad_input");
    }
    let choice = saoma_engine::DraftChoice::Drop { reason: "gone".to_owned() };
    assert_eq!(till.decide_draft(&order_no, choice).await.unwrap().phase, PhaseWord::Dropped);
}

#[tokio::test(start_paused = true)]
async fn a_day_stands_by_method_store_and_person_with_cash_and_what_is_unproven_apart() {
    let shop = Shop::new();
    let till = shop.paired().await;
    paid(&shop, &till, "42").await;
    till.sign_in("bo", "2580".to_owned()).await.unwrap();
    let by_bo = paid(&shop, &till, "43").await;
    let cash = till.new_order_no();
    till.charge(&cash, NewSale { in_cash: true, ..tea(500) }).await.unwrap();
    until(&till, &cash, |view| view.has_receipt).await;
    ring_up(&till, 999).await;
    let refund_no = till.new_refund_no();
    till.refund(&by_bo, &refund_no, back("43", 280)).await.unwrap();
    until(&till, &by_bo, |view| only_refund(view) == RefundWord::Processing).await;
    let before = till.day(None).await.unwrap();
    assert_eq!(before.refunded.count, 0, "accepted is not given back");
    shop.backend.refund_comes_to(&by_bo, &refund_no, RefundState::Done);
    until(&till, &by_bo, |view| only_refund(view) == RefundWord::Done).await;
    let day = till.day(None).await.unwrap();
    let pair = |sum: saoma_engine::Sum| (sum.count, sum.amount);
    assert_eq!((pair(day.paid), pair(day.cash)), ((2, 2_560), (1, 500)));
    assert_eq!((pair(day.refunded), pair(day.late), pair(day.unproven)), ((1, 280), (0, 0), (1, 999)));
    let names = |shares: &[saoma_engine::Share]| -> Vec<(String, i64)> {
        shares.iter().map(|share| (share.name.clone(), share.totals.paid.amount)).collect()
    };
    assert_eq!(names(&day.methods), [("cash".to_owned(), 0), ("wechatpay_qr".to_owned(), 2_560)]);
    assert_eq!(names(&day.stores), [("main".to_owned(), 2_560)]);
    assert_eq!(names(&day.people), [(String::new(), 1_280), ("bo".to_owned(), 1_280)]);
    let csv =
        till.days_csv("2026-07-31", "2026-08-01", saoma_engine::wording::Language::English).await.unwrap();
    let rows: Vec<&str> = csv.split_terminator("\r\n").collect();
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[2], "2026-08-01,CNY,2,25.60,0,0.00,1,5.00,1,2.80,0,0.00,yes");
    let wrong = till.days_csv("2026-08-02", "2026-08-01", saoma_engine::wording::Language::English).await;
    assert_eq!(wrong.unwrap_err().code(), "bad_input");
    drop(till);
    wait_ms(10).await;
    assert_eq!(shop.open().await.day(None).await.unwrap(), day, "the same after a kill");
}

#[tokio::test(start_paused = true)]
async fn a_shift_is_sealed_at_its_close_and_later_news_is_appended() {
    use saoma_engine::MovementKind;
    let shop = Shop::new();
    let till = shop.paired().await;
    assert_eq!(till.close_shift(None).await.unwrap_err().code(), "no_shift");
    assert_eq!(till.open_shift(-1).await.unwrap_err().code(), "bad_input");
    paid(&shop, &till, "before").await;
    till.open_shift(10_000).await.unwrap();
    assert_eq!(till.open_shift(0).await.unwrap_err().code(), "shift_open");
    paid(&shop, &till, "42").await;
    let late = ring_up(&till, 700).await;
    let ends = ring_up(&till, 300).await;
    until(&till, &late, |view| view.code.is_some()).await;
    until(&till, &ends, |view| view.code.is_some()).await;
    shop.backend.state().offline = true;
    till.network(false).await.unwrap();
    till.charge(&till.new_order_no(), NewSale { in_cash: true, ..tea(500) }).await.unwrap();
    // Closed without a network, and killed right after.
    let shift = till.close_shift(Some(10_400)).await.unwrap();
    drop(till);
    wait_ms(10).await;
    let till = shop.open().await;
    assert_eq!(till.shifts(10).await.unwrap(), std::slice::from_ref(&shift));
    let pair = |sum: saoma_engine::Sum| (sum.count, sum.amount);
    assert_eq!((shift.no, pair(shift.totals.paid), pair(shift.totals.cash)), (1, (1, 1_280), (1, 500)));
    assert_eq!(
        (pair(shift.unproven), shift.cash_expected, shift.cash_counted),
        ((2, 1_000), 10_500, Some(10_400))
    );

    shop.backend.state().offline = false;
    till.network(true).await.unwrap();
    shop.backend.pay(&late, "43");
    until(&till, &late, |view| view.phase == PhaseWord::Paid).await;
    till.cancel(&ends, AttemptNo::FIRST).await.unwrap();
    wait_ms(1_000).await;
    shop.backend.prove_closed(&ends);
    until(&till, &ends, |view| view.phase == PhaseWord::Closed).await;
    let after = till.shifts(1).await.unwrap().remove(0);
    let later: Vec<_> =
        after.later.iter().map(|line| (line.order_no.clone(), line.kind, line.amount)).collect();
    assert_eq!(later, [(late, Some(MovementKind::Paid), 700), (ends, None, 300)]);
    assert_eq!(saoma_engine::Shift { later: Vec::new(), ..after }, shift, "the summary itself never changes");

    let slip = till
        .shift_slip(1, saoma_engine::Paper::Mm58, saoma_engine::wording::Language::English)
        .await
        .unwrap();
    assert!(slip.iter().any(|line| line.starts_with("Difference") && line.ends_with("-¥1.00")), "{slip:#?}");
    assert_eq!(
        till.shift_slip(2, saoma_engine::Paper::Mm58, saoma_engine::wording::Language::Chinese)
            .await
            .unwrap_err()
            .code(),
        "no_shift"
    );
    // The next shift counts what is learned in it.
    assert_eq!(till.open_shift(0).await.unwrap().no, 2);
    paid(&shop, &till, "44").await;
    assert_eq!(pair(till.shifts(1).await.unwrap()[0].totals.paid), (1, 1_280));
    assert_eq!(till.shifts(0).await.unwrap_err().code(), "bad_input");
}
