use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::*;
use crate::transport::Left;

/// A server for one connection: reads a request's head, then answers with these bytes.
fn server(answer: Vec<u8>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = [0; 4096];
        let _ = stream.read(&mut head).unwrap();
        // The client may hang up before it has read everything.
        let _ = stream.write_all(&answer);
    });
    address
}

fn get(url: String) -> Request<Bytes> {
    Request::get(url).body(Bytes::new()).unwrap()
}

async fn send(url: String, tls: Option<Fingerprint>) -> Result<Response<Bytes>, TransportError> {
    ReqwestTransport::new().send(get(url), Peer { tls }).await
}

#[tokio::test]
async fn an_answer_comes_with_status_headers_and_body() {
    let address =
        server(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}".to_vec());
    let answer = send(format!("http://{address}/v1/time"), None).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.body().as_ref()), (200, b"{}".as_slice()));
    assert_eq!(answer.headers()["content-type"], "application/json");
}

#[tokio::test]
async fn plain_http_goes_to_this_machine_only() {
    let error = send("http://192.0.2.1/v1/time".to_owned(), None).await.unwrap_err();
    assert_eq!(error.left, Left::No);
    assert!(error.detail.contains("https://"), "{error}");
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let address = server(
        b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/elsewhere\r\ncontent-length: 0\r\n\r\n".to_vec(),
    );
    assert_eq!(send(format!("http://{address}/"), None).await.unwrap().status().as_u16(), 302);
}

#[tokio::test]
async fn an_endless_answer_is_given_up() {
    let mut answer = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec();
    answer.extend(std::iter::repeat_n(b' ', 2 * ANSWER_BYTES_MAX));
    let error = send(format!("http://{}/", server(answer)), None).await.unwrap_err();
    assert_eq!((error.left, error.detail.as_str()), (Left::Maybe, "the answer is too large"));
}

#[tokio::test]
async fn no_connection_means_that_nothing_was_sent() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(send(format!("http://{address}/"), None).await.unwrap_err().left, Left::No);
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_request_leaves_the_outcome_open() {
    assert_eq!(send(format!("http://{}/", server(Vec::new())), None).await.unwrap_err().left, Left::Maybe);
}

#[tokio::test]
async fn a_stream_gives_its_chunks_as_they_come() {
    let address = server(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n: hello\n\n".to_vec());
    let transport = ReqwestTransport::new();
    let mut chunks =
        transport.stream(get(format!("http://{address}/")), Peer::default()).await.unwrap().into_body();
    assert_eq!(chunks.next().await.unwrap().unwrap().as_ref(), b": hello\n\n");
}

fn certificate() -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(include_bytes!("tls-certificate.pem")).unwrap()
}

/// A TLS server with a certificate that nobody certified.
fn tls_server() -> SocketAddr {
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("tls-key.pem")).unwrap();
    tls_server_that_signs_with(&key, rustls::ALL_VERSIONS)
}

/// A TLS server that shows the certificate and signs with this key, whether or not they belong together.
fn tls_server_that_signs_with(
    key: &PrivateKeyDer<'static>,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> SocketAddr {
    let key = rustls::crypto::ring::sign::any_supported_type(key).unwrap();
    let shown = Arc::new(rustls::sign::CertifiedKey::new(vec![certificate()], key));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(rustls::sign::SingleCertAndKey::from(shown)));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let session = rustls::ServerConnection::new(Arc::new(config)).unwrap();
        let mut stream = rustls::StreamOwned::new(session, stream);
        let mut head = [0; 4096];
        // A client that does not trust the key hangs up here.
        if stream.read(&mut head).is_ok() {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
            let _ = stream.flush();
        }
    });
    address
}

fn pin() -> Fingerprint {
    let certificate = certificate();
    let key = ParsedCertificate::try_from(&certificate).unwrap().subject_public_key_info();
    Fingerprint::from_bytes(Sha256::digest(key).into())
}

#[tokio::test]
async fn a_pinned_key_is_accepted_whoever_certified_it() {
    // As `openssl pkey -pubin -outform DER | openssl dgst -sha256` has it.
    assert_eq!(hex::encode(pin().as_bytes()), include_str!("tls-key.sha256").trim());
    let answer = send(format!("https://{}/", tls_server()), Some(pin())).await.unwrap();
    assert_eq!(answer.body().as_ref(), b"{}");
}

#[tokio::test]
async fn another_key_than_the_pinned_one_is_refused_before_anything_is_sent() {
    let other = Fingerprint::from_bytes([7; 32]);
    let error = send(format!("https://{}/", tls_server()), Some(other)).await.unwrap_err();
    assert_eq!(error.left, Left::No);
    assert!(error.detail.contains("another TLS key"), "{error}");
}

#[tokio::test]
async fn without_a_pin_an_uncertified_key_is_refused() {
    let error = send(format!("https://{}/", tls_server()), None).await.unwrap_err();
    assert_eq!(error.left, Left::No);
}

#[test]
fn no_name_or_number_that_only_looks_like_this_machine_is_spoken_to_in_plain_http() {
    let is_allowed = |url: &str| is_allowed(&url.parse().unwrap());
    for own in
        ["http://127.0.0.1:8080/", "http://127.9.9.9/", "http://[::1]/", "http://localhost/", "https://a.cn/"]
    {
        assert!(is_allowed(own), "{own}");
    }
    for other in [
        "http://localhost.a.cn/",
        "http://127.0.0.1.a.cn/",
        "http://0.0.0.0/",
        "http://10.0.0.1/",
        "http://192.168.1.1/",
        "http://169.254.1.1/",
        "http://[fe80::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://127.0.0.1@a.cn/",
        "http://2130706433/",
        "ftp://127.0.0.1/",
        "ws://127.0.0.1/",
    ] {
        assert!(!is_allowed(other), "{other}");
    }
}

#[tokio::test]
async fn who_shows_the_pinned_certificate_without_its_key_is_refused_before_anything_is_sent() {
    let stranger = rcgen::KeyPair::generate().unwrap();
    let stranger = PrivateKeyDer::try_from(stranger.serialize_der()).unwrap();
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let server = tls_server_that_signs_with(&stranger, &[version]);
        let error = send(format!("https://{server}/"), Some(pin())).await.unwrap_err();
        assert_eq!(error.left, Left::No, "{version:?}: {error}");
    }
}

#[tokio::test]
async fn tls_1_2_and_1_3_are_spoken() {
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("tls-key.pem")).unwrap();
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let server = tls_server_that_signs_with(&key, &[version]);
        let answer = send(format!("https://{server}/"), Some(pin())).await.unwrap();
        assert_eq!(answer.body().as_ref(), b"{}", "{version:?}");
    }
}

#[tokio::test]
async fn an_older_tls_is_neither_offered_nor_taken() {
    // TLS 1.1, 1.0 and SSL 3, in the server's first word.
    for minor in [2, 1, 0] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut hello = [0; 4096];
            let length = stream.read(&mut hello).unwrap();
            let mut answer = vec![22, 3, minor, 0, 42, 2, 0, 0, 38, 3, minor];
            // Random, no session, TLS_RSA_WITH_AES_128_CBC_SHA, no compression.
            answer.extend([7; 32]);
            answer.extend([0, 0, 0x2f, 0]);
            stream.write_all(&answer).unwrap();
            let mut alert = [0; 7];
            stream.read_exact(&mut alert).unwrap();
            (hello[..length].to_vec(), alert)
        });
        let error = send(format!("https://{address}/"), Some(pin())).await.unwrap_err();
        assert_eq!(error.left, Left::No, "{error}");
        let (hello, alert) = server.join().unwrap();
        // The extension supported_versions (43): TLS 1.3 and 1.2.
        let offered = [0, 43, 0, 5, 4, 3, 4, 3, 3];
        assert!(hello.windows(offered.len()).any(|window| window == offered), "{hello:?}");
        assert_eq!((alert[0], alert[5], alert[6]), (21, 2, 70), "a fatal alert: protocol_version");
    }
}

#[tokio::test]
async fn a_server_without_tls_gets_nothing_of_a_request_for_https() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut read = [0; 4096];
        let length = stream.read(&mut read).unwrap();
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
        read[..length].to_vec()
    });
    let error = send(format!("https://{address}/v1/orders/secret"), None).await.unwrap_err();
    assert_eq!(error.left, Left::No);
    let read = server.join().unwrap();
    assert!(!read.windows(6).any(|window| window == b"secret" || window == b"orders"), "{read:?}");
}
