//! The device's key in a file: the default where no hardware keeps it.

use std::io::Write as _;
use std::path::Path;

use saoma_contract::{DeviceSigner as _, SoftwareKey};
use zeroize::Zeroizing;

use crate::entropy::Entropy;
use crate::error::TillError;

/// Reads the device's key from a PEM file, or makes both on the first start. The file is readable by its owner alone.
///
/// # Errors
/// If the file cannot be read or written, or is no key; it is then left as it is.
pub fn open_key_file(path: &Path, entropy: &dyn Entropy) -> Result<SoftwareKey, TillError> {
    let named = |detail: String| TillError::field("device key", format!("{}: {detail}", path.display()));
    match std::fs::read_to_string(path) {
        Ok(pem) => {
            let pem = Zeroizing::new(pem);
            SoftwareKey::from_pem(&pem).map_err(|error| named(error.to_string()))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let mut bytes = Zeroizing::new([0; 32]);
            let key = loop {
                entropy.fill(bytes.as_mut_slice());
                if let Some(key) = SoftwareKey::from_random(&bytes) {
                    break key;
                }
            };
            write_new(path, key.to_pem().as_bytes()).map_err(|error| named(error.to_string()))?;
            tracing::info!(fingerprint = %key.public_key().fingerprint(), "a device key was made");
            Ok(key)
        }
        Err(error) => Err(named(error.to_string())),
    }
}

/// Writes a file whole or not at all: beside its place first, then moved there.
fn write_new(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let beside = path.with_extension("new");
    // One may be left from a start that was cut short; it was never used.
    match std::fs::remove_file(&beside) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    // The name is durable only once its folder is.
    #[cfg(unix)]
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;

    #[test]
    fn a_key_is_made_once_and_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("device-key.pem");
        let made = open_key_file(&path, &SystemEntropy).unwrap();
        let found = open_key_file(&path, &SystemEntropy).unwrap();
        assert_eq!(made.public_key(), found.public_key());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn what_is_no_key_is_named_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("device-key.pem");
        std::fs::write(&path, "my notes").unwrap();
        let error = open_key_file(&path, &SystemEntropy).unwrap_err().to_string();
        assert!(error.contains("device-key.pem"), "{error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "my notes");
    }
}
