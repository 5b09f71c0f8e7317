//! `saoma demo`: the whole road on this machine. Sandbox, backend and till are processes of this binary that share
//! nothing but HTTP; the demo starts them, plays the customer, and tells what happens on each hop.

mod counter;
mod customer;
mod process;
mod scenario;
mod serving;
mod stage;
mod story;
mod till;

use std::io::IsTerminal as _;

use saoma_contract::{Amount, Currency, Note};

use crate::args::DemoArgs;
use crate::outcome::{Failure, Outcome};
use crate::output::Output;
use scenario::Scenario;

pub(crate) fn run(args: &DemoArgs, out: Output) -> Result<Outcome, Failure> {
    if args.list {
        list(out);
        return Ok(Outcome::Done);
    }
    let scenario: Scenario = args.scenario.parse()?;
    let sale = Sale {
        amount: Amount::parse(&args.amount, Currency::CNY).map_err(|error| format!("--amount: {error}"))?,
        note: args
            .note
            .as_deref()
            .map(str::parse::<Note>)
            .transpose()
            .map_err(|error| format!("--note: {error}"))?,
        png: args.png.clone(),
    };
    let person_pays = !args.pay && std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        tokio::select! {
            biased;
            signal = interrupted() => Err(format!("stopped by {signal}; nothing is left running").into()),
            outcome = async {
                if args.serve {
                    serving::serve(args, out).await
                } else {
                    let on = (args.state.as_deref(), args.protocol);
                    scenario::play(scenario, &sale, person_pays, on, out).await
                }
            } => outcome,
        }
    })
}

/// What is rung up.
struct Sale {
    amount: Amount,
    note: Option<Note>,
    png: std::path::PathBuf,
}

fn list(out: Output) {
    if out.is_json() {
        let all: Vec<_> = Scenario::ALL
            .iter()
            .map(|scenario| serde_json::json!({ "name": scenario.name(), "about": scenario.about() }))
            .collect();
        out.say(&all, String::new);
    } else {
        for scenario in Scenario::ALL {
            out.tell(&format!("{:<14}{}", scenario.name(), scenario.about()));
        }
    }
}

async fn interrupted() -> &'static str {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        // Without signal handlers the default action ends the process, and the children with their standard input.
        return std::future::pending().await;
    };
    tokio::select! {
        biased;
        _ = interrupt.recv() => "SIGINT",
        _ = terminate.recv() => "SIGTERM",
    }
}
