//! saoma
fn main() {}
