//! `saoma serve`: the merchant backend, its configuration, and a pairing link for its first device.

use std::path::Path;

use saoma_backend::config::{self, Config};
use saoma_backend::{Backend, Deps, NewLink};
use saoma_contract::{DeviceRole, MerchantId, Time};
use saoma_qr::{Code, EcLevel, Style};
use serde_json::json;

use super::{qr, service};
use crate::args::{Role, ServeArgs};
use crate::outcome::{Failure, Outcome};
use crate::output::Output;

/// How long a link printed at the start holds.
const LINK_LIFE_S: u32 = 3600;

pub(crate) fn run(args: &ServeArgs, out: Output) -> Result<Outcome, Failure> {
    if args.init {
        out.tell(config::INIT_TEXT.trim_end());
        return Ok(Outcome::Done);
    }
    let file = args.config.as_deref().ok_or("--config names no file")?;
    let config = load(file)?;
    if args.check {
        out.say(&json!({ "config": file, "problems": [] }), || {
            format!("{}: nothing is wrong with it", file.display())
        });
        return Ok(Outcome::Done);
    }
    if let Some(device) = &args.revoke {
        return revoke(&config, device, out);
    }
    let link = args.pairing.as_deref().map(|place| new_link(&config, place, args.role)).transpose()?;
    service::log(out);
    service::run(async {
        let signals = service::Signals::caught()?;
        let backend = Backend::start(config, Deps::real()?).await?;
        let address = backend.url();
        out.say(&json!({ "listening": address }), || format!("backend listening on {address}"));
        if let Some(link) = link {
            print_link(&backend, link, out).await?;
        }
        let reload = async || {
            if let Err(why) = backend.reload().await {
                tracing::error!(why, "keys and certificates stay as they were");
            }
        };
        signals.told_to_stop(args.until_stdin_ends, reload).await;
        backend.shutdown().await;
        Ok(Outcome::Done)
    })?
}

/// A checked configuration, or everything that is wrong with it, a line each.
fn load(file: &Path) -> Result<Config, Failure> {
    config::load(file).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        format!("{} cannot be used:\n  {}", file.display(), lines.join("\n  ")).into()
    })
}

fn revoke(config: &Config, device: &str, out: Output) -> Result<Outcome, Failure> {
    let device = device.parse().map_err(|error| format!("--revoke: {error}"))?;
    let now = Time::from_unix_ms(i64::try_from(std::time::UNIX_EPOCH.elapsed()?.as_millis())?);
    if !saoma_backend::revoke_beside(&config.state_dir, &device, now)? {
        return Err(format!("--revoke: there is no device {device}").into());
    }
    out.say(&json!({ "revoked": device }), || format!("{device} is revoked"));
    Ok(Outcome::Done)
}

/// `STORE` where there is one merchant, `MERCHANT/STORE` where there are several.
fn new_link(config: &Config, place: &str, role: Role) -> Result<NewLink, Failure> {
    let named = |error: &dyn std::fmt::Display| format!("--pairing: {error}");
    let (merchant, store) = match place.split_once('/') {
        Some((merchant, store)) => (merchant.parse::<MerchantId>().map_err(|error| named(&error))?, store),
        None if config.merchants.len() == 1 => (config.merchants[0].merchant.id.clone(), place),
        None => return Err(named(&"there are several merchants; write MERCHANT/STORE").into()),
    };
    let role = device_role(role);
    Ok(NewLink { merchant, store: store.parse().map_err(|error| named(&error))?, role, life_s: LINK_LIFE_S })
}

pub(super) fn device_role(role: Role) -> DeviceRole {
    match role {
        Role::Owner => DeviceRole::Owner,
        Role::Manager => DeviceRole::Manager,
        Role::Cashier => DeviceRole::Cashier,
        Role::Courier => DeviceRole::Courier,
    }
}

async fn print_link(backend: &Backend, link: NewLink, out: Output) -> Result<(), Failure> {
    let (link, expires_at) = backend.mint_pairing(link).await?;
    let link = link.to_string();
    let drawn = qr::drawn(&Code::new(&link, EcLevel::M)?, &Style::default());
    out.say(&json!({ "pairing_link": link, "expires_at": expires_at }), || {
        format!("\n{drawn}\n\npairing link, good for one device until {expires_at}; keep it secret:\n{link}")
    });
    Ok(())
}
