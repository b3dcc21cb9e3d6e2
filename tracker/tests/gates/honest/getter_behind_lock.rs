//! honest; Store::msgs; getter
pub struct Store { msgs: Mutex<u64> }
impl Store { pub fn msgs(&self) -> u64 { *self.msgs.lock() } }
