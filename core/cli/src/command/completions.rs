//! `saoma completions`: a shell's completion script.

use clap::CommandFactory as _;

use crate::args::Saoma;
use crate::outcome::{Failure, Outcome};

pub(crate) fn run(shell: clap_complete::Shell) -> Result<Outcome, Failure> {
    clap_complete::generate(shell, &mut Saoma::command(), "saoma", &mut std::io::stdout());
    Ok(Outcome::Done)
}
