//! What a till is opened with.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use saoma_engine::contract::DeviceSigner;
use saoma_engine::{
    Clock as _, Limits, Parts, Salvage, SealingKey, Settings, SqliteStorage, StorageError, StorageOn,
    SystemClock, SystemEntropy, TillError, Transport, open_key_file,
};

use crate::error::SaomaError;
use crate::key_store::{KeyStore, StoredKey};
use crate::results::Announcing;
use crate::runtime::{blocking, runtime};
use crate::till::Language;
use crate::transport::{ForeignTransport, HttpTransport};

/// The till's database in its folder.
const DATABASE: &str = "till.db";
/// The device's key, where no key store is given.
const KEY_FILE: &str = "device-key.pem";

/// Where a till lives and how it speaks.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct TillConfig {
    /// A folder of the app's own, kept out of backups; made if absent. One till at a time works in it.
    pub folder: String,
    /// The language of every text for people.
    #[uniffi(default = None)]
    pub language: Option<Language>,
    /// What may be open at once; a hundred sales and 100,000.00 if absent.
    #[uniffi(default = None)]
    pub limits: Option<SaleLimits>,
    /// What is said aloud; everything, at any hour, if absent.
    #[uniffi(default = None)]
    pub announcing: Option<Announcing>,
    /// A person says that the device's key is lost and the till goes on with another: it sells again once it is paired anew. Records
    /// that are sealed with a lost secret are put aside unread (see `Diagnosis.salvage`), others can be read. Without this a till
    /// does not open with another key than its own (`other_key`).
    #[uniffi(default = false)]
    pub key_was_lost: bool,
}

/// What the app allows to be open at once. The backend and the device's rights have limits of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct SaleLimits {
    /// Most sales that are not proven paid or closed, drafts included.
    pub unproven_count_max: u32,
    /// Most minor units (fen) in them.
    pub unproven_sum_max: i64,
}

impl From<SaleLimits> for Limits {
    fn from(limits: SaleLimits) -> Self {
        Self { unproven_count_max: limits.unproven_count_max, unproven_sum_max: limits.unproven_sum_max }
    }
}

pub(crate) struct Opened {
    pub(crate) engine: saoma_engine::Till,
    pub(crate) salvage: Option<Salvage>,
}

/// Opens the engine on a folder, with the parts that the app brings.
pub(crate) async fn open(
    config: &TillConfig,
    key_store: Option<Arc<dyn KeyStore>>,
    transport: Option<Arc<dyn HttpTransport>>,
) -> Result<Opened, SaomaError> {
    let limits = config.limits.map(Limits::from).unwrap_or_default();
    let announcing = config.announcing.map(Into::into).unwrap_or_default();
    let settings = Settings { limits, announcing, key_was_lost: config.key_was_lost };
    let folder = PathBuf::from(&config.folder);
    if config.folder.is_empty() || !folder.is_absolute() {
        return Err(SaomaError::input("folder", "must be an absolute path of the app's own folder"));
    }
    let transport = transport_of(transport)?;
    let clock = SystemClock::new();
    let wall = clock.wall();
    let (signer, storage, salvage) = blocking(move || {
        std::fs::create_dir_all(&folder).map_err(|error| unusable(&folder, &error))?;
        let (signer, sealing) = keys_of(key_store, &folder)?;
        let database = folder.join(DATABASE);
        let opened =
            SqliteStorage::open_or_salvage(&database, &sealing, signer.as_ref(), wall, settings.key_was_lost);
        let (storage, salvage) = opened.map_err(TillError::from)?;
        Ok((signer, storage, salvage))
    })
    .await?;
    let parts = Parts {
        clock: Arc::new(clock),
        entropy: Arc::new(SystemEntropy),
        transport,
        signer,
        storage: StorageOn::Thread(Box::new(storage)),
    };
    Ok(Opened { engine: saoma_engine::Till::open(parts, settings).await?, salvage })
}

fn unusable(folder: &Path, error: &std::io::Error) -> TillError {
    StorageError::Io { detail: format!("folder {}: {error}", folder.display()) }.into()
}

fn keys_of(
    key_store: Option<Arc<dyn KeyStore>>,
    folder: &Path,
) -> Result<(Arc<dyn DeviceSigner>, SealingKey), SaomaError> {
    match key_store {
        Some(key_store) => {
            let key = StoredKey::read(key_store)?;
            let sealing = key.sealing_key()?;
            Ok((Arc::new(key), sealing))
        }
        None => {
            let key = open_key_file(&folder.join(KEY_FILE), &SystemEntropy)?;
            let sealing = SealingKey::new(&key.sealing_secret());
            Ok((Arc::new(key), sealing))
        }
    }
}

fn transport_of(foreign: Option<Arc<dyn HttpTransport>>) -> Result<Arc<dyn Transport>, SaomaError> {
    match foreign {
        Some(foreign) => Ok(Arc::new(ForeignTransport::new(foreign, runtime()?.handle().clone()))),
        #[cfg(feature = "reqwest")]
        None => Ok(Arc::new(saoma_engine::ReqwestTransport::new())),
        #[cfg(not(feature = "reqwest"))]
        None => Err(SaomaError::no_transport()),
    }
}
