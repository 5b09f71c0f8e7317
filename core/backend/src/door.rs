//! The door to the network: HTTP/1.1 alone, so many connections in all and from one address, and none held open for nothing.
//!
//! | what a client may take | how long |
//! |---|---|
//! | for its TLS handshake | 10 s |
//! | for the first request's head | [`FIRST_HEAD_MAX`] |
//! | between an answer and the end of the next request's head | [`IDLE_MAX`] |
//! | for a request's body | `BODY_MS_MAX` of the API |
//! | for taking anything of an answer | [`STALL_MAX`] |

use std::collections::BTreeMap;
use std::future::{Ready, ready};
use std::io::{Error, ErrorKind, IoSlice, Result};
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready as now_ready};
use std::time::Duration;

use axum::Router;
use axum_server::Handle;
use axum_server::accept::Accept;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::{Instant, Sleep, sleep};

/// How long a client may take for the head of its first request.
pub const FIRST_HEAD_MAX: Duration = Duration::from_secs(15);

/// How long a connection may be idle, the head of the next request included. Tills let go of an idle one before that.
pub const IDLE_MAX: Duration = Duration::from_secs(75);

/// How long a client may take none of an answer.
pub const STALL_MAX: Duration = Duration::from_secs(30);

/// The longest head of a request; a real one has about 1 KiB.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// How many connections are held at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// In all.
    pub all_max: u32,
    /// From one address (of IPv6, from one network of 64 bits); none where a proxy in front is the only one that connects.
    pub of_address_max: Option<u32>,
}

/// Answers on a listener until the handle says to stop.
///
/// # Errors
/// When the listener cannot be used.
pub(crate) fn serve(
    listener: TcpListener,
    tls: Option<RustlsConfig>,
    limits: ConnectionLimits,
    router: Router,
    handle: Handle<SocketAddr>,
) -> Result<JoinHandle<Result<()>>> {
    let all_max = room(limits.all_max, open_files_max());
    if all_max < limits.all_max {
        tracing::warn!(all_max, "the system's limit of open files allows no more connections than this");
    }
    let door = Door { limits: ConnectionLimits { all_max, ..limits }, held: Arc::default() };
    let mut server = axum_server::from_tcp(listener)?
        .handle(handle)
        // HTTP/2 would hold many requests on one connection, and none of these times.
        .http1_only()
        .first_request_timeout(FIRST_HEAD_MAX);
    server.http_builder().http1().header_read_timeout(IDLE_MAX).max_buf_size(HEAD_BYTES_MAX);
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    Ok(match tls {
        Some(tls) => tokio::spawn(server.acceptor(RustlsAcceptor::new(tls).acceptor(door)).serve(service)),
        None => tokio::spawn(server.acceptor(door).serve(service)),
    })
}

/// Files that the ledger, the calls to the channel and all else may have open beside the connections.
const OTHER_FILES: u64 = 200;

/// How many of the wanted connections there is room for, with so many open files allowed.
fn room(wanted: u32, open_files_max: Option<u64>) -> u32 {
    let room = open_files_max.map_or(u64::MAX, |files| files.saturating_sub(OTHER_FILES).max(1));
    u32::try_from(room).map_or(wanted, |room| wanted.min(room))
}

/// How many files may be open at once, once as many are allowed as the system lets this process have.
#[cfg(unix)]
fn open_files_max() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    // Where that is refused, what is allowed now holds.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    getrlimit(Resource::Nofile).current
}

#[cfg(not(unix))]
fn open_files_max() -> Option<u64> {
    None
}

/// TLS for the door: 1.2 and 1.3, and HTTP/1.1 above it.
///
/// # Errors
/// When the certificate or the key is none, or they do not belong together.
pub(crate) fn tls(certificate_pem: &[u8], key_pem: &[u8]) -> std::result::Result<Arc<ServerConfig>, String> {
    let chain = CertificateDer::pem_slice_iter(certificate_pem).collect::<std::result::Result<Vec<_>, _>>();
    let key = PrivateKeyDer::from_pem_slice(key_pem).map_err(|error| error.to_string())?;
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain.map_err(|error| error.to_string())?, key)
        .map_err(|error| error.to_string())?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Counts who comes in.
#[derive(Clone)]
struct Door {
    limits: ConnectionLimits,
    held: Arc<Mutex<BTreeMap<IpAddr, u32>>>,
}

impl Door {
    /// A place for one more connection from this address.
    fn enter(&self, from: IpAddr) -> Option<Place> {
        let from = network(from);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let all: u64 = held.values().copied().map(u64::from).sum();
        let of_address = held.get(&from).copied().unwrap_or(0);
        let is_full = all >= u64::from(self.limits.all_max)
            || self.limits.of_address_max.is_some_and(|max| of_address >= max);
        if is_full {
            return None;
        }
        held.insert(from, of_address + 1);
        Some(Place { from, held: Arc::clone(&self.held) })
    }
}

/// What one subscriber has: an address of IPv4, a network of IPv6.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

impl<S> Accept<TcpStream, S> for Door {
    type Stream = Held<TcpStream>;
    type Service = S;
    type Future = Ready<Result<(Self::Stream, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        ready(stream.peer_addr().and_then(|peer| {
            let Some(place) = self.enter(peer.ip()) else {
                tracing::warn!(%peer, "a connection was refused: too many are held");
                return Err(Error::from(ErrorKind::ConnectionRefused));
            };
            stream.set_nodelay(true)?;
            Ok((Held::new(stream, Some(place)), service))
        }))
    }
}

/// A connection's place; dropped with it.
struct Place {
    from: IpAddr,
    held: Arc<Mutex<BTreeMap<IpAddr, u32>>>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        match held.get_mut(&self.from) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(held.remove(&self.from)),
        }
    }
}

/// A connection that has a place, and that is let go when its client takes nothing of what is written.
struct Held<T> {
    stream: T,
    stalled: Option<Pin<Box<Sleep>>>,
    _place: Option<Place>,
}

impl<T> Held<T> {
    fn new(stream: T, place: Option<Place>) -> Self {
        Self { stream, stalled: None, _place: place }
    }

    /// What became of a write: one that waits may wait only so long.
    fn written<R>(&mut self, context: &mut Context<'_>, outcome: Poll<Result<R>>) -> Poll<Result<R>> {
        if outcome.is_ready() {
            self.stalled = None;
            return outcome;
        }
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(STALL_MAX)));
        now_ready!(stalled.as_mut().poll(context));
        // Whoever looks again finds it over still.
        stalled.as_mut().reset(Instant::now());
        Poll::Ready(Err(Error::from(ErrorKind::TimedOut)))
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Held<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Held<T> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.written(context, outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.written(context, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_flush(context);
        self.written(context, outcome)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_shutdown(context);
        self.written(context, outcome)
    }
}

#[cfg(test)]
mod tests;
