//! honest; Store::set_limit; other
pub struct Store { limit: u64 }
impl Store { pub fn set_limit(&mut self, limit: u64) { self.limit = limit; } }
