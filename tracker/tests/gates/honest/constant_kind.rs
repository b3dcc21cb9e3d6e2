//! honest; Memory::kind; constant
pub struct Memory { size: u64 }
impl Memory { pub fn kind(&self) -> StorageType { StorageType::Memory } }
