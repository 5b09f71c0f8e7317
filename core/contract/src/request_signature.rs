//! Requests signed by the device that sends them: HTTP Message Signatures (RFC 9421, `ecdsa-p256-sha256`) with
//! Content-Digest (RFC 9530).
//!
//! Signed are `@method`, `@path`, `@query`, `content-digest` when there is a body, and `saoma-journal` and `saoma-person` when
//! they are sent. The host is not: a backend may stand behind a proxy that changes it. A proxy must leave path, query and body alone.

use http::{HeaderMap, HeaderValue, Request, request};
use sfv::{BareItem, Dictionary, InnerList, Item, KeyRef, ListEntry, ListSerializer, Parser, StringRef};
use sha2::{Digest as _, Sha256};

use crate::{DeviceSigner, PublicKey, SignerError, StaffId, Time};

/// How far a request's `created` may be from the server's time, in seconds.
pub const CLOCK_WINDOW_S: i64 = 300;

/// The header that carries how far a device's journal goes.
pub const JOURNAL_HEADER: &str = "saoma-journal";

/// The header that names the person who is signed in on the device, by id.
pub const PERSON_HEADER: &str = "saoma-person";

const ALGORITHM: &str = "ecdsa-p256-sha256";
const LABEL: &str = "saoma";
const TAG: &str = "saoma-v1";
const ALWAYS_COVERED: [&str; 3] = ["@method", "@path", "@query"];

/// Why a request's signature was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestSignatureError {
    /// A header is missing or not in its form.
    #[error("{header}: {detail}")]
    Header {
        /// The header's name in lower case.
        header: &'static str,
        /// What is wrong with it.
        detail: &'static str,
    },
    /// The body is not the one that was signed.
    #[error("content-digest: the body differs from the digest")]
    Digest,
    /// The signature is not the key's.
    #[error("signature: not made by the key of keyid over this request")]
    Signature,
    /// The request was made too long ago, or in the future.
    #[error("created: more than {CLOCK_WINDOW_S} s from the server's time")]
    Clock,
}

/// How far a device's journal goes. The backend keeps the greatest and notices a device that forks or falls back. In the
/// header it is an integer with a byte sequence: `12;hash=:…:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JournalHead {
    /// Entries so far.
    pub entries: u64,
    /// Hash of the last entry; zeros for an empty journal.
    pub hash: [u8; 32],
}

/// What a signature says of itself, before it is verified.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestSignature {
    /// Whose key: a device's id, or `new` for a device that is being paired.
    pub keyid: String,
    /// When it was signed, in seconds since 1970.
    pub created_s: i64,
    /// What makes it different from every other, if it says so.
    pub nonce: Option<String>,
    /// How far the device's journal goes, if it says so.
    pub journal: Option<JournalHead>,
    /// Who is signed in on the device, if it says so.
    pub person: Option<StaffId>,
    covered: InnerList,
    signature: Vec<u8>,
}

/// Signs a request in place: adds `Content-Digest` (when there is a body), `Saoma-Journal` (when given), `Signature-Input`
/// and `Signature`. A header `Saoma-Person` that the request has is signed too. `created` is the server's time as the device reckons it; the nonce makes each signature different.
///
/// # Errors
/// If the key store cannot sign.
pub fn sign<B: AsRef<[u8]>>(
    request: &mut Request<B>,
    keyid: &str,
    created: Time,
    nonce: [u8; 16],
    journal: Option<&JournalHead>,
    signer: &dyn DeviceSigner,
) -> Result<(), SignerError> {
    let mut covered: Vec<&str> = ALWAYS_COVERED.to_vec();
    if !request.body().as_ref().is_empty() {
        let digest = content_digest(request.body().as_ref());
        request.headers_mut().insert("content-digest", digest);
        covered.push("content-digest");
    }
    if let Some(head) = journal {
        request.headers_mut().insert(JOURNAL_HEADER, head.to_header());
        covered.push(JOURNAL_HEADER);
    }
    if request.headers().contains_key(PERSON_HEADER) {
        covered.push(PERSON_HEADER);
    }
    let text = |text: &str| StringRef::from_str(text).map(|text| BareItem::String(text.to_owned()));
    let text = |value: &str| {
        text(value).map_err(|_| SignerError::Failed(format!("{value:?} is not printable ASCII")))
    };
    let mut list = InnerList::new(Vec::new());
    for name in covered {
        list.items.push(Item::new(text(name)?));
    }
    let created_s =
        sfv::Integer::try_from(created.unix_s()).expect("years up to 9999 have at most 12 digits");
    for (name, value) in [
        ("created", BareItem::Integer(created_s)),
        ("keyid", text(keyid)?),
        ("alg", text(ALGORITHM)?),
        ("nonce", text(&hex16(nonce))?),
        ("tag", text(TAG)?),
    ] {
        list.params.insert(KeyRef::from_str(name).expect("a lower-case word").to_owned(), value);
    }
    let parameters = serialize(&list);
    let (parts_method, parts_uri) = (request.method().clone(), request.uri().clone());
    let base = signature_base(parts_method.as_str(), &parts_uri, request.headers(), &list, &parameters)
        .map_err(|error| SignerError::Failed(error.to_string()))?;
    let signature = signer.sign(base.as_bytes())?;
    let ascii = |text: String| HeaderValue::try_from(text).expect("structured fields are printable ASCII");
    let headers = request.headers_mut();
    headers.insert("signature-input", ascii(format!("{LABEL}={parameters}")));
    headers.insert("signature", ascii(format!("{LABEL}={}", byte_sequence(&signature))));
    Ok(())
}

impl RequestSignature {
    /// Reads what a request says of its signature, so that the key can be looked up. Nothing is verified yet.
    ///
    /// # Errors
    /// Names the header that is missing or wrong.
    pub fn read(parts: &request::Parts) -> Result<Self, RequestSignatureError> {
        let input = member(&parts.headers, "signature-input")?;
        let ListEntry::InnerList(covered) = input else {
            return Err(header("signature-input", "must be a list of components"));
        };
        let signature = member(&parts.headers, "signature")?;
        let ListEntry::Item(Item { bare_item: BareItem::ByteSequence(signature), .. }) = signature else {
            return Err(header("signature", "must be a byte sequence"));
        };
        let parameter = |name: &str| covered.params.get(KeyRef::from_str(name).expect("a lower-case word"));
        let text = |name: &str| match parameter(name) {
            Some(BareItem::String(text)) => Some(text.as_str().to_owned()),
            _ => None,
        };
        if text("alg").as_deref() != Some(ALGORITHM) || text("tag").as_deref() != Some(TAG) {
            return Err(header(
                "signature-input",
                "must have alg=\"ecdsa-p256-sha256\" and tag=\"saoma-v1\"",
            ));
        }
        let keyid = text("keyid").ok_or_else(|| header("signature-input", "must have keyid"))?;
        let created_s = match parameter("created") {
            Some(BareItem::Integer(created)) => i64::from(*created),
            _ => return Err(header("signature-input", "must have created")),
        };
        let journal = match parts.headers.get(JOURNAL_HEADER) {
            Some(value) => Some(JournalHead::from_header(value)?),
            None => None,
        };
        let mut people = parts.headers.get_all(PERSON_HEADER).iter();
        let person = match (people.next(), people.next()) {
            (None, _) => None,
            (Some(_), Some(_)) => return Err(header(PERSON_HEADER, "must be given once")),
            (Some(value), None) => {
                let id = value.to_str().ok().and_then(|text| text.parse().ok());
                Some(id.ok_or_else(|| header(PERSON_HEADER, "must be a person's id"))?)
            }
        };
        let nonce = text("nonce");
        Ok(Self { keyid, created_s, nonce, journal, person, covered, signature })
    }

    /// Verifies the signature over this request and its body, then its time. The caller has looked up the key of `keyid`.
    ///
    /// # Errors
    /// If anything that must be signed is not, the body differs, the signature is wrong, or (last) the time is off.
    pub fn verify(
        &self,
        parts: &request::Parts,
        body: &[u8],
        key: &PublicKey,
        now: Time,
    ) -> Result<(), RequestSignatureError> {
        let mut needed = ALWAYS_COVERED.to_vec();
        if !body.is_empty() || parts.headers.contains_key("content-digest") {
            needed.push("content-digest");
        }
        if self.journal.is_some() {
            needed.push(JOURNAL_HEADER);
        }
        if self.person.is_some() {
            needed.push(PERSON_HEADER);
        }
        let covers = |name: &str| {
            let is_it =
                |item: &Item| matches!(&item.bare_item, BareItem::String(text) if text.as_str() == name);
            self.covered.items.iter().any(|item| is_it(item) && item.params.is_empty())
        };
        if !needed.into_iter().all(covers) {
            return Err(header(
                "signature-input",
                "must cover @method, @path, @query, content-digest, saoma-journal and saoma-person",
            ));
        }
        if covers("content-digest") {
            let ListEntry::Item(Item { bare_item: BareItem::ByteSequence(digest), .. }) =
                dictionary(&parts.headers, "content-digest")?
                    .swap_remove(KeyRef::from_str("sha-256").expect("a lower-case word"))
                    .ok_or_else(|| header("content-digest", "must have sha-256"))?
            else {
                return Err(header("content-digest", "sha-256 must be a byte sequence"));
            };
            if digest != Sha256::digest(body).as_slice() {
                return Err(RequestSignatureError::Digest);
            }
        }
        let parameters = serialize(&self.covered);
        let base =
            signature_base(parts.method.as_str(), &parts.uri, &parts.headers, &self.covered, &parameters)?;
        if !key.verifies(base.as_bytes(), &self.signature) {
            return Err(RequestSignatureError::Signature);
        }
        if self.created_s.abs_diff(now.unix_s()) > CLOCK_WINDOW_S.unsigned_abs() {
            return Err(RequestSignatureError::Clock);
        }
        Ok(())
    }
}

impl JournalHead {
    fn to_header(self) -> HeaderValue {
        HeaderValue::try_from(format!("{};hash={}", self.entries, byte_sequence(&self.hash)))
            .expect("digits and base64 are printable ASCII")
    }

    fn from_header(value: &HeaderValue) -> Result<Self, RequestSignatureError> {
        let wrong = || header(JOURNAL_HEADER, "must be a count with a hash of 32 bytes");
        let item: Item = Parser::new(value.as_bytes()).parse().map_err(|_| wrong())?;
        let hash = item.params.get(KeyRef::from_str("hash").expect("a lower-case word"));
        match (&item.bare_item, hash) {
            (BareItem::Integer(entries), Some(BareItem::ByteSequence(hash))) => Ok(Self {
                entries: u64::try_from(i64::from(*entries)).map_err(|_| wrong())?,
                hash: hash.as_slice().try_into().map_err(|_| wrong())?,
            }),
            _ => Err(wrong()),
        }
    }
}

fn header(header: &'static str, detail: &'static str) -> RequestSignatureError {
    RequestSignatureError::Header { header, detail }
}

fn dictionary(headers: &HeaderMap, name: &'static str) -> Result<Dictionary, RequestSignatureError> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().ok_or_else(|| header(name, "is missing"))?;
    if values.next().is_some() {
        return Err(header(name, "must be given once"));
    }
    Parser::new(value.as_bytes()).parse().map_err(|_| header(name, "must be a dictionary (RFC 9651)"))
}

fn member(headers: &HeaderMap, name: &'static str) -> Result<ListEntry, RequestSignatureError> {
    dictionary(headers, name)?
        .swap_remove(KeyRef::from_str(LABEL).expect("a lower-case word"))
        .ok_or_else(|| header(name, "must have the label saoma"))
}

fn content_digest(body: &[u8]) -> HeaderValue {
    HeaderValue::try_from(format!("sha-256={}", byte_sequence(&Sha256::digest(body))))
        .expect("base64 is ASCII")
}

fn byte_sequence(bytes: &[u8]) -> String {
    sfv::ItemSerializer::new().bare_item(bytes).finish()
}

fn hex16(bytes: [u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(bytes))
}

fn serialize(list: &InnerList) -> String {
    let mut serializer = ListSerializer::new();
    {
        let mut inner = serializer.inner_list();
        inner.items(&list.items);
        inner.finish().parameters(&list.params);
    }
    serializer.finish().expect("a list with one member is not empty")
}

/// RFC 9421 §2.5. Only the components named in this module's head are understood; any other makes the base unknowable.
fn signature_base(
    method: &str,
    uri: &http::Uri,
    headers: &HeaderMap,
    covered: &InnerList,
    parameters: &str,
) -> Result<String, RequestSignatureError> {
    let mut base = String::with_capacity(512);
    for item in &covered.items {
        let BareItem::String(name) = &item.bare_item else {
            return Err(header("signature-input", "components must be strings"));
        };
        let value = match name.as_str() {
            "@method" => method.to_owned(),
            "@path" => uri.path().to_owned(),
            "@query" => format!("?{}", uri.query().unwrap_or_default()),
            name @ ("content-digest" | JOURNAL_HEADER | PERSON_HEADER) => headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .map(|value| value.trim().to_owned())
                .ok_or_else(|| header("signature-input", "covers a header that is not there"))?,
            _ => return Err(header("signature-input", "covers a component that is not understood")),
        };
        base.push_str(&format!("\"{}\": {value}\n", name.as_str()));
    }
    base.push_str(&format!("\"@signature-params\": {parameters}"));
    Ok(base)
}

#[cfg(test)]
mod tests;
