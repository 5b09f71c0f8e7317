//! `saoma admin`: a running backend's people, devices, log and certificates, through the socket in its state folder.

use saoma_backend::admin::{Command, ask};
use saoma_backend::config;
use saoma_contract::{ChangePerson, NewPerson, Pin};
use serde_json::{Value, json};

use super::serve::device_role;
use crate::args::{AdminArgs, AdminCommand, DevicesCommand, PeopleCommand, Role};
use crate::outcome::{Failure, Outcome};
use crate::output::Output;

pub(crate) fn run(args: AdminArgs, out: Output) -> Result<Outcome, Failure> {
    let state_dir = config::state_dir_of(&args.config)?;
    let merchant = args.merchant.map(|id| id.parse().map_err(|error| format!("--merchant: {error}")));
    let merchant = merchant.transpose()?;
    let mut drawn = None;
    let command = match args.command {
        AdminCommand::Merchants => Command::Merchants {},
        AdminCommand::People { command: None } => Command::People { merchant },
        AdminCommand::People { command: Some(command) } => match command {
            PeopleCommand::Add { person, name, role, store, pin_stdin } => {
                let new = NewPerson {
                    person: named("person", &person)?,
                    name: named("--name", &name)?,
                    role: person_role(role),
                    store: store.map(|store| named("--store", &store)).transpose()?,
                    pin: pin(pin_stdin, &mut drawn)?,
                };
                Command::AddPerson { merchant, new }
            }
            PeopleCommand::Rename { person, name } => {
                let change = ChangePerson { name: Some(named("name", &name)?), ..ChangePerson::default() };
                Command::ChangePerson { merchant, person: named("person", &person)?, change }
            }
            PeopleCommand::Role { person, role, store, all_stores } => {
                let store = store.map(|store| named("--store", &store)).transpose()?;
                let store = if all_stores { Some(None) } else { store.map(Some) };
                let change = ChangePerson { role: Some(person_role(role)), store, ..ChangePerson::default() };
                Command::ChangePerson { merchant, person: named("person", &person)?, change }
            }
            PeopleCommand::Pin { person, pin_stdin } => {
                let change =
                    ChangePerson { pin: Some(pin(pin_stdin, &mut drawn)?), ..ChangePerson::default() };
                Command::ChangePerson { merchant, person: named("person", &person)?, change }
            }
            PeopleCommand::Remove { person } => {
                let change = ChangePerson { remove: true, ..ChangePerson::default() };
                Command::ChangePerson { merchant, person: named("person", &person)?, change }
            }
        },
        AdminCommand::Devices { command: None } => Command::Devices { merchant },
        AdminCommand::Devices { command: Some(DevicesCommand::Revoke { device, reason }) } => {
            let reason = reason.map(|reason| named("--reason", &reason)).transpose()?;
            Command::RevokeDevice { device: named("device", &device)?, reason }
        }
        AdminCommand::Devices { command: Some(DevicesCommand::Rename { device, name }) } => {
            Command::RenameDevice { device: named("device", &device)?, name: named("name", &name)? }
        }
        AdminCommand::Pairing { store, role, life } => Command::PairingLink {
            merchant,
            store: named("store", &store)?,
            role: device_role(role),
            life_s: life,
        },
        AdminCommand::Sessions { end: false, .. } => Command::Sessions { merchant },
        AdminCommand::Sessions { end: true, device, person } => Command::SignOut {
            merchant,
            device: device.map(|device| named("--device", &device)).transpose()?,
            person: person.map(|person| named("--person", &person)).transpose()?,
        },
        AdminCommand::Audit { verify: true, .. } => Command::VerifyAudit { merchant },
        AdminCommand::Audit { verify: false, after, limit } => Command::Audit { merchant, after, limit },
        AdminCommand::Bill { date } => Command::Bill { merchant, date },
        AdminCommand::RefundToMerchant { refund } => {
            Command::RefundToMerchant { refund_no: named("refund", &refund)? }
        }
        AdminCommand::Rules => Command::Rules { merchant },
        AdminCommand::Certificates { reload } => {
            if reload {
                let taken = wait(ask(&state_dir, &Command::Reload {}))??;
                out.say(&taken, || printed(&taken));
            }
            Command::Certificates {}
        }
    };
    let mut answer = wait(ask(&state_dir, &command))??;
    if let Some(pin) = drawn {
        answer["pin"] = json!(String::from(pin));
    }
    out.say(&answer, || printed(&answer));
    Ok(Outcome::Done)
}

fn wait<T>(asking: impl Future<Output = T>) -> std::io::Result<T> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(asking))
}

fn named<T: std::str::FromStr<Err: std::fmt::Display>>(name: &str, text: &str) -> Result<T, Failure> {
    text.parse().map_err(|error| format!("{name}: {error}").into())
}

fn person_role(role: Role) -> saoma_contract::Role {
    match role {
        Role::Owner => saoma_contract::Role::Owner,
        Role::Manager => saoma_contract::Role::Manager,
        Role::Cashier => saoma_contract::Role::Cashier,
        Role::Courier => saoma_contract::Role::Courier,
    }
}

/// A PIN from standard input, or one of six digits that is drawn and then printed once. Never from the command line, which
/// every user of the machine can read.
fn pin(from_stdin: bool, drawn: &mut Option<Pin>) -> Result<Pin, Failure> {
    if from_stdin {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line)?;
        return Ok(Pin::try_from(line.trim().to_owned()).map_err(|error| format!("the PIN {error}"))?);
    }
    loop {
        let mut random = [0u8; 8];
        getrandom::fill(&mut random)?;
        // Of 2⁶⁴ numbers, a million leaves no digit measurably likelier.
        let pin: Pin = format!("{:06}", u64::from_be_bytes(random) % 1_000_000).parse()?;
        if pin.is_fit_to_set().is_ok() {
            *drawn = Some(pin.clone());
            return Ok(pin);
        }
    }
}

/// An answer for people: one line for each thing of a list, or for each field of one thing.
fn printed(answer: &Value) -> String {
    let lists = answer.as_object().map(|fields| fields.values().any(Value::is_array)).unwrap_or_default();
    match answer {
        Value::Array(items) => items.iter().map(line).collect::<Vec<_>>().join("\n"),
        Value::Object(fields) if lists => {
            let told = fields.iter().map(|(name, value)| match value {
                Value::Array(items) if items.is_empty() => format!("no {name}"),
                Value::Array(items) => items.iter().map(line).collect::<Vec<_>>().join("\n"),
                value => format!("{name}: {}", word(value)),
            });
            told.collect::<Vec<_>>().join("\n")
        }
        Value::Object(fields) => {
            let told = fields.iter().map(|(name, value)| format!("{name}: {}", line(value)));
            told.collect::<Vec<_>>().join("\n")
        }
        value => word(value),
    }
}

fn line(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let words = fields.iter().filter(|(name, _)| *name != "hash");
            words.map(|(name, value)| format!("{name} {}", word(value))).collect::<Vec<_>>().join("  ")
        }
        value => word(value),
    }
}

fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(line).collect::<Vec<_>>().join("; "),
        value => value.to_string(),
    }
}
