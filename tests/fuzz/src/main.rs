//! `saoma-fuzz list` names the targets; `try TARGET FILE …` tries inputs that were kept.
#![allow(clippy::print_stdout, reason = "a program for the command line")]

use std::io::{Error, Result};
use std::process::ExitCode;

use saoma_fuzz::{TARGETS, Target};

fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["list"] => TARGETS.iter().for_each(|target| println!("{}", target.name)),
        ["try", name, files @ ..] => {
            let target = named(name)?;
            for file in files {
                (target.run)(&std::fs::read(file)?);
                println!("{file}: borne");
            }
        }
        _ => {
            println!("usage: saoma-fuzz list | try TARGET FILE …");
            return Ok(ExitCode::from(2));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn named(name: &str) -> Result<&'static Target> {
    saoma_fuzz::target(name).ok_or_else(|| Error::other(format!("{name} is no target")))
}
