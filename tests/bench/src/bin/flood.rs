//! A good till's order while others hold 1,000 idle connections and 200 abusive ones, against the same backend left alone.
//!
//! The backend runs in a process of its own with its usual limits, and so does who abuses it, from addresses of its own. Of the
//! 200, 80 drip a request's head, a byte a second, 40 drip a body, 30 send bodies that are too long, again and again, and 50 ask as
//! fast as they are answered: half of them without a signature, half with one that is wrong. Whoever is let go comes back at once.
//! The till brings an order at a time; WeChat Pay's answer is repeated, so that the backend alone is measured.
//!
//! Exits 1 if the p99 of the till's orders is not below five times its quiet value.
#![allow(clippy::print_stdout, reason = "a benchmark's result is what it prints")]

use std::net::{Ipv4Addr, SocketAddr};
use std::process::{ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use saoma_backend::config::write_sandbox_config;
use saoma_bench::load::{Device, bring};
use saoma_bench::process::{BackendProcess, serve};
use saoma_bench::repeated::RepeatedAnswer;
use saoma_bench::shop::{sandbox_json, start_sandbox};
use saoma_bench::{Verdict, millis, percentile, quotient};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpSocket, TcpStream};
use tokio::process::Command;
use tokio::time::sleep;

const IDLE: usize = 1_000;
const DRIP_HEAD: usize = 80;
const DRIP_BODY: usize = 40;
const OVERSIZE: usize = 30;
const FLOOD: usize = 50;
/// Tills for each half, and orders of each: no more than a device may have open.
const TILLS: usize = 2;
const ORDERS: u64 = 150;
const FOR: Duration = Duration::from_secs(20);

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [] => measure().await,
        [role, config, tills] if role == "backend" => serve(config, tills).await,
        [role, address] if role == "abuse" => abuse(address.parse().expect("an address")).await,
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
    let front = RepeatedAnswer::in_front_of(sandbox.base_url()).await;
    let description = sandbox_json(&folder).replace(sandbox.base_url(), &front.url());
    let state = folder.path().join("backend");
    let config = write_sandbox_config(&description, &state, ([127, 0, 0, 1], 0).into())
        .expect("the sandbox's description becomes a configuration");
    let mut backend = BackendProcess::start(&config, 2 * TILLS as u64);
    let devices = backend.devices(&folder).await;
    let (quiet, flooded) = devices.split_at(TILLS);
    let orders = |tills: &[Device]| tills.iter().flat_map(|till| till.orders(ORDERS)).collect();

    let mut alone = bring(orders(quiet), 1, FOR).await.waits;
    let abusers = Abusers::start(&devices[0].address()).await;
    let mut under_fire = bring(orders(flooded), 1, FOR).await.waits;
    let counted = abusers.stop().await;

    println!(
        "A good till's order, {IDLE} idle and {} abusive connections:",
        DRIP_HEAD + DRIP_BODY + OVERSIZE + FLOOD
    );
    verdict.figure("quiet: orders", alone.len());
    let quiet_p99 = percentile(&mut alone, 99);
    verdict.figure("  p50", millis(percentile(&mut alone, 50)));
    verdict.figure("  p99", millis(quiet_p99));
    verdict.figure("under fire: orders", under_fire.len());
    let fire_p99 = percentile(&mut under_fire, 99);
    verdict.figure("  p50", millis(percentile(&mut under_fire, 50)));
    verdict.figure("  p99", millis(fire_p99));
    verdict.figure("  meanwhile", counted);
    let ratio = quotient(fire_p99.as_micros(), quiet_p99.as_micros());
    verdict.target("p99 under fire ÷ quiet", ratio, "below 5", fire_p99 < quiet_p99 * 5);
    backend.stop().await;
    sandbox.shutdown().await;
    verdict.exit_code()
}

/// The process of those who abuse.
struct Abusers(tokio::process::Child);

impl Abusers {
    /// Starts them, and waits until all connections are held.
    async fn start(address: &str) -> Self {
        let this_program = std::env::current_exe().expect("the system knows what runs");
        let mut child = Command::new(this_program)
            .args(["abuse", address])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("this program can be started again");
        let stdout = child.stdout.as_mut().expect("it was asked to be piped");
        let ready = BufReader::new(stdout).lines().next_line().await.expect("a pipe can be read");
        assert_eq!(ready.as_deref(), Some("ready"));
        Self(child)
    }

    /// Ends them, and gives what they counted.
    async fn stop(mut self) -> String {
        drop(self.0.stdin.take());
        let mut said = String::new();
        let stdout = self.0.stdout.as_mut().expect("it was asked to be piped");
        stdout.read_to_string(&mut said).await.expect("a pipe can be read");
        said.trim().to_owned()
    }
}

#[derive(Default)]
struct Counts {
    held: AtomicU64,
    answers: AtomicU64,
    let_go: AtomicU64,
}

async fn abuse(address: SocketAddr) -> ExitCode {
    let counts = Arc::new(Counts::default());
    let kinds: [(usize, u8, Kind); 7] = [
        (IDLE / 2, 2, idle),
        (IDLE / 2, 3, idle),
        (DRIP_HEAD, 4, drip_head),
        (DRIP_BODY, 4, drip_body),
        (OVERSIZE, 4, oversize),
        (FLOOD / 2, 5, flood_unsigned),
        (FLOOD / 2, 5, flood_forged),
    ];
    for (count, own, kind) in kinds {
        for _ in 0..count {
            let counts = Arc::clone(&counts);
            tokio::spawn(async move {
                let mut was_held = false;
                loop {
                    let Ok(stream) = connect(own, address).await else {
                        sleep(Duration::from_millis(100)).await;
                        continue;
                    };
                    if !std::mem::replace(&mut was_held, true) {
                        counts.held.fetch_add(1, Ordering::Relaxed);
                    }
                    let _ = kind(stream, Arc::clone(&counts)).await;
                    counts.let_go.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    }
    let all: usize = kinds.iter().map(|(count, _, _)| count).sum();
    while counts.held.load(Ordering::Relaxed) < all as u64 {
        sleep(Duration::from_millis(50)).await;
    }
    println!("ready");
    // Nothing is ever written to it.
    let _ = tokio::io::stdin().read(&mut [0; 1]).await;
    let number = |count: &AtomicU64| count.load(Ordering::Relaxed);
    println!(
        "{} answers to abusers, {} connections of theirs let go",
        number(&counts.answers),
        number(&counts.let_go)
    );
    ExitCode::SUCCESS
}

type Abuse = futures_util::future::BoxFuture<'static, std::io::Result<()>>;
/// What is done with one connection.
type Kind = fn(TcpStream, Arc<Counts>) -> Abuse;

async fn connect(own: u8, to: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::new(127, 0, 0, own), 0).into())?;
    socket.connect(to).await
}

/// Reads until the answer's last byte, by its announced length.
async fn answered(stream: &mut TcpStream, counts: &Counts) -> std::io::Result<()> {
    let mut heard = Vec::new();
    loop {
        if stream.read_buf(&mut heard).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let text = String::from_utf8_lossy(&heard);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length =
            head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
        if body.len() >= length.unwrap_or(0) {
            counts.answers.fetch_add(1, Ordering::Relaxed);
            return Ok(());
        }
    }
}

const TIME: &[u8] = b"GET /v1/time HTTP/1.1\r\nhost: a\r\n\r\n";

/// Asks once, and then holds the connection.
fn idle(mut stream: TcpStream, counts: Arc<Counts>) -> Abuse {
    Box::pin(async move {
        stream.write_all(TIME).await?;
        answered(&mut stream, &counts).await?;
        stream.read(&mut [0; 1]).await.map(drop)
    })
}

fn drip_head(mut stream: TcpStream, _: Arc<Counts>) -> Abuse {
    Box::pin(async move {
        stream.write_all(b"GET /v1/keys HTTP/1.1\r\nhost: a\r\nx: ").await?;
        loop {
            stream.write_all(b"y").await?;
            sleep(Duration::from_secs(1)).await;
        }
    })
}

fn drip_body(mut stream: TcpStream, _: Arc<Counts>) -> Abuse {
    Box::pin(async move {
        let head = b"POST /v1/pairings HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n";
        stream.write_all(head).await?;
        loop {
            stream.write_all(b" ").await?;
            sleep(Duration::from_secs(1)).await;
        }
    })
}

fn oversize(mut stream: TcpStream, counts: Arc<Counts>) -> Abuse {
    Box::pin(async move {
        stream
            .write_all(b"POST /v1/pairings HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n")
            .await?;
        let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x1_0000));
        for _ in 0..160 {
            if stream.write_all(chunk.as_bytes()).await.is_err() {
                break;
            }
        }
        answered(&mut stream, &counts).await
    })
}

fn flood_unsigned(mut stream: TcpStream, counts: Arc<Counts>) -> Abuse {
    Box::pin(async move {
        loop {
            stream.write_all(TIME).await?;
            answered(&mut stream, &counts).await?;
        }
    })
}

fn flood_forged(mut stream: TcpStream, counts: Arc<Counts>) -> Abuse {
    Box::pin(async move {
        let request = b"GET /v1/keys HTTP/1.1\r\nhost: a\r\nsignature-input: saoma=(\"@method\" \"@path\" \"@query\");created=1;\
            keyid=\"d_1\";alg=\"ecdsa-p256-sha256\";nonce=\"1\";tag=\"saoma-v1\"\r\nsignature: saoma=:AAAA:\r\n\r\n";
        loop {
            stream.write_all(request).await?;
            answered(&mut stream, &counts).await?;
        }
    })
}
