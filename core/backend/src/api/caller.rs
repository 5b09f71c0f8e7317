//! Who calls: the request's signature, the device and its rights, how far its journal goes, how much it may ask.

use axum::body::Body;
use axum::extract::{FromRequestParts, Path, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use saoma_contract::request_signature::{JournalHead, RequestSignature, RequestSignatureError};
use saoma_contract::{DeviceId, Problem, ProblemCode, PublicKey, Role, SignInRule, Time};

use super::Api;
use super::heads::Head;
use super::refused::Refused;
use crate::audit::Who;
use crate::clock::Clock;
use crate::ledger::{Device, LedgerError, PersonRow, Scope};
use crate::people::{self, NoStanding, Standing};
use crate::rights::Right;
use crate::rules::{self, Doing, Hit, Rules};
use crate::shop::MerchantAccount;

/// How long a body may take to arrive.
const BODY_MS_MAX: i64 = 30_000;

/// A device whose request was verified.
pub(super) struct Caller {
    pub(super) device: Device,
    /// Who is signed in on it, if the request says so.
    pub(super) person: Option<PersonRow>,
    /// What it may see.
    pub(super) scope: Scope,
    /// The most that it may do.
    pub(super) role: Role,
    /// The merchant wants a person signed in, and there is none.
    pub(super) wants_person: bool,
    /// Its journal forked: it may only read, and bring orders already made.
    pub(super) is_read_only: bool,
}

/// A request whose body was read.
pub(super) struct Received {
    pub(super) parts: Parts,
    pub(super) body: Bytes,
}

impl Caller {
    /// Refuses a device whose journal forked.
    pub(super) fn may_change(&self) -> Result<(), Refused> {
        if self.is_read_only {
            let detail =
                "this device's journal fell back or forked, as in a cloned or restored phone; pair it again";
            return Err(Refused::new(ProblemCode::JournalForked, detail));
        }
        Ok(())
    }

    /// For the audit log.
    pub(super) fn who(&self) -> Who {
        Who::device(self.device.id.clone(), self.person.as_ref().map(|person| person.id.clone()))
    }

    /// Refuses what its role does not allow, and without a person where there must be one.
    pub(super) fn may(&self, right: Right) -> Result<(), Refused> {
        self.role_has(right)?;
        if self.wants_person && !right.is_reading() {
            return Err(Refused::new(ProblemCode::SignInRequired, "this takes a person who is signed in"));
        }
        Ok(())
    }

    /// Refuses what its role does not allow, whether or not a person is signed in.
    pub(super) fn role_has(&self, right: Right) -> Result<(), Refused> {
        if right.is_of(&self.role) {
            return Ok(());
        }
        let detail = format!("this takes a {}; here it is a {}", right.least(), self.role);
        Err(Refused::new(ProblemCode::Forbidden, detail))
    }
}

impl Received {
    /// Reads a request whole, up to the limit.
    pub(super) async fn read(api: &Api, request: Request) -> Result<Self, Refused> {
        let (parts, body) = request.into_parts();
        let max = api.shop.limits.body_bytes_max;
        let limit = usize::try_from(max).unwrap_or(usize::MAX);
        let too_large =
            || Refused::new(ProblemCode::BodyTooLarge, format!("the body must have at most {max} bytes"));
        let announced =
            parts.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        if announced.is_some_and(|length| length > u64::from(max)) {
            return Err(too_large());
        }
        let body = read_body(body, limit, api.shop.clock.as_ref()).await.map_err(|error| match error {
            BodyError::TooLarge => too_large(),
            BodyError::Broken => Refused::field("body", "the body could not be read to its end"),
            BodyError::Late => {
                let detail = format!(
                    "the body did not come to its end within {} s; nothing was done, the same request may be repeated",
                    BODY_MS_MAX / 1000
                );
                Problem::new(ProblemCode::Unavailable, detail).retry_after_s(2).into()
            }
        })?;
        Ok(Self { parts, body })
    }

    /// Refuses a body that does not say it is JSON.
    pub(super) fn is_json(&self) -> Result<(), Refused> {
        let content_type =
            self.parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        let media_type = content_type.split(';').next().unwrap_or("").trim();
        if media_type.eq_ignore_ascii_case("application/json") {
            return Ok(());
        }
        Err(Refused::field("content-type", "must be application/json"))
    }

    /// Reads a JSON body strictly.
    pub(super) fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, Refused> {
        self.is_json()?;
        Ok(saoma_contract::read_request(&self.body)?)
    }

    /// The query's parameters, each of a known name and given once.
    pub(super) fn query<const N: usize>(&self, names: [&str; N]) -> Result<[Option<&str>; N], Refused> {
        let mut values = [None; N];
        let query = self.parts.uri.query().unwrap_or("");
        for part in query.split('&').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let Some(place) = names.iter().position(|known| *known == name) else {
                return Err(Refused::field(name, "no such parameter here"));
            };
            if values[place].replace(value).is_some() {
                return Err(Refused::field(name, "is given twice"));
            }
        }
        Ok(values)
    }
}

/// The part of a path that names something. One that is not UTF-8 becomes a character that no name has, so that it is
/// refused by its field like any other wrong name.
pub(super) struct PathPart(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for PathPart {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        Ok(Self(path.map_or_else(|_| char::REPLACEMENT_CHARACTER.to_string(), |Path(text)| text)))
    }
}

/// Why a body could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyError {
    /// Longer than allowed.
    TooLarge,
    /// The connection broke.
    Broken,
    /// It did not come to its end in time.
    Late,
}

/// Reads a body of at most so many bytes, which must come in time.
pub(super) async fn read_body(body: Body, bytes_max: usize, clock: &dyn Clock) -> Result<Bytes, BodyError> {
    let whole = async {
        let mut stream = body.into_data_stream();
        let mut bytes = BytesMut::new();
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|_| BodyError::Broken)?;
            if bytes.len() + chunk.len() > bytes_max {
                return Err(BodyError::TooLarge);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes.freeze())
    };
    let late = clock.sleep_until(clock.now().plus_ms(BODY_MS_MAX));
    tokio::select! {
        biased;
        whole = whole => whole,
        () = late => Err(BodyError::Late),
    }
}

/// Verifies the request's signature with this key.
pub(super) fn verify(
    signature: &RequestSignature,
    received: &Received,
    key: &PublicKey,
    now: Time,
) -> Result<(), Refused> {
    let verified = signature.verify(&received.parts, &received.body, key, now);
    if saoma_contract::planted("request-unsigned") && !matches!(verified, Err(RequestSignatureError::Clock)) {
        return Ok(());
    }
    verified.map_err(|error| match error {
        RequestSignatureError::Clock => {
            let detail = "the request's time is more than five minutes off; take the time from server_time and sign again";
            Problem::new(ProblemCode::ClockSkew, detail).server_time(now).into()
        }
        error => Refused::new(ProblemCode::SignatureInvalid, error.to_string()),
    })
}

pub(super) fn signature_of(received: &Received) -> Result<RequestSignature, Refused> {
    RequestSignature::read(&received.parts)
        .map_err(|error| Refused::new(ProblemCode::SignatureInvalid, error.to_string()))
}

impl Api {
    /// Finds out who sent a request, and that it did.
    pub(super) async fn caller(&self, received: &Received) -> Result<Caller, Refused> {
        let signature = signature_of(received)?;
        let unknown = || {
            let detail = format!("no device {:?} is paired here; pair it first", signature.keyid);
            Refused::new(ProblemCode::DeviceUnknown, detail)
        };
        let id: DeviceId = signature.keyid.parse().map_err(|_| unknown())?;
        let named = signature.person.clone();
        let known = self.shop.ledger.read(move |rows| people::known(rows, &id, named.as_ref())).await?;
        let known = known.ok_or_else(unknown)?;
        let now = self.shop.clock.now();
        if let Err(refused) = verify(&signature, received, &known.device.key, now) {
            if refused.code() == &ProblemCode::ClockSkew {
                let skews = self.strange.skews(&known.device.id, now);
                self.guard(&known.device, |rules, times| rules::skewed(&rules.skewed, times), skews).await?;
            }
            return Err(refused);
        }
        let replays = self.strange.replays(&known.device.id, &signature, now);
        self.guard(&known.device, |rules, times| rules::replayed(rules.replayed, times), replays).await?;
        let standing = known.standing(signature.person.is_some(), now).map_err(|why| match why {
            NoStanding::Revoked => {
                Refused::new(ProblemCode::DeviceRevoked, "this device was revoked; pair it again")
            }
            NoStanding::SessionEnded => {
                let detail = "the person named is not signed in on this device, or no longer; sign in again";
                Refused::new(ProblemCode::SessionEnded, detail)
            }
        })?;
        let Standing { device, person, role, scope } = standing;
        let account = self.shop.merchant(&device.merchant).ok_or_else(|| {
            Refused::new(ProblemCode::DeviceUnknown, "the device's merchant is no longer served here")
        })?;
        let wants_person = account.people.sign_in == SignInRule::Required && person.is_none();
        self.devices.take(device.id.as_str(), now).map_err(too_many)?;
        let is_forked = match &signature.journal {
            Some(head) => self.journal(&device, head, signature.created_s).await?,
            None => false,
        };
        Ok(Caller {
            is_read_only: is_forked || device.forked_at.is_some(),
            device,
            person,
            role,
            scope,
            wants_person,
        })
    }

    /// Enforces a rule about a device's requests, by how many there were of a kind.
    async fn guard(
        &self,
        device: &Device,
        rule: impl Fn(&Rules, u32) -> Option<Hit>,
        times: u32,
    ) -> Result<(), Refused> {
        let rules = self.shop.merchant(&device.merchant).map(|account| &account.rules);
        let hit = rules.and_then(|rules| rule(rules, times));
        let Some(hit) = hit else { return Ok(()) };
        let (merchant, id, now) = (device.merchant.clone(), device.id.clone(), self.shop.clock.now());
        let refused = self.shop.ledger.write::<_, LedgerError, _>(move |rows| {
            let who = Who::device(id.clone(), None);
            let about = id.as_str();
            rules::enforce(
                rows,
                &Doing { merchant: &merchant, who: &who, may_decide: false, about, now },
                vec![hit],
            )
        });
        match refused.await? {
            Some(problem) => Err(Refused::from(*problem)),
            None => Ok(()),
        }
    }

    /// An order of another merchant's came from a device: noted, and refused by who asks.
    pub(super) async fn moved(&self, device: &Device) -> Result<(), Refused> {
        self.guard(device, |rules, times| rules::device_moves(rules.device_moves, times), 1).await
    }

    /// The account of a verified caller.
    pub(super) fn account(&self, caller: &Caller) -> Result<&MerchantAccount, Refused> {
        self.shop
            .merchant(&caller.device.merchant)
            .ok_or_else(|| Refused::new(ProblemCode::NotFound, "the merchant is no longer served here"))
    }

    /// Keeps the greatest journal head; gives whether this one forks from it or falls back behind it.
    async fn journal(
        &self,
        device: &Device,
        head: &JournalHead,
        created_s: i64,
    ) -> Result<bool, LedgerError> {
        let outcome = self.heads.take(&device.id, device.journal, head, self.shop.clock.monotonic_ms());
        let (id, head) = (device.id.clone(), *head);
        match outcome {
            Head::Known => Ok(false),
            Head::Longer => {
                // Written with whatever is written next; nobody has to wait for it.
                drop(self.shop.ledger.write::<_, LedgerError, _>(move |rows| {
                    let Some(mut device) = rows.device(&id)? else { return Ok(()) };
                    if device.journal.is_none_or(|(entries, _, _)| entries < head.entries) {
                        device.journal = Some((head.entries, head.hash, created_s));
                        rows.put_device(&device)?;
                    }
                    Ok(())
                }));
                Ok(false)
            }
            Head::Forked => {
                if device.forked_at.is_none() {
                    tracing::error!(device = %device.id, "ALARM: a device's journal forked or fell back; it is read-only now");
                    let now = self.shop.clock.now();
                    self.shop
                        .ledger
                        .write::<_, LedgerError, _>(move |rows| {
                            let Some(mut device) = rows.device(&id)? else { return Ok(()) };
                            device.forked_at.get_or_insert(now);
                            rows.put_device(&device)
                        })
                        .await?;
                }
                Ok(true)
            }
        }
    }
}

pub(super) fn too_many(seconds: u32) -> Refused {
    Problem::new(ProblemCode::RateLimited, format!("too many requests; wait {seconds} s"))
        .retry_after_s(seconds)
        .into()
}
