//! A merchant's own keys: the root key that pairing pins, and the statement keys that it vouches for.
//!
//! They live in files beside the ledger, readable by their owner only. `keys.json` names the statement keys and is
//! replaced as a whole; the root key never changes.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use saoma_contract::statement::{self, KeysStatement, Statement, StatementKey, TrustedKeys};
use saoma_contract::{DeviceSigner as _, Fingerprint, Jws, Kid, MerchantId, SoftwareKey, Time};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::clock::{Clock, Random};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Why a merchant's keys could not be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {detail}")]
pub struct KeysError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong, and what to do.
    pub detail: String,
}

impl KeysError {
    fn new(path: &Path, detail: impl std::fmt::Display) -> Self {
        Self { path: path.to_owned(), detail: detail.to_string() }
    }
}

/// A merchant's keys, ready to sign.
pub struct MerchantKeys {
    merchant: MerchantId,
    live: bool,
    folder: PathBuf,
    root: SoftwareKey,
    set: RwLock<Arc<KeySet>>,
}

/// The statement keys of a time.
struct KeySet {
    signer: SoftwareKey,
    current: StatementKey,
    trusted: TrustedKeys,
}

/// The file `keys.json`.
#[derive(Serialize, Deserialize)]
struct Stored {
    statement: KeysStatement,
    jws: Jws,
}

impl MerchantKeys {
    /// Reads the keys in a folder, or makes them on the first start.
    ///
    /// # Errors
    /// When a file is missing, damaged, or of the other kind of account (live or test).
    pub fn open(
        folder: &Path,
        merchant: MerchantId,
        live: bool,
        clock: &dyn Clock,
        random: &dyn Random,
    ) -> Result<Self, KeysError> {
        fs::create_dir_all(folder).map_err(|error| KeysError::new(folder, error))?;
        let root_path = folder.join("root.pem");
        let set_path = folder.join("keys.json");
        let (root, stored) = if set_path.exists() {
            let stored: Stored = read(&set_path).and_then(|text| {
                serde_json::from_str(&text).map_err(|error| KeysError::new(&set_path, error))
            })?;
            (read_key(&root_path)?, stored)
        } else {
            let root = if root_path.exists() { read_key(&root_path)? } else { make_key(&root_path, random)? };
            let stored = renew(folder, &merchant, live, &root, None, clock.now(), random)?;
            (root, stored)
        };
        if stored.statement.live != live {
            let detail = "these keys belong to the other kind of account (live or test), which never changes";
            return Err(KeysError::new(&set_path, detail));
        }
        let set = key_set(folder, &merchant, &root, stored)?;
        Ok(Self { merchant, live, folder: folder.to_owned(), root, set: RwLock::new(Arc::new(set)) })
    }

    fn set(&self) -> Arc<KeySet> {
        Arc::clone(&self.set.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The fingerprint of the root key, for pairing links.
    pub fn root(&self) -> Fingerprint {
        self.root.public_key().fingerprint()
    }

    /// The `keys` statement.
    pub fn statement(&self) -> Jws {
        self.set().trusted.jws().clone()
    }

    /// What a statement of this merchant is checked with.
    pub fn trusted(&self) -> TrustedKeys {
        self.set().trusted.clone()
    }

    /// Signs what `say` makes of the time at which it is said: the given one, but never before the key's first day.
    pub fn sign(&self, at: Time, say: impl FnOnce(Time) -> Statement) -> Jws {
        let set = self.set();
        let said = say(at.max(set.current.from));
        statement::sign(&said, &set.current.kid, &set.signer).expect("a key in memory always signs")
    }

    /// Takes a new statement key when the present one is this old. Former ones go on verifying what they signed.
    ///
    /// # Errors
    /// When the files cannot be written; the present key then goes on signing.
    pub fn rotate(&self, after_days: u32, clock: &dyn Clock, random: &dyn Random) -> Result<bool, KeysError> {
        let set = self.set();
        let now = clock.now();
        if now.ms_since(set.current.from) < i64::from(after_days) * DAY_MS {
            return Ok(false);
        }
        let before = read(&self.folder.join("keys.json")).and_then(|text| {
            serde_json::from_str::<Stored>(&text)
                .map_err(|error| KeysError::new(&self.folder.join("keys.json"), error))
        })?;
        let stored =
            renew(&self.folder, &self.merchant, self.live, &self.root, Some(before.statement), now, random)?;
        let renewed = key_set(&self.folder, &self.merchant, &self.root, stored)?;
        *self.set.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(renewed);
        Ok(true)
    }
}

/// Makes a statement key, ends the one before, and has the root key say so.
fn renew(
    folder: &Path,
    merchant: &MerchantId,
    live: bool,
    root: &SoftwareKey,
    before: Option<KeysStatement>,
    now: Time,
    random: &dyn Random,
) -> Result<Stored, KeysError> {
    let (serial, mut keys) = before.map_or((1, Vec::new()), |before| (before.serial + 1, before.keys));
    for key in &mut keys {
        key.until.get_or_insert(now);
    }
    let kid: Kid = format!("k{serial}").parse().expect("a letter and digits are a name of a key");
    let signer = make_key(&statement_key_path(folder, &kid), random)?;
    keys.push(StatementKey { kid, key: signer.public_key(), from: now, until: None });
    let statement =
        KeysStatement { merchant: merchant.clone(), live, serial, root: root.public_key(), keys, as_of: now };
    let jws = statement::sign_keys(statement.clone(), root).expect("a key in memory always signs");
    let stored = Stored { statement, jws };
    let text = serde_json::to_string_pretty(&stored).expect("keys and times can be written as JSON");
    replace(&folder.join("keys.json"), text.as_bytes())?;
    Ok(stored)
}

fn key_set(
    folder: &Path,
    merchant: &MerchantId,
    root: &SoftwareKey,
    stored: Stored,
) -> Result<KeySet, KeysError> {
    let path = folder.join("keys.json");
    let trusted = TrustedKeys::verify(stored.jws, merchant, &root.public_key().fingerprint())
        .map_err(|error| KeysError::new(&path, error))?;
    let current = stored.statement.keys.into_iter().rfind(|key| key.until.is_none());
    let current = current.ok_or_else(|| KeysError::new(&path, "no key in it signs any more"))?;
    let key_path = statement_key_path(folder, &current.kid);
    let signer = read_key(&key_path)?;
    if signer.public_key() != current.key {
        return Err(KeysError::new(
            &key_path,
            "is not the key that keys.json names; restore both from one backup",
        ));
    }
    Ok(KeySet { signer, current, trusted })
}

fn statement_key_path(folder: &Path, kid: &Kid) -> PathBuf {
    folder.join(format!("statement-{kid}.pem"))
}

fn read(path: &Path) -> Result<Zeroizing<String>, KeysError> {
    fs::read_to_string(path).map(Zeroizing::new).map_err(|error| KeysError::new(path, error))
}

fn read_key(path: &Path) -> Result<SoftwareKey, KeysError> {
    SoftwareKey::from_pem(&read(path)?).map_err(|error| KeysError::new(path, error))
}

fn make_key(path: &Path, random: &dyn Random) -> Result<SoftwareKey, KeysError> {
    let key = loop {
        let mut bytes = Zeroizing::new([0; 32]);
        random.fill(bytes.as_mut_slice());
        if let Some(key) = SoftwareKey::from_random(&bytes) {
            break key;
        }
    };
    replace(path, key.to_pem().as_bytes())?;
    Ok(key)
}

/// Writes a file wholly or not at all, readable by its owner only.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), KeysError> {
    let failed = |error: std::io::Error| KeysError::new(path, error);
    let draft = path.with_extension("new");
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed)?;
    fs::rename(&draft, path).map_err(failed)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
}
