//! A request as it came over the wire: raw, before anything in it is trusted.

use axum::body::to_bytes;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method, Request, header};

use super::refusal::{Place, Refusal};

/// The longest body read. A real order has a few kilobytes at most.
const BODY_BYTES_MAX: usize = 256 * 1024;

/// A request, raw.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) method: Method,
    /// Path and query exactly as sent: what was signed.
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Received {
    /// Reads the whole request.
    pub(crate) async fn read(request: Request<axum::body::Body>) -> Result<Self, Refusal> {
        let (parts, body) = request.into_parts();
        let target = parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str).to_owned();
        let body = to_bytes(body, BODY_BYTES_MAX)
            .await
            .map_err(|_| Refusal::range(Place::Body, "", "", "请求体过大或不完整"))?;
        Ok(Self { method: parts.method, target, headers: parts.headers, body })
    }

    /// The path, still percent-encoded.
    pub(crate) fn path(&self) -> &str {
        self.target.split_once('?').map_or(self.target.as_str(), |(path, _)| path)
    }

    /// A header's value. One that is not readable text counts as absent.
    pub(crate) fn header(&self, name: HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Judges the headers that every request must have (WeChat Pay protocol A.3).
    pub(crate) fn check_headers(&self) -> Result<(), Refusal> {
        let refuse = |field: &str, value: &str, issue: &str| {
            Err(Refusal::parameter(Place::Header, field, value, issue))
        };
        let accept = self.header(header::ACCEPT).unwrap_or_default();
        if accept.trim().is_empty() {
            return refuse("/Accept", accept, "Http头缺少Accept");
        }
        let is_json = |range: &str| {
            let media_type = range.split(';').next().unwrap_or_default().trim();
            ["application/json", "application/*", "*/*", "*"]
                .iter()
                .any(|known| media_type.eq_ignore_ascii_case(known))
        };
        if !accept.split(',').any(is_json) {
            return refuse("/Accept", accept, "Http头Accept应包含application/json");
        }
        if self.header(header::USER_AGENT).unwrap_or_default().trim().is_empty() {
            return refuse("/User-Agent", "", "Http头缺少User-Agent");
        }
        if !self.body.is_empty() {
            let content_type = self.header(header::CONTENT_TYPE).unwrap_or_default();
            let media_type = content_type.split(';').next().unwrap_or_default().trim();
            if !media_type.eq_ignore_ascii_case("application/json") {
                return refuse("/Content-Type", content_type, "Http头Content-Type应为application/json");
            }
        }
        Ok(())
    }

    /// The query's parameters, decoded: known ones only, each once.
    pub(crate) fn query(&self, known: &[&str]) -> Result<Vec<(String, String)>, Refusal> {
        let Some((_, query)) = self.target.split_once('?') else { return Ok(Vec::new()) };
        let mut read: Vec<(String, String)> = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let bad = || Refusal::parameter(Place::Query, "", pair, "URL编码错误");
            let (name, value) = (decoded(name).ok_or_else(bad)?, decoded(value).ok_or_else(bad)?);
            let pointer = format!("/{name}");
            if !known.contains(&name.as_str()) {
                return Err(Refusal::unknown_member(Place::Query, &pointer, &value));
            }
            if read.iter().any(|(other, _)| *other == name) {
                return Err(Refusal::parameter(Place::Query, &pointer, &value, "参数重复"));
            }
            read.push((name, value));
        }
        Ok(read)
    }
}

/// Percent-decodes a part of a URL. `None` if it is broken or not UTF-8.
pub(crate) fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first == b'%' {
            let [high, low, after @ ..] = after else { return None };
            let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            bytes.push(digit(*high)? * 16 + digit(*low)?);
            rest = after;
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_encoding_is_undone_or_refused() {
        assert_eq!(decoded("A%7CB*c"), Some("A|B*c".to_owned()));
        assert_eq!(decoded("%E5%92%96"), Some("咖".to_owned()));
        for broken in ["%", "%4", "%G0", "%FF"] {
            assert_eq!(decoded(broken), None, "{broken}");
        }
    }
}
