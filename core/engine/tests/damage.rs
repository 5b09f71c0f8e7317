//! The till's file damaged at random: bits, runs, sectors and pages, in the database and in its log. It is opened as it was,
//! salvaged, or refused with a clear word; no sum and no sale ever differs from the truth without the damage having been
//! said, and nothing panics.
//!
//! `SAOMA_SEED` chooses other damage, `SAOMA_DAMAGES` how often.

#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod shop;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use saoma_chance::Chance;
use saoma_contract::{AttemptNo, OrderNo};
use saoma_engine::{
    LocalDay, NewRefundWish, NewSale, PageQuery, PhaseWord, SaleView, Settings, SqliteStorage, Till,
};
use shop::{Shop, key, ring_up, sealing, tea, until, wait_ms};

/// Damages bytes, and says how.
fn damage(bytes: &mut Vec<u8>, chance: &mut Chance) -> String {
    if bytes.is_empty() {
        return "an empty file".to_owned();
    }
    let at = chance.below(bytes.len());
    let stretch = |unit: usize| {
        let from = at / unit * unit;
        from..(from + unit).min(bytes.len())
    };
    match chance.below(7) {
        0 | 1 => {
            bytes[at] ^= 1 << chance.below(8);
            format!("a bit of byte {at}")
        }
        2 | 3 => {
            let until = (at + 1 + chance.below(64)).min(bytes.len());
            bytes[at..until].iter_mut().for_each(|byte| *byte = u8::try_from(chance.below(256)).unwrap());
            format!("bytes {at} to {until}")
        }
        4 => {
            let unit = [512, 4096][chance.below(2)];
            let range = stretch(unit);
            bytes[range].fill(0);
            format!("zeros over the {unit} bytes about {at}")
        }
        5 => {
            let (to, from) = (stretch(4096), chance.below(bytes.len()) / 4096 * 4096);
            let page = bytes[from..(from + to.len()).min(bytes.len())].to_vec();
            bytes[to.start..to.start + page.len()].copy_from_slice(&page);
            format!("the page at {from} written over the one about {at}")
        }
        _ => {
            bytes.truncate(at);
            format!("the file cut at {at}")
        }
    }
}

/// What a till tells of its sales and its money.
#[derive(Debug, PartialEq)]
struct Account {
    sales: BTreeMap<OrderNo, ToldSale>,
    day: LocalDay,
    results: Vec<(String, i64)>,
}

/// Its phase, its amount, its payments, and its refunds with their states.
type ToldSale = (PhaseWord, i64, Vec<(String, i64)>, Vec<(String, String)>);

fn told(view: &SaleView) -> ToldSale {
    let paid = view.payments.iter().map(|one| (one.transaction_id.clone(), one.amount)).collect();
    let back =
        view.refunds.iter().map(|one| (one.refund_no.to_string(), format!("{:?}", one.state))).collect();
    (view.phase, view.amount, paid, back)
}

async fn account(till: &Till) -> Result<Account, saoma_engine::TillError> {
    let page = till.list(PageQuery { limit: Some(100), ..PageQuery::default() }).await?;
    Ok(Account {
        sales: page.sales.iter().map(|view| (view.order_no.clone(), told(view))).collect(),
        day: till.day(None).await?,
        results: till.results().into_iter().map(|result| (result.key, result.amount)).collect(),
    })
}

/// A till's files at one moment.
struct Files {
    database: Vec<u8>,
    log: Option<Vec<u8>>,
    mark: Vec<u8>,
}

impl Files {
    fn of(shop: &Shop) -> Self {
        let read = |beside: &str| std::fs::read(shop.folder.path().join(format!("till.db{beside}")));
        Self { database: read("").unwrap(), log: read("-wal").ok(), mark: read("-mark").unwrap() }
    }

    fn put(&self, database: &Path) {
        let beside = |suffix: &str| format!("{}{suffix}", database.display());
        std::fs::write(database, &self.database).unwrap();
        std::fs::write(beside("-mark"), &self.mark).unwrap();
        if let Some(log) = &self.log {
            std::fs::write(beside("-wal"), log).unwrap();
        }
    }
}

/// What became of damaged files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    NothingLost,
    Mended,
    Salvaged,
    Refused,
}

/// Opens damaged files as an app does, and again after a check has found something, and holds what is told against the truth.
async fn open_damaged(shop: &Shop, truth: &Account, what: &str) -> End {
    let mut end = End::NothingLost;
    for _ in 0..3 {
        let open =
            SqliteStorage::open_or_salvage(&shop.database(), &sealing(), &key(1), shop.backend.now(), false);
        let (storage, salvage) = match open {
            Ok(opened) => opened,
            Err(error) => {
                let codes =
                    ["storage_damaged", "storage_foreign", "storage_newer", "storage_failed", "other_key"];
                assert!(codes.contains(&error.code()), "{what}: {error}");
                return End::Refused;
            }
        };
        end = if salvage.is_some() { End::Salvaged } else { end };
        let till = match Till::open(shop.parts(Box::new(storage)), Settings::default()).await {
            Ok(till) => till,
            Err(error) => {
                assert!(["storage_damaged", "other_key"].contains(&error.code()), "{what}: {error:?}");
                end = End::Refused;
                continue;
            }
        };
        let mut diagnosis = till.diagnosis().await.unwrap();
        while !diagnosis.storage_checked && diagnosis.storage_fault.is_none() {
            wait_ms(1_000).await;
            diagnosis = till.diagnosis().await.unwrap();
        }
        let is_said = salvage.is_some() || diagnosis.read_only.is_some() || diagnosis.storage_fault.is_some();
        let now = account(&till).await;
        match now {
            Ok(now) if is_said => {
                for (order_no, sale) in &now.sales {
                    let Some(true_one) = truth.sales.get(order_no) else {
                        panic!("{what}: {order_no} never was")
                    };
                    assert_eq!(sale.1, true_one.1, "{what}: the amount of {order_no}");
                    let is_true = |payment| true_one.2.contains(payment);
                    assert!(sale.2.iter().all(is_true), "{what}: {sale:?} instead of {true_one:?}");
                }
            }
            Ok(now) => assert_eq!(now, *truth, "{what}: nothing was said"),
            Err(error) => {
                let codes = ["storage_damaged", "not_paired"];
                assert!(is_said && codes.contains(&error.code()), "{what}: {error:?}");
            }
        }
        till.close().await;
        match (diagnosis.storage_fault, end) {
            (None, End::Refused) => return End::Mended,
            (None, end) => return end,
            (Some(_), End::NothingLost) => end = End::Mended,
            (Some(_), _) => {}
        }
    }
    assert!(end == End::Refused, "{what}: damage is found again and again");
    end
}

async fn damaged_day(seed: u64, damages: u64) -> BTreeMap<End, u64> {
    let shop = Shop::new();
    let till = shop.paired().await;
    till.open_shift(0).await.unwrap();
    let mut sales = Vec::new();
    for amount in 1..=6 {
        let order_no = ring_up(&till, amount * 100).await;
        until(&till, &order_no, |view| view.code.is_some()).await;
        sales.push(order_no);
    }
    for order_no in &sales[..3] {
        shop.backend.pay(order_no, order_no.tail());
        until(&till, order_no, |view| view.phase == PhaseWord::Paid).await;
    }
    till.acknowledge(&format!("wechatpay:{}", sales[0].tail())).await.unwrap();
    till.cancel(&sales[3], AttemptNo::FIRST).await.unwrap();
    wait_ms(1_000).await;
    shop.backend.prove_closed(&sales[3]);
    let cash = till.new_order_no();
    till.charge(&cash, NewSale { in_cash: true, ..tea(700) }).await.unwrap();
    let wish = NewRefundWish {
        transaction_id: sales[1].tail().to_owned(),
        amount: 50,
        reason: "cold".to_owned(),
        ..Default::default()
    };
    till.refund(&sales[1], &till.new_refund_no(), wish).await.unwrap();
    wait_ms(3_000).await;
    till.close_shift(None).await.unwrap();
    shop.backend.state().offline = true;
    shop.backend.state().streams.clear();
    wait_ms(400_000).await;
    let truth = account(&till).await.unwrap();
    assert_eq!((truth.day.paid.amount, truth.day.cash.amount, truth.results.len()), (600, 700, 2));
    let killed = Files::of(&shop);
    assert!(killed.log.as_ref().is_some_and(|log| log.len() > 100_000), "a killed till leaves its log");
    till.close().await;
    let closed = Files::of(&shop);
    assert_eq!(closed.log, None);

    let mut ends = BTreeMap::new();
    for number in 0..damages {
        let mut chance = Chance::new(seed.wrapping_add(number));
        let files = if number % 2 == 0 { &closed } else { &killed };
        let mut files =
            Files { database: files.database.clone(), log: files.log.clone(), mark: files.mark.clone() };
        let what = match &mut files.log {
            Some(log) if chance.below(4) > 0 => format!("log: {}", damage(log, &mut chance)),
            _ => damage(&mut files.database, &mut chance),
        };
        let again = Shop {
            backend: Arc::clone(&shop.backend),
            clock: Arc::clone(&shop.clock),
            entropy: Arc::clone(&shop.entropy),
            folder: tempfile::tempdir().unwrap(),
        };
        files.put(&again.database());
        let what = format!("SAOMA_SEED={} ({what})", seed.wrapping_add(number));
        let end = open_damaged(&again, &truth, &what).await;
        *ends.entry(end).or_default() += 1;
    }
    ends
}

#[test]
fn damage_anywhere_is_harmless_mended_salvaged_or_refused_and_never_wrong_money() {
    let from_env =
        |name: &str, usual: u64| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual);
    let (seed, damages) = (from_env("SAOMA_SEED", 20_261_126), from_env("SAOMA_DAMAGES", 150));
    println!("SAOMA_SEED={seed} SAOMA_DAMAGES={damages}");
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let ends = runtime.block_on(damaged_day(seed, damages));
    println!("{ends:?}");
    let is_met = |end| ends.contains_key(&end);
    let met = [End::NothingLost, End::Salvaged, End::Refused].into_iter().all(is_met);
    assert!(damages < 100 || met, "each end is met: {ends:?}");
}
