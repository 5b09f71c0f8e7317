//! Reading the files of a configuration: none is larger than a chain of certificates, and none may hold a reader up.

use std::fs::File;
use std::io::{Error, Read as _, Result};
use std::path::Path;

use zeroize::Zeroizing;

/// More than any configuration, certificate chain or key has.
const BYTES_MAX: u64 = 1024 * 1024;

/// The text of a file, which may be a secret.
pub(super) fn read(path: &Path) -> Result<Zeroizing<String>> {
    // A pipe would be waited for, a device never ends.
    if !std::fs::metadata(path)?.is_file() {
        return Err(Error::other("is not a file"));
    }
    let mut text = Zeroizing::new(String::new());
    File::open(path)?.take(BYTES_MAX + 1).read_to_string(&mut text)?;
    if text.len() as u64 > BYTES_MAX {
        return Err(Error::other(format!("is larger than {BYTES_MAX} bytes")));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_a_folder_and_a_huge_file_are_no_configuration() {
        let folder = tempfile::tempdir().unwrap();
        let whole = folder.path().join("whole");
        for (bytes, is_taken) in [(0, true), (BYTES_MAX, true), (BYTES_MAX + 1, false)] {
            std::fs::write(&whole, vec![b'#'; usize::try_from(bytes).unwrap()]).unwrap();
            assert_eq!(read(&whole).is_ok(), is_taken, "{bytes} bytes");
        }
        assert_eq!(read(folder.path()).unwrap_err().to_string(), "is not a file");
        #[cfg(unix)]
        assert_eq!(read("/dev/zero".as_ref()).unwrap_err().to_string(), "is not a file");
    }
}
