//! Pairing: links that are given out, and devices that use them.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use saoma_contract::{
    BUNDLE_VERSION, Bundle, DeviceId, DeviceRole, MerchantId, NewPairingCode, PairDevice, PairingCode,
    PairingLink, PairingSecret, Problem, ProblemCode, PublicKey, StoreId, Time,
};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::caller::{Received, signature_of, too_many, verify};
use super::refused::Refused;
use super::{Api, FEATURES};
use crate::audit::Who;
use crate::ledger::{Device, LedgerError, Pairing, WriteRows};
use crate::rights::{self, Right};
use crate::rules::{self, Doing, Then};
use crate::shop::Shop;

/// How many wrong pairings the whole backend answers in a minute before it says that there were too many.
pub(super) const TRIES_PER_MINUTE: u32 = 60;

/// How often a link may be tried by others than its device before it ends.
const REFUSED_MAX: u32 = 5;

/// How long a link may hold, in seconds.
const LIFE_S: std::ops::RangeInclusive<u32> = 60..=86_400;

/// A link to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLink {
    /// Whose device it will be.
    pub merchant: MerchantId,
    /// Where it will stand.
    pub store: StoreId,
    /// The most that people on it may do.
    pub role: DeviceRole,
    /// How long the link holds, in seconds, 60 to 86,400.
    pub life_s: u32,
}

/// Why no link was made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MintError {
    /// A value is not possible; the field, and why.
    #[error("{0}: {1}")]
    Field(&'static str, String),
    /// The ledger could not be written.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Makes a pairing link for a device that reaches the backend at this address.
///
/// # Errors
/// When merchant, store, role or life are not possible, or the ledger cannot be written.
pub async fn mint(
    shop: &Shop,
    url: &str,
    tls: Option<saoma_contract::Fingerprint>,
    who: Who,
    new: NewLink,
) -> Result<(PairingLink, Time), MintError> {
    let account = shop
        .merchant(&new.merchant)
        .ok_or_else(|| MintError::Field("merchant", "no such merchant".to_owned()))?;
    if !account.stores.contains_key(&new.store) {
        return Err(MintError::Field("store", "the merchant has no such store".to_owned()));
    }
    if matches!(new.role, DeviceRole::Unknown(_)) {
        let known = DeviceRole::KNOWN.join(", ");
        return Err(MintError::Field("role", format!("must be one of {known}")));
    }
    if !LIFE_S.contains(&new.life_s) {
        let (from, to) = (LIFE_S.start(), LIFE_S.end());
        return Err(MintError::Field("life_s", format!("must be {from} to {to} seconds, is {}", new.life_s)));
    }
    let bytes = Zeroizing::new(shop.random.bytes::<16>());
    let secret = PairingSecret::from_random(*bytes);
    let now = shop.clock.now();
    let expires_at = now.plus_ms(i64::from(new.life_s) * 1000);
    let pairing = Pairing {
        secret_hash: hash(&secret),
        merchant: new.merchant.clone(),
        store: new.store,
        role: new.role,
        expires_at,
        refused: 0,
        device: None,
    };
    shop.ledger
        .write::<_, LedgerError, _>(move |rows| {
            rows.put_pairing(&pairing)?;
            let place = format!("for a {} in {}", pairing.role, pairing.store);
            rows.put_audit(&pairing.merchant, who.does("pairing_link_made", now).with(place))
        })
        .await?;
    let link =
        PairingLink { url: url.to_owned(), merchant: new.merchant, secret, root: account.keys.root(), tls };
    Ok((link, expires_at))
}

fn hash(secret: &PairingSecret) -> [u8; 32] {
    Sha256::digest(secret.expose()).into()
}

/// `POST /v1/pairing-codes`
pub(super) async fn new_code(
    State(api): State<Arc<Api>>,
    request: Request,
) -> Result<(StatusCode, Json<PairingCode>), Refused> {
    let received = Received::read(&api, request).await?;
    let caller = api.caller(&received).await?;
    caller.may_change()?;
    caller.may(Right::KeepDevices)?;
    received.query([])?;
    let NewPairingCode { store, role, life_s } = received.json()?;
    if rights::smaller(caller.role.clone(), rights::ceiling(&role)) != rights::ceiling(&role) {
        return Err(Refused::field("role", format!("must be at most that of who asks, {}", caller.role)));
    }
    let new = NewLink { merchant: caller.device.merchant.clone(), store, role, life_s };
    let (link, expires_at) = mint(&api.shop, &api.public_url, api.tls_pin, caller.who(), new).await.map_err(
        |error| match error {
            MintError::Field(field, detail) => Refused::field(field, detail),
            MintError::Ledger(error) => error.into(),
        },
    )?;
    Ok((StatusCode::CREATED, Json(PairingCode { link: link.to_string(), expires_at })))
}

/// `POST /v1/pairings`
pub(super) async fn pair(
    State(api): State<Arc<Api>>,
    request: Request,
) -> Result<(StatusCode, Json<Bundle>), Refused> {
    let received = Received::read(&api, request).await?;
    let now = api.shop.clock.now();
    received.query([])?;
    let wanted: PairDevice = received.json()?;
    let signature = signature_of(&received)?;
    if signature.keyid != "new" {
        return Err(Refused::new(
            ProblemCode::SignatureInvalid,
            "keyid must be \"new\" for a device that is being paired",
        ));
    }
    verify(&signature, &received, &wanted.key, now)?;
    let id = new_device_id(&api.shop);
    let rules = api.shop.merchants.iter();
    let moves = rules.map(|(merchant, account)| (merchant.clone(), account.rules.device_moves)).collect();
    let paired =
        api.shop.ledger.write::<_, PairError, _>(move |rows| use_link(rows, &wanted, id, &moves, now)).await;
    match paired {
        Ok(Used::New(device)) => Ok((StatusCode::CREATED, Json(api.bundle_of(&device)?))),
        Ok(Used::Again(device)) => Ok((StatusCode::OK, Json(api.bundle_of(&device)?))),
        Ok(Used::Guarded(problem)) => Err(Refused::from(*problem)),
        Ok(Used::Refused) => {
            // Only wrong tries count, so that a stranger's cannot keep the right link out.
            api.pairings.take("", now).map_err(too_many)?;
            let detail = "the link is unknown, has ended, or was used by another device; ask for a new one";
            Err(Refused::new(ProblemCode::PairingRefused, detail))
        }
        Err(PairError(error)) => Err(error.into()),
    }
}

/// `GET /v1/bundle`
pub(super) async fn bundle(State(api): State<Arc<Api>>, request: Request) -> Result<Json<Bundle>, Refused> {
    let received = Received::read(&api, request).await?;
    let caller = api.caller(&received).await?;
    received.query([])?;
    Ok(Json(api.bundle_of(&caller.device)?))
}

struct PairError(LedgerError);

impl From<LedgerError> for PairError {
    fn from(error: LedgerError) -> Self {
        Self(error)
    }
}

enum Used {
    New(Box<Device>),
    Again(Box<Device>),
    Refused,
    Guarded(Box<Problem>),
}

/// Uses a link: once, and by the same key again until it ends.
fn use_link(
    rows: &mut dyn WriteRows,
    wanted: &PairDevice,
    id: DeviceId,
    moves: &BTreeMap<MerchantId, Then>,
    now: Time,
) -> Result<Used, PairError> {
    let given = hash(&wanted.secret);
    let Some(mut pairing) = rows.pairing(&given)? else { return Ok(Used::Refused) };
    let is_it: bool = pairing.secret_hash.ct_eq(&given).into();
    if !is_it || pairing.expires_at <= now || pairing.refused >= REFUSED_MAX {
        return Ok(Used::Refused);
    }
    if let Some(device) = &pairing.device {
        let device =
            rows.device(device)?.filter(|device| device.key == wanted.key && device.revoked_at.is_none());
        return match device {
            Some(device) => Ok(Used::Again(Box::new(device))),
            None => {
                pairing.refused += 1;
                rows.put_pairing(&pairing)?;
                let act = Who::backend().does("pairing_refused", now).with("a link that another device used");
                rows.put_audit(&pairing.merchant, act)?;
                Ok(Used::Refused)
            }
        };
    }
    if let Some(problem) = moved(rows, &wanted.key, &id, &pairing.merchant, moves, now)? {
        return Ok(Used::Guarded(problem));
    }
    let device = Device {
        id: id.clone(),
        merchant: pairing.merchant.clone(),
        store: pairing.store.clone(),
        role: pairing.role.clone(),
        name: wanted.name.clone(),
        key: wanted.key.clone(),
        paired_at: now,
        revoked_at: None,
        journal: None,
        forked_at: None,
    };
    rows.put_device(&device)?;
    pairing.device = Some(id);
    rows.put_pairing(&pairing)?;
    let act = Who::device(device.id.clone(), None).does("device_paired", now).to(&device.id);
    rows.put_audit(&device.merchant, act.with(format!("{} in {}", device.role, device.store)))?;
    tracing::info!(device = %device.id, merchant = %device.merchant, store = %device.store, role = %device.role, "a device was paired");
    Ok(Used::New(Box::new(device)))
}

/// Notes a key that is paired with other merchants too: with them, and here, where it may be refused.
fn moved(
    rows: &mut dyn WriteRows,
    key: &PublicKey,
    id: &DeviceId,
    merchant: &MerchantId,
    moves: &BTreeMap<MerchantId, Then>,
    now: Time,
) -> Result<Option<Box<Problem>>, LedgerError> {
    let mut others = rows.devices_of_key(key)?;
    others.retain(|device| device.revoked_at.is_none() && device.merchant != *merchant);
    let count = u32::try_from(others.len()).unwrap_or(u32::MAX);
    let mut enforce = |merchant: &MerchantId, id: &DeviceId| {
        let then = moves.get(merchant).copied().unwrap_or(Then::Off);
        let who = Who::device(id.clone(), None);
        let doing = Doing { merchant, who: &who, may_decide: false, about: id.as_str(), now };
        rules::enforce(rows, &doing, rules::device_moves(then, count).into_iter().collect())
    };
    for other in &others {
        enforce(&other.merchant, &other.id)?;
    }
    enforce(merchant, id)
}

fn new_device_id(shop: &Shop) -> DeviceId {
    let text = format!("d-{}", hex::encode(shop.random.bytes::<10>()));
    text.parse().expect("a letter, a dash and hexadecimal digits are a device's id")
}

impl Api {
    /// What a device needs to know.
    fn bundle_of(&self, device: &Device) -> Result<Bundle, Refused> {
        let gone = |what: &str| {
            Refused::new(ProblemCode::NotFound, format!("the device's {what} is no longer served here"))
        };
        let account = self.shop.merchant(&device.merchant).ok_or_else(|| gone("merchant"))?;
        let store = account.stores.get(&device.store).ok_or_else(|| gone("store"))?;
        Ok(Bundle {
            version: BUNDLE_VERSION,
            device: device.id.clone(),
            device_name: device.name.clone(),
            role: device.role.clone(),
            merchant: account.merchant.clone(),
            store: store.clone(),
            keys: account.keys.statement(),
            limits: account.limits.clone(),
            features: FEATURES.map(str::to_owned).to_vec(),
            time: self.shop.clock.now(),
        })
    }
}
