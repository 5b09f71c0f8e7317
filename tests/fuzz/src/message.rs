//! Input in the form of an HTTP message: a first line, headers, an empty line, a body. Whatever does not fit is left out, so
//! that a changed byte still reaches the reader behind.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};

/// A message.
#[derive(Clone, Debug, Default)]
pub struct Message {
    /// The first line's words.
    pub words: Vec<String>,
    /// What of the headers can be sent at all.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// As many as servers and clients take.
const HEADERS_MAX: usize = 100;

impl Message {
    /// Reads any bytes.
    #[must_use]
    pub fn read(input: &[u8]) -> Self {
        let mut message = Self::default();
        let mut rest = input;
        let (first, after) = line(rest);
        message.words = String::from_utf8_lossy(first).split(' ').map(str::to_owned).collect();
        rest = after;
        while !rest.is_empty() {
            let (header, after) = line(rest);
            rest = after;
            if header.is_empty() {
                break;
            }
            let mut parts = header.splitn(2, |byte| *byte == b':');
            let name = HeaderName::from_bytes(parts.next().unwrap_or_default());
            let value = HeaderValue::from_bytes(parts.next().unwrap_or_default().trim_ascii());
            if let (Ok(name), Ok(value)) = (name, value)
                && message.headers.len() < HEADERS_MAX
            {
                message.headers.append(name, value);
            }
        }
        message.body = Bytes::copy_from_slice(rest);
        message
    }

    /// A word of the first line; empty if there is none.
    #[must_use]
    pub fn word(&self, at: usize) -> &str {
        self.words.get(at).map_or("", String::as_str)
    }

    /// The message as an answer; its first word is the status.
    #[must_use]
    pub fn answer(self) -> Response<Bytes> {
        let status = self.word(0).parse().ok().and_then(|number: u16| StatusCode::from_u16(number).ok());
        let mut answer = Response::new(self.body);
        *answer.status_mut() = status.unwrap_or(StatusCode::OK);
        *answer.headers_mut() = self.headers;
        answer
    }
}

fn line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let after = &bytes[(end + 1).min(bytes.len())..];
    (bytes[..end].strip_suffix(b"\r").unwrap_or(&bytes[..end]), after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_are_some_message() {
        let message = Message::read(b"PUT /v1/orders/1\r\na: b\r\nwrong\x01name: c\r\n\r\n{\n}");
        assert_eq!((message.word(0), message.word(1), message.word(2)), ("PUT", "/v1/orders/1", ""));
        assert_eq!(message.headers.len(), 1);
        assert_eq!(message.body, "{\n}");
        assert_eq!(Message::read(b"").body, "");
    }
}
