//! Whom the till is paired with.

/// Whom the till is paired with, as the backend's bundle says. Keys are not part of it.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Pairing {
    /// The backend's address.
    pub backend: String,
    /// The merchant's short name.
    pub merchant: String,
    /// The merchant's name for people.
    pub merchant_name: String,
    /// The store's short name.
    pub store: String,
    /// The store's name for people.
    pub store_name: String,
    /// This device's name at the backend.
    pub device: String,
    /// What people call this device.
    pub device_name: String,
    /// What the device may do: `cashier` or `manager`.
    pub role: String,
    /// Real money, or a test account's play money: every screen must say so.
    pub live: bool,
    /// ISO 4217.
    pub currency: String,
    /// Most minor units of one sale on this device.
    pub amount_max: i64,
    /// SHA-256 of the merchant's root key, base64url: what its receipts are verified against.
    pub root: String,
}

impl From<saoma_engine::Pairing> for Pairing {
    fn from(pairing: saoma_engine::Pairing) -> Self {
        let bundle = pairing.bundle;
        Self {
            backend: pairing.url,
            merchant: bundle.merchant.id.to_string(),
            merchant_name: bundle.merchant.name,
            store: bundle.store.id.to_string(),
            store_name: bundle.store.name,
            device: bundle.device.to_string(),
            device_name: bundle.device_name.to_string(),
            role: bundle.role.to_string(),
            live: bundle.merchant.live,
            currency: bundle.merchant.currency.to_string(),
            amount_max: bundle.limits.amount_max,
            root: pairing.root.to_string(),
        }
    }
}
