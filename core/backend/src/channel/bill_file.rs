//! A bill's file on its way in: kept beside its place and hashed as it comes, put there only once it is whole.

use std::fs::{File, OpenOptions};
use std::io::{Result, Write as _};
use std::path::{Path, PathBuf};

use saoma_wechatpay::bill::{BillError, Limits, Received, Sha1Hash, TradeBill, Uncompressed};

/// How the name of an unfinished file ends.
const PART: &str = "part";

/// A file that is being received. Dropped before its end, it takes what came with it.
pub(super) struct Incoming {
    part: PathBuf,
    file: File,
    received: Received,
}

impl Incoming {
    /// Begins a file that is to end at this place.
    pub(super) fn create(into: &Path) -> Result<Self> {
        let part = into.with_added_extension(PART);
        let mut options = OpenOptions::new();
        options.create(true).write(true).truncate(true);
        // Bills name customers.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&part)?;
        Ok(Self { part, file, received: Received::default() })
    }

    /// Takes a piece.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.received.write_all(bytes)?;
        self.file.write_all(bytes)
    }

    /// Whether what came is a trade bill from its header to its summary. Rows that are refused are for whoever reads it.
    pub(super) async fn is_whole_trade_bill(&self) -> std::result::Result<(), String> {
        let part = self.part.clone();
        let read = tokio::task::spawn_blocking(move || -> std::result::Result<(), BillError> {
            let mut bill = TradeBill::open(Uncompressed::open(File::open(part)?)?, Limits::default())?;
            loop {
                match bill.next() {
                    Ok(Some(_)) | Err(BillError::Row(_)) => {}
                    Ok(None) => return Ok(()),
                    Err(error) => return Err(error),
                }
            }
        });
        read.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
    }

    /// Puts the file in its place, if it unpacks to what hashes to `wanted`; gives the hash, and whether it was that.
    pub(super) fn finish(mut self, wanted: Option<Sha1Hash>, into: &Path) -> Result<(Sha1Hash, bool)> {
        let (hash, _) = std::mem::take(&mut self.received).finish()?;
        if wanted.is_some_and(|wanted| wanted != hash) {
            return Ok((hash, false));
        }
        self.file.sync_all()?;
        std::fs::rename(&self.part, into)?;
        Ok((hash, true))
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        // After a rename there is nothing at that place.
        let _ = std::fs::remove_file(&self.part);
    }
}

/// Removes what a killed backend left unfinished in a folder of bills.
pub(crate) fn clear_unfinished(folder: &Path) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == PART) {
            std::fs::remove_file(path)?;
        }
    }
    Ok(())
}
