//! The till's files in the wrong hands: nothing of what people told the till is read in them; records of another key are not
//! opened; what older versions wrote in plain text is sealed and overwritten, whenever the power fails on the way.

#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod shop;

use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rusqlite::Connection;
use saoma_contract::{DeviceRole, OrderNo, RefundState};
use saoma_engine::store::Storage as _;
use saoma_engine::{
    NewRefundWish, NewSale, PhaseWord, SealingKey, Settings, SqliteStorage, StorageError, Till,
};
use saoma_vfs::{Disk, Failure};
use shop::{Shop, key, sealing, unsealed, until, wait_ms};

/// A text as it stands in a file, and as base64 has it wherever it begins.
fn forms(text: &str) -> Vec<Vec<u8>> {
    let inside = |before: usize| {
        let encoded =
            BASE64_URL_SAFE_NO_PAD.encode([vec![b' '; before].as_slice(), text.as_bytes()].concat());
        // What lies beside the text shares its first and last characters.
        let from = (before * 8).div_ceil(6);
        encoded.as_bytes()[from..(before + text.len()) * 8 / 6].to_vec()
    };
    vec![text.as_bytes().to_vec(), inside(0), inside(1), inside(2)]
}

/// Which of these texts are read in any file of a folder.
fn read_in(folder: &Path, texts: &[&'static str]) -> Vec<&'static str> {
    let files = std::fs::read_dir(folder).unwrap().map(|file| std::fs::read(file.unwrap().path()).unwrap());
    let files: Vec<Vec<u8>> = files.collect();
    let is_in = |form: &Vec<u8>| files.iter().any(|file| memchr::memmem::find(file, form).is_some());
    texts.iter().copied().filter(|text| forms(text).iter().any(is_in)).collect()
}

const TOLD: [&str; 7] = [
    "lamp for Mrs Wang",
    "ring twice at Li Lei",
    "table nine by the window",
    "waybill SF1234567890",
    "she found it broken",
    "meets nobody at home",
    "\"mei\"",
];

/// A day on which the till is told all of it.
async fn told_day(shop: &Shop) -> (Till, OrderNo) {
    let till = shop.open().await;
    till.pair(&shop.link(), "counter").await.unwrap();
    till.sign_in("mei", "2580".to_owned()).await.unwrap();
    till.open_shift(0).await.unwrap();
    let order_no = till.new_order_no();
    let sale = NewSale {
        amount: 1280,
        description: TOLD[0].to_owned(),
        note: Some(TOLD[1].to_owned()),
        reference: Some(TOLD[2].to_owned()),
        business_key: Some(TOLD[3].to_owned()),
        ..NewSale::default()
    };
    till.charge(&order_no, sale.clone()).await.unwrap();
    until(&till, &order_no, |view| view.code.is_some()).await;
    shop.backend.pay(&order_no, "42");
    until(&till, &order_no, |view| view.phase == PhaseWord::Paid).await;
    let refund_no = till.new_refund_no();
    let wish = NewRefundWish {
        transaction_id: "42".to_owned(),
        amount: 80,
        reason: TOLD[4].to_owned(),
        ..NewRefundWish::default()
    };
    till.refund(&order_no, &refund_no, wish).await.unwrap();
    wait_ms(2_000).await;
    shop.backend.refund_comes_to(&order_no, &refund_no, RefundState::Done);
    till.network(false).await.unwrap();
    let draft = till.new_order_no();
    till.charge(&draft, NewSale { business_key: None, ..sale.clone() }).await.unwrap();
    let choice = saoma_engine::DraftChoice::Drop { reason: TOLD[5].to_owned() };
    till.decide_draft(&draft, choice).await.unwrap();
    let cash = till.new_order_no();
    till.charge(&cash, NewSale { in_cash: true, business_key: None, ..sale }).await.unwrap();
    till.network(true).await.unwrap();
    wait_ms(5_000).await;
    till.close_shift(None).await.unwrap();
    (till, order_no)
}

#[tokio::test(start_paused = true)]
async fn whoever_has_the_files_alone_reads_nothing_of_what_people_told_the_till() {
    let shop = Shop::new();
    shop.backend.state().role = Some(DeviceRole::Manager);
    let (till, _) = told_day(&shop).await;
    assert_eq!(read_in(shop.folder.path(), &TOLD), [""; 0], "while the till is open");
    till.close().await;
    assert_eq!(read_in(shop.folder.path(), &TOLD), [""; 0], "once it is closed");
    // With the key all of it is there, so it was looked for as it is written.
    let plain = tempfile::tempdir().unwrap();
    let bodies = "SELECT coalesce(group_concat(opened('journal', seq, body)), '')
                      || (SELECT group_concat(opened('movements', '', staff)) FROM movements) FROM journal";
    let bodies: String = unsealed(&shop.database()).query_row(bodies, [], |row| row.get(0)).unwrap();
    std::fs::write(plain.path().join("bodies"), bodies).unwrap();
    assert_eq!(read_in(plain.path(), &TOLD), TOLD);
}

#[tokio::test(start_paused = true)]
async fn a_guess_of_an_entry_cannot_be_confirmed_by_its_hash() {
    let shop = Shop::new();
    let (till, order_no) = told_day(&shop).await;
    till.close().await;
    let database = unsealed(&shop.database());
    let salts =
        "SELECT count(DISTINCT json_extract(opened('journal', seq, body), '$.salt')), count(*) FROM journal
                 WHERE order_no = ?1 AND length(json_extract(opened('journal', seq, body), '$.salt')) = 32";
    let (different, all): (u32, u32) =
        database.query_row(salts, [order_no.as_str()], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert!(all > 3 && different == all, "{different} of {all}");
}

#[tokio::test(start_paused = true)]
async fn another_key_opens_nothing_and_changes_nothing_and_what_is_given_up_is_kept_aside() {
    let shop = Shop::new();
    let (till, paid) = told_day(&shop).await;
    let open_sale = shop::ring_up(&till, 700).await;
    until(&till, &open_sale, |view| view.code.is_some()).await;
    shop.backend.state().offline = true;
    let draft = shop::ring_up(&till, 300).await;
    till.close().await;
    let entries = shop.backend.state().journal.last().unwrap().entries;
    let before = std::fs::read(shop.database()).unwrap();
    let other = SealingKey::new(&[8; 32]);
    let now = shop.backend.now();
    let open = |key_was_lost: bool| {
        SqliteStorage::open_or_salvage(&shop.database(), &other, &key(2), now, key_was_lost)
    };
    let refused = open(false).unwrap_err();
    assert_eq!((&refused, refused.code()), (&StorageError::Sealed, "other_key"));
    assert_eq!(std::fs::read_dir(shop.folder.path()).unwrap().count(), 2, "nothing is put aside");
    // The right key still opens it, with a person's word or without.
    SqliteStorage::open(shop.database(), &sealing()).unwrap();
    let word = SqliteStorage::open_or_salvage(&shop.database(), &sealing(), &key(1), now, true).unwrap();
    assert_eq!(word.1, None);
    drop(word);
    drop(before);

    let (storage, salvage) = open(true).unwrap();
    let salvage = salvage.unwrap();
    assert!(salvage.is_sealed && salvage.unreadable == [open_sale.clone(), draft.clone()], "{salvage:?}");
    let said = salvage.to_string();
    assert!(said.contains("2 sales") && said.contains("pair this till again"), "{said}");
    for language in [saoma_engine::wording::Language::English, saoma_engine::wording::Language::Chinese] {
        assert!(language.salvage(&salvage).contains('2'));
    }
    let parts = || saoma_engine::Parts {
        signer: std::sync::Arc::new(key(2)),
        ..shop.parts(Box::new(SqliteStorage::open(shop.database(), &other).unwrap()))
    };
    drop(storage);
    let till = Till::open(parts(), Settings::default()).await.unwrap();
    assert_eq!(till.charge(&till.new_order_no(), shop::tea(1)).await.unwrap_err().code(), "not_paired");
    assert_eq!(till.sale(&paid).await.unwrap_err().code(), "not_found");
    shop.backend.state().offline = false;
    shop.backend.state().device = None;
    till.pair(&shop.link(), "counter").await.unwrap();
    let sale = shop::ring_up(&till, 500).await;
    until(&till, &sale, |view| view.code.is_some()).await;
    assert!(shop.backend.state().journal.last().unwrap().entries > entries, "no number is given twice");
    till.close().await;
    // Should the key be found again: everything is in the file that was kept.
    let found = SqliteStorage::open(&salvage.kept_at, &sealing()).unwrap().restore().unwrap();
    assert_eq!(found.open, [open_sale, draft]);
    assert!(SqliteStorage::open(shop.database(), &sealing()).is_err());
}

#[tokio::test(start_paused = true)]
async fn a_value_is_not_taken_for_that_of_another_row_or_table() {
    for swap in [
        "UPDATE journal SET body = (SELECT body FROM journal WHERE seq = 5) WHERE seq = 4",
        "UPDATE shifts SET body = (SELECT body FROM till)",
        "UPDATE till SET body = (SELECT body FROM shifts)",
        "UPDATE results SET body = (SELECT max(body) FROM results)",
    ] {
        let shop = Shop::new();
        let (till, _) = told_day(&shop).await;
        let told = (till.day(None).await.unwrap(), till.results());
        assert_eq!(told.1.len(), 2);
        till.close().await;
        assert!(Connection::open(shop.database()).unwrap().execute(swap, []).unwrap() > 0);
        let (storage, salvage) =
            SqliteStorage::open_or_salvage(&shop.database(), &sealing(), &key(1), shop.backend.now(), false)
                .unwrap();
        let till = Till::open(shop.parts(Box::new(storage)), Settings::default()).await.unwrap();
        if salvage.is_none() {
            wait_ms(60_000).await;
            // A result is told anew by the journal at once; anything else is found by the check.
            let found = till.diagnosis().await.unwrap().storage_fault_code;
            assert_eq!(found, (!swap.contains("results")).then_some("storage_damaged"), "{swap}");
            assert_eq!(till.results(), told.1, "{swap}");
        }
        till.close().await;
        let (storage, _) =
            SqliteStorage::open_or_salvage(&shop.database(), &sealing(), &key(1), shop.backend.now(), false)
                .unwrap();
        let till = Till::open(shop.parts(Box::new(storage)), Settings::default()).await.unwrap();
        assert_eq!(till.day(None).await.unwrap(), told.0, "{swap}: from the journal again");
    }
}

/// What the fixtures of older versions say in plain text.
const PLAIN: [&str; 3] =
    ["\"url\":\"http://127.0.0.1:1\"", "\"device_name\":\"counter\"", "\"description\":\""];

/// An older till that was killed: its last words are in the log, and pages that it has given up lie about.
fn killed(version: u32, folder: &Path) {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let (there, here) = (folder.join("before.db"), folder.join("till.db"));
    std::fs::copy(fixtures.join(format!("till-{version}.db")), &there).unwrap();
    let before = Connection::open(&there).unwrap();
    before.pragma_update(None, "wal_autocheckpoint", 0).unwrap();
    before
        .execute_batch(
            "CREATE TABLE gone AS SELECT seq, body FROM journal, (SELECT 1 UNION SELECT 2 UNION SELECT 3);
             PRAGMA wal_checkpoint(TRUNCATE);
             DROP TABLE gone;
             UPDATE till SET body = body || ' ';",
        )
        .unwrap();
    std::fs::copy(&there, &here).unwrap();
    std::fs::copy(folder.join("before.db-wal"), folder.join("till.db-wal")).unwrap();
    drop(before);
    std::fs::remove_file(&there).unwrap();
    assert!(std::fs::metadata(folder.join("till.db-wal")).unwrap().len() > 4_096);
}

#[test]
fn what_older_versions_wrote_in_plain_text_is_sealed_and_overwritten() {
    for version in 1..=3 {
        let folder = tempfile::tempdir().unwrap();
        killed(version, folder.path());
        assert_eq!(read_in(folder.path(), &PLAIN), PLAIN, "version {version}");
        let mut storage = SqliteStorage::open(folder.path().join("till.db"), &sealing()).unwrap();
        assert_eq!(read_in(folder.path(), &PLAIN), [""; 0], "version {version}, while it is open");
        assert!(storage.restore().unwrap().head.entries > 20);
        drop(storage);
        assert_eq!(read_in(folder.path(), &PLAIN), [""; 0], "version {version}");
        let refused = SqliteStorage::open(folder.path().join("till.db"), &SealingKey::new(&[8; 32]));
        assert_eq!(refused.unwrap_err(), StorageError::Sealed);
    }
}

#[test]
fn an_older_database_that_is_damaged_is_salvaged_into_a_sealed_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("till.db");
    killed(3, folder.path());
    Connection::open(&path).unwrap().execute("UPDATE journal SET body = 'x' WHERE seq = 9", []).unwrap();
    let now = saoma_contract::Time::from_unix_ms(1_785_549_900_000);
    let (storage, salvage) = SqliteStorage::open_or_salvage(&path, &sealing(), &key(1), now, false).unwrap();
    let salvage = salvage.unwrap();
    assert!(salvage.lost == [(9, 9)] && salvage.sales > 3, "{salvage:?}");
    drop(storage);
    std::fs::remove_file(&salvage.kept_at).unwrap();
    assert_eq!(read_in(folder.path(), &PLAIN), [""; 0]);
}

/// Whatever the sealing was cut by, the next opening finds all that was there and leaves nothing in plain text.
fn assert_it_is_finished(folder: &Path, entries: u64, moment: &str) {
    let path = folder.join("till.db");
    let mut storage =
        SqliteStorage::open(&path, &sealing()).unwrap_or_else(|error| panic!("{moment}: {error}"));
    assert_eq!(storage.restore().unwrap().head.entries, entries, "{moment}");
    assert_eq!(read_in(folder, &PLAIN), [""; 0], "{moment}");
    drop(storage);
    let checked: String =
        Connection::open(&path).unwrap().query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(checked, "ok", "{moment}");
}

#[test]
fn whenever_the_power_fails_or_the_disk_is_full_while_a_database_is_sealed_the_next_opening_finishes_it() {
    let mut moments = 0;
    for cut in [None, Some(Failure::Full), Some(Failure::Broken)] {
        for operations in (0..).step_by(3) {
            let moment = format!("{cut:?} after {operations} operations");
            let folder = tempfile::tempdir().unwrap();
            killed(3, folder.path());
            let entries = Connection::open(folder.path().join("till.db"))
                .unwrap()
                .query_row("SELECT max(seq) FROM journal", [], |row| row.get(0))
                .unwrap();
            let disk = Disk::under(folder.path());
            match cut {
                None => disk.power_fails_after(operations),
                Some(failure) => disk.fails_after(operations, failure),
            }
            let opened = SqliteStorage::open(folder.path().join("till.db"), &sealing()).map(drop);
            let was_cut = disk.is_dead() || disk.failed() > 0;
            assert!(opened.is_ok() || was_cut, "{moment}: {opened:?}");
            match cut {
                None => disk.power_returns(operations),
                Some(_) => disk.is_well(),
            }
            assert_it_is_finished(folder.path(), entries, &moment);
            if !was_cut {
                break;
            }
            moments += 1;
        }
    }
    println!("{moments} moments");
    assert!(moments > 60, "{moments}");
}
