//! The `saoma` command: demo, backend, sandbox, QR codes and a terminal till in one binary. No logic of its own.

mod args;
mod command;
mod csv;
mod demo;
mod outcome;
mod output;

use clap::Parser as _;

use crate::args::{Command, Saoma};
use crate::outcome::Outcome;

fn main() -> std::process::ExitCode {
    let Saoma { json, command } = Saoma::parse();
    let out = output::Output::new(json);
    let outcome = match command {
        Command::Demo(args) => demo::run(&args, out),
        Command::Serve(args) => command::serve::run(&args, out),
        Command::Admin(args) => command::admin::run(args, out),
        Command::Sandbox(args) => command::sandbox::run(&args, out),
        Command::Qr(args) => command::qr::run(&args, out),
        Command::Till(args) => command::till::run(args, out),
        Command::Receipt(args) => command::receipt::run(&args, out),
        Command::Bill(args) => command::bill::run(&args, out),
        Command::Completions { shell } => command::completions::run(shell),
    };
    match outcome {
        Ok(outcome) => outcome.exit_code(),
        Err(error) => {
            out.error(&error);
            Outcome::Failed.exit_code()
        }
    }
}
