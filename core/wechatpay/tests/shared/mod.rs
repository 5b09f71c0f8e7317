//! The folder of shared reference material.

use std::{path::PathBuf, sync::OnceLock};

/// A place in the shared reference folder beside the project, or nothing (with one line said) where that folder is
/// absent. `SAOMA_SHARED=required` makes its absence a failure.
pub fn shared(path: &str) -> Option<PathBuf> {
    static SAID: OnceLock<()> = OnceLock::new();
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared"));
    if folder.is_dir() {
        let path = folder.join(path);
        assert!(path.exists(), "{} is missing", path.display());
        return Some(path);
    }
    assert!(
        std::env::var("SAOMA_SHARED").as_deref() != Ok("required"),
        "the shared reference folder is absent"
    );
    SAID.get_or_init(|| eprintln!("the shared reference folder is absent; its vectors were not checked"));
    None
}
