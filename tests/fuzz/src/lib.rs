//! Hostile input: whatever comes from outside, thrown at what reads it.
//!
//! A [`Target`] is one reader with good input to begin from. [`campaign::run`] drives it from a seed, with the same input each
//! time, and counts memory and time. No input may make a panic, take memory out of proportion, or not come to an end.

pub mod campaign;
pub mod message;
pub mod mutation;
mod targets;

pub use targets::TARGETS;

/// One reader of input from outside.
#[derive(Debug)]
pub struct Target {
    /// Its name, as the command line takes it.
    pub name: &'static str,
    /// Good input, and input that was once not borne.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Words of its language.
    pub words: &'static [&'static str],
    /// The longest input that is tried, in bytes.
    pub input_bytes_max: usize,
    /// The most memory that one input may take, in bytes, beside what was held before.
    pub memory_bytes_max: usize,
    /// How many inputs `cargo test` tries.
    pub executions: u32,
    /// Reads one input. Panics only if the reader does, or says what it must not.
    pub run: fn(&[u8]),
}

/// The target of this name.
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

/// Looks at an error as a log would: it must be short, whatever the input was.
///
/// # Panics
/// If it is not.
pub(crate) fn told(error: &impl std::fmt::Display) {
    let text = error.to_string();
    assert!(
        text.len() <= 4096,
        "an error of {} bytes: {}…",
        text.len(),
        text.chars().take(200).collect::<String>()
    );
}
