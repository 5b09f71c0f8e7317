//! Whom a till is paired with, and what it believes because of that.

use saoma_contract::statement::{StatementError, TrustedKeys};
use saoma_contract::{Bundle, Fingerprint, PairingLink};
use serde::{Deserialize, Serialize};

use crate::error::TillError;
use crate::transport::Peer;

/// A pairing as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pairing {
    /// The backend's address, without a slash at its end.
    pub url: String,
    /// SHA-256 of the TLS key it must show, where that is not publicly certified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<Fingerprint>,
    /// SHA-256 of the merchant's root key.
    pub root: Fingerprint,
    /// What the backend said of the device, the merchant, the store.
    pub bundle: Bundle,
}

impl Pairing {
    /// A pairing with the keys it leads to, if the bundle is what the link promised.
    ///
    /// # Errors
    /// If it is another merchant's, or its keys do not lead to the pinned root.
    pub fn verified(link: &PairingLink, bundle: Bundle) -> Result<(Self, TrustedKeys), TillError> {
        if bundle.merchant.id != link.merchant {
            return Err(TillError::untrusted("the backend answered for another merchant than the link's"));
        }
        let pairing = Self { url: link.url.clone(), tls: link.tls, root: link.root, bundle };
        let keys = pairing.keys().map_err(|error| TillError::untrusted(error.to_string()))?;
        Ok((pairing, keys))
    }

    /// The merchant's keys, verified down to the pinned root.
    ///
    /// # Errors
    /// If they are not.
    pub fn keys(&self) -> Result<TrustedKeys, StatementError> {
        let keys = TrustedKeys::verify(self.bundle.keys.clone(), &self.bundle.merchant.id, &self.root)?;
        if keys.live() == self.bundle.merchant.live { Ok(keys) } else { Err(StatementError::TestAndLive) }
    }

    /// Whom requests are for.
    pub fn peer(&self) -> Peer {
        Peer { tls: self.tls }
    }
}

/// Plain HTTP is for loopback alone.
///
/// # Errors
/// Names the link's part.
pub fn check_address(link: &PairingLink) -> Result<(), TillError> {
    let uri: http::Uri = link.url.parse().map_err(|_| TillError::field("link", "part u is no address"))?;
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let loopback = host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
    if uri.scheme_str() == Some("https") || loopback {
        return Ok(());
    }
    Err(TillError::field(
        "link",
        "part u must be https://, since http:// is allowed to this very machine only",
    ))
}
