use zeroize::Zeroizing;

use super::*;
use crate::{CodeKind, PaymentProof, SoftwareKey};

fn key(seed: u8) -> SoftwareKey {
    SoftwareKey::from_random(&Zeroizing::new([seed; 32])).unwrap()
}

fn time(text: &str) -> Time {
    text.parse().unwrap()
}

fn kid(text: &str) -> Kid {
    text.parse().unwrap()
}

const ROOT: u8 = 1;
const OLD: u8 = 2;
const NEW: u8 = 3;

fn keys(merchant: &str, live: bool, serial: u64) -> KeysStatement {
    let entry = |name: &str, seed, from: &str, until: Option<&str>| StatementKey {
        kid: kid(name),
        key: key(seed).public_key(),
        from: time(from),
        until: until.map(time),
    };
    KeysStatement {
        merchant: merchant.parse().unwrap(),
        live,
        serial,
        root: key(ROOT).public_key(),
        keys: vec![
            entry("k1", OLD, "2026-01-01T00:00:00Z", Some("2026-07-01T00:00:00Z")),
            entry("k2", NEW, "2026-07-01T00:00:00Z", None),
        ],
        as_of: time("2026-07-01T00:00:00Z"),
    }
}

fn trusted() -> TrustedKeys {
    let jws = sign_keys(keys("tea", true, 2), &key(ROOT)).unwrap();
    TrustedKeys::verify(jws, &"tea".parse().unwrap(), &key(ROOT).public_key().fingerprint()).unwrap()
}

fn paid(as_of: &str) -> PaidStatement {
    PaidStatement {
        merchant: "tea".parse().unwrap(),
        merchant_name: "绿豆茶".to_owned(),
        store: "s1".parse().unwrap(),
        live: true,
        order_no: "01K1J6QYV00000000000000000".parse().unwrap(),
        amount: 1280,
        currency: Currency::CNY,
        payment: Payment {
            channel: "wechatpay".to_owned(),
            transaction_id: "4200001234202608017654321098".to_owned(),
            attempt: AttemptNo::FIRST,
            proof: PaymentProof::Proven,
            amount: 1280,
            currency: Currency::CNY,
            payer_amount: Some(1180),
            payer_currency: Some(Currency::CNY),
            paid_at: time("2026-08-01T02:02:31Z"),
            late: false,
            late_money: None,
        },
        version: Version { epoch: 1, counter: 7 },
        as_of: time(as_of),
    }
}

const DAY: &str = "2026-08-01T02:02:32Z";

#[test]
fn a_receipt_verifies_down_to_the_pinned_root() {
    let jws = sign(&Statement::Paid(paid(DAY)), &kid("k2"), &key(NEW)).unwrap();
    let Checked::Paid(receipt) = trusted().check(&jws).unwrap() else { panic!("not a receipt") };
    assert_eq!(receipt.statement(), &paid(DAY));
    assert_eq!(receipt.jws(), &jws);
    assert!(receipt.is_money());
}

#[test]
fn codes_and_closes_come_out_as_what_they_are() {
    let code = CodeStatement {
        merchant: "tea".parse().unwrap(),
        live: true,
        order_no: paid(DAY).order_no,
        attempt: AttemptNo::FIRST,
        amount: 1280,
        currency: Currency::CNY,
        code: Code {
            kind: CodeKind::Qr,
            text: "weixin://wxpay/bizpayurl?pr=Ab12Cd3".to_owned(),
            expires_at: time(DAY),
        },
        version: Version { epoch: 1, counter: 3 },
        as_of: time(DAY),
    };
    let jws = sign(&Statement::Code(code.clone()), &kid("k2"), &key(NEW)).unwrap();
    assert!(matches!(trusted().check(&jws), Ok(Checked::Code(shown)) if *shown.statement() == code));
    let closed = ClosedStatement {
        merchant: "tea".parse().unwrap(),
        live: true,
        order_no: paid(DAY).order_no,
        attempt: Some(AttemptNo::FIRST),
        version: Version { epoch: 1, counter: 9 },
        as_of: time(DAY),
    };
    let jws = sign(&Statement::Closed(closed.clone()), &kid("k2"), &key(NEW)).unwrap();
    assert!(matches!(trusted().check(&jws), Ok(Checked::Closed(proof)) if *proof.statement() == closed));
}

#[test]
fn a_statement_of_another_merchant_key_or_kind_of_money_is_refused() {
    let by = |statement: PaidStatement, name: &str, seed| {
        trusted().check(&sign(&Statement::Paid(statement), &kid(name), &key(seed)).unwrap())
    };
    let other = PaidStatement { merchant: "rival".parse().unwrap(), ..paid(DAY) };
    assert_eq!(by(other, "k2", NEW), Err(StatementError::OtherMerchant));
    let test = PaidStatement { live: false, ..paid(DAY) };
    assert_eq!(by(test, "k2", NEW), Err(StatementError::TestAndLive));
    assert_eq!(by(paid(DAY), "k2", 9), Err(StatementError::Jws(JwsError::Signature)));
    assert_eq!(by(paid(DAY), "k9", NEW), Err(StatementError::UnknownKey("k9".to_owned())));
    assert_eq!(by(paid(DAY), "root", ROOT), Err(StatementError::UnknownKey("root".to_owned())));
}

#[test]
fn an_old_key_verifies_what_it_signed_in_its_days_and_nothing_later() {
    let old = |as_of| trusted().check(&sign(&Statement::Paid(paid(as_of)), &kid("k1"), &key(OLD)).unwrap());
    assert!(old("2026-03-01T00:00:00Z").is_ok());
    assert_eq!(old(DAY), Err(StatementError::KeyDays));
    assert_eq!(old("2025-12-31T00:00:00Z"), Err(StatementError::KeyDays));
}

#[test]
fn keys_not_signed_by_the_pinned_root_are_refused() {
    let merchant: MerchantId = "tea".parse().unwrap();
    let root = key(ROOT).public_key().fingerprint();
    let forged = KeysStatement { root: key(8).public_key(), ..keys("tea", true, 3) };
    assert_eq!(
        TrustedKeys::verify(sign_keys(forged, &key(8)).unwrap(), &merchant, &root),
        Err(StatementError::OtherRoot)
    );
    let borrowed = sign_keys(keys("tea", true, 3), &key(8)).unwrap();
    assert_eq!(
        TrustedKeys::verify(borrowed, &merchant, &root),
        Err(StatementError::Jws(JwsError::Signature))
    );
    let other = sign_keys(keys("rival", true, 3), &key(ROOT)).unwrap();
    assert_eq!(TrustedKeys::verify(other, &merchant, &root), Err(StatementError::OtherMerchant));
}

#[test]
fn keys_go_forward_only_and_never_between_test_and_live() {
    let replace = |keys: KeysStatement| trusted().replace(sign_keys(keys, &key(ROOT)).unwrap());
    assert!(replace(keys("tea", true, 3)).is_ok());
    assert_eq!(replace(keys("tea", true, 1)), Err(StatementError::OlderKeys));
    assert_eq!(replace(keys("tea", false, 3)), Err(StatementError::TestAndLive));
}

fn refunded(parts: &[i64], sum: i64) -> RefundedStatement {
    let paid = paid(DAY);
    RefundedStatement {
        merchant: paid.merchant,
        merchant_name: paid.merchant_name,
        store: paid.store,
        live: paid.live,
        order_no: paid.order_no,
        amount: paid.amount,
        currency: paid.currency,
        payment: paid.payment,
        refunded: sum,
        refunds: parts
            .iter()
            .zip(1u8..)
            .map(|(amount, no)| RefundedPart {
                refund_no: RefundNo::new(1, [no; 10]),
                amount: *amount,
                done_at: time(DAY),
            })
            .collect(),
        version: paid.version,
        as_of: paid.as_of,
    }
}

#[test]
fn a_refunded_receipt_says_how_much_was_given_back_and_is_no_receipt_of_the_whole() {
    let said = refunded(&[300, 200], 500);
    let jws = sign(&Statement::Refunded(said.clone()), &kid("k2"), &key(NEW)).unwrap();
    let Ok(Checked::Refunded(receipt)) = trusted().check(&jws) else { panic!("not taken") };
    assert_eq!(*receipt.statement(), said);
    assert!(receipt.is_money());
    for (parts, sum) in [(&[300, 200][..], 501), (&[i64::MAX, 1], i64::MIN), (&[], 1)] {
        let jws = sign(&Statement::Refunded(refunded(parts, sum)), &kid("k2"), &key(NEW)).unwrap();
        assert!(matches!(trusted().check(&jws), Err(StatementError::Form(_))), "{parts:?}");
    }
}

#[test]
fn a_kind_of_a_later_version_is_never_taken_for_one_we_know() {
    let later = serde_json::json!({"kind": "lent", "merchant": "tea", "live": true});
    let jws = Jws::sign("k2", TYP, &later, &key(NEW)).unwrap();
    assert_eq!(trusted().check(&jws), Err(StatementError::OtherKind));
}

#[test]
fn fields_of_a_later_version_do_not_hide_a_receipt() {
    let mut later = serde_json::to_value(Statement::Paid(paid(DAY))).unwrap();
    later["loyalty_points"] = 12.into();
    let jws = Jws::sign("k2", TYP, &later, &key(NEW)).unwrap();
    assert!(matches!(trusted().check(&jws), Ok(Checked::Paid(_))));
}
