//! Memory per entry, for the benchmarks.

use std::fs;

/// Resident memory of this process in bytes.
pub(crate) fn resident() -> usize {
    let text = fs::read_to_string("/proc/self/statm").expect("Linux has it");
    let pages: usize = text
        .split_whitespace()
        .nth(1)
        .and_then(|pages| pages.parse().ok())
        .expect("a number");
    pages * rustix::param::page_size()
}

/// Builds something of `entries` entries and prints the memory it takes.
pub(crate) fn measured<T>(name: &str, entries: usize, build: impl FnOnce() -> T) -> T {
    let before = resident();
    let built = build();
    let bytes = resident().saturating_sub(before);
    println!(
        "{name}/{entries}: {:.1} bytes an entry",
        bytes as f64 / entries as f64
    );
    built
}

/// 1k, 1M and 10M entries; `BENCH_ENTRIES_MAX` stops earlier.
pub(crate) fn sizes() -> impl Iterator<Item = usize> {
    let max = std::env::var("BENCH_ENTRIES_MAX")
        .ok()
        .and_then(|max| max.parse().ok());
    [1_000, 1_000_000, 10_000_000]
        .into_iter()
        .filter(move |size| *size <= max.unwrap_or(usize::MAX))
}

/// Subjects of three tokens that share most of their beginning.
pub(crate) fn subject(number: usize) -> String {
    format!("orders.{}.{number}", number % 1_000)
}
