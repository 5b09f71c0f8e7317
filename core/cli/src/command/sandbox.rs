//! `saoma sandbox`: the double of WeChat Pay, until it is told to stop.

use std::io::Write as _;

use saoma_sandbox::{ClockMode, Config, Sandbox};

use super::service;
use crate::args::{SandboxArgs, SandboxClock};
use crate::outcome::{Failure, Outcome};
use crate::output::Output;

pub(crate) fn run(args: &SandboxArgs, out: Output) -> Result<Outcome, Failure> {
    service::log(out);
    let config = Config {
        listen: args.listen,
        state_dir: args.state.clone(),
        clock: match args.clock {
            SandboxClock::Real => ClockMode::Real,
            SandboxClock::Manual => ClockMode::Manual,
        },
        seed: args.seed,
        allow_remote: args.allow_remote,
    };
    service::run(async {
        let signals = service::Signals::caught()?;
        let sandbox = Sandbox::start(config).await?;
        // The one line that other programs wait for, the same with and without --json.
        writeln!(std::io::stdout(), "sandbox listening on {}", sandbox.base_url())?;
        signals.told_to_stop(args.until_stdin_ends, async || {}).await;
        sandbox.shutdown().await;
        Ok(Outcome::Done)
    })?
}
