//! honest; Memory::is_durable; constant
pub struct Memory { size: u64 }
impl Memory { pub fn is_durable(&self) -> bool { false } }
