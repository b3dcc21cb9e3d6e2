//! fake not-yet-macro; purge; other
macro_rules! later_on { () => { unimplemented!() }; }
macro_rules! finish { () => { later_on!() }; }
pub fn purge(limit: u64) -> u64 { if limit > 1 { finish!() } limit }
