//! What a proof says of the payer is sealed in the database: whoever copies the ledger alone does not read it.
//!
//! The key is a file beside the ledger, `evidence.key`, of its owner only. AES-256-GCM; the nonce is taken from the text itself by
//! a key of its own, so that one nonce never seals two texts, and nothing here needs chance or a counter that a restored
//! backup would repeat.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hmac::{Hmac, Mac as _};
use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::open::OpenError;

const NONCE_BYTES: usize = 12;

/// Bound into each sealed text, so that none is taken for something else.
const PURPOSE: &[u8] = b"saoma evidence 1";

/// Seals and opens.
pub(super) struct Seal {
    cipher: Aes256Gcm,
    nonces: Hmac<Sha256>,
}

impl Seal {
    /// The key beside the ledger in this folder, made if there is none.
    pub(super) fn open_or_make(folder: &Path) -> Result<Arc<Self>, OpenError> {
        let path = path_in(folder);
        if !path.exists() {
            let mut key = Zeroizing::new([0; 64]);
            getrandom::fill(key.as_mut_slice()).map_err(|error| io(&path, &error))?;
            crate::keys::replace(&path, key.as_slice()).map_err(|error| io(&path, &error.detail))?;
        }
        Self::open(folder)
    }

    /// The key beside the ledger in this folder.
    pub(super) fn open(folder: &Path) -> Result<Arc<Self>, OpenError> {
        let path = path_in(folder);
        let key = Zeroizing::new(std::fs::read(&path).map_err(|error| io(&path, &error))?);
        let Some((sealing, naming)) = key.split_at_checked(32).filter(|(_, naming)| naming.len() == 32)
        else {
            return Err(io(&path, &"must have 64 bytes; bring it back from the backup of its ledger"));
        };
        let cipher = Aes256Gcm::new_from_slice(sealing).expect("32 bytes are a key");
        let nonces = Hmac::new_from_slice(naming).expect("a key of any length is one");
        Ok(Arc::new(Self { cipher, nonces }))
    }

    /// Teaches a connection the functions `sealed(text)` and `opened(sealed)`.
    pub(super) fn teach(self: &Arc<Self>, connection: &Connection) -> rusqlite::Result<()> {
        let flags = FunctionFlags::SQLITE_UTF8
            | FunctionFlags::SQLITE_DETERMINISTIC
            | FunctionFlags::SQLITE_DIRECTONLY;
        let seal = Arc::clone(self);
        connection.create_scalar_function("sealed", 1, flags, move |call| {
            Ok(seal.sealed(call.get_raw(0).as_blob()?))
        })?;
        let seal = Arc::clone(self);
        connection.create_scalar_function("opened", 1, flags, move |call| {
            Ok(seal.opened(call.get_raw(0).as_blob()?).unwrap_or_else(|| {
                tracing::error!(
                    "a proof was sealed with another key than evidence.key beside the ledger, and is not read"
                );
                Vec::new()
            }))
        })
    }

    fn sealed(&self, text: &[u8]) -> Vec<u8> {
        let mut nonces = self.nonces.clone();
        nonces.update(text);
        let name = nonces.finalize().into_bytes();
        let nonce: [u8; NONCE_BYTES] = std::array::from_fn(|at| name[at]);
        let sealed = self.cipher.encrypt(&Nonce::from(nonce), Payload { msg: text, aad: PURPOSE });
        [nonce.as_slice(), &sealed.expect("AES-GCM fails only beyond 64 GiB")].concat()
    }

    fn opened(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, text) = sealed.split_first_chunk::<NONCE_BYTES>()?;
        self.cipher.decrypt(&Nonce::from(*nonce), Payload { msg: text, aad: PURPOSE }).ok()
    }
}

fn path_in(folder: &Path) -> PathBuf {
    folder.join("evidence.key")
}

fn io(path: &Path, detail: &dyn std::fmt::Display) -> OpenError {
    OpenError::Io { path: path.to_owned(), detail: detail.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_is_opened_by_its_own_key_alone_and_not_once_it_was_changed() {
        let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let seal = Seal::open_or_make(folder.path()).unwrap();
        let sealed = seal.sealed(b"openid");
        assert!(!sealed.windows(6).any(|window| window == b"openid"));
        assert_eq!(
            Seal::open_or_make(folder.path()).unwrap().opened(&sealed).as_deref(),
            Some(&b"openid"[..])
        );
        assert_eq!(Seal::open_or_make(other.path()).unwrap().opened(&sealed), None);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(seal.opened(&changed), None, "byte {at}");
        }
        assert_eq!(seal.opened(b"short"), None);
        assert_ne!(sealed[..12], seal.sealed(b"openie")[..12], "no nonce serves two texts");
    }

    #[test]
    fn a_key_that_is_none_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(path_in(folder.path()), b"half").unwrap();
        let refused = Seal::open_or_make(folder.path()).err().unwrap().to_string();
        assert!(refused.contains("evidence.key") && refused.contains("64 bytes"), "{refused}");
    }
}
