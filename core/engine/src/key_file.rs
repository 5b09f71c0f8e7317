//! The device's key in a file: the default where no hardware keeps it.

use std::io::Write as _;
use std::path::Path;

use saoma_contract::{DeviceSigner as _, SoftwareKey};
use zeroize::Zeroizing;

use crate::entropy::Entropy;
use crate::error::TillError;

/// Reads the device's key from a PEM file, or makes both on the first start. The file is readable by its owner alone. Of
/// several that start at once one makes the key, and the others find it.
///
/// # Errors
/// If the file cannot be read or written, or is no key; it is then left as it is.
pub fn open_key_file(path: &Path, entropy: &dyn Entropy) -> Result<SoftwareKey, TillError> {
    let named = |detail: String| TillError::field("device key", format!("{}: {detail}", path.display()));
    let pem = match read(path).map_err(|error| named(error.to_string()))? {
        Some(pem) => pem,
        None => make(path, entropy).map_err(|error| named(error.to_string()))?,
    };
    SoftwareKey::from_pem(&pem).map_err(|error| named(error.to_string()))
}

fn read(path: &Path) -> std::io::Result<Option<Zeroizing<String>>> {
    match std::fs::read_to_string(path) {
        Ok(pem) => Ok(Some(Zeroizing::new(pem))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes a key and writes its file whole or not at all: beside its place first, then moved there.
fn make(path: &Path, entropy: &dyn Entropy) -> std::io::Result<Zeroizing<String>> {
    let beside = path.with_extension("new");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(&beside)?;
    file.lock()?;
    // Whoever had the lock before has made the key, and moved the very file that was waited for.
    if let Some(pem) = read(path)? {
        match std::fs::remove_file(&beside) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => return Ok(pem),
        }
    }
    let key = random_key(entropy);
    let pem = key.to_pem();
    // Something may be left from a start that was cut short; it was never used.
    file.set_len(0)?;
    file.write_all(pem.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    // The name is durable only once its folder is.
    #[cfg(unix)]
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::File::open(folder)?.sync_all()?;
    }
    tracing::info!(fingerprint = %key.public_key().fingerprint(), "a device key was made");
    Ok(pem)
}

fn random_key(entropy: &dyn Entropy) -> SoftwareKey {
    let mut bytes = Zeroizing::new([0; 32]);
    loop {
        entropy.fill(bytes.as_mut_slice());
        if let Some(key) = SoftwareKey::from_random(&bytes) {
            return key;
        }
    }
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
    fn of_several_that_start_at_once_all_have_the_same_key() {
        for _ in 0..50 {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("device-key.pem");
            let starts: Vec<_> = std::thread::scope(|threads| {
                let start = || threads.spawn(|| open_key_file(&path, &SystemEntropy).unwrap().public_key());
                let starts: Vec<_> = (0..8).map(|_| start()).collect();
                starts.into_iter().map(|one| one.join().unwrap()).collect()
            });
            let kept = open_key_file(&path, &SystemEntropy).unwrap().public_key();
            assert!(starts.iter().all(|key| *key == kept), "each has the key that stays");
        }
    }

    #[test]
    fn a_start_that_was_cut_short_leaves_nothing_in_the_way() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("device-key.pem");
        std::fs::write(
            folder.path().join("device-key.new"),
            "half a key, and longer than a whole one".repeat(20),
        )
        .unwrap();
        let made = open_key_file(&path, &SystemEntropy).unwrap();
        assert_eq!(open_key_file(&path, &SystemEntropy).unwrap().public_key(), made.public_key());
        assert!(!folder.path().join("device-key.new").exists());
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
