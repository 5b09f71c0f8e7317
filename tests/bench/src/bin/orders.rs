//! Orders created per second by one backend on SQLite FULL, what part of its CPU signs for WeChat Pay, and what group
//! commit saves.
//!
//! The backend runs in a process of its own, new for every round, over a new ledger. Thirty-two paired devices bring
//! orders that were signed beforehand; each waits for its code. WeChat Pay's answer is got once from the double and then
//! repeated, since the double signs and stores as much as the backend does. A round ends before the first question about
//! an order falls due (5 s).
//!
//! The share of RSA signing is the calls that arrived at WeChat Pay (each is signed once) × the CPU time of one signature,
//! by the same signer with the same key on all cores at once, ÷ the CPU time of the backend's process in the same rounds.
//! The signer is the `rsa` crate, or AWS-LC with `--features aws-lc`.
//!
//! Group commit is counted in rounds of their own from the ledger's write-ahead log: each transaction waits for the disk
//! once. How many share one depends on how slow the disk is; exits 1 if it does not save a quarter of them.
#![allow(clippy::print_stdout, reason = "a benchmark's result is what it prints")]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use saoma_backend::config::write_sandbox_config;
use saoma_bench::load::{Brought, bring};
use saoma_bench::observed::{WatchedLog, cpu_time, durable_write};
use saoma_bench::process::{BackendProcess, serve};
use saoma_bench::repeated::RepeatedAnswer;
use saoma_bench::shop::{sandbox_json, start_sandbox};
use saoma_bench::{Verdict, millis, percentile, quotient};
use saoma_wechatpay::keys::{RsaSigner, Signer};
use serde_json::Value;

const TILLS: u64 = 32;
const IN_FLIGHT: usize = 64;
const ROUNDS: usize = 3;
const ROUND: Duration = Duration::from_secs(4);
const ORDERS_OF_A_TILL: u64 = 150;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [] => measure().await,
        [role, config, tills] if role == "backend" => serve(config, tills).await,
        _ => {
            println!("takes no arguments");
            ExitCode::from(2)
        }
    }
}

async fn measure() -> ExitCode {
    let mut verdict = Verdict::default();
    let folder = tempfile::tempdir().expect("a folder can be made");
    let sandbox = start_sandbox(&folder).await;
    let description = sandbox_json(&folder);
    let signing = Signing::of(&description);

    println!(
        "Orders by one backend, SQLite FULL, {TILLS} tills, {IN_FLIGHT} in flight, {ROUNDS} rounds of {ROUND:?}:"
    );
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        rounds.push(Round::run(sandbox.base_url(), &description, IN_FLIGHT, Log::LeftAlone).await);
    }
    tell_rounds(&verdict, &rounds, &signing);

    println!("Group commit:");
    let alone = Round::run(sandbox.base_url(), &description, 1, Log::Watched).await;
    let together = Round::run(sandbox.base_url(), &description, IN_FLIGHT, Log::Watched).await;
    verdict.figure("one small write that lasts, on this disk", millis(durable_write(folder.path())));
    verdict.figure(
        "transactions per order, one in flight",
        quotient(alone.commits.into(), alone.orders().into()),
    );
    let saves = u128::from(together.commits) * 4 * u128::from(alone.orders())
        <= u128::from(alone.commits) * 3 * u128::from(together.orders());
    let transactions = quotient(together.commits.into(), together.orders().into());
    let what = format!("transactions per order, {IN_FLIGHT} in flight");
    verdict.target(&what, transactions, "at most 3/4 of that", saves);
    verdict.figure("orders per second, one in flight", alone.orders_per_second());
    sandbox.shutdown().await;
    verdict.exit_code()
}

fn tell_rounds(verdict: &Verdict, rounds: &[Round], signing: &Signing) {
    let mut per_second: Vec<u64> = rounds.iter().map(Round::orders_per_second).collect();
    per_second.sort_unstable();
    let orders: u64 = rounds.iter().map(Round::orders).sum();
    let calls: u64 = rounds.iter().map(|round| round.calls).sum();
    let cpu: Duration = rounds.iter().map(|round| round.cpu).sum();
    let mut waits: Vec<Duration> = rounds.iter().flat_map(|round| &round.brought.waits).copied().collect();
    verdict.figure("orders per second (median round)", per_second[per_second.len() / 2]);
    verdict.figure(
        "  slowest and fastest round",
        format!("{} to {}", per_second[0], per_second[per_second.len() - 1]),
    );
    verdict.figure("an order to its code, p50", millis(percentile(&mut waits, 50)));
    verdict.figure("  p99", millis(percentile(&mut waits, 99)));
    verdict.figure("backend's CPU per order", micros(cpu.as_micros() / u128::from(orders)));
    let per_core = u128::from(orders) * 1_000_000 / cpu.as_micros().max(1);
    verdict.figure("orders per second of CPU, that is of one core", per_core);
    verdict.figure("signed calls to WeChat Pay per order", quotient(calls.into(), orders.into()));
    for (name, cpu_of_one) in &signing.signers {
        verdict.figure(&format!("CPU of one signature, {name}"), micros(cpu_of_one.as_micros()));
    }
    let (name, cpu_of_one) = signing.in_use();
    let percent = u128::from(calls) * cpu_of_one.as_micros() * 100 / cpu.as_micros().max(1);
    verdict.figure(&format!("share of the backend's CPU in RSA signing, {name}"), format!("{percent} %"));
}

fn micros(micros: u128) -> String {
    format!("{micros} µs")
}

/// Whether the ledger's log is watched, which keeps it from being begun anew.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Log {
    LeftAlone,
    Watched,
}

/// What one backend did in one round.
struct Round {
    brought: Brought,
    cpu: Duration,
    calls: u64,
    commits: u64,
}

impl Round {
    async fn run(double: &str, description: &str, in_flight: usize, log: Log) -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let front = RepeatedAnswer::in_front_of(double).await;
        let description = description.replace(double, &front.url());
        let state = folder.path().join("backend");
        let config = write_sandbox_config(&description, &state, ([127, 0, 0, 1], 0).into())
            .expect("the sandbox's description becomes a configuration");
        let mut backend = BackendProcess::start(&config, TILLS);
        let devices = backend.devices(&folder).await;
        // Till by till in turn, as they would come.
        let mut of_tills: Vec<_> =
            devices.iter().map(|device| device.orders(ORDERS_OF_A_TILL).into_iter()).collect();
        let mut orders = Vec::new();
        for _ in 0..ORDERS_OF_A_TILL {
            orders.extend(of_tills.iter_mut().filter_map(Iterator::next));
        }
        let watched = (log == Log::Watched).then(|| WatchedLog::open(&state.join("ledger.sqlite")));
        let (calls_before, cpu_before) = (total(front.calls()), cpu_time(backend.pid));
        let brought = bring(orders, in_flight, ROUND).await;
        let (cpu, calls) = (cpu_time(backend.pid) - cpu_before, total(front.calls()) - calls_before);
        let commits = watched.map_or(0, |watched| watched.commits());
        backend.stop().await;
        Self { brought, cpu, calls, commits }
    }

    fn orders(&self) -> u64 {
        self.brought.waits.len() as u64
    }

    fn orders_per_second(&self) -> u64 {
        let millis = self.brought.took.as_millis().max(1);
        u64::try_from(u128::from(self.orders()) * 1_000 / millis).unwrap_or(u64::MAX)
    }
}

fn total((orders, others): (u64, u64)) -> u64 {
    orders + others
}

/// The CPU time of one signature, by each signer that was built in; the last is the one that the backend uses.
struct Signing {
    signers: Vec<(&'static str, Duration)>,
}

impl Signing {
    fn of(description: &str) -> Self {
        let description: Value =
            serde_json::from_str(description).expect("a sandbox describes itself in JSON");
        let merchant = &description["merchants"][0];
        let text =
            |name: &str| merchant[name].as_str().expect("a sandbox tells its merchants' keys").to_owned();
        let (serial_no, pem) = (text("certificate_serial_no"), text("private_key_pem"));
        let rsa = RsaSigner::from_pem(&serial_no, &pem).expect("the sandbox's key is one");
        let signers = [("rsa crate", cpu_of_one(&rsa))].into_iter().chain(aws_lc(&serial_no, &pem)).collect();
        Self { signers }
    }

    fn in_use(&self) -> (&'static str, Duration) {
        *self.signers.last().expect("the rsa crate is always there")
    }
}

#[cfg(feature = "aws-lc")]
fn aws_lc(serial_no: &str, pem: &str) -> Option<(&'static str, Duration)> {
    let signer =
        saoma_wechatpay::keys::AwsLcSigner::from_pem(serial_no, pem).expect("the sandbox's key is one");
    Some(("AWS-LC", cpu_of_one(&signer)))
}

#[cfg(not(feature = "aws-lc"))]
fn aws_lc(_serial_no: &str, _pem: &str) -> Option<(&'static str, Duration)> {
    None
}

/// Signs for a second on all cores at once, since a core is slower when its neighbour is busy, as under load.
fn cpu_of_one(signer: &dyn Signer) -> Duration {
    const FOR: Duration = Duration::from_secs(1);
    // As long as what is signed for an order.
    let message = [b'x'; 500];
    let before = cpu_time(std::process::id());
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let signatures: u32 = std::thread::scope(|scope| {
        let sign_for_a_while = || {
            let start = Instant::now();
            let mut count = 0;
            while start.elapsed() < FOR {
                signer.sign(&message).expect("a key in memory signs");
                count += 1;
            }
            count
        };
        let signing: Vec<_> = (0..threads).map(|_| scope.spawn(sign_for_a_while)).collect();
        signing.into_iter().map(|thread| thread.join().expect("signing does not panic")).sum()
    });
    (cpu_time(std::process::id()) - before) / signatures
}
