//! The device's key cannot be used: nothing goes out, people are told which it is, and once it signs again all goes on.

#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod shop;

use std::sync::{Arc, Mutex};

use saoma_contract::{DeviceSigner, PublicKey, SignerError, SoftwareKey};
use saoma_engine::wording::{Language, Tone};
use saoma_engine::{NewSale, PhaseWord, Settings, SqliteStorage, Till};
use shop::{Shop, key, sealing, tea, until, wait_ms};

/// A key store that may be in trouble.
struct Troubled {
    key: SoftwareKey,
    trouble: Arc<Mutex<Option<SignerError>>>,
}

impl DeviceSigner for Troubled {
    fn public_key(&self) -> PublicKey {
        self.key.public_key()
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], SignerError> {
        match self.trouble.lock().unwrap().clone() {
            Some(trouble) => Err(trouble),
            None => self.key.sign(message),
        }
    }
}

async fn paired(shop: &Shop, trouble: &Arc<Mutex<Option<SignerError>>>) -> Till {
    let storage = SqliteStorage::open(shop.database(), &sealing()).unwrap();
    let signer = Arc::new(Troubled { key: key(1), trouble: trouble.clone() });
    let parts = saoma_engine::Parts { signer, ..shop.parts(Box::new(storage)) };
    let till = Till::open(parts, Settings::default()).await.unwrap();
    till.pair(&shop.link(), "counter").await.unwrap();
    wait_ms(1_000).await;
    till
}

#[tokio::test(start_paused = true)]
async fn a_key_that_does_not_sign_is_told_for_what_it_is_and_the_road_is_not_blamed() {
    let locked = SignerError::Locked("not unlocked since the start".to_owned());
    let lost = SignerError::Lost("restored from a backup".to_owned());
    let failed = SignerError::Failed("hardware".to_owned());
    for (error, code) in [(locked, "key_locked"), (lost, "key_lost"), (failed, "key_failed")] {
        let shop = Shop::new();
        let trouble = Arc::default();
        let till = paired(&shop, &trouble).await;
        *trouble.lock().unwrap() = Some(error);
        let refused = till.day_from_backend(None).await.unwrap_err();
        assert_eq!((refused.code(), refused.retryable()), (code, code != "key_lost"));
        assert_eq!(till.sign_in("mei", "2580".to_owned()).await.unwrap_err().code(), code);
        let refused = till.charge(&till.new_order_no(), tea(1280)).await.unwrap_err();
        assert_eq!(refused.code(), code);
        assert!(till.list(saoma_engine::PageQuery::default()).await.unwrap().sales.is_empty());
        let diagnosis = till.diagnosis().await.unwrap();
        assert_eq!((diagnosis.key_fault_code, diagnosis.unreachable), (Some(code), false));
        for language in [Language::English, Language::Chinese] {
            let bar = language.status(&diagnosis).unwrap();
            assert_eq!((bar.tone, Some(bar.text)), (Tone::Alarm, language.code(code)));
        }
        *trouble.lock().unwrap() = None;
        till.day_from_backend(None).await.unwrap();
        assert_eq!(till.diagnosis().await.unwrap().key_fault_code, None);
    }
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_signed_was_not_sent_and_goes_once_the_key_signs() {
    let shop = Shop::new();
    let trouble = Arc::default();
    let till = paired(&shop, &trouble).await;
    let order_no = till.new_order_no();
    till.charge(&order_no, NewSale { by_code: true, ..tea(1280) }).await.unwrap();
    until(&till, &order_no, |view| view.phase == PhaseWord::Ready).await;
    *trouble.lock().unwrap() = Some(SignerError::Locked("asleep".to_owned()));
    till.scan(&order_no, None, "134567890123456789".to_owned()).await.unwrap();
    let view = until(&till, &order_no, |view| view.phase == PhaseWord::Ready).await;
    assert_eq!(
        view.notice.unwrap().code,
        "not_charged",
        "the code was surely not used, and may be scanned anew"
    );
    wait_ms(120_000).await;
    assert!(shop.backend.state().charges.is_empty());
    *trouble.lock().unwrap() = None;
    till.scan(&order_no, None, "134567890123456789".to_owned()).await.unwrap();
    until(&till, &order_no, |view| view.phase == PhaseWord::Paid).await;
    assert_eq!(shop.backend.state().charges[&order_no], 1);
}
