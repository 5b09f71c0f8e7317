//! Event streams that mean harm, fed to a whole till: it goes on selling, learns of payments by asking, holds no more memory
//! than before, and hears an honest stream afterwards.

#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod shop;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream;
use http::{Request, Response};
use peak_alloc::PeakAlloc;
use saoma_engine::{
    Chunks, Parts, Peer, PhaseWord, Settings, SqliteStorage, Till, Transport, TransportError,
};
use shop::{Network, Shop, ring_up, until, wait_ms};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// What the till may hold beside what it held: the largest event as a line, as data and once read, and a chunk's events.
const MEMORY_BYTES_MAX: usize = 8 << 20;

/// The shop's network, but for the stream: while it is hostile, that is one of the test's.
struct Hostile {
    network: Network,
    is_hostile: Arc<AtomicBool>,
    chunks: Begin,
}

impl Transport for Hostile {
    fn send(
        &self,
        request: Request<Bytes>,
        peer: Peer,
    ) -> BoxFuture<'static, Result<Response<Bytes>, TransportError>> {
        self.network.send(request, peer)
    }

    fn stream(
        &self,
        request: Request<Bytes>,
        peer: Peer,
    ) -> BoxFuture<'static, Result<Response<Chunks>, TransportError>> {
        if !self.is_hostile.load(Ordering::Relaxed) {
            return self.network.stream(request, peer);
        }
        let answer = Response::builder().header("content-type", "text/event-stream").body((self.chunks)());
        Box::pin(async { Ok(answer.unwrap()) })
    }
}

/// These chunks, and then nothing more while the connection stays.
fn chunks(bytes: Vec<u8>, chunk_bytes: usize) -> Chunks {
    let bytes = Bytes::from(bytes);
    let count = bytes.len().div_ceil(chunk_bytes);
    let chunk = move |at: usize| bytes.slice(at * chunk_bytes..bytes.len().min((at + 1) * chunk_bytes));
    stream::iter((0..count).map(move |at| Ok(chunk(at)))).chain(stream::pending()).boxed()
}

/// Four kilobytes of these bytes ten times a second, without an end.
fn endless(bytes: &[u8]) -> Chunks {
    let chunk = Bytes::from(bytes.repeat(4_096 / bytes.len()));
    let again = |chunk: Bytes| async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        Some((Ok(chunk.clone()), chunk))
    };
    stream::unfold(chunk, again).boxed()
}

/// Begins a stream.
type Begin = fn() -> Chunks;

const STREAMS: [(&str, Begin); 12] = [
    ("broken UTF-8", || {
        chunks(b"event: order\ndata: \xff\xfe{\"\xc3\x28\n\n\xf0\x9f: \x80\n\n".repeat(20_000), 16_384)
    }),
    ("a line without an end", || endless(b"x")),
    ("data without an end", || endless(b"data: again and again\n")),
    ("empty data without an end", || endless(b"data\n")),
    ("comments without an end", || endless(b": alive\n\n")),
    ("huge ids", || {
        chunks([b"id: ".as_slice(), &[b'9'; 200_000], b"\ndata: 1\n\n"].concat().repeat(20), 65_536)
    }),
    ("a huge name", || {
        chunks([b"event: ".as_slice(), &[b'o'; 250_000], b"\ndata: 1\n\n"].concat().repeat(20), 65_536)
    }),
    ("a frame that is cut", || {
        stream::iter([Ok(Bytes::from_static(b"event: order\nid: 7\ndata: {\"order_no\":\"01K1"))]).boxed()
    }),
    ("a frame that breaks off", || {
        let broken = Err(TransportError::lost("connection reset"));
        stream::iter([Ok(Bytes::from_static(b"event: order\ndata: {}")), broken]).boxed()
    }),
    ("a million small events", || chunks(b"data\n\n".repeat(1_000_000), 65_536)),
    ("twenty thousand new beginnings", || chunks(b"event: resync\ndata\n\n".repeat(20_000), 65_536)),
    ("an event of one byte a chunk", || chunks(b"event: order\nid: 1\ndata: {}\n\n".repeat(200), 1)),
];

#[tokio::test(start_paused = true)]
async fn a_till_lives_through_every_hostile_stream() {
    for (what, chunks) in STREAMS {
        lives_through(what, chunks).await;
    }
}

async fn lives_through(what: &str, chunks: Begin) {
    let shop = Shop::new();
    let is_hostile = Arc::new(AtomicBool::new(true));
    let network = Network(shop.backend.clone());
    let transport = Arc::new(Hostile { network, is_hostile: Arc::clone(&is_hostile), chunks });
    let storage = Box::new(SqliteStorage::open(shop.database(), &shop::sealing()).unwrap());
    let parts = Parts { transport, ..shop.parts(storage) };
    let till = Till::open(parts, Settings::default()).await.unwrap();
    till.pair(&shop.link(), "counter").await.unwrap();

    let order_no = ring_up(&till, 1280).await;
    until(&till, &order_no, |view| view.code.is_some()).await;
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    // Whoever asks the till is answered meanwhile.
    for _ in 0..30 {
        wait_ms(1_000).await;
        let asked = tokio::time::timeout(Duration::from_millis(500), till.diagnosis()).await;
        assert_eq!(asked.expect(what).unwrap().unproven_count, 1, "{what}");
    }
    let grown = MEMORY.peak_usage().saturating_sub(before);
    assert!(grown <= MEMORY_BYTES_MAX, "{what}: {grown} bytes");

    shop.backend.pay(&order_no, "42");
    wait_ms(40_000).await;
    assert_eq!(till.sale(&order_no).await.unwrap().sale.phase, PhaseWord::Paid, "{what}: known by asking");

    is_hostile.store(false, Ordering::Relaxed);
    let next = ring_up(&till, 100).await;
    wait_ms(120_000).await;
    till.foreground(false).await.unwrap();
    till.foreground(true).await.unwrap();
    wait_ms(35_000).await;
    shop.backend.pay(&next, "43");
    wait_ms(100).await;
    let told = till.sale(&next).await.unwrap().sale.phase;
    assert_eq!(told, PhaseWord::Paid, "{what}: told at once by an honest stream");
    tokio::time::timeout(Duration::from_secs(1), till.close()).await.expect(what);
}
