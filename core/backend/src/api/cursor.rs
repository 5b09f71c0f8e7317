//! Cursors: a place in the changes of one scope and epoch, opaque to all but this backend.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use saoma_contract::Cursor;
use sha2::{Digest as _, Sha256};

use crate::ledger::Scope;

/// Why a cursor was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CursorError {
    /// Not a cursor at all.
    Form,
    /// Of another scope or epoch.
    Other,
}

fn scope_hash(scope: &Scope) -> [u8; 8] {
    let store = scope.store.as_ref().map_or("", |store| store.as_str());
    let hash = Sha256::digest(format!("{}\n{store}", scope.merchant));
    std::array::from_fn(|at| hash[at])
}

/// The cursor after a change.
pub(super) fn write(epoch: u64, counter: u64, scope: &Scope) -> Cursor {
    let bytes = [epoch.to_be_bytes(), counter.to_be_bytes(), scope_hash(scope)].concat();
    Cursor(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

/// The counter of a cursor of this scope and epoch.
pub(super) fn read(cursor: &str, epoch: u64, scope: &Scope) -> Result<u64, CursorError> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).map_err(|_| CursorError::Form)?;
    let parts: &[[u8; 8]] = bytes.as_chunks().0;
    match parts {
        [of_epoch, counter, of_scope] if bytes.len() == 24 => {
            if u64::from_be_bytes(*of_epoch) == epoch && *of_scope == scope_hash(scope) {
                Ok(u64::from_be_bytes(*counter))
            } else {
                Err(CursorError::Other)
            }
        }
        _ => Err(CursorError::Form),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(store: Option<&str>) -> Scope {
        Scope { merchant: "tea".parse().unwrap(), store: store.map(|store| store.parse().unwrap()) }
    }

    #[test]
    fn a_cursor_is_good_in_its_own_scope_and_epoch_only() {
        let cursor = write(7, 42, &scope(Some("main"))).0;
        assert_eq!(read(&cursor, 7, &scope(Some("main"))), Ok(42));
        assert_eq!(read(&cursor, 8, &scope(Some("main"))), Err(CursorError::Other));
        assert_eq!(read(&cursor, 7, &scope(Some("south"))), Err(CursorError::Other));
        assert_eq!(read(&cursor, 7, &scope(None)), Err(CursorError::Other));
        assert_eq!(read("42", 7, &scope(None)), Err(CursorError::Form));
        assert_eq!(read("", 7, &scope(None)), Err(CursorError::Form));
    }
}
