//! Who is at the till.

use std::time::SystemTime;

use saoma_engine::contract::{self, SignInRule};

use crate::error::SaomaError;
use crate::sale::moment;
use crate::till::Till;

/// A person who works at the merchant.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Person {
    /// Its id; what sales name as `staff`.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// `owner`, `manager`, `cashier` or `courier`.
    pub role: String,
    /// The one store it works at; absent for all stores of the merchant.
    pub store: Option<String>,
}

/// Who may sign in on this device.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct People {
    /// Them, by id.
    pub people: Vec<Person>,
    /// Whether anything but reading needs a person who is signed in.
    pub sign_in_required: bool,
}

/// A person who is signed in on this device.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct SignedIn {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Its role. What is allowed is the smaller of this and of what the device may do.
    pub role: String,
    /// Until when, by the server's time; then sign in again.
    pub until: SystemTime,
}

#[uniffi::export]
impl Till {
    /// Who may sign in on this device, from the backend. Who is signed in is in [`diagnosis`](Till::diagnosis).
    pub async fn people(&self) -> Result<People, SaomaError> {
        self.ask(|till| async move { till.people().await }, |people, _| people.into()).await
    }

    /// Signs a person in by its PIN (4 to 12 digits), which goes to the backend and is kept nowhere: the app should forget it at
    /// once, too. Another person who was signed in is not any more; open sales go on.
    ///
    /// Errors: `pin_wrong` (`fault.tries_left` says how often it may be tried), `pin_locked` (`fault.retry_after_s` says how long).
    pub async fn sign_in(&self, person: String, pin: String) -> Result<SignedIn, SaomaError> {
        self.ask(|till| async move { till.sign_in(&person, pin).await }, |session, _| session.into()).await
    }

    /// Signs out whoever is signed in, at once and also without a network.
    pub async fn sign_out(&self) -> Result<(), SaomaError> {
        self.ask(|till| async move { till.sign_out().await }, |(), _| ()).await
    }
}

impl From<contract::People> for People {
    fn from(people: contract::People) -> Self {
        let person = |person: contract::Person| Person {
            id: person.person.to_string(),
            name: person.name.to_string(),
            role: person.role.to_string(),
            store: person.store.map(|store| store.to_string()),
        };
        Self {
            people: people.people.into_iter().map(person).collect(),
            sign_in_required: people.sign_in != SignInRule::Optional,
        }
    }
}

impl From<contract::Session> for SignedIn {
    fn from(session: contract::Session) -> Self {
        Self {
            id: session.person.to_string(),
            name: session.name.to_string(),
            role: session.role.to_string(),
            until: moment(session.expires_at),
        }
    }
}
