//! Pairing: how a device gets to know a merchant's backend, and the backend the device.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::open_enum::open_enum;
use crate::{Currency, DeviceId, DeviceName, Fingerprint, Jws, MerchantId, PublicKey, StoreId, Time};

/// The form of [`Bundle`] that this version writes. A reader takes any form that has the fields it needs.
pub const BUNDLE_VERSION: u32 = 1;

const SCHEME: &str = "saoma://pair?";

/// Why a pairing link was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Not a link of ours.
    #[error("must begin with {SCHEME}")]
    Scheme,
    /// A part is missing, twice there, or wrong.
    #[error("part {part:?} of the link: {detail}")]
    Part {
        /// Its letter: `u` address, `m` merchant, `s` secret, `r` root key, `t` TLS key.
        part: &'static str,
        /// What is wrong.
        detail: &'static str,
    },
}

/// The secret of a pairing link: 128 random bits. Wiped when dropped, never shown.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PairingSecret([u8; 16]);

impl PairingSecret {
    /// From 16 random bytes.
    pub fn from_random(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes, to be hashed.
    pub fn expose(&self) -> &[u8; 16] {
        &self.0
    }

    fn text(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.0)
    }
}

impl TryFrom<String> for PairingSecret {
    type Error = LinkError;

    fn try_from(mut text: String) -> Result<Self, LinkError> {
        let wrong = LinkError::Part { part: "s", detail: "must be 22 characters of base64url" };
        let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(&text).map_err(|_| wrong.clone())?;
        let secret = bytes.as_slice().try_into().map(Self).map_err(|_| wrong);
        text.zeroize();
        bytes.zeroize();
        secret
    }
}

impl From<PairingSecret> for String {
    fn from(secret: PairingSecret) -> String {
        secret.text()
    }
}

impl std::fmt::Debug for PairingSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PairingSecret(..)")
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for PairingSecret {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        crate::openapi::text(None, Some("^[A-Za-z0-9_-]{22}$"), "128 random bits in base64url.")
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for PairingSecret {}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Fingerprint {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        crate::openapi::text(None, Some("^[A-Za-z0-9_-]{43}$"), "The SHA-256 of a key in base64url.")
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Fingerprint {}

/// What a pairing link says; shown as a QR code, or as text to paste.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairingLink {
    /// The backend's address: `https://host[:port][/path]`, or `http://` to loopback.
    pub url: String,
    /// Whose backend.
    pub merchant: MerchantId,
    /// Who has the secret may pair one device.
    pub secret: PairingSecret,
    /// SHA-256 of the merchant's root key (its uncompressed point, 65 bytes).
    pub root: Fingerprint,
    /// SHA-256 of the TLS key (SPKI), where it is not publicly certified.
    pub tls: Option<Fingerprint>,
}

fn is_backend_url(url: &str) -> bool {
    (url.starts_with("https://") || url.starts_with("http://"))
        && url.bytes().all(|b| b.is_ascii_graphic() && !b"&#?%\"<>\\^`{|}".contains(&b))
        && url.parse::<http::Uri>().is_ok_and(|uri| uri.host().is_some_and(|host| !host.is_empty()))
}

impl std::fmt::Display for PairingLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{SCHEME}u={}&m={}&s={}&r={}", self.url, self.merchant, self.secret.text(), self.root)?;
        self.tls.iter().try_for_each(|tls| write!(f, "&t={tls}"))
    }
}

impl std::str::FromStr for PairingLink {
    type Err = LinkError;

    fn from_str(text: &str) -> Result<Self, LinkError> {
        let parts = text.trim().strip_prefix(SCHEME).ok_or(LinkError::Scheme)?;
        let (mut url, mut merchant, mut secret, mut root, mut tls) = (None, None, None, None, None);
        for part in parts.split('&') {
            let slot = match part.get(..2) {
                Some("u=") => ("u", &mut url),
                Some("m=") => ("m", &mut merchant),
                Some("s=") => ("s", &mut secret),
                Some("r=") => ("r", &mut root),
                Some("t=") => ("t", &mut tls),
                // A later version may say more.
                _ => continue,
            };
            if slot.1.replace(&part[2..]).is_some() {
                return Err(LinkError::Part { part: slot.0, detail: "is there twice" });
            }
        }
        let missing = |part| LinkError::Part { part, detail: "is missing" };
        let wrong = |part, detail| LinkError::Part { part, detail };
        let url = url.ok_or_else(|| missing("u"))?;
        if !is_backend_url(url) {
            return Err(wrong("u", "must be https://host or http://host, without query"));
        }
        let fingerprint = |part, text: &str| {
            text.parse::<Fingerprint>().map_err(|_| wrong(part, "must be 43 characters of base64url"))
        };
        Ok(Self {
            url: url.trim_end_matches('/').to_owned(),
            merchant: merchant
                .ok_or_else(|| missing("m"))?
                .parse()
                .map_err(|_| wrong("m", "must be 1-32 characters of a-z, 0-9, '-' and '_'"))?,
            secret: secret.ok_or_else(|| missing("s"))?.to_owned().try_into()?,
            root: fingerprint("r", root.ok_or_else(|| missing("r"))?)?,
            tls: tls.map(|text| fingerprint("t", text)).transpose()?,
        })
    }
}

open_enum! {
    /// The most that people on a device may do.
    DeviceRole {
        /// As an owner.
        Owner = "owner",
        /// As a cashier, over all stores of the merchant; pairs and revokes devices, decides refunds.
        Manager = "manager",
        /// Rings up, sees and cancels the orders of its store.
        Cashier = "cashier",
        /// As a cashier, without its days and refunds.
        Courier = "courier",
    }
}

/// `POST /v1/pairing-codes`: asks for a link for one more device. Managers only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewPairingCode {
    /// The store that the device will belong to.
    pub store: StoreId,
    /// `owner`, `manager`, `cashier` or `courier`; at most the role of who asks.
    pub role: DeviceRole,
    /// How long the link holds, in seconds, 60 to 86,400.
    pub life_s: u32,
}

/// The answer to [`NewPairingCode`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PairingCode {
    /// The link, a secret: show it only to who holds the device. `saoma://pair?u=…&m=…&s=…&r=…`: the backend's address, the
    /// merchant, the secret and the fingerprint of its root key; `&t=` the fingerprint of the TLS key where that is pinned.
    pub link: String,
    /// When it ends.
    pub expires_at: Time,
}

/// `POST /v1/pairings`: what a new device says. The request is signed with `keyid="new"` by the key it names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PairDevice {
    /// The link's secret.
    pub secret: PairingSecret,
    /// The device's public key.
    pub key: PublicKey,
    /// What people call it.
    pub name: DeviceName,
}

/// What a device needs to know of its merchant: the answer to pairing, and to `GET /v1/bundle` at any later time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Bundle {
    /// The form of this bundle.
    pub version: u32,
    /// The device's name from now on.
    pub device: DeviceId,
    /// What people call it.
    pub device_name: DeviceName,
    /// The most that people on it may do.
    pub role: DeviceRole,
    /// Who is paid.
    pub merchant: Merchant,
    /// Where the device stands.
    pub store: Store,
    /// The `keys` statement, signed by the root key.
    pub keys: Jws,
    /// What it may do at most.
    pub limits: DeviceLimits,
    /// What the backend can do, as in `GET /v1/time`.
    pub features: Vec<String>,
    /// The server's time.
    pub time: Time,
}

/// A merchant as its devices know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Merchant {
    /// Its id.
    pub id: MerchantId,
    /// Its name as people know it.
    pub name: String,
    /// Real money, or a test account's play money; never changes.
    pub live: bool,
    /// What it sells in.
    pub currency: Currency,
    /// Minutes ahead of UTC at which its days begin and end: 480 in China.
    pub utc_offset_minutes: i32,
}

/// A store as its devices know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Store {
    /// Its id.
    pub id: StoreId,
    /// Its name as people know it.
    pub name: String,
}

/// What a device may do at most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeviceLimits {
    /// Most minor units of one order.
    pub amount_max: i64,
    /// Most open orders of one device.
    pub open_orders_max: u32,
    /// How long an attempt lives unless the app says otherwise, in seconds.
    pub life_s: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link() -> PairingLink {
        PairingLink {
            url: "http://127.0.0.1:8080".to_owned(),
            merchant: "tea".parse().unwrap(),
            secret: PairingSecret::from_random([5; 16]),
            root: Fingerprint::from_bytes([6; 32]),
            tls: Some(Fingerprint::from_bytes([7; 32])),
        }
    }

    #[test]
    fn a_link_survives_being_written_and_read() {
        assert_eq!(link().to_string().parse(), Ok(link()));
        let plain = PairingLink { tls: None, ..link() };
        assert_eq!(format!(" {plain}&later=1\n").parse(), Ok(plain));
    }

    #[test]
    fn a_wrong_link_names_its_wrong_part() {
        let text = link().to_string();
        assert_eq!("https://x".parse::<PairingLink>(), Err(LinkError::Scheme));
        for (from, to, part) in [
            ("u=http://127.0.0.1:8080", "u=ftp://x", "u"),
            ("u=http://127.0.0.1:8080", "u=https://", "u"),
            ("m=tea", "m=Tea", "m"),
            ("m=tea&", "", "m"),
            ("s=BQ", "s=", "s"),
            ("r=Bg", "r=", "r"),
            ("&t=", "&r=", "r"),
        ] {
            let error = text.replace(from, to).parse::<PairingLink>().unwrap_err();
            assert!(matches!(error, LinkError::Part { part: named, .. } if named == part), "{from}: {error}");
        }
    }

    #[test]
    fn debug_never_shows_the_secret() {
        assert!(!format!("{:?}", link()).contains("BQUF"));
    }
}
