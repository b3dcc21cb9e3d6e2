//! fake constant-return; Store::msgs; getter
pub struct Store { count: u64 }
impl Store { pub fn msgs(&self) -> u64 { 42 } }
