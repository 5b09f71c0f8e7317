//! Listening on the socket.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinHandle;

use super::{Answer, Command, LINE_BYTES_MAX, socket_path};
use crate::reload::Reloader;
use crate::shop::Shop;

/// How long a command may take to arrive.
const COMMAND_MAX: Duration = Duration::from_secs(10);

/// What commands work on.
pub struct Admin {
    pub(super) shop: Arc<Shop>,
    pub(super) url: String,
    pub(super) tls_pin: Option<saoma_contract::Fingerprint>,
    pub(super) reloader: Arc<Reloader>,
    pub(super) bills_folder: PathBuf,
}

impl Admin {
    /// Commands for this backend.
    pub fn new(
        shop: Arc<Shop>,
        url: String,
        tls_pin: Option<saoma_contract::Fingerprint>,
        reloader: Arc<Reloader>,
        bills_folder: PathBuf,
    ) -> Self {
        Self { shop, url, tls_pin, reloader, bills_folder }
    }

    /// Listens in this folder. The ledger's lock, which is held, says that no other backend does.
    ///
    /// # Errors
    /// When the socket cannot be made.
    pub fn listen(self, state_dir: &Path) -> std::io::Result<JoinHandle<()>> {
        let path = socket_path(state_dir);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        // Made where nobody else can reach it, and moved once it is its owner's alone.
        let folder = state_dir.join("admin.new");
        std::fs::create_dir_all(&folder)?;
        restrict(&folder, 0o700)?;
        let draft = folder.join("s");
        let _ = std::fs::remove_file(&draft);
        let listener = UnixListener::bind(&draft)?;
        restrict(&draft, 0o600)?;
        std::fs::rename(&draft, &path)?;
        std::fs::remove_dir(&folder)?;
        let admin = Arc::new(self);
        Ok(tokio::spawn(async move {
            loop {
                match listener.accept().await {
                    Ok((stream, _)) => {
                        tokio::spawn(answer(Arc::clone(&admin), stream));
                    }
                    Err(error) => {
                        tracing::warn!(%error, "the admin socket took no connection");
                        tokio::time::sleep(Duration::from_secs(1)).await;
                    }
                }
            }
        }))
    }
}

fn restrict(path: &Path, mode: u32) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
}

async fn answer(admin: Arc<Admin>, stream: UnixStream) {
    let (reading, mut writing) = stream.into_split();
    let mut line = zeroize::Zeroizing::new(String::new());
    let mut reader = BufReader::new(reading.take(LINE_BYTES_MAX));
    let read = tokio::time::timeout(COMMAND_MAX, reader.read_line(&mut line)).await;
    let answer = match read {
        Ok(Ok(_)) => match serde_json::from_str::<Command>(&line) {
            Ok(command) => match admin.perform(command).await {
                Ok(value) => Answer::Done(value),
                Err(why) => Answer::Refused(why),
            },
            Err(error) => Answer::Refused(format!("not a command: {error}")),
        },
        _ => return,
    };
    let mut bytes = serde_json::to_vec(&answer).expect("answers have text keys and plain values");
    bytes.push(b'\n');
    // Whoever asked may have gone; what was done is done.
    let _ = writing.write_all(&bytes).await;
}
