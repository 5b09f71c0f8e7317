//! At the counter beside the shown code: cash, the customer's payment code, money back, late money.

use http::Method;
use saoma_contract::{
    AcceptPayment, AttemptNo, AuthCode, ChargeOrder, DecideRefund, OrderNo, RefundNo, RefundReason, path,
};
use serde::Serialize;

use super::incoming::What;
use super::{Reply, Shell};
use crate::book::Action;
use crate::error::TillError;
use crate::new_sale::NewRefundWish;
use crate::sale::{Call, Event, Fact, NotNow, RefundKey, SaleView};

/// A payment code that was scanned before the backend had the order is held in memory for so long, and then forgotten.
const HELD_MS_MAX: u64 = 30_000;

/// A customer's payment code between its scan and its one call. It is written nowhere.
pub(super) struct HeldCode {
    code: AuthCode,
    until_ms: u64,
}

impl Shell {
    pub(super) async fn take_cash(&mut self, order_no: &OrderNo) -> Result<SaleView, TillError> {
        self.check_feature("cash", "this backend takes no cash")?;
        let staff = self.person();
        self.held.remove(order_no);
        self.wish(order_no, Event::Cash { staff }).await
    }

    /// Charges a scanned payment code: at once if the backend has the order, else as soon as it does.
    pub(super) async fn scan(
        &mut self,
        order_no: &OrderNo,
        attempt: Option<AttemptNo>,
        code: AuthCode,
    ) -> Result<SaleView, TillError> {
        self.check_feature("charge", "this backend charges no payment codes")?;
        self.check_person()?;
        if !self.load(order_no).await? {
            return Err(TillError::not_found());
        }
        if !self.book.may_send || !self.book.network {
            let detail = "a payment code can only be charged with a network; nothing was charged";
            return Err(TillError::unreachable(detail));
        }
        let line = self.book.line(order_no).ok_or_else(TillError::not_found)?;
        if self.held.contains_key(order_no) {
            return Err(NotNow::Charging.into());
        }
        if line.sale.awaits_scan() && !line.sale.waits_for_person(self.server_now()) {
            let until_ms = self.clock.monotonic_ms().saturating_add(HELD_MS_MAX);
            self.held.insert(order_no.clone(), HeldCode { code, until_ms });
            self.publish(order_no);
            self.book.hurry(Some(order_no), self.now());
        } else {
            self.charge_code(order_no, attempt, &code).await?;
        }
        self.view(order_no).await
    }

    /// The charge is written down, without the code, before it is made.
    async fn charge_code(
        &mut self,
        order_no: &OrderNo,
        attempt: Option<AttemptNo>,
        code: &AuthCode,
    ) -> Result<(), TillError> {
        if let Some(refused) = self.happened(order_no, Event::Charge(attempt)).await? {
            return Err(refused.into());
        }
        let call = Call::Charge(attempt);
        let body = ChargeOrder { attempt, auth_code: code.clone() };
        let request = self.draft(Method::POST, &path::charge(order_no), Some(&body), self.person());
        self.book.started(order_no, Action::Call(call), self.now());
        self.send(What::Sale { order_no: order_no.clone(), action: Action::Call(call) }, request);
        Ok(())
    }

    /// Charges the code that was held for a sale, if the backend has the order now.
    pub(super) async fn use_held_code(&mut self, order_no: &OrderNo) {
        let Some(line) = self.book.line(order_no) else { return };
        if line.sale.awaits_scan() {
            return;
        }
        let attempt = line.sale.last_attempt();
        let Some(held) = self.held.remove(order_no) else { return };
        if held.until_ms > self.clock.monotonic_ms() {
            // What forbids it shows in the sale itself; the code is forgotten either way.
            let _ = self.charge_code(order_no, attempt, &held.code).await;
        }
    }

    /// Forgets payment codes that were held too long; another may be scanned then.
    pub(super) fn forget_held_codes(&mut self) {
        let now_ms = self.clock.monotonic_ms();
        let over = self.held.extract_if(.., |_, held| held.until_ms <= now_ms);
        let over: Vec<OrderNo> = over.map(|(order_no, _)| order_no).collect();
        for order_no in over {
            self.publish(&order_no);
        }
    }

    pub(super) fn forget_at_ms(&self) -> Option<u64> {
        self.held.values().map(|held| held.until_ms).min()
    }

    /// Asks for money back, durable when this returns; bringing it to the backend goes on by itself.
    pub(super) async fn refund(
        &mut self,
        order_no: &OrderNo,
        refund_no: &RefundNo,
        wish: NewRefundWish,
    ) -> Result<SaleView, TillError> {
        self.check_feature("refunds", "this backend gives no money back")?;
        self.check_person()?;
        if !self.load(order_no).await? {
            return Err(TillError::not_found());
        }
        let line = self.book.line(order_no).ok_or_else(TillError::not_found)?;
        let (channel, transaction_id) = (wish.channel()?, wish.transaction_id.as_str());
        // Money that does not match may be in another currency than the sale.
        let currency = line.sale.currency_of(channel, transaction_id);
        let refund = wish.checked(currency.unwrap_or_else(|| line.sale.amount().currency()))?;
        let (key, staff) = (RefundKey::from(refund_no), self.person());
        self.wish(order_no, Event::Refund { key, refund, staff }).await
    }

    /// A manager's yes or no; waits for the backend's answer.
    pub(super) async fn decide_refund(
        &mut self,
        order_no: OrderNo,
        refund_no: RefundNo,
        approve: bool,
        reason: Option<RefundReason>,
        reply: Reply<SaleView>,
    ) {
        let key = RefundKey::from(&refund_no);
        let fact = Fact::Decided { refund_no: key, approve, reason: reason.clone() };
        let path = path::decide_refund(&order_no, &refund_no);
        self.say_as_manager(order_no, fact, &path, &DecideRefund { approve, reason }, reply).await;
    }

    /// A manager keeps late money; waits for the backend's answer.
    pub(super) async fn accept_late_money(
        &mut self,
        order_no: OrderNo,
        channel: String,
        transaction_id: String,
        reply: Reply<SaleView>,
    ) {
        let fact = Fact::Accepted { channel: channel.clone(), transaction_id: transaction_id.clone() };
        let path = path::accept_payment(&order_no, &transaction_id);
        self.say_as_manager(order_no, fact, &path, &AcceptPayment { channel }, reply).await;
    }

    /// Writes a manager's word down, brings it to the backend and waits. It is idempotent: if the answer is lost, the sale
    /// still offers it, and it is said again.
    async fn say_as_manager<B: Serialize>(
        &mut self,
        order_no: OrderNo,
        fact: Fact<saoma_contract::Jws>,
        path: &str,
        body: &B,
        reply: Reply<SaleView>,
    ) {
        let written = self.write_word(&order_no, fact).await;
        match written {
            Err(error) => drop(reply.send(Err(error))),
            Ok(()) => {
                let request = self.draft(Method::POST, path, Some(body), self.person());
                self.send(What::Word { order_no, reply }, request);
            }
        }
    }

    async fn write_word(
        &mut self,
        order_no: &OrderNo,
        fact: Fact<saoma_contract::Jws>,
    ) -> Result<(), TillError> {
        self.check_feature("refunds", "this backend gives no money back")?;
        self.check_person()?;
        if !self.load(order_no).await? {
            return Err(TillError::not_found());
        }
        let mut staged = self.stage();
        super::writing::stage_fact(&mut staged, order_no, fact);
        self.commit(staged).await?;
        Ok(())
    }

    pub(super) fn check_feature(&self, name: &str, detail: &str) -> Result<(), TillError> {
        if self.has_feature(name) { Ok(()) } else { Err(TillError::state("feature_missing", detail)) }
    }

    pub(super) fn check_person(&self) -> Result<(), TillError> {
        if !self.needs_person() {
            return Ok(());
        }
        Err(TillError::state("sign_in_required", "the merchant wants a person signed in for this"))
    }
}
