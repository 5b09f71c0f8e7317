//! What this crate promises, checked from outside: against public vectors, the vendor's schemas, and properties.

mod answers;
mod certificates;
mod keys;
mod notifications;
mod properties;
mod requests;
mod schemas;
mod support;
mod vectors;
