//! The log goes to the app, and holds nothing that must not be in one.

use std::sync::{Arc, Mutex};

use saoma_ffi::{LogLevel, LogSink, Phase, SaomaError, log_to};

use crate::shop::{Shop, rung_up, sale_until};

#[derive(Default)]
struct Kept(Mutex<Vec<(LogLevel, String, String)>>);

impl LogSink for Kept {
    fn log(&self, level: LogLevel, part: String, line: String) -> Result<(), SaomaError> {
        self.0.lock().unwrap().push((level, part, line));
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_of_a_whole_sale_holds_no_key_no_secret_and_no_code() {
    let kept = Arc::new(Kept::default());
    assert!(log_to(kept.clone(), LogLevel::Debug).unwrap());
    assert!(!log_to(Arc::new(Kept::default()), LogLevel::Error).unwrap(), "the first stays");
    let shop = Shop::open().await;
    let link = shop.link().await;
    let secret = link.split("&s=").nth(1).and_then(|rest| rest.split('&').next()).unwrap().to_owned();
    let till = saoma_ffi::Till::open(shop.config("till"), None, None).await.unwrap();
    till.pair(link, "counter".to_owned()).await.unwrap();
    let awaiting = rung_up(&till).await;
    let code = awaiting.code.clone().unwrap().text;
    shop.pay(&awaiting).await;
    sale_until(&till, &awaiting.order_no, |sale| sale.phase == Phase::Paid).await;
    let key = std::fs::read_to_string(shop.place("till/device-key.pem")).unwrap();
    let key = key.lines().nth(1).unwrap().to_owned();
    // Something that is surely logged: a broken listener.
    struct Throwing;
    impl saoma_ffi::EventListener for Throwing {
        fn on_event(&self, _: saoma_ffi::Event) -> Result<(), SaomaError> {
            Err(SaomaError::from(uniffi::UnexpectedUniFFICallbackError::new("the canary sings")))
        }
    }
    let subscription = till.subscribe(saoma_ffi::Topic::Results, Arc::new(Throwing)).unwrap();
    let sung = async {
        while !kept.0.lock().unwrap().iter().any(|(_, _, line)| line.contains("the canary sings")) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(crate::shop::PATIENCE, sung).await.expect("the sink is told");
    subscription.cancel();
    till.close().await.unwrap();
    shop.close().await;

    for (level, part, line) in kept.0.lock().unwrap().iter() {
        for (what, hidden) in [("the pairing secret", &secret), ("the code", &code), ("the key", &key)] {
            assert!(!line.contains(hidden.as_str()), "{level:?} {part}: {what} is in {line:?}");
        }
    }
}
