//! Defects put in on purpose, to see that the simulation in `tests/sim` catches them. A program that is built without the
//! feature `planted` has none, nor their names: the question is answered when it is compiled.

/// Whether the defect of this name is planted in the program that runs.
#[cfg(not(feature = "planted"))]
#[doc(hidden)]
#[inline(always)]
#[must_use]
pub const fn planted(_: &str) -> bool {
    false
}

/// Whether the defect of this name is planted in the program that runs: the one that `SAOMA_PLANTED` names.
#[cfg(feature = "planted")]
#[doc(hidden)]
#[must_use]
pub fn planted(name: &str) -> bool {
    static PLANTED: std::sync::OnceLock<Option<String>> = std::sync::OnceLock::new();
    PLANTED.get_or_init(|| std::env::var("SAOMA_PLANTED").ok()).as_deref() == Some(name)
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_is_planted_unless_somebody_names_it() {
        assert!(!super::planted("turn-unwritten"));
    }
}
