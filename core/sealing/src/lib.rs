//! Texts sealed for their place in a database: whoever copies the file alone does not read them, and none is taken for another.
//!
//! AES-256-GCM. The nonce is taken from the place and the text by a key of its own, so that one nonce never seals two texts, and
//! nothing here needs chance or a counter that a restored backup would repeat. The price: whoever sees two sealed texts of one
//! place sees whether they are the same.
//!
//! ```
//! # use saoma_sealing::Seal;
//! let seal = Seal::of_secret(&[7; 32]);
//! let sealed = seal.sealed(b"notes 17", b"no sugar");
//! assert_eq!(seal.opened(b"notes 17", &sealed).as_deref(), Some(&b"no sugar"[..]));
//! assert_eq!(seal.opened(b"notes 18", &sealed), None);
//! ```
//!
//! It must never know what is sealed, nor where the key comes from.

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

const NONCE_BYTES: usize = 12;

/// Seals and opens with one key.
#[derive(Clone)]
pub struct Seal {
    cipher: Aes256Gcm,
    nonces: Hmac<Sha256>,
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal(…)")
    }
}

impl Seal {
    /// With a key that seals and another that nonces are taken with.
    pub fn new(sealing: &[u8; 32], naming: &[u8; 32]) -> Self {
        let nonces = Hmac::new_from_slice(naming).expect("a key of any length is one");
        Self { cipher: Aes256Gcm::new(sealing.into()), nonces }
    }

    /// With both keys taken from one secret.
    pub fn of_secret(secret: &[u8; 32]) -> Self {
        Self::new(&derived(secret, b"saoma sealing 1"), &derived(secret, b"saoma naming 1"))
    }

    /// The text, sealed for a place. The empty text is left as it is: there is nothing to hide in it.
    pub fn sealed(&self, place: &[u8], text: &[u8]) -> Vec<u8> {
        if text.is_empty() {
            return Vec::new();
        }
        let mut nonces = self.nonces.clone();
        // The length keeps a place and a text apart that would be the same when joined.
        nonces.update(&u64::try_from(place.len()).unwrap_or(u64::MAX).to_be_bytes());
        nonces.update(place);
        nonces.update(text);
        let name = nonces.finalize().into_bytes();
        let nonce: [u8; NONCE_BYTES] = std::array::from_fn(|at| name[at]);
        let sealed = self.cipher.encrypt(&Nonce::from(nonce), Payload { msg: text, aad: place });
        [nonce.as_slice(), &sealed.expect("AES-GCM fails only beyond 64 GiB")].concat()
    }

    /// What was sealed for a place. None if it was sealed with another key or for another place, or was changed.
    pub fn opened(&self, place: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        if sealed.is_empty() {
            return Some(Vec::new());
        }
        let (nonce, text) = sealed.split_first_chunk::<NONCE_BYTES>()?;
        self.cipher.decrypt(&Nonce::from(*nonce), Payload { msg: text, aad: place }).ok()
    }
}

/// A key for a purpose, from a secret that is evenly random.
fn derived(secret: &[u8; 32], purpose: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut derived = Hmac::<Sha256>::new_from_slice(secret).expect("a key of any length is one");
    derived.update(purpose);
    Zeroizing::new(derived.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_is_opened_by_its_own_key_in_its_own_place_and_not_once_it_was_changed() {
        let seal = Seal::of_secret(&[1; 32]);
        let sealed = seal.sealed(b"here", b"openid");
        assert!(!sealed.windows(6).any(|window| window == b"openid"));
        assert_eq!(seal.opened(b"here", &sealed).as_deref(), Some(&b"openid"[..]));
        assert_eq!(seal.opened(b"there", &sealed), None);
        assert_eq!(Seal::of_secret(&[2; 32]).opened(b"here", &sealed), None);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(seal.opened(b"here", &changed), None, "byte {at}");
        }
        assert_eq!(seal.opened(b"here", b"short"), None);
    }

    #[test]
    fn no_nonce_serves_two_texts_or_two_places() {
        let seal = Seal::of_secret(&[1; 32]);
        let nonce = |place: &[u8], text: &[u8]| seal.sealed(place, text)[..NONCE_BYTES].to_vec();
        let first = nonce(b"here", b"openid");
        assert_ne!(first, nonce(b"here", b"openie"));
        assert_ne!(first, nonce(b"her", b"eopenid"));
        assert_eq!(first, nonce(b"here", b"openid"));
    }

    #[test]
    fn the_form_stays_as_databases_in_the_field_have_it() {
        let sealed = Seal::of_secret(&[7; 32]).sealed(b"place", b"text");
        let known = Seal::of_secret(&[7; 32]).opened(b"place", &sealed);
        assert_eq!(known.as_deref(), Some(&b"text"[..]));
        let hex: String = sealed.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "9d6964ca42a84039af25a870400d8516e771a81c82ef3928254df7f71ef7cc4e");
    }
}
