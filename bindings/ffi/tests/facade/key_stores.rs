//! Keys that live with the app: every form a key store gives, and key stores that fail.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::EncodePublicKey as _;
use saoma_ffi::{KeyStore, KeyStoreError, SaomaError, Till};

use crate::shop::{Shop, config, rung_up, tea};

/// A key store in memory, which gives what Android's or Apple's would, and can be made to fail.
struct Memory {
    key: SigningKey,
    secret: Vec<u8>,
    shown: SigningKey,
    like_android: bool,
    signatures_left: AtomicU32,
}

impl Memory {
    fn new(seed: u8, like_android: bool) -> Self {
        let key = SigningKey::from_slice(&[seed; 32]).unwrap();
        let secret = vec![seed; 32];
        Self { shown: key.clone(), key, secret, like_android, signatures_left: u32::MAX.into() }
    }
}

impl KeyStore for Memory {
    fn public_key(&self) -> Result<Vec<u8>, KeyStoreError> {
        let key = self.shown.verifying_key();
        Ok(if self.like_android {
            key.to_public_key_der().unwrap().into_vec()
        } else {
            key.to_sec1_point(false).as_bytes().to_vec()
        })
    }

    fn sealing_secret(&self) -> Result<Vec<u8>, KeyStoreError> {
        Ok(self.secret.clone())
    }

    fn sign(&self, message: Vec<u8>) -> Result<Vec<u8>, KeyStoreError> {
        if self.signatures_left.fetch_sub(1, Ordering::Relaxed) == 0 {
            self.signatures_left.store(0, Ordering::Relaxed);
            return Err(KeyStoreError::Locked { detail: "not unlocked since the start".to_owned() });
        }
        let signature: Signature = self.key.sign(&message);
        Ok(if self.like_android {
            signature.to_der().as_bytes().to_vec()
        } else {
            signature.to_bytes().to_vec()
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_and_signatures_of_both_platforms_are_taken() {
    let shop = Shop::open().await;
    for (name, like_android) in [("android", true), ("apple", false)] {
        let store = Arc::new(Memory::new(7, like_android));
        let till = shop.till_with(name, Some(store), None).await;
        rung_up(&till).await;
        till.close().await.unwrap();
    }
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_key_store_says_so_and_nothing_is_rung_up() {
    let shop = Shop::open().await;
    let store = Arc::new(Memory::new(7, true));
    let till = shop.till_with("till", Some(store.clone()), None).await;
    store.signatures_left.store(0, Ordering::Relaxed);
    let Err(SaomaError::KeyStore { fault }) = till.charge(till.new_order_no(), tea()).await else {
        panic!("it is locked")
    };
    assert!(fault.detail.contains("not unlocked since the start"), "{fault:?}");
    assert_eq!((fault.code.as_str(), fault.retryable), ("key_locked", true));
    assert!(till.list(saoma_ffi::ListQuery::default()).await.unwrap().sales.is_empty());
    store.signatures_left.store(u32::MAX, Ordering::Relaxed);
    rung_up(&till).await;
    till.close().await.unwrap();
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_store_that_signs_with_another_key_is_found_out_before_anything_is_sent() {
    let shop = Shop::open().await;
    let honest = Memory::new(7, false);
    let swapped = Memory { key: SigningKey::from_slice(&[8; 32]).unwrap(), ..honest };
    let till = Till::open(shop.config("till"), Some(Arc::new(swapped)), None).await.unwrap();
    let refused = till.pair(shop.link().await, "counter".to_owned()).await.unwrap_err();
    assert!(refused.to_string().contains("not of the key it showed"), "{refused}");
    till.close().await.unwrap();
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn records_of_a_lost_secret_are_put_aside_once_a_person_says_so() {
    let shop = Shop::open().await;
    let till = shop.till_with("till", Some(Arc::new(Memory::new(7, true))), None).await;
    let sale = rung_up(&till).await;
    till.close().await.unwrap();
    let other =
        || Some(Arc::new(Memory { secret: vec![8; 32], ..Memory::new(7, true) }) as Arc<dyn KeyStore>);
    let Err(SaomaError::KeyStore { fault }) = Till::open(shop.config("till"), other(), None).await else {
        panic!("the records are sealed with another secret")
    };
    assert_eq!((fault.code.as_str(), fault.retryable), ("other_key", false));
    let config = saoma_ffi::TillConfig { key_was_lost: true, ..shop.config("till") };
    let till = Till::open(config, other(), None).await.unwrap();
    let said = till.diagnosis().await.unwrap().salvage.unwrap();
    assert!(said.contains("1 sales"), "{said}");
    assert!(till.list(saoma_ffi::ListQuery::default()).await.unwrap().sales.is_empty(), "{sale:?}");
    till.close().await.unwrap();
    // What is no secret is none.
    let short = Memory { secret: vec![8; 31], ..Memory::new(7, true) };
    let Err(SaomaError::KeyStore { fault }) =
        Till::open(shop.config("short"), Some(Arc::new(short)), None).await
    else {
        panic!("31 bytes are no secret")
    };
    assert!(fault.code == "key_failed" && fault.detail.contains("31 bytes instead of 32"), "{fault:?}");
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_key_is_refused_when_the_till_is_opened() {
    struct Rubbish(Result<Vec<u8>, KeyStoreError>);
    impl KeyStore for Rubbish {
        fn public_key(&self) -> Result<Vec<u8>, KeyStoreError> {
            self.0.clone()
        }
        fn sealing_secret(&self) -> Result<Vec<u8>, KeyStoreError> {
            Ok(vec![1; 32])
        }
        fn sign(&self, _: Vec<u8>) -> Result<Vec<u8>, KeyStoreError> {
            self.0.clone()
        }
    }
    let lost = KeyStoreError::Lost { detail: "restored from a backup".to_owned() };
    for (answer, code) in [
        (Ok(vec![4; 65]), "key_failed"),
        (Ok(vec![48; 91]), "key_failed"),
        (Ok(Vec::new()), "key_failed"),
        (Err(lost), "key_lost"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let opened = Till::open(config(folder.path()), Some(Arc::new(Rubbish(answer.clone()))), None).await;
        let Err(SaomaError::KeyStore { fault }) = opened else { panic!("{answer:?} is no key") };
        assert_eq!(fault.code, code);
    }
}
