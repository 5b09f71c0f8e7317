//! Subscriptions: the newest state whole, whatever the listener does.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock, mpsc};

use saoma_ffi::{Event, EventListener, Phase, SaomaError, Till, Tone, Topic};

use crate::shop::{Events, PATIENCE, Shop, config, rung_up, sale_until, tea};

#[tokio::test(flavor = "multi_thread")]
async fn each_topic_tells_what_is_and_then_what_changes() {
    let shop = Shop::open().await;
    let till = shop.till("till").await;
    let mut sales = Events::of(&till, Topic::Sales);
    let mut results = Events::of(&till, Topic::Results);
    let Event::Results { results: none } = results.next().await else { panic!("results first") };
    assert!(none.is_empty());
    let mut diagnoses = Events::of(&till, Topic::Diagnosis);
    let Event::Diagnosis { diagnosis } = diagnoses.next().await else { panic!("a diagnosis first") };
    assert_eq!((diagnosis.live, diagnosis.unproven_count), (Some(false), 0));

    let sale = rung_up(&till).await;
    let Event::Sale { sale: heard } = sales.next().await else { panic!("a sale") };
    assert_eq!(heard.order_no, sale.order_no);
    shop.pay(&sale).await;
    let Event::Results { results: paid } = results.next().await else { panic!("a result") };
    assert_eq!(paid[0].order_no, sale.order_no);

    till.close().await.unwrap();
    let end = async {
        loop {
            if let Event::Ended { error } = diagnoses.next().await {
                return error;
            }
        }
    };
    assert_eq!(tokio::time::timeout(PATIENCE, end).await.unwrap(), None);
    assert_eq!(diagnoses.heard().await, None, "the listener was let go");
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_road_is_said_on_the_bar_with_what_is_not_proven() {
    let shop = Shop::open().await;
    let till = shop.till("till").await;
    till.network(false).await.unwrap();
    let mut diagnoses = Events::of(&till, Topic::Diagnosis);
    till.charge(till.new_order_no(), tea()).await.unwrap();
    let bar = loop {
        let Event::Diagnosis { diagnosis } = diagnoses.next().await else { panic!("diagnoses only") };
        if diagnosis.unproven_count == 1 {
            break diagnosis.bar.expect("being offline is said");
        }
    };
    assert!(bar.text.contains("12.80") && bar.tone != Tone::Calm, "{bar:?}");
    till.close().await.unwrap();
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_watched_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let till = Till::open(config(folder.path()), None, None).await.unwrap();
    for order_no in [till.new_order_no(), "rubbish".to_owned()] {
        let Event::Ended { error: Some(error) } = Events::of(&till, Topic::Sale { order_no }).next().await
        else {
            panic!("there is nothing to watch")
        };
        assert!(matches!(error, SaomaError::NotNow { .. } | SaomaError::Input { .. }), "{error:?}");
    }
    till.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_heard_after_cancelling() {
    let shop = Shop::open().await;
    let till = shop.till("till").await;
    let mut events = Events::of(&till, Topic::Sales);
    events.subscription.cancel();
    events.subscription.cancel();
    rung_up(&till).await;
    assert_eq!(events.heard().await, None);
    till.close().await.unwrap();
    shop.close().await;
}

/// A listener that does what no listener should.
struct Wild {
    till: OnceLock<Arc<Till>>,
    heard: mpsc::Sender<Phase>,
    calls: AtomicU32,
}

impl EventListener for Wild {
    fn on_event(&self, event: Event) -> Result<(), SaomaError> {
        let Event::Sale { sale } = event else { return Ok(()) };
        // Re-enters the till, from within the callback.
        let till = self.till.get().expect("set before it is subscribed");
        tokio::runtime::Handle::current().block_on(till.results())?;
        let again = tokio::runtime::Handle::current().block_on(till.sale(sale.order_no.clone()));
        assert_eq!(again?.sale.order_no, sale.order_no);
        let _ = self.heard.send(sale.phase);
        match self.calls.fetch_add(1, Ordering::Relaxed) {
            0 => panic!("a bug in the shell"),
            _ => Err(SaomaError::from(uniffi::UnexpectedUniFFICallbackError::new("an exception"))),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_that_reenters_throws_or_breaks_harms_nothing() {
    let shop = Shop::open().await;
    let till = shop.till("till").await;
    let (sender, heard) = mpsc::channel();
    let wild = Wild { till: OnceLock::new(), heard: sender, calls: 0.into() };
    assert!(wild.till.set(till.clone()).is_ok());
    let order_no = till.new_order_no();
    till.charge(order_no.clone(), tea()).await.unwrap();
    let subscription = till.subscribe(Topic::Sale { order_no: order_no.clone() }, Arc::new(wild)).unwrap();
    let awaiting = sale_until(&till, &order_no, |sale| sale.phase == Phase::Awaiting).await;
    shop.pay(&awaiting).await;
    sale_until(&till, &order_no, |sale| sale.phase == Phase::Paid).await;
    let last = tokio::task::spawn_blocking(move || {
        std::iter::from_fn(|| heard.recv_timeout(PATIENCE).ok()).find(|phase| *phase == Phase::Paid)
    });
    assert_eq!(last.await.unwrap(), Some(Phase::Paid));
    subscription.cancel();
    till.close().await.unwrap();
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_that_hangs_holds_up_nobody_else() {
    struct Hanging(std::sync::Mutex<mpsc::Receiver<()>>);
    impl EventListener for Hanging {
        fn on_event(&self, _: Event) -> Result<(), SaomaError> {
            // Until the test ends.
            let _ = self.0.lock().unwrap().recv();
            Ok(())
        }
    }
    let shop = Shop::open().await;
    let till = shop.till("till").await;
    let (release, hanging) = mpsc::channel();
    let subscription = till.subscribe(Topic::Results, Arc::new(Hanging(hanging.into()))).unwrap();
    let sale = rung_up(&till).await;
    shop.pay(&sale).await;
    sale_until(&till, &sale.order_no, |sale| sale.phase == Phase::Paid).await;
    drop(release);
    subscription.cancel();
    till.close().await.unwrap();
    shop.close().await;
}
