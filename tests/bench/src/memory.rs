//! The process's memory, as Linux counts it.

/// The most memory that this process ever held, in bytes; 0 where the system does not say.
#[must_use]
pub fn memory_peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn the_peak_grows_with_what_is_held() {
        let before = memory_peak_bytes();
        let held = vec![1u8; 64 << 20];
        assert!(memory_peak_bytes() >= before.min(32 << 20) + (32 << 20), "{}", held.len());
    }
}
