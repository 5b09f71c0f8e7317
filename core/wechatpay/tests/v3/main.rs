//! What this crate promises, checked from outside: against public vectors, the vendor's schemas, and properties.

mod keys;
mod support;
mod vectors;
