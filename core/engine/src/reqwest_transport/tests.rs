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
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate()], key)
        .unwrap();
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
