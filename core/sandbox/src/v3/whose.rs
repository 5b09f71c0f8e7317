//! For whom a call speaks: a direct merchant, or a service provider and its sub-merchant (WeChat Pay protocol B.3).

use super::{
    json::Members,
    received::Received,
    refusal::{Place, Refusal},
};
use crate::{double::Account, identity::Party, trade::Sub};

/// The two forms of most calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Direct,
    Partner,
}

impl Form {
    /// The names under which a call tells its merchants.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Direct => &["mchid"],
            Self::Partner => &["sp_mchid", "sub_mchid"],
        }
    }

    /// The same, with the app ids.
    pub(super) fn names_with_appids(self) -> &'static [&'static str] {
        match self {
            Self::Direct => &["appid", "mchid"],
            Self::Partner => &["sp_appid", "sp_mchid", "sub_appid", "sub_mchid"],
        }
    }
}

/// A merchant, as the body of an order names it.
pub(super) struct Whose {
    pub(super) appid: String,
    pub(super) mchid: String,
    pub(super) sub: Option<Sub>,
}

impl Whose {
    /// Reads the members that [`Form::names_with_appids`] names.
    pub(super) fn of_body(members: &Members<'_>, form: Form) -> Result<Self, Refusal> {
        let text = |name: &str| Ok(members.required(name)?.text(1, 32)?.to_owned());
        let (appid, mchid, sub) = match form {
            Form::Direct => (text("appid")?, text("mchid")?, None),
            Form::Partner => {
                let appid = members.optional("sub_appid").map(|field| field.text(1, 32).map(str::to_owned));
                let sub = Sub { mchid: text("sub_mchid")?, appid: appid.transpose()? };
                (text("sp_appid")?, text("sp_mchid")?, Some(sub))
            }
        };
        Ok(Self { appid, mchid, sub })
    }

    /// Judges that these are the caller's, and the app ids theirs.
    pub(super) fn judge(&self, form: Form, party: &Party) -> Result<Account, Refusal> {
        let sub_mchid = self.sub.as_ref().map(|sub| sub.mchid.clone());
        let account = judge(form, Place::Body, party, &self.mchid, sub_mchid)?;
        if self.appid != party.merchant.appid {
            return Err(Refusal::appid_not_bound());
        }
        if let Some(Sub { mchid, appid: Some(appid) }) = &self.sub
            && party.merchant.sub_merchant(mchid).is_none_or(|sub| sub.appid != *appid)
        {
            return Err(Refusal::appid_not_bound());
        }
        Ok(account)
    }
}

/// The account a query names in its parameters, and nothing else.
pub(super) fn of_query(received: &Received, form: Form, party: &Party) -> Result<Account, Refusal> {
    let query = received.query(form.names())?;
    let value = |name: &str| query.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone());
    let required = |name: &str| {
        let missing = || Refusal::parameter(Place::Query, &format!("/{name}"), "", "此字段为必填项");
        value(name).ok_or_else(missing)
    };
    match form {
        Form::Direct => judge(form, Place::Query, party, &required("mchid")?, None),
        Form::Partner => {
            judge(form, Place::Query, party, &required("sp_mchid")?, Some(required("sub_mchid")?))
        }
    }
}

/// The account that the body of a close names, and nothing else.
pub(super) fn of_close(body: &[u8], form: Form, party: &Party) -> Result<Account, Refusal> {
    let body = super::json::Json::read(body)?;
    let members = Members::of_body(&body, form.names())?;
    let text = |name: &str| Ok(members.required(name)?.text(1, 32)?.to_owned());
    match form {
        Form::Direct => judge(form, Place::Body, party, &text("mchid")?, None),
        Form::Partner => judge(form, Place::Body, party, &text("sp_mchid")?, Some(text("sub_mchid")?)),
    }
}

/// The account of calls that have one form for all: a service provider adds its sub-merchant.
pub(super) fn of_sub(sub_mchid: Option<String>, place: Place, party: &Party) -> Result<Account, Refusal> {
    let form = if party.merchant.is_partner() { Form::Partner } else { Form::Direct };
    if form == Form::Partner && sub_mchid.is_none() {
        return Err(Refusal::sub_missing(place));
    }
    judge(form, place, party, &party.merchant.mchid, sub_mchid)
}

fn judge(
    form: Form,
    place: Place,
    party: &Party,
    mchid: &str,
    sub_mchid: Option<String>,
) -> Result<Account, Refusal> {
    if mchid != party.merchant.mchid {
        let field = if form == Form::Partner { "/sp_mchid" } else { "/mchid" };
        return Err(Refusal::other_mchid(place, field, mchid));
    }
    match (&sub_mchid, party.merchant.is_partner()) {
        (None, false) => {}
        (None, true) => return Err(Refusal::sub_missing(place)),
        (Some(sub), _) if sub == mchid => return Err(Refusal::sub_is_itself(place, sub)),
        (Some(sub), _) if party.merchant.sub_merchant(sub).is_some() => {}
        (Some(_), _) => return Err(Refusal::no_partner()),
    }
    Ok(Account { mchid: mchid.to_owned(), sub_mchid })
}
