//! What a proof says of the payer is sealed in the database: whoever copies the ledger alone does not read it.
//!
//! The key is a file beside the ledger, `evidence.key`, of its owner only.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use zeroize::Zeroizing;

use super::open::OpenError;

/// Bound into each sealed text, so that none is taken for something else.
const PURPOSE: &[u8] = b"saoma evidence 1";

/// Seals and opens.
pub(super) struct Seal(saoma_sealing::Seal);

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
        let halves =
            key.split_first_chunk().and_then(|(sealing, rest)| Some((sealing, rest.try_into().ok()?)));
        let Some((sealing, naming)) = halves else {
            return Err(io(&path, &"must have 64 bytes; bring it back from the backup of its ledger"));
        };
        Ok(Arc::new(Self(saoma_sealing::Seal::new(sealing, naming))))
    }

    /// Teaches a connection the functions `sealed(text)` and `opened(sealed)`.
    pub(super) fn teach(self: &Arc<Self>, connection: &Connection) -> rusqlite::Result<()> {
        let flags = FunctionFlags::SQLITE_UTF8
            | FunctionFlags::SQLITE_DETERMINISTIC
            | FunctionFlags::SQLITE_DIRECTONLY;
        let seal = Arc::clone(self);
        connection.create_scalar_function("sealed", 1, flags, move |call| {
            Ok(seal.0.sealed(PURPOSE, call.get_raw(0).as_blob()?))
        })?;
        let seal = Arc::clone(self);
        connection.create_scalar_function("opened", 1, flags, move |call| {
            Ok(seal.0.opened(PURPOSE, call.get_raw(0).as_blob()?).unwrap_or_else(|| {
                tracing::error!(
                    "a proof was sealed with another key than evidence.key beside the ledger, and is not read"
                );
                Vec::new()
            }))
        })
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
    fn a_key_that_is_none_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(path_in(folder.path()), b"half").unwrap();
        let refused = Seal::open_or_make(folder.path()).err().unwrap().to_string();
        assert!(refused.contains("evidence.key") && refused.contains("64 bytes"), "{refused}");
    }
}
