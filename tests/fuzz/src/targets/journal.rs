//! The till's database: its pages changed anywhere, and entries with any body in a chain that holds. Whatever it is, it is
//! opened, salvaged, or refused; what comes out of a salvage can be opened again.

use std::path::Path;
use std::sync::LazyLock;

use saoma_contract::{DeviceSigner as _, Time};
use saoma_engine::journal::{EMPTY, Entry};
use saoma_engine::store::{Batch, CheckPlace, ListQuery, SealingKey, SqliteStorage, Storage, StorageError};
use serde_json::json;

use super::signatures::{jws, key};
use super::statements;
use crate::message::Message;
use crate::{Target, told};

pub(super) const JOURNAL: Target = Target {
    name: "journal",
    seeds,
    words: &[
        "\"what\":\"rung_up\"",
        "\"what\":\"told\"",
        "\"what\":\"wanted\"",
        "\"what\":\"paired\"",
        "\"proofs\":[]",
        "\"call\":{\"refresh\":1}",
        "\"at\":\"2026-08-01T02:00:00.000Z\"",
        "\"order_no\"",
        "SQLite format 3\0",
        "CREATE TABLE journal",
        "\n",
    ],
    input_bytes_max: 64 * 1024,
    // SQLite's cache, and what a salvage holds of the journal.
    memory_bytes_max: 32 << 20,
    executions: 150,
    run,
};

const ORDER_NO: &str = "01K1J6QYV00000000000000000";
const DEVICE: u8 = 1;

/// A database as a till leaves it, byte for byte.
static WHOLE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("till.db");
    written(&path, &bodies()).expect("a new database takes a journal");
    std::fs::read(&path).expect("it is there")
});

fn bodies() -> Vec<String> {
    let at = "2026-08-01T02:00:00.000Z";
    let order = jws("saoma-order", "d_1", statements::ORDER.as_bytes(), &key(DEVICE));
    let told = |payload: &str| json!({ "at": at, "order_no": ORDER_NO, "what": "told", "answers": "create", "proofs": [statements::signed(payload)] });
    let mut bodies = vec![
        json!({ "at": at, "what": "pairing", "url": "https://pay.example.com" }),
        json!({ "at": at, "what": "device_key", "key": statements::jwk(&key(DEVICE).public_key()), "replaces": false }),
        json!({ "at": at, "what": "keys_replaced", "keys": statements::keys() }),
        json!({ "at": at, "what": "epoch", "epoch": 1 }),
        json!({ "at": at, "order_no": ORDER_NO, "what": "rung_up", "order": order }),
        json!({ "at": at, "order_no": ORDER_NO, "what": "calling", "call": "create" }),
    ];
    bodies.extend([statements::CODE, statements::PAID, statements::REFUNDED].map(told));
    bodies.push(json!({ "at": at, "order_no": ORDER_NO, "what": "wanted", "call": { "refresh": 1 } }));
    bodies.push(json!({ "at": at, "what": "acknowledged", "key": "paid wechatpay 42" }));
    bodies.push(json!({ "at": at, "what": "shift_opened", "no": 1, "float": 10_000, "after_entry": 3 }));
    bodies.iter().map(ToString::to_string).collect()
}

/// What the journal is sealed with.
fn sealing() -> SealingKey {
    SealingKey::new(&[7; 32])
}

/// Writes a journal with these bodies, chained.
fn written(path: &Path, bodies: &[String]) -> Result<(), StorageError> {
    let mut entries: Vec<Entry> = Vec::new();
    for body in bodies {
        let head = entries.last().map_or(EMPTY, Entry::head);
        let order_no = body.contains(ORDER_NO).then(|| ORDER_NO.parse().expect("a number"));
        entries.push(Entry::following(&head, order_no, body.clone()));
    }
    let mut storage = SqliteStorage::open(path, &sealing())?;
    storage.rebuild(&Batch { entries, ..Batch::default() })
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = vec![format!("bodies\n\n{}", bodies().join("\n")).into_bytes(), b"pages\n\n".to_vec()];
    for at in [16_u32, 28, 100, 105, 4_096, 4_100, 8_192, 8_200] {
        let mut change = b"pages\n\n".to_vec();
        change.extend(at.to_be_bytes());
        change.push(0xff);
        seeds.push(change);
    }
    seeds
}

fn run(input: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("till.db");
    let message = Message::read(input);
    if message.word(0) == "bodies" {
        let text = String::from_utf8_lossy(&message.body);
        let bodies: Vec<String> = text.lines().take(200).map(str::to_owned).collect();
        if let Err(error) = written(&path, &bodies) {
            return told(&error);
        }
    } else {
        let mut pages = WHOLE.clone();
        // Changes of five bytes: where, and what.
        for change in message.body.chunks_exact(5) {
            let at = u32::from_be_bytes([change[0], change[1], change[2], change[3]]) as usize;
            let at = at % pages.len();
            pages[at] ^= change[4];
        }
        if message.body.len() % 5 == 4 {
            pages.truncate(message.body.len() * 1_000 % pages.len());
        }
        std::fs::write(&path, pages).expect("a file can be written");
    }
    opened(&path);
}

fn opened(path: &Path) {
    let now = Time::from_unix_ms(1_785_549_600_000);
    match SqliteStorage::open_or_salvage(path, &sealing(), &key(DEVICE), now, false) {
        Ok((mut storage, salvage)) => {
            read(&mut storage);
            drop(storage);
            if let Some(salvage) = salvage {
                told(&salvage);
            }
        }
        Err(error) => return told(&error),
    }
    // A person may ask for a salvage of what can still be opened.
    match SqliteStorage::salvage(path, &sealing(), &key(DEVICE), now) {
        Ok(_) => read(&mut SqliteStorage::open(path, &sealing()).expect("what was salvaged can be opened")),
        Err(error) => told(&error),
    }
}

/// Looks at everything that is kept.
fn read(storage: &mut SqliteStorage) {
    let number = ORDER_NO.parse().expect("a number");
    let seen = [
        storage.restore().map(drop),
        storage.entries_after(0, 1_000).map(drop),
        storage.entries_of(&number).map(drop),
        storage.list(&ListQuery { limit: 100, ..ListQuery::default() }).map(drop),
        storage.movements_of(&number).map(drop),
        storage.shifts(None, 100).map(drop),
        storage.results().map(drop),
        storage.check_slice(&CheckPlace::Journal(EMPTY)).map(drop),
        storage.check_slice(&CheckPlace::File).map(drop),
    ];
    seen.into_iter().filter_map(Result::err).for_each(|error| told(&error));
}
