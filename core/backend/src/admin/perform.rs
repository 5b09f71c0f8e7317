//! Doing what was asked.

use saoma_contract::{
    DeviceId, DeviceName, Devices, FINDINGS_MAX, MerchantId, People, RefundNo, Role, StaffId,
};
use serde_json::{Value, json};

use super::{Admin, Command};
use crate::api::{NewLink, mint};
use crate::audit::{self, Verified, Who};
use crate::devices;
use crate::ledger::{LedgerError, PersonRow, Scope};
use crate::orders::{Event, NO_CALL_TO_MERCHANT};
use crate::people::{self, Keeper, PeopleError};
use crate::reconciliation;
use crate::rules::{Ceiling, Then};
use crate::shop::{ApplyError, MerchantAccount};

/// Most lines of the audit log in one answer.
const LINES_MAX: u32 = 1000;

fn said(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).expect("answers have text keys and plain values")
}

fn why(error: PeopleError) -> String {
    match error {
        PeopleError::Refused(problem) => problem.detail,
        PeopleError::Ledger(error) => error.to_string(),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn told(error: LedgerError) -> String {
    error.to_string()
}

impl Admin {
    pub(super) async fn perform(&self, command: Command) -> Result<Value, String> {
        match command {
            Command::Merchants {} => Ok(self.merchants()),
            Command::People { merchant } => {
                let account = self.account(merchant)?;
                let id = account.merchant.id.clone();
                let rows = self.shop.ledger.read(move |rows| rows.people(&id)).await.map_err(told)?;
                let people = rows.iter().map(PersonRow::told).collect();
                Ok(said(&People { people, sign_in: account.people.sign_in.clone() }))
            }
            Command::AddPerson { merchant, new } => {
                let account = self.account(merchant)?;
                let added = people::add(&self.shop, account, keeper(account), new).await.map_err(why)?;
                Ok(said(&added.0))
            }
            Command::ChangePerson { merchant, person, change } => {
                let account = self.account(merchant)?;
                let changed = people::change(&self.shop, account, keeper(account), &person, change).await;
                Ok(said(&changed.map_err(why)?))
            }
            Command::Devices { merchant } => {
                let devices = devices::list(&self.shop, &scope(self.account(merchant)?)).await;
                Ok(said(&Devices { devices: devices.map_err(told)? }))
            }
            Command::RevokeDevice { device, reason } => {
                let scope = self.scope_of(&device).await?;
                let revoked = devices::revoke(&self.shop, Who::admin(), &scope, &device, reason).await;
                Ok(said(&revoked.map_err(told)?))
            }
            Command::RenameDevice { device, name } => self.rename(device, name).await,
            Command::PairingLink { merchant, store, role, life_s } => {
                let merchant = self.account(merchant)?.merchant.id.clone();
                let new = NewLink { merchant, store, role, life_s };
                let minted = mint(&self.shop, &self.url, self.tls_pin, Who::admin(), new).await;
                let (link, expires_at) = minted.map_err(|error| error.to_string())?;
                Ok(json!({ "link": link.to_string(), "expires_at": expires_at }))
            }
            Command::Sessions { merchant } => self.sessions(self.account(merchant)?).await,
            Command::SignOut { merchant, device, person } => {
                self.sign_out(self.account(merchant)?, device, person).await
            }
            Command::Audit { merchant, after, limit } => {
                if !(1..=LINES_MAX).contains(&limit) {
                    return Err(format!("limit: must be 1 to {LINES_MAX}, is {limit}"));
                }
                let id = self.account(merchant)?.merchant.id.clone();
                let lines = self.shop.ledger.read(move |rows| rows.audit(&id, after, limit)).await;
                Ok(json!({ "lines": lines.map_err(told)? }))
            }
            Command::VerifyAudit { merchant } => {
                let id = &self.account(merchant)?.merchant.id;
                match audit::verify(self.shop.ledger.as_ref(), id).await.map_err(told)? {
                    Verified::Whole { lines, head } => Ok(json!({ "lines": lines, "head": head })),
                    Verified::Broken { seq } => Err(format!(
                        "the audit log of {id} is broken at line {seq}: that line, or one before it, was changed, left \
                         out or put in"
                    )),
                }
            }
            Command::Rules { merchant } => Ok(rules(self.account(merchant)?)),
            Command::Bill { merchant, date } => {
                let account = self.account(merchant)?;
                let from = reconciliation::day_start(&date)
                    .map_err(|_| "date: must be a day such as 2026-08-01".to_owned())?;
                reconciliation::fetch_now(&self.shop, account, &date, &self.bills_folder)
                    .await
                    .map_err(told)?;
                Ok(said(
                    &reconciliation::day(&self.shop, account, &date, from, FINDINGS_MAX)
                        .await
                        .map_err(told)?,
                ))
            }
            Command::RefundToMerchant { refund_no } => self.refund_to_merchant(refund_no).await,
            Command::Certificates {} => Ok(said(&self.reloader.certificates(self.shop.clock.now()))),
            Command::Reload {} => Ok(json!({ "reloaded": self.reloader.reload(&self.shop).await? })),
        }
    }

    fn account(&self, merchant: Option<MerchantId>) -> Result<&MerchantAccount, String> {
        let mut all = self.shop.merchants.values();
        match (merchant, all.next(), all.next()) {
            (Some(id), _, _) => self.shop.merchant(&id).ok_or_else(|| format!("merchant: there is no {id}")),
            (None, Some(only), None) => Ok(only),
            (None, _, _) => {
                let ids: Vec<&str> = self.shop.merchants.keys().map(MerchantId::as_str).collect();
                Err(format!("merchant: there are several; name one of {}", ids.join(", ")))
            }
        }
    }

    fn merchants(&self) -> Value {
        let all = self.shop.merchants.values().map(|account| {
            json!({
                "merchant": account.merchant.id,
                "name": account.merchant.name,
                "account": if account.merchant.live { "live" } else { "test" },
                "root": account.keys.root(),
                "stores": account.stores.values().collect::<Vec<_>>(),
            })
        });
        json!({ "merchants": all.collect::<Vec<_>>() })
    }

    async fn scope_of(&self, device: &DeviceId) -> Result<Scope, String> {
        let id = device.clone();
        let found = self.shop.ledger.read(move |rows| rows.device(&id)).await.map_err(told)?;
        let found = found.ok_or_else(|| format!("device: there is no {device}"))?;
        Ok(Scope { merchant: found.merchant, store: None })
    }

    async fn refund_to_merchant(&self, refund_no: RefundNo) -> Result<Value, String> {
        let number = refund_no.clone();
        let order = self.shop.ledger.read(move |rows| rows.order_of_refund(&number)).await.map_err(told)?;
        let order = order.ok_or_else(|| format!("refund_no: there is no {refund_no}"))?;
        let account = self.account(Some(order.merchant))?;
        if !account.channel().pays_abnormal_refunds_to_merchant() {
            return Err(format!("refund_no: {NO_CALL_TO_MERCHANT}"));
        }
        let act = Who::admin().does("refund_to_merchant", self.shop.clock.now()).to(&refund_no);
        let event = Event::RefundToMerchant(refund_no);
        match self.shop.apply_as(&scope(account), &order.order_no, event, act).await {
            Ok(order) => Ok(said(&self.shop.views.order(&order, account))),
            Err(ApplyError::Conflict(conflict, _)) => Err(format!("refund_no: {}", conflict.detail)),
            Err(ApplyError::NotFound) => Err(format!("refund_no: there is no order {}", order.order_no)),
            Err(ApplyError::Ledger(error)) => Err(told(error)),
        }
    }

    async fn rename(&self, device: DeviceId, name: DeviceName) -> Result<Value, String> {
        self.scope_of(&device).await?;
        let now = self.shop.clock.now();
        let renamed = self.shop.ledger.write::<_, LedgerError, _>(move |rows| {
            let Some(mut found) = rows.device(&device)? else { return Ok(Value::Null) };
            if found.name != name {
                found.name = name;
                rows.put_device(&found)?;
                let act = Who::admin().does("device_renamed", now).to(&found.id);
                rows.put_audit(&found.merchant, act.with(found.name.to_string()))?;
            }
            Ok(json!({ "device": found.id, "name": found.name }))
        });
        renamed.await.map_err(told)
    }

    async fn sessions(&self, account: &MerchantAccount) -> Result<Value, String> {
        let (id, now) = (account.merchant.id.clone(), self.shop.clock.now());
        let mut rows = self.shop.ledger.read(move |rows| rows.sessions(&id)).await.map_err(told)?;
        rows.retain(|session| session.expires_at > now);
        let all = rows.iter().map(|session| {
            json!({
                "device": session.device,
                "person": session.person,
                "started_at": session.started_at,
                "expires_at": session.expires_at,
            })
        });
        Ok(json!({ "sessions": all.collect::<Vec<_>>() }))
    }

    async fn sign_out(
        &self,
        account: &MerchantAccount,
        device: Option<DeviceId>,
        person: Option<StaffId>,
    ) -> Result<Value, String> {
        let (merchant, now) = (account.merchant.id.clone(), self.shop.clock.now());
        let ended = self.shop.ledger.write::<_, LedgerError, _>(move |rows| {
            let ended = rows.end_sessions(&merchant, device.as_ref(), person.as_ref())?;
            if ended > 0 {
                let mut act = Who::admin().does("signed_out", now).with(format!("{ended} sessions"));
                act.about = person.map(String::from).or(device.map(String::from));
                rows.put_audit(&merchant, act)?;
            }
            Ok(json!({ "ended": ended }))
        });
        ended.await.map_err(told)
    }
}

/// Whoever works on the machine keeps everybody.
fn keeper(account: &MerchantAccount) -> Keeper {
    Keeper { who: Who::admin(), role: Role::Owner, scope: scope(account) }
}

fn scope(account: &MerchantAccount) -> Scope {
    Scope { merchant: account.merchant.id.clone(), store: None }
}

fn rules(account: &MerchantAccount) -> Value {
    let rules = &account.rules;
    let ceiling =
        |rule: &Ceiling| json!({ "then": rule.then.as_str(), "amount": rule.amount, "times": rule.times });
    let then = |then: Then| json!({ "then": then.as_str() });
    let (share, night) = (&rules.refund_day_share, &rules.refund_at_night);
    json!({
        "order_ceiling": { "then": rules.order_ceiling.then.as_str(), "amount": rules.order_ceiling.amount },
        "device_hour": ceiling(&rules.device_hour),
        "open_codes": { "then": rules.open_codes.then.as_str(), "times": rules.open_codes.times },
        "refund_day_share": { "then": share.then.as_str(), "percent": share.percent, "free": share.free },
        "refund_at_night": {
            "then": night.then.as_str(),
            "from_hour": night.from_hour,
            "until_hour": night.until_hour,
            "within_minutes": night.within_minutes,
        },
        "failed_codes": { "then": rules.failed_codes.then.as_str(), "times": rules.failed_codes.times },
        "device_moves": then(rules.device_moves),
        "replayed": then(rules.replayed),
        "skewed": { "then": rules.skewed.then.as_str(), "times": rules.skewed.times },
    })
}
