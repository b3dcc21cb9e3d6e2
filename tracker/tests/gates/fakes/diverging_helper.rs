//! fake not-yet-macro; purge; other
fn missing_part() -> ! { panic!("not implemented") }
pub fn purge(limit: u64) -> u64 { if limit > 1 { missing_part() } limit }
