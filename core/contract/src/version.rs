//! How far something is: an order's version and a scope's cursor.

use serde::{Deserialize, Serialize};

/// How new what is said of an order is. Ordered: first by epoch, then by counter. A till never goes back to an older one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Version {
    /// Which life of the ledger: it grows when a ledger is made or restored from a backup.
    pub epoch: u64,
    /// Grows with each change within an epoch.
    pub counter: u64,
}

/// A place in the changes of one scope (merchant, store, role) and epoch. Opaque: only the backend that made it reads it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String))]
pub struct Cursor(pub String);
