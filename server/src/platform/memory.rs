//! The machine's memory (`sysmem`).

/// Physical memory of this machine in bytes.
pub fn total() -> u64 {
    let info = rustix::system::sysinfo();
    // The field types differ between platforms.
    u64::from(info.mem_unit).saturating_mul(info.totalram as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_meminfo() {
        let text = std::fs::read_to_string("/proc/meminfo").unwrap();
        let line = text
            .lines()
            .find(|line| line.starts_with("MemTotal:"))
            .unwrap();
        let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        assert_eq!(total() / 1024, kib);
    }
}
