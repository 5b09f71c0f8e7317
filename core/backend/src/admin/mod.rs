//! The door for whoever works on the backend's own machine: a Unix socket in the state folder that only its owner can open.
//!
//! One connection carries one [`Command`], a line of JSON, and one answer, a line of JSON. What is done goes the same ways as
//! the API's calls, so that it is checked, written and audited alike.

mod perform;
mod server;

use std::path::{Path, PathBuf};

use saoma_contract::{
    ChangePerson, DeviceId, DeviceName, DeviceRole, MerchantId, NewPerson, Note, RefundNo, StaffId, StoreId,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;

pub use server::Admin;

/// The longest line either way.
const LINE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// What may be asked. Where `merchant` may be left out, it is the only one.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are the API's own")]
pub enum Command {
    /// Merchants and their stores.
    Merchants {},
    /// Who works at a merchant.
    People { merchant: Option<MerchantId> },
    /// Adds a person.
    AddPerson { merchant: Option<MerchantId>, new: NewPerson },
    /// Changes or removes a person.
    ChangePerson { merchant: Option<MerchantId>, person: StaffId, change: ChangePerson },
    /// A merchant's devices, and who is signed in on them.
    Devices { merchant: Option<MerchantId> },
    /// Revokes a device.
    RevokeDevice { device: DeviceId, reason: Option<Note> },
    /// Gives a device another name.
    RenameDevice { device: DeviceId, name: DeviceName },
    /// A link for one more device.
    PairingLink { merchant: Option<MerchantId>, store: StoreId, role: DeviceRole, life_s: u32 },
    /// Who is signed in where.
    Sessions { merchant: Option<MerchantId> },
    /// Signs people out: of a device, a person everywhere, or everybody.
    SignOut { merchant: Option<MerchantId>, device: Option<DeviceId>, person: Option<StaffId> },
    /// Lines of the audit log.
    Audit { merchant: Option<MerchantId>, after: u64, limit: u32 },
    /// Whether the audit log's chain is whole.
    VerifyAudit { merchant: Option<MerchantId> },
    /// What guards a merchant's money.
    Rules { merchant: Option<MerchantId> },
    /// Has an abnormal refund paid to the merchant's own bank account.
    RefundToMerchant { refund_no: RefundNo },
    /// Asks for a day's bill now, and holds it against the books.
    Bill { merchant: Option<MerchantId>, date: String },
    /// The certificates in use, and until when.
    Certificates {},
    /// Reads keys and certificates anew.
    Reload {},
}

/// Why nothing became of it.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// Nobody answers.
    #[error("{path}: {detail}; does the backend run, and as this user?")]
    NoBackend {
        /// The socket.
        path: PathBuf,
        /// What the system says.
        detail: String,
    },
    /// The backend refused.
    #[error("{0}")]
    Refused(String),
    /// The answer broke off or cannot be understood.
    #[error("the backend's answer cannot be understood: {0}")]
    Answer(String),
}

/// One line back: what was asked for, or why not.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Done(Value),
    Refused(String),
}

/// Where a backend with this state folder listens.
pub fn socket_path(state_dir: &Path) -> PathBuf {
    state_dir.join("admin.sock")
}

/// Asks the backend that runs on this state folder.
///
/// # Errors
/// When none runs, or it refuses; nothing is half done then.
pub async fn ask(state_dir: &Path, command: &Command) -> Result<Value, AdminError> {
    let path = socket_path(state_dir);
    let nobody =
        |error: std::io::Error| AdminError::NoBackend { path: path.clone(), detail: error.to_string() };
    let mut stream = UnixStream::connect(&path).await.map_err(nobody)?;
    let mut line = serde_json::to_vec(command).map_err(|error| AdminError::Answer(error.to_string()))?;
    line.push(b'\n');
    stream.write_all(&line).await.map_err(nobody)?;
    let mut said = String::new();
    let read = BufReader::new(stream.take(LINE_BYTES_MAX)).read_line(&mut said).await;
    read.map_err(|error| AdminError::Answer(error.to_string()))?;
    match serde_json::from_str(&said).map_err(|error| AdminError::Answer(error.to_string()))? {
        Answer::Done(value) => Ok(value),
        Answer::Refused(why) => Err(AdminError::Refused(why)),
    }
}
