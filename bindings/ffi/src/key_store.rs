//! The device's key in the phone's own key store, where the private half never leaves the hardware.

use std::sync::Arc;

use saoma_engine::SealingKey;
use saoma_engine::contract::{DeviceSigner, PublicKey, SignerError};
use zeroize::Zeroizing;

use crate::error::SaomaError;

/// Why a key store did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum KeyStoreError {
    /// The key is there but cannot be used now, such as before the phone was first unlocked.
    #[error("the key store is locked: {detail}")]
    Locked {
        /// What the system says.
        detail: String,
    },
    /// The key is gone: the till must be paired again with a new one.
    #[error("the key is lost: {detail}")]
    Lost {
        /// What the system says.
        detail: String,
    },
    /// Anything else.
    #[error("the key store failed: {detail}")]
    Failed {
        /// What the system says.
        detail: String,
    },
}

impl From<uniffi::UnexpectedUniFFICallbackError> for KeyStoreError {
    fn from(error: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Failed { detail: error.reason }
    }
}

impl From<KeyStoreError> for SignerError {
    fn from(error: KeyStoreError) -> Self {
        match error {
            KeyStoreError::Locked { detail } => Self::Locked(detail),
            KeyStoreError::Lost { detail } => Self::Lost(detail),
            KeyStoreError::Failed { detail } => Self::Failed(detail),
        }
    }
}

/// What only this device has: its key, and the secret that its records are sealed with. The key is P-256, made once on this device, never copied and never in a backup. Android's Keystore and Apple's
/// Secure Enclave hold such keys; without a key store the till keeps one in a file of its folder.
///
/// Called from threads of the library; a signature is asked for with every request, and may take as long as hardware takes.
#[uniffi::export(foreign)]
pub trait KeyStore: Send + Sync {
    /// The public half: either 65 bytes (`04`, x, y; as Apple gives it) or a DER SubjectPublicKeyInfo (as Android gives it). The
    /// same for as long as the key lives.
    fn public_key(&self) -> Result<Vec<u8>, KeyStoreError>;

    /// 32 secret bytes that the till's records are sealed with: made once on this device, like the key, never in a backup, and the
    /// same for as long as the records live. Asked for once, when the till is opened.
    fn sealing_secret(&self) -> Result<Vec<u8>, KeyStoreError>;

    /// ECDSA with SHA-256 over the message (not over a hash of it): either DER, or `r` and `s` of 32 bytes each.
    fn sign(&self, message: Vec<u8>) -> Result<Vec<u8>, KeyStoreError>;
}

/// A key store's key as the engine needs it.
pub(crate) struct StoredKey {
    store: Arc<dyn KeyStore>,
    public: PublicKey,
}

impl StoredKey {
    /// Reads the public half.
    pub(crate) fn read(store: Arc<dyn KeyStore>) -> Result<Self, SaomaError> {
        let bytes = store.public_key().map_err(SignerError::from)?;
        let public = match bytes.len() {
            65 => PublicKey::from_sec1(&bytes),
            _ => PublicKey::from_spki(&bytes),
        };
        let public = public.map_err(|error| SignerError::Failed(format!("public key: {error}")))?;
        Ok(Self { store, public })
    }

    /// Reads what the records are sealed with.
    pub(crate) fn sealing_key(&self) -> Result<SealingKey, SaomaError> {
        let secret = Zeroizing::new(self.store.sealing_secret().map_err(SignerError::from)?);
        let wrong = |_| SignerError::Failed(format!("sealing secret: {} bytes instead of 32", secret.len()));
        Ok(SealingKey::new(secret.as_slice().try_into().map_err(wrong)?))
    }
}

impl DeviceSigner for StoredKey {
    fn public_key(&self) -> PublicKey {
        self.public.clone()
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], SignerError> {
        // Hardware is slow: the runtime's other work moves to another thread meanwhile.
        let signed = tokio::task::block_in_place(|| self.store.sign(message.to_vec()));
        let signed = signed?;
        let signature = match <[u8; 64]>::try_from(signed.as_slice()) {
            Ok(raw) => raw,
            Err(_) => saoma_engine::contract::signature_from_der(&signed)
                .map_err(|error| SignerError::Failed(error.to_string()))?,
        };
        // A key store that was swapped or restored answers with another key: found here, not at the backend.
        if self.public.verifies(message, &signature) {
            Ok(signature)
        } else {
            let swapped = "its signature is not of the key it showed when the till was opened";
            Err(SignerError::Failed(swapped.to_owned()))
        }
    }
}
