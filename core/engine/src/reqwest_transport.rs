//! HTTP by reqwest: rustls with ring and bundled roots, or the one key that pairing pinned; plain HTTP to loopback only.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use saoma_contract::Fingerprint;
use sha2::{Digest as _, Sha256};

use crate::transport::{ANSWER_BYTES_MAX, Chunks, Peer, Transport, TransportError};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The transport of a product.
#[derive(Debug, Default)]
pub struct ReqwestTransport {
    client: Arc<Mutex<Option<(Peer, reqwest::Client)>>>,
}

impl ReqwestTransport {
    /// A transport that makes its connections when they are needed.
    pub fn new() -> Self {
        Self::default()
    }

    fn client(&self, peer: Peer) -> Result<reqwest::Client, TransportError> {
        let mut slot = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, client)) = slot.as_ref()
            && *known == peer
        {
            return Ok(client.clone());
        }
        let client = build(peer).map_err(TransportError::not_sent)?;
        *slot = Some((peer, client.clone()));
        Ok(client)
    }

    fn request(
        &self,
        request: Request<Bytes>,
        peer: Peer,
    ) -> Result<reqwest::RequestBuilder, TransportError> {
        if !is_allowed(request.uri()) {
            return Err(TransportError::not_sent(
                "http:// is allowed to this very machine only; use https://",
            ));
        }
        let client = self.client(peer)?;
        let (parts, body) = request.into_parts();
        let builder = client.request(parts.method, parts.uri.to_string()).headers(parts.headers);
        Ok(if body.is_empty() { builder } else { builder.body(body) })
    }
}

fn is_allowed(uri: &http::Uri) -> bool {
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let loopback = host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
    uri.scheme_str() == Some("https") || (uri.scheme_str() == Some("http") && loopback)
}

fn build(peer: Peer) -> Result<reqwest::Client, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let config = match peer.tls {
        Some(pin) => {
            config.dangerous().with_custom_certificate_verifier(Arc::new(PinnedKey { pin, provider }))
        }
        None => {
            let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
            config.with_root_certificates(roots)
        }
    };
    reqwest::Client::builder()
        .use_preconfigured_tls(config.with_no_client_auth())
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(CONNECT_TIMEOUT)
        .tcp_keepalive(Duration::from_secs(15))
        .pool_idle_timeout(Duration::from_secs(30))
        .user_agent(concat!("saoma/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| said(&error))
}

/// What went wrong, with what lies below it: reqwest's own words are too few to help anyone.
fn said(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut below = error.source();
    while let Some(cause) = below {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        below = cause.source();
    }
    text
}

fn failure(error: reqwest::Error) -> TransportError {
    // The address is known to whoever reads this, and may hold a query.
    let error = error.without_url();
    let surely_not_sent = error.is_connect() || error.is_builder();
    if surely_not_sent { TransportError::not_sent(said(&error)) } else { TransportError::lost(said(&error)) }
}

impl Transport for ReqwestTransport {
    fn network_changed(&self) {
        *self.client.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn send(
        &self,
        request: Request<Bytes>,
        peer: Peer,
    ) -> BoxFuture<'static, Result<Response<Bytes>, TransportError>> {
        let request = self.request(request, peer);
        Box::pin(async move {
            let answer: Response<reqwest::Body> = request?.send().await.map_err(failure)?.into();
            let (parts, body) = answer.into_parts();
            let mut chunks = chunked(body);
            let mut bytes = BytesMut::new();
            while let Some(chunk) = chunks.next().await {
                bytes.extend_from_slice(&chunk?);
                if bytes.len() > ANSWER_BYTES_MAX {
                    return Err(TransportError::lost("the answer is too large"));
                }
            }
            Ok(Response::from_parts(parts, bytes.freeze()))
        })
    }

    fn stream(
        &self,
        request: Request<Bytes>,
        peer: Peer,
    ) -> BoxFuture<'static, Result<Response<Chunks>, TransportError>> {
        let request = self.request(request, peer);
        Box::pin(async move {
            let answer: Response<reqwest::Body> = request?.send().await.map_err(failure)?.into();
            Ok(answer.map(chunked))
        })
    }
}

fn chunked(body: reqwest::Body) -> Chunks {
    let response = reqwest::Response::from(Response::new(body));
    response.bytes_stream().map(|chunk| chunk.map_err(failure)).boxed()
}

/// Accepts the one TLS key that pairing pinned, whoever certified it, and no other.
#[derive(Debug)]
struct PinnedKey {
    pin: Fingerprint,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for PinnedKey {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let certificate = ParsedCertificate::try_from(end_entity)?;
        let key: [u8; 32] = Sha256::digest(certificate.subject_public_key_info()).into();
        if key == *self.pin.as_bytes() {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(rustls::Error::General(
                "the backend shows another TLS key than the pairing link named".to_owned(),
            ))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests;
