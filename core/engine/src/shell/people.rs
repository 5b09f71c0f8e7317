//! People on a shared device: who is signed in, what that allows, and managers' words.

use http::Method;
use saoma_contract::{
    DeviceRole, People, Pin, ProblemCode, Role, Session, SignIn, SignInRule, StaffId, path,
};

use super::incoming::What;
use super::{Reply, Shell};
use crate::answer::Failure;
use crate::error::TillError;
use crate::journal::TillFact;
use crate::sale::{Call, SaleAction, SaleView};

impl Shell {
    /// Who is signed in now.
    pub(super) fn session(&self) -> Option<&Session> {
        let now = self.server_now();
        self.till.session.as_ref().filter(|session| session.expires_at > now)
    }

    /// Who is named in what is asked now.
    pub(super) fn person(&self) -> Option<StaffId> {
        self.session().map(|session| session.person.clone())
    }

    /// On whose behalf a sale's call is made: whoever wanted it, whoever is signed in by now. What nobody's name stands behind,
    /// because none was needed then, is brought by whoever is signed in once the merchant wants that.
    pub(super) fn person_of(&self, order_no: &saoma_contract::OrderNo, call: Call) -> Option<StaffId> {
        let sale = &self.book.line(order_no)?.sale;
        let wanted_by = match call {
            Call::Create | Call::Offer => sale.order().body().staff.clone(),
            Call::Cash => sale.cash().and_then(|cash| cash.staff.clone()),
            Call::Refund(key) => sale.ask(key).and_then(|ask| ask.staff.clone()),
            Call::Refresh(_) | Call::Close(_) | Call::Charge(_) => self.person(),
        };
        wanted_by.or_else(|| self.person().filter(|_| self.till.sign_in_required))
    }

    pub(super) fn needs_person(&self) -> bool {
        self.till.sign_in_required && self.session().is_none()
    }

    /// Whether a screen is to offer this: the backend can do it, and the smaller of device and person may.
    fn allows(&self, action: SaleAction) -> bool {
        let device = self.till.pairing.as_ref().map_or(0, |pairing| rank_of_device(&pairing.bundle.role));
        let rank = self.session().map_or(device, |session| rank(&session.role).min(device));
        match action {
            SaleAction::CheckNow | SaleAction::Receipt => true,
            _ if self.needs_person() => false,
            SaleAction::Cancel | SaleAction::Refresh | SaleAction::Decide => true,
            SaleAction::TakeCash => self.has_feature("cash"),
            SaleAction::Scan => self.has_feature("charge"),
            SaleAction::Refund => self.has_feature("refunds") && rank >= CASHIER,
            SaleAction::DecideRefund | SaleAction::DecideLateMoney => {
                self.has_feature("refunds") && rank >= MANAGER
            }
        }
    }

    /// The view with only such actions as are allowed here and now: while a payment code waits for the backend to have the
    /// sale, no other is scanned.
    pub(super) fn allowed(&self, mut view: SaleView) -> SaleView {
        let is_held = self.held.contains_key(&view.order_no);
        view.actions.retain(|action| self.allows(*action) && !(is_held && *action == SaleAction::Scan));
        view
    }

    fn check_people(&self) -> Result<(), TillError> {
        if self.has_feature("people") {
            return Ok(());
        }
        Err(TillError::state("feature_missing", "this backend keeps no people"))
    }

    pub(super) fn ask_people(&self, reply: Reply<People>) {
        match self.check_people() {
            Err(error) => drop(reply.send(Err(error))),
            Ok(()) => {
                let request = self.draft::<()>(Method::GET, path::PEOPLE, None, self.person());
                self.send(What::People { reply }, request);
            }
        }
    }

    pub(super) fn sign_in(&self, person: StaffId, pin: Pin, reply: Reply<Session>) {
        match self.check_people() {
            Err(error) => drop(reply.send(Err(error))),
            Ok(()) => {
                let request = self.draft(Method::POST, path::SESSIONS, Some(&SignIn { person, pin }), None);
                self.send(What::SignIn { reply }, request);
            }
        }
    }

    /// Who may sign in is known; so is whether anyone must.
    pub(super) async fn people_told(&mut self, read: Result<People, Failure>) -> Result<People, TillError> {
        let people = read?;
        self.set_sign_in_rule(people.sign_in == SignInRule::Required).await?;
        Ok(people)
    }

    async fn set_sign_in_rule(&mut self, required: bool) -> Result<(), TillError> {
        if self.till.sign_in_required != required {
            let mut staged = self.stage();
            self.stage_till(&mut staged, |till| till.sign_in_required = required);
            self.commit(staged).await?;
            self.publish_all();
        }
        Ok(())
    }

    pub(super) async fn signed_in(&mut self, read: Result<Session, Failure>) -> Result<Session, TillError> {
        let session = read?;
        let mut staged = self.stage();
        self.stage_till_fact(&mut staged, TillFact::SignedIn { session: Box::new(session.clone()) });
        self.commit(staged).await?;
        self.publish_all();
        // What waited for a person may go now.
        self.book.hurry(None, self.now());
        self.replan();
        Ok(session)
    }

    /// Signs out here at once, and at the backend if it can be reached; there the session ends by itself otherwise.
    pub(super) async fn sign_out(&mut self) -> Result<(), TillError> {
        let Some(person) = self.till.session.as_ref().map(|session| session.person.clone()) else {
            return Ok(());
        };
        let request = self.draft::<()>(Method::DELETE, path::SESSIONS, None, Some(person.clone()));
        self.forget_session(person).await?;
        self.send(What::SignedOut, request);
        Ok(())
    }

    async fn forget_session(&mut self, person: StaffId) -> Result<(), TillError> {
        let mut staged = self.stage();
        self.stage_till_fact(&mut staged, TillFact::SignedOut { person });
        self.commit(staged).await?;
        self.publish_all();
        Ok(())
    }

    /// What a refusal says about people: a session that has ended, or that one is needed.
    pub(super) async fn heed_refusal(&mut self, code: &ProblemCode, named: Option<StaffId>) {
        // If it cannot be written down, the next request is refused the same way.
        let _ = match code {
            ProblemCode::SessionEnded => match named.filter(|named| self.person().as_ref() == Some(named)) {
                Some(person) => self.forget_session(person).await,
                None => Ok(()),
            },
            ProblemCode::SignInRequired => self.set_sign_in_rule(true).await,
            _ => Ok(()),
        };
    }

    fn publish_all(&mut self) {
        let numbers: Vec<saoma_contract::OrderNo> =
            self.book.lines().map(|line| line.sale.order_no().clone()).collect();
        for order_no in numbers {
            self.publish(&order_no);
        }
    }
}

const CASHIER: u8 = 1;
const MANAGER: u8 = 2;

fn rank(role: &Role) -> u8 {
    match role {
        Role::Owner => 3,
        Role::Manager => MANAGER,
        Role::Cashier => CASHIER,
        Role::Courier | Role::Unknown(_) => 0,
    }
}

fn rank_of_device(role: &DeviceRole) -> u8 {
    match role {
        DeviceRole::Owner => 3,
        DeviceRole::Manager => MANAGER,
        DeviceRole::Cashier => CASHIER,
        DeviceRole::Courier | DeviceRole::Unknown(_) => 0,
    }
}
