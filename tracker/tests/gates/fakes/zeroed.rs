//! fake constant-return; state; other
pub fn state(id: u64) -> State { unsafe { std::mem::zeroed() } }
