//! The books: what the backend says of a day and of the bank's bill.

#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod shop;

use saoma_contract::{Finding, FindingKind, FindingSide, ReconciliationState};
use saoma_engine::wording::{Language, Tone};
use shop::{Fault, Shop, wait_ms};

const DATE: &str = "2026-07-31";

fn finding(id: &str) -> Finding {
    let side = |amount| Some(FindingSide { amount: Some(amount), ..FindingSide::default() });
    Finding {
        id: id.parse().unwrap(),
        kind: FindingKind::AmountDiffers,
        out_trade_no: "01J0000000000000000000000001".to_owned(),
        out_refund_no: None,
        order_no: None,
        refund_no: None,
        ours: side(1280),
        theirs: side(1200),
        asked: None,
        asked_at: None,
        detail: "the amounts differ".to_owned(),
        found_at: None,
        gone: false,
        settled: None,
    }
}

#[tokio::test(start_paused = true)]
async fn a_manager_sees_how_yesterday_agrees_and_settles_what_does_not() {
    let shop = Shop::new();
    shop.backend.state().findings = vec![finding("a1"), finding("a2")];
    let till = shop.paired().await;
    till.sign_in("mei", "2580".to_owned()).await.unwrap();
    let day = till.reconciliation(None).await.unwrap();
    assert_eq!((day.date.as_str(), &day.state, day.open), (DATE, &ReconciliationState::Findings, 2));
    assert_eq!(shop.backend.state().bill_queries, ["limit=200"], "a phone asks for no more than it shows");

    shop.backend.fault("settle", Fault::DropReply);
    let lost = till.settle_finding(DATE, "a1", "a stranger's till").await.unwrap_err();
    assert_eq!(lost.code(), "unreachable");
    let day = till.settle_finding(DATE, "a1", " a stranger's till ").await.unwrap();
    assert_eq!((day.open, day.findings[0].settled.is_some()), (1, true), "said again, it is the same word");
    let other = till.settle_finding(DATE, "a1", "something else").await.unwrap_err();
    assert_eq!(other.code(), "other_bytes");
    let named = shop.backend.state().named.clone();
    let settled = named.iter().filter(|(path, _)| path.ends_with("/settle"));
    assert!(settled.clone().count() == 3 && settled.clone().all(|(_, who)| who.as_deref() == Some("mei")));
}

#[tokio::test(start_paused = true)]
async fn what_is_no_day_finding_or_reason_is_refused_by_name_and_nothing_is_sent() {
    let shop = Shop::new();
    let till = shop.paired().await;
    wait_ms(1_000).await;
    let field = |error: saoma_engine::TillError| match error {
        saoma_engine::TillError::Field { field, .. } => field,
        other => panic!("{other:?}"),
    };
    assert_eq!(field(till.reconciliation(Some("yesterday")).await.unwrap_err()), "date");
    assert_eq!(field(till.settle_finding("2026-13-01", "a1", "why").await.unwrap_err()), "date");
    assert_eq!(field(till.settle_finding(DATE, "../x", "why").await.unwrap_err()), "finding");
    assert_eq!(field(till.settle_finding(DATE, "a1", "  ").await.unwrap_err()), "reason");
    assert_eq!(shop.backend.count("reconciliation"), 0);
    let missing = till.settle_finding(DATE, "a1", "why").await.unwrap_err();
    assert_eq!(missing.code(), "not_found");
}

#[tokio::test(start_paused = true)]
async fn a_backend_without_bills_is_not_asked_about_them() {
    let shop = Shop::new();
    shop.backend.state().lacks = vec!["reconciliation"];
    let till = shop.paired().await;
    wait_ms(1_000).await;
    assert_eq!(till.reconciliation(None).await.unwrap_err().code(), "feature_missing");
    assert_eq!(till.settle_finding(DATE, "a1", "why").await.unwrap_err().code(), "feature_missing");
    assert_eq!(shop.backend.count("reconciliation"), 0);
}

#[tokio::test(start_paused = true)]
async fn both_languages_say_how_the_books_agree_and_what_each_side_says() {
    let shop = Shop::new();
    shop.backend.state().findings = vec![finding("a1")];
    let till = shop.paired().await;
    let mut day = till.reconciliation(Some(DATE)).await.unwrap();
    let said = Language::English.reconciliation(&day);
    assert_eq!(said.tone, Tone::Warning);
    assert!(said.text.contains("7 payments, ¥90.00") && said.text.contains("1 of them are not"), "{said:?}");
    let said = Language::English.finding(&day.findings[0], day.currency);
    assert_eq!(said, "The amounts differ. Here: ¥12.80; in the bill: ¥12.00.");
    let said = Language::Chinese.finding(&day.findings[0], day.currency);
    assert_eq!(said, "金额不一样。这里：¥12.80；账单：¥12.00。");
    let mut texts = std::collections::BTreeSet::new();
    for state in ["waiting", "no_bill", "agreed", "findings", "failed", "of later"] {
        day.state = state.into();
        for language in [Language::English, Language::Chinese] {
            assert!(texts.insert(language.reconciliation(&day).text), "{state}");
        }
    }
    let kinds = "missing_in_bill unknown_here amount_differs state_differs refund_differs fee_differs other_day later";
    for kind in kinds.split(' ') {
        let finding = Finding { kind: kind.into(), theirs: None, ..day.findings[0].clone() };
        for language in [Language::English, Language::Chinese] {
            assert!(texts.insert(language.finding(&finding, day.currency)), "{kind}");
        }
    }
}
