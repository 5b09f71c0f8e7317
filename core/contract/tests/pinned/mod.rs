//! Compares text with a committed file; with SAOMA_UPDATE=1 it writes the file instead.

/// Asserts that the file (a path from this crate's folder) holds exactly this text.
pub fn assert_pinned(path: &str, text: &str) {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("SAOMA_UPDATE").is_some() {
        std::fs::write(&file, text).unwrap();
    }
    let pinned = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        pinned == text,
        "{path} is not current: run the test with SAOMA_UPDATE=1 and read the difference\n{text}"
    );
}
