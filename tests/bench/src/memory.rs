//! The process's memory, as Linux counts it.

/// How much memory a piece of work takes at most, beside what was held before.
#[derive(Debug)]
pub struct MemoryPeak {
    before: u64,
}

impl MemoryPeak {
    /// Begins to look.
    #[must_use]
    pub fn start() -> Self {
        // Makes the peak what is held now. Where that is not allowed, the peak stays what it was: never less than is true.
        let _ = std::fs::write("/proc/self/clear_refs", "5");
        Self { before: status("self", "VmRSS:") }
    }

    /// The most that was held since, beside what was held at the start, in bytes; 0 where the system does not say.
    #[must_use]
    pub fn grown_bytes(&self) -> u64 {
        status("self", "VmHWM:").saturating_sub(self.before)
    }
}

/// What another process holds now, in bytes; 0 where the system does not say.
#[must_use]
pub fn held_bytes(pid: u32) -> u64 {
    status(&pid.to_string(), "VmRSS:")
}

fn status(of: &str, what: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{of}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(what));
    let kilobytes = line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn what_was_held_meanwhile_is_counted() {
        let peak = MemoryPeak::start();
        drop(std::hint::black_box(vec![1u8; 64 << 20]));
        assert!(peak.grown_bytes() >= 60 << 20, "{}", peak.grown_bytes());
    }
}
