use axum::routing::get;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;

const NO_LIMIT: ConnectionLimits = ConnectionLimits { all_max: 1000, of_address_max: None };

/// A door behind which one simple thing is answered.
async fn door(limits: ConnectionLimits) -> (SocketAddr, Handle<SocketAddr>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/", get(async || "tea"));
    let handle = Handle::new();
    serve(listener, None, limits, router, handle.clone()).unwrap();
    handle.listening().await;
    (address, handle)
}

async fn connected(address: SocketAddr) -> TcpStream {
    TcpStream::connect(address).await.unwrap()
}

async fn ask(stream: &mut TcpStream, request: &str) {
    stream.write_all(request.as_bytes()).await.unwrap();
}

/// What comes until the connection ends.
async fn rest(stream: &mut TcpStream) -> String {
    let mut rest = Vec::new();
    // A connection that is cut is at its end too.
    let _ = stream.read_to_end(&mut rest).await;
    String::from_utf8_lossy(&rest).into_owned()
}

/// Reads one answer of the shop's.
async fn answered(stream: &mut TcpStream) {
    let mut answer = Vec::new();
    while !answer.ends_with(b"tea") {
        assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0, "the connection ended");
    }
    assert!(answer.starts_with(b"HTTP/1.1 200"));
}

#[tokio::test]
async fn a_client_that_drips_its_first_head_is_let_go() {
    let (address, _handle) = door(NO_LIMIT).await;
    let mut slow = connected(address).await;
    tokio::time::pause();
    let start = Instant::now();
    let (mut reads, mut writes) = slow.split();
    let drip = async {
        while writes.write_all(b"GET / HTTP/1.1\r\nx: y\r\n").await.is_ok() {
            sleep(Duration::from_secs(1)).await;
        }
    };
    let ended = async {
        let mut rest = Vec::new();
        let _ = reads.read_to_end(&mut rest).await;
        assert!(rest.is_empty() || rest.starts_with(b"HTTP/1.1 4"), "{rest:?}");
    };
    tokio::select! { biased; () = ended => {}, () = drip => {} }
    assert!(start.elapsed() <= FIRST_HEAD_MAX + Duration::from_secs(2), "{:?}", start.elapsed());
}

#[tokio::test]
async fn an_idle_connection_and_one_that_drips_its_second_head_are_let_go() {
    let (address, _handle) = door(NO_LIMIT).await;
    let mut idle = connected(address).await;
    let mut slow = connected(address).await;
    for stream in [&mut idle, &mut slow] {
        ask(stream, "GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
        answered(stream).await;
    }
    ask(&mut slow, "GET / HTTP/1.1\r\nx:").await;
    tokio::time::pause();
    let start = Instant::now();
    for stream in [&mut idle, &mut slow] {
        let last = rest(stream).await;
        assert!(last.is_empty() || last.starts_with("HTTP/1.1 408"), "{last}");
    }
    assert!(start.elapsed() >= IDLE_MAX - Duration::from_secs(5), "let go too early: {:?}", start.elapsed());
    assert!(start.elapsed() <= IDLE_MAX + Duration::from_secs(2), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_head_that_is_too_long_is_refused() {
    let (address, _handle) = door(NO_LIMIT).await;
    let mut long = connected(address).await;
    let begun = "GET / HTTP/1.1\r\nhost: a\r\nx: ";
    ask(&mut long, &format!("{begun}{}", "y".repeat(HEAD_BYTES_MAX - begun.len()))).await;
    let answer = rest(&mut long).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test]
async fn http_2_is_not_spoken() {
    let (address, _handle) = door(NO_LIMIT).await;
    let mut client = connected(address).await;
    ask(&mut client, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    // It may have been let go already.
    let _ = client.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).await;
    let answer = rest(&mut client).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer:?}");
}

#[tokio::test]
async fn more_connections_than_one_address_may_hold_are_refused_and_others_are_served() {
    let (address, _handle) = door(ConnectionLimits { all_max: 5, of_address_max: Some(2) }).await;
    let from = async |own: &str| {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(format!("{own}:0").parse().unwrap()).unwrap();
        socket.connect(address).await.unwrap()
    };
    let is_served = async |stream: &mut TcpStream| {
        let asked = stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
        let mut first = [0; 4];
        asked.is_ok() && stream.read_exact(&mut first).await.is_ok()
    };
    let mut held = Vec::new();
    for (own, expected) in [
        ("127.0.0.1", true),
        ("127.0.0.1", true),
        ("127.0.0.1", false),
        ("127.0.0.2", true),
        ("127.0.0.2", true),
        ("127.0.0.3", true),
        ("127.0.0.4", false),
    ] {
        let mut stream = from(own).await;
        assert_eq!(is_served(&mut stream).await, expected, "{own}, {} held", held.len());
        held.push(stream);
    }
    drop(held);
    // Whoever goes leaves room.
    let mut next = from("127.0.0.1").await;
    while !is_served(&mut next).await {
        next = from("127.0.0.1").await;
    }
}

#[test]
fn there_are_never_more_connections_than_open_files_leave_room_for() {
    assert_eq!(room(4_000, None), 4_000);
    assert_eq!(room(4_000, Some(20_000)), 4_000);
    assert_eq!(room(4_000, Some(1_024)), 824);
    assert_eq!(room(4_000, Some(10)), 1, "one is better than none");
    #[cfg(unix)]
    assert!(open_files_max().is_none_or(|files| files > OTHER_FILES));
}

#[test]
fn a_network_of_ipv6_counts_as_one_address() {
    let [one, same, other] =
        ["2001:db8::1", "2001:db8::ffff:1", "2001:db8:0:1::1"].map(|a| network(a.parse().unwrap()));
    assert_eq!(one, same);
    assert_ne!(one, other);
    assert_eq!(network("::ffff:192.0.2.1".parse().unwrap()), "192.0.2.1".parse::<IpAddr>().unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_nothing_of_its_answer_is_let_go() {
    let (client, server) = tokio::io::duplex(64);
    let mut held = Held::new(server, None);
    let start = Instant::now();
    let error = held.write_all(&[0; 1000]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert_eq!(start.elapsed(), STALL_MAX);
    drop(client);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_its_answer_slowly_is_served() {
    let (mut client, server) = tokio::io::duplex(64);
    let mut held = Held::new(server, None);
    let reads = async {
        let mut taken = 0;
        while taken < 1000 {
            sleep(STALL_MAX - Duration::from_secs(1)).await;
            taken += client.read(&mut [0; 64]).await.unwrap();
        }
    };
    let (written, ()) = tokio::join!(held.write_all(&[0; 1000]), reads);
    written.unwrap();
}
