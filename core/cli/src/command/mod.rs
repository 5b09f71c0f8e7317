//! The commands, one file each: they read the command line, call a library, and print.

pub(crate) mod admin;
pub(crate) mod bill;
mod books;
pub(crate) mod completions;
pub(crate) mod counter;
pub(crate) mod qr;
pub(crate) mod receipt;
pub(crate) mod sandbox;
pub(crate) mod serve;
pub(crate) mod service;
pub(crate) mod till;
mod words;
