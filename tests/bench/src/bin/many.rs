//! What is held and done with very many open orders: 1,000 on one till, 10,000 on one backend.
//!
//! The till is the real one on virtual time with a scripted backend; every sleep that came to its end is counted, and the
//! memory is that of the whole process, the scripted backend's share in it. The backend runs in a process of its own, whose
//! clock stands still, so that nothing falls due while sixty-four devices bring their orders. WeChat Pay's answer is got once
//! from the double and then repeated. Exits 1 if the till is woken more than once a second, or either takes more memory than
//! its limit.
#![allow(clippy::print_stdout, reason = "a benchmark's result is what it prints")]

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use saoma_backend::clock;
use saoma_backend::config::{load, write_sandbox_config};
use saoma_backend::{Backend, Deps};
use saoma_bench::load::{Device, bring};

use saoma_bench::repeated::RepeatedAnswer;
use saoma_bench::scripted::ScriptedBackend;
use saoma_bench::shop::{new_link, sandbox_json, start_sandbox};
use saoma_bench::virtual_time::{CountingClock, in_virtual_time};
use saoma_bench::{MemoryPeak, Verdict, held_bytes, quotient};
use saoma_contract::Time;
use saoma_engine::{Clock as _, Limits, NewSale};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};

const TILLS_ORDERS: u64 = 1_000;
const WINDOW_S: u64 = 300;
const TILL_BYTES_MAX: u64 = 48 << 20;

const DEVICES: u64 = 64;
const BACKENDS_ORDERS: u64 = 10_000;
const BACKEND_BYTES_MAX: u64 = 96 << 20;
const IN_FLIGHT: usize = 64;
const AT_MOST: Duration = Duration::from_secs(240);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [] => {
            let mut verdict = Verdict::default();
            till(&mut verdict);
            in_real_time(backend(&mut verdict));
            verdict.exit_code()
        }
        [role, config] if role == "backend" => in_real_time(serve(config)),
        _ => {
            println!("takes no arguments");
            ExitCode::from(2)
        }
    }
}

fn in_real_time<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("the system has threads").block_on(work)
}

fn till(verdict: &mut Verdict) {
    println!("{TILLS_ORDERS} open orders on one till over 5 minutes, one of them on the screen:");
    for has_stream in [true, false] {
        let run = in_virtual_time(many_open(has_stream));
        let road = if has_stream { "with the stream" } else { "by ladder alone" };
        let met = run.wake_ups as u128 <= u128::from(WINDOW_S);
        let per_second = quotient(run.wake_ups as u128, u128::from(WINDOW_S));
        verdict.target(&format!("wake-ups per second, {road}"), per_second, "≤ 1", met);
        verdict.target(
            &format!("  memory, {road}"),
            megabytes(run.grown_bytes),
            &format!("≤ {}", megabytes(TILL_BYTES_MAX)),
            run.grown_bytes <= TILL_BYTES_MAX,
        );
        verdict.figure("  requests per second", quotient(run.requests as u128, u128::from(WINDOW_S)));
    }
}

struct ManyOpen {
    wake_ups: usize,
    requests: usize,
    grown_bytes: u64,
}

async fn many_open(has_stream: bool) -> ManyOpen {
    let clock = Arc::new(CountingClock::new());
    let backend = ScriptedBackend::new(Arc::clone(&clock), has_stream);
    let folder = tempfile::tempdir().expect("a folder can be made");
    let till = backend.paired_till(&folder.path().join("till.db"), 1).await;
    let limits = Limits { unproven_count_max: 2_000, unproven_sum_max: i64::MAX };
    till.set_limits(limits).await.expect("limits can be set");
    let memory = MemoryPeak::start();
    let mut last = None;
    for _ in 0..TILLS_ORDERS {
        let order_no = till.new_order_no();
        // Long lives, so that all of them are open all the time.
        let sale = NewSale {
            amount: 1280,
            description: "Tea".to_owned(),
            life_s: Some(6_600),
            ..NewSale::default()
        };
        till.charge(&order_no, sale).await.expect("a sale can be rung up");
        let mut sales = till.watch(&order_no).await.expect("the sale is there");
        sales.wait_for(|sale| sale.code.is_some()).await.expect("the till is open");
        last = Some(order_no);
        tokio::time::sleep(Duration::from_millis(700)).await;
    }
    till.on_screen(last).await.expect("the till is open");
    let open = till.diagnosis().await.expect("the till is open").unproven_count;
    assert_eq!(u64::from(open), TILLS_ORDERS, "every order is open");

    let from_ms = clock.monotonic_ms();
    tokio::time::sleep(Duration::from_secs(WINDOW_S)).await;
    let wake_ups = clock.woken_at_ms().into_iter().filter(|at_ms| *at_ms > from_ms).count();
    let requests = backend.asked().iter().filter(|asked| asked.at_ms > from_ms).count();
    let grown_bytes = memory.grown_bytes();
    till.close().await;
    ManyOpen { wake_ups, requests, grown_bytes }
}

async fn backend(verdict: &mut Verdict) {
    println!("{BACKENDS_ORDERS} open orders on one backend:");
    let folder = tempfile::tempdir().expect("a folder can be made");
    let sandbox = start_sandbox(&folder).await;
    let front = RepeatedAnswer::in_front_of(sandbox.base_url()).await;
    let description = sandbox_json(&folder).replace(sandbox.base_url(), &front.url());
    let config =
        write_sandbox_config(&description, &folder.path().join("backend"), ([127, 0, 0, 1], 0).into())
            .expect("the sandbox's description becomes a configuration");
    let mut child =
        tokio::process::Command::new(std::env::current_exe().expect("the system knows what runs"))
            .arg("backend")
            .arg(config)
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("this program can be started again");
    let mut links = BufReader::new(child.stdout.take().expect("it was asked to be piped")).lines();
    let pid = child.id().expect("it was just started");
    let mut orders = Vec::new();
    for number in 0..DEVICES {
        let link = links.next_line().await.expect("a pipe can be read").expect("the backend starts");
        let folder = folder.path().join(format!("till-{number}"));
        std::fs::create_dir(&folder).expect("a folder can be made");
        orders.extend(Device::paired(&folder, &link).await.orders(BACKENDS_ORDERS.div_ceil(DEVICES)));
    }
    let before = held_bytes(pid);
    let brought = bring(orders, IN_FLIGHT, AT_MOST).await;
    let open = brought.waits.len() as u64;
    assert!(open >= BACKENDS_ORDERS, "only {open} orders could be brought in {AT_MOST:?}");
    let grown = held_bytes(pid).saturating_sub(before);
    let limit = format!("≤ {}", megabytes(BACKEND_BYTES_MAX));
    verdict.target("memory beside what it held before", megabytes(grown), &limit, grown <= BACKEND_BYTES_MAX);
    verdict.figure("  an order", format!("{} bytes", grown / open));
    verdict.figure("  in all", megabytes(before + grown));
    drop(child.stdin.take());
    let ended = child.wait().await.expect("a child can be waited for");
    assert!(ended.success(), "the backend ended with {ended}");
    sandbox.shutdown().await;
}

/// The backend's process: prints its pairing links, and ends when its standard input does.
async fn serve(config: &str) -> ExitCode {
    let config = load(config.as_ref()).unwrap_or_else(|problems| panic!("{problems:?}"));
    let real = Deps::real().expect("TLS can be set up");
    let deps = Deps { clock: Arc::new(Standing(real.clock.now())), ..real };
    let backend = Backend::start(config, deps).await.expect("a backend starts on a free port");
    for _ in 0..DEVICES {
        let (link, _) = backend.mint_pairing(new_link()).await.expect("a link can be made");
        println!("{link}");
    }
    // Nothing is ever written to it.
    let _ = tokio::io::stdin().read(&mut [0; 1]).await;
    backend.shutdown().await;
    ExitCode::SUCCESS
}

/// A clock that stands still.
struct Standing(Time);

impl clock::Clock for Standing {
    fn now(&self) -> Time {
        self.0
    }

    fn monotonic_ms(&self) -> i64 {
        self.0.unix_ms()
    }

    fn sleep_until(&self, at: Time) -> BoxFuture<'static, ()> {
        if at <= self.0 { Box::pin(std::future::ready(())) } else { Box::pin(std::future::pending()) }
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10)
}
