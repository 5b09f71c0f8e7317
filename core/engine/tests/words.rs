//! What a backend may say, and what a till makes of it.

#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod shop;

use saoma_contract::{AttemptNo, OrderNo, OrderState};
use saoma_engine::{NewLine, NewSale, PhaseWord, ResultKind};
use shop::{Shop, ring_up, tea, until, wait_ms};

#[tokio::test(start_paused = true)]
async fn a_cancelled_sale_is_closing_until_its_end_is_proven() {
    let shop = Shop::new();
    let (till, order_no) = shop.awaiting().await;
    let view = till.cancel(&order_no, AttemptNo::FIRST).await.unwrap();
    assert_eq!((view.phase, view.code), (PhaseWord::Closing, None));
    wait_ms(20_000).await;
    assert_eq!(till.sale(&order_no).await.unwrap().sale.phase, PhaseWord::Closing);
    shop.backend.prove_closed(&order_no);
    until(&till, &order_no, |view| view.phase == PhaseWord::Closed).await;
    assert!(till.results().is_empty());
}

#[tokio::test(start_paused = true)]
async fn money_for_a_closed_sale_is_late_money() {
    let shop = Shop::new();
    let (till, order_no) = shop.awaiting().await;
    till.cancel(&order_no, AttemptNo::FIRST).await.unwrap();
    wait_ms(1_000).await;
    shop.backend.prove_closed(&order_no);
    until(&till, &order_no, |view| view.phase == PhaseWord::Closed).await;
    shop.backend.pay(&order_no, "42");
    wait_ms(100).await;
    let view = till.sale(&order_no).await.unwrap().sale;
    assert_eq!((view.phase, view.late), (PhaseWord::Paid, true));
    assert!(till.results()[0].late);
    let day = till.day(None).await.unwrap();
    assert_eq!((day.paid.count, day.late.amount), (1, 1280));
}

#[tokio::test(start_paused = true)]
async fn a_refresh_ends_in_a_fresh_code_for_the_same_sale() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let order_no = ring_up(&till, 1280).await;
    let old = until(&till, &order_no, |view| view.code.is_some()).await;
    let view = till.refresh(&order_no, AttemptNo::FIRST).await.unwrap();
    assert_eq!((view.phase, view.code), (PhaseWord::Refreshing, None));
    till.refresh(&order_no, AttemptNo::FIRST).await.unwrap();
    wait_ms(3_000).await;
    shop.backend.open_next(&order_no);
    let new = until(&till, &order_no, |view| view.code.is_some()).await;
    assert_eq!(new.attempt.get(), 2);
    assert_ne!(new.code.unwrap().code.text, old.code.unwrap().code.text);
    assert_eq!(shop.backend.count("refresh"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_code_that_ended_is_hidden_and_checked_until_proof() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let order_no = ring_up(&till, 1280).await;
    let view = until(&till, &order_no, |view| view.code.is_some()).await;
    let hidden = until(&till, &order_no, |view| view.code.is_none()).await;
    assert_eq!(hidden.phase, PhaseWord::Checking);
    let shown_ms = shop.backend.now().ms_since(view.made_at);
    assert!((288_000..=290_100).contains(&shown_ms), "{shown_ms}");
    wait_ms(60_000).await;
    assert_eq!(till.sale(&order_no).await.unwrap().sale.phase, PhaseWord::Checking);
    shop.backend.prove_closed(&order_no);
    until(&till, &order_no, |view| view.phase == PhaseWord::Closed).await;
}

#[tokio::test(start_paused = true)]
async fn money_that_does_not_match_is_an_alarm_and_no_sum() {
    let shop = Shop::new();
    let (till, order_no) = shop.awaiting().await;
    shop.backend.pay_amount(&order_no, "42", Some(1));
    let view = until(&till, &order_no, |view| view.mismatch).await;
    assert_ne!(view.phase, PhaseWord::Paid);
    assert!(view.code.is_none());
    assert_eq!(till.results()[0].kind, ResultKind::Mismatch);
    assert_eq!(till.day(None).await.unwrap().paid.count, 0);
    assert_eq!(till.receipt(&order_no).await.unwrap_err().code(), "no_receipt");
}

#[tokio::test(start_paused = true)]
async fn words_without_a_statement_move_nothing() {
    let shop = Shop::new();
    shop.backend.state().has_stream = false;
    let (till, order_no) = shop.awaiting().await;
    shop.backend.say(&order_no, |order| {
        order.state = OrderState::Paid;
        order.version.counter += 1;
    });
    until(&till, &order_no, |view| view.phase == PhaseWord::Checking).await;
    shop.backend.say(&order_no, |order| {
        order.state = OrderState::from("teleported");
        order.version.counter += 1;
    });
    let view = until(&till, &order_no, |view| view.phase == PhaseWord::Unknown).await;
    assert!(!view.has_receipt);
    assert!(till.results().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_older_answer_is_left_aside_and_counted() {
    let shop = Shop::new();
    shop.backend.state().has_stream = false;
    let (till, order_no) = shop.awaiting().await;
    shop.backend.say(&order_no, |order| {
        order.state = OrderState::Rejected;
        order.version.counter = 0;
    });
    wait_ms(10_000).await;
    assert_eq!(till.sale(&order_no).await.unwrap().sale.phase, PhaseWord::Awaiting);
    assert!(till.diagnosis().await.unwrap().regressions > 0);
}

#[tokio::test(start_paused = true)]
async fn keys_that_rotate_need_no_new_pairing() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let before = ring_up(&till, 100).await;
    until(&till, &before, |view| view.code.is_some()).await;
    shop.backend.pay(&before, "1");
    until(&till, &before, |view| view.phase == PhaseWord::Paid).await;
    shop.backend.state().statement_key = 11;
    let after = ring_up(&till, 200).await;
    until(&till, &after, |view| view.code.is_some()).await;
    till.close().await;
    let till = shop.open().await;
    assert!(till.receipt(&before).await.is_ok());
    assert_eq!(till.sale(&after).await.unwrap().sale.phase, PhaseWord::Awaiting);
}

#[tokio::test(start_paused = true)]
async fn a_strangers_statement_is_not_believed() {
    use saoma_contract::Jws;
    let shop = Shop::new();
    shop.backend.state().has_stream = false;
    let (till, order_no) = shop.awaiting().await;
    shop.backend.pay(&order_no, "42");
    shop.backend.say(&order_no, |order| {
        for jws in &mut order.statements {
            let (text, signature) = jws.as_str().rsplit_once('.').unwrap();
            let forged: String = signature.chars().rev().collect();
            *jws = Jws::from_text(format!("{text}.{forged}"));
        }
    });
    wait_ms(30_000).await;
    assert_eq!(till.sale(&order_no).await.unwrap().sale.phase, PhaseWord::Checking);
    assert!(till.diagnosis().await.unwrap().unverified > 0);
    assert!(till.results().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_number_used_for_other_bytes_is_a_conflict_for_the_eye() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let theirs = ring_up(&till, 1280).await;
    until(&till, &theirs, |view| view.code.is_some()).await;
    let mine = till.new_order_no();
    {
        let mut state = shop.backend.state();
        let stored = &state.orders[&theirs];
        let mut order = stored.order.clone();
        order.order_no = mine.clone();
        let stored = shop::StoredOrder { order, jws: stored.jws.clone(), life_ms: stored.life_ms };
        state.orders.insert(mine.clone(), stored);
    }
    till.charge(&mine, tea(990)).await.unwrap();
    let view = until(&till, &mine, |view| view.phase == PhaseWord::Rejected).await;
    assert_eq!(view.notice.unwrap().code, "other_bytes");
    assert!(view.code.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_held_business_key_points_to_the_order_that_holds_it() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let table = |amount| NewSale { business_key: Some("table 7".to_owned()), ..tea(amount) };
    let first = till.new_order_no();
    till.charge(&first, table(1280)).await.unwrap();
    until(&till, &first, |view| view.code.is_some()).await;
    let second = till.new_order_no();
    till.charge(&second, table(990)).await.unwrap();
    let view = until(&till, &second, |view| view.phase == PhaseWord::Joined).await;
    let other = view.other.unwrap();
    assert_eq!((other.order_no, other.amount, view.amount), (first, 1280, 990));
}

#[tokio::test(start_paused = true)]
async fn wrong_fields_are_refused_by_name_and_leave_nothing_behind() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let line = |amount, reference: Option<&str>| NewLine { amount, reference: reference.map(str::to_owned) };
    let long = "x".repeat(600);
    let cases = [
        ("amount", tea(0)),
        ("amount", tea(-1)),
        ("amount", tea(i64::MAX)),
        ("amount", tea(10_000_001)),
        ("description", NewSale { description: String::new(), ..tea(1) }),
        ("description", NewSale { description: "a\nb".to_owned(), ..tea(1) }),
        ("description", NewSale { description: "x".repeat(128), ..tea(1) }),
        ("note", NewSale { note: Some(long.clone()), ..tea(1) }),
        ("reference", NewSale { reference: Some(long.clone()), ..tea(1) }),
        ("reference", NewSale { reference: Some("a".to_owned()), lines: vec![line(1, None)], ..tea(1) }),
        ("lines", NewSale { lines: vec![line(1, None), line(1, None)], ..tea(3) }),
        ("lines", NewSale { lines: vec![line(1, None); 101], ..tea(101) }),
        ("lines[1].amount", NewSale { lines: vec![line(3, None), line(0, None)], ..tea(3) }),
        ("lines[1].reference", NewSale { lines: vec![line(1, None), line(2, Some("\t"))], ..tea(3) }),
        ("business_key", NewSale { business_key: Some(long), ..tea(1) }),
        ("life_s", NewSale { life_s: Some(59), ..tea(1) }),
        ("life_s", NewSale { life_s: Some(6_601), ..tea(1) }),
    ];
    for (expected, sale) in cases {
        let order_no = till.new_order_no();
        match till.charge(&order_no, sale).await {
            Err(saoma_engine::TillError::Field { field, detail }) => {
                assert_eq!(field, expected, "{detail}");
                assert!(!detail.is_empty());
            }
            other => panic!("{expected}: {other:?}"),
        }
        assert_eq!(till.sale(&order_no).await.unwrap_err().code(), "not_found");
    }
    assert!(till.list(Default::default()).await.unwrap().sales.is_empty());
    assert_eq!(shop.backend.count("PUT"), 0);
}

#[tokio::test(start_paused = true)]
async fn wrong_links_are_refused_by_their_part() {
    let shop = Shop::new();
    let till = shop.open().await;
    let link = shop.link();
    for (wrong, word) in [
        ("https://till.example".to_owned(), "saoma://pair?"),
        (link.replace("http://127.0.0.1:1", "http://till.example"), "https://"),
        (link.replace("m=tea", "m=Tea"), "\"m\""),
    ] {
        let error = till.pair(&wrong, "counter").await.unwrap_err();
        assert_eq!(error.code(), "bad_input");
        assert!(error.to_string().contains(word), "{error}");
    }
    assert_eq!(till.pair(&link, "").await.unwrap_err().code(), "bad_input");
    let mut other_root: saoma_contract::PairingLink = link.parse().unwrap();
    other_root.root = saoma_contract::Fingerprint::from_bytes([7; 32]);
    assert_eq!(till.pair(&other_root.to_string(), "counter").await.unwrap_err().code(), "untrusted");
    assert!(till.pairing().await.unwrap().is_none());
    assert_eq!(till.charge(&till.new_order_no(), tea(1)).await.unwrap_err().code(), "not_paired");
}

#[tokio::test(start_paused = true)]
async fn a_till_belongs_to_one_merchant() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let other = shop.link().replace("m=tea", "m=coffee");
    assert_eq!(till.pair(&other, "counter").await.unwrap_err().code(), "other_merchant");
    till.pair(&shop.link(), "counter").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_is_not_proven_is_limited_in_count_and_sum() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let limits = saoma_engine::Limits { unproven_count_max: 2, unproven_sum_max: 1_000 };
    till.set_limits(limits).await.unwrap();
    let first = ring_up(&till, 600).await;
    assert_eq!(till.charge(&till.new_order_no(), tea(401)).await.unwrap_err().code(), "too_many_unproven");
    ring_up(&till, 400).await;
    assert_eq!(till.charge(&till.new_order_no(), tea(1)).await.unwrap_err().code(), "too_many_unproven");
    until(&till, &first, |view| view.code.is_some()).await;
    shop.backend.pay(&first, "42");
    until(&till, &first, |view| view.phase == PhaseWord::Paid).await;
    ring_up(&till, 600).await;
}

#[tokio::test(start_paused = true)]
async fn sales_are_listed_by_page_found_by_their_tail_and_say_how_old_their_knowledge_is() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let mut numbers = Vec::new();
    for amount in 1..=5 {
        let order_no = ring_up(&till, amount).await;
        until(&till, &order_no, |view| view.code.is_some()).await;
        shop.backend.pay(&order_no, &amount.to_string());
        until(&till, &order_no, |view| view.phase == PhaseWord::Paid).await;
        wait_ms(10).await;
        numbers.insert(0, order_no);
    }
    let query = |after| saoma_engine::PageQuery { after, limit: Some(2), ..Default::default() };
    let mut seen = Vec::new();
    let mut page = till.list(query(None)).await.unwrap();
    loop {
        seen.extend(page.sales.iter().map(|sale| sale.order_no.clone()));
        if !page.more {
            break;
        }
        page = till.list(query(seen.last().cloned())).await.unwrap();
    }
    assert_eq!(seen, numbers);
    wait_ms(90_000).await;
    let tail = numbers[3].tail().to_ascii_lowercase();
    let found = till.search(&tail).await.unwrap();
    assert_eq!(found.sales.len(), 1);
    assert_eq!((found.sales[0].order_no.clone(), found.sales[0].amount), (numbers[3].clone(), 2));
    assert!(found.sales[0].heard_ago_s.unwrap() >= 90);
    assert!(till.search("").await.is_err());
    let open =
        saoma_engine::PageQuery { filter: Some(saoma_engine::ListFilter::Answered), ..Default::default() };
    assert!(till.list(open).await.unwrap().sales.is_empty());
}

#[tokio::test(start_paused = true)]
async fn every_change_reaches_a_slow_watcher_as_the_newest_state() {
    let shop = Shop::new();
    let till = shop.paired().await;
    let mut all = till.watch_all().await.unwrap();
    let order_no = ring_up(&till, 1280).await;
    until(&till, &order_no, |view| view.code.is_some()).await;
    shop.backend.pay(&order_no, "42");
    until(&till, &order_no, |view| view.phase == PhaseWord::Paid).await;
    assert_eq!(all.next().await.unwrap().phase, PhaseWord::Paid);
    till.close().await;
    assert!(all.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn check_now_asks_the_channel_and_waits_for_the_answer() {
    let shop = Shop::new();
    shop.backend.state().has_stream = false;
    let (till, order_no) = shop.awaiting().await;
    shop.backend.pay(&order_no, "42");
    assert_eq!(till.check_now(&order_no).await.unwrap().phase, PhaseWord::Paid);
    assert_eq!(shop.backend.count("/check"), 1);
    shop.backend.fault("/check", shop::Fault::Refuse);
    assert_eq!(till.check_now(&order_no).await.unwrap_err().code(), "unreachable");
    assert_eq!(till.check_now(&till.new_order_no()).await.unwrap_err().code(), "not_found");
}

#[tokio::test(start_paused = true)]
async fn while_the_till_is_quiet_a_payment_is_shown_and_acknowledged_as_shown() {
    use saoma_engine::{Announcing, QuietHours};
    let shop = Shop::new();
    let till = shop.paired().await;
    let quiet = |from_minute, until_minute| Announcing {
        quiet: Some(QuietHours { from_minute, until_minute }),
        least_amount: 0,
    };
    assert_eq!(till.set_announcing(quiet(7, 7)).await.unwrap_err().code(), "bad_input");
    // The shop's day begins at ten in the morning.
    till.set_announcing(quiet(9 * 60, 11 * 60)).await.unwrap();
    let order_no = ring_up(&till, 1280).await;
    until(&till, &order_no, |view| view.code.is_some()).await;
    shop.backend.pay(&order_no, "42");
    until(&till, &order_no, |view| view.phase == PhaseWord::Paid).await;
    let waiting = till.announcements().await.unwrap();
    assert_eq!((waiting.len(), waiting[0].aloud), (1, false));
    till.set_announcing(Announcing { quiet: None, least_amount: 1_281 }).await.unwrap();
    assert!(!till.announcements().await.unwrap()[0].aloud);
    till.set_announcing(Announcing::default()).await.unwrap();
    assert!(till.announcements().await.unwrap()[0].aloud);
    till.acknowledge_shown("wechatpay:42").await.unwrap();
    till.close().await;
    let till = shop.open().await;
    assert!(till.announcements().await.unwrap().is_empty(), "what was shown never comes again");
}

#[tokio::test(start_paused = true)]
async fn a_paid_sale_gives_a_slip_and_a_days_sales_give_a_table() {
    use saoma_engine::Paper;
    use saoma_engine::wording::Language;
    let shop = Shop::new();
    let till = shop.paired().await;
    let order_no = till.new_order_no();
    let evil = NewSale { description: "=HYPERLINK(1)".to_owned(), note: Some("a,b".to_owned()), ..tea(1280) };
    till.charge(&order_no, evil).await.unwrap();
    let open = ring_up(&till, 500).await;
    until(&till, &order_no, |view| view.code.is_some()).await;
    let slip = |order_no: OrderNo| {
        let till = till.clone();
        async move { till.receipt_slip(&order_no, Paper::Mm58, Language::Chinese).await }
    };
    assert_eq!(slip(order_no.clone()).await.unwrap_err().code(), "no_receipt");
    shop.backend.pay(&order_no, "4200001234567890123456789012");
    until(&till, &order_no, |view| view.phase == PhaseWord::Paid).await;
    let lines = slip(order_no.clone()).await.unwrap();
    assert!(lines.iter().any(|line| line.ends_with("¥12.80")), "{lines:#?}");
    assert!(lines.iter().any(|line| line.contains("测试")), "a test account's slip says so");

    let csv = till.sales_csv(None, Language::English).await.unwrap();
    let rows: Vec<&str> = csv.strip_prefix('\u{feff}').unwrap().split_terminator("\r\n").collect();
    assert_eq!(rows.len(), 3);
    assert!(rows[1].starts_with(open.as_str()) && rows[2].starts_with(order_no.as_str()), "newest first");
    assert!(rows[2].contains(",12.80,2026-08-01 10:00:0"), "{}", rows[2]);
    assert!(rows[2].contains(",'4200001234567890123456789012,,,'=HYPERLINK(1),,,\"a,b\",yes"), "{}", rows[2]);
    assert_eq!(till.sales_csv(Some("2026-08-02"), Language::English).await.unwrap().lines().count(), 1);
    assert_eq!(till.sales_csv(Some("yesterday"), Language::English).await.unwrap_err().code(), "bad_input");
}
