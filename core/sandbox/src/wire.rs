//! Header names on the wire exactly as WeChat Pay writes them.
//!
//! hyper's title case gives `Wechatpay-Timestamp`, which some clients look up by case, but also `Request-Id` where WeChat
//! Pay writes `Request-ID`. One letter is put right as the bytes go out.

use std::{
    future::{Ready, ready},
    io,
    pin::Pin,
    task::{Context, Poll},
};

use axum_server::accept::Accept;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// What hyper writes. It can only stand in the head of an answer: only bills have carriage returns in their bodies, and a
/// backtick follows each, or a header of theirs.
const WRITTEN: &[u8] = b"\r\nRequest-Id";
/// Where in it the letter is that must be a capital one: the last.
const LETTER: usize = WRITTEN.len() - 1;

/// Wraps each accepted connection so that it writes `Request-ID`, and sends small answers at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExactHeaders;

impl<S> Accept<TcpStream, S> for ExactHeaders {
    type Stream = Exact<TcpStream>;
    type Service = S;
    type Future = Ready<io::Result<(Self::Stream, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        ready(stream.set_nodelay(true).map(|()| (Exact { stream, matched: 0 }, service)))
    }
}

/// A connection that puts `Request-Id` right in what is written to it.
pub(crate) struct Exact<I> {
    stream: I,
    /// How many bytes of [`WRITTEN`] the bytes accepted so far end with.
    matched: usize,
}

impl<I> Exact<I> {
    /// How many bytes of the name are matched after `byte`.
    fn after(matched: usize, byte: u8) -> usize {
        if WRITTEN[matched] == byte { (matched + 1) % WRITTEN.len() } else { usize::from(byte == WRITTEN[0]) }
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Exact<I> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut exact = bytes.to_vec();
        let mut matched = self.matched;
        for byte in &mut exact {
            let is_letter = matched == LETTER && *byte == WRITTEN[LETTER];
            matched = Self::after(matched, *byte);
            if is_letter {
                *byte = b'D';
            }
        }
        let written = Pin::new(&mut self.stream).poll_write(cx, &exact);
        if let Poll::Ready(Ok(count)) = &written {
            self.matched =
                bytes[..*count].iter().fold(self.matched, |matched, byte| Self::after(matched, *byte));
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for Exact<I> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;

    use super::*;

    /// Takes at most so many bytes at a time, as a full socket does.
    struct Sips {
        taken: Vec<u8>,
        at_most: usize,
    }

    impl AsyncWrite for Sips {
        fn poll_write(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            let count = bytes.len().min(self.at_most);
            self.taken.extend_from_slice(&bytes[..count]);
            Poll::Ready(Ok(count))
        }
        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn request_id_goes_out_in_capitals_however_the_bytes_are_cut() {
        let answer = b"HTTP/1.1 200 OK\r\r\nRequest-Id: 08AB-0\r\nRequest: x\r\n\r\n{\"a\":\"Request-Id:\"}";
        let wanted = b"HTTP/1.1 200 OK\r\r\nRequest-ID: 08AB-0\r\nRequest: x\r\n\r\n{\"a\":\"Request-Id:\"}";
        for at_most in 1..answer.len() {
            let mut exact = Exact { stream: Sips { taken: Vec::new(), at_most }, matched: 0 };
            exact.write_all(answer).await.unwrap();
            exact.write_all(answer).await.unwrap();
            assert_eq!(exact.stream.taken, [&wanted[..], wanted].concat(), "{at_most} bytes at a time");
        }
    }
}
