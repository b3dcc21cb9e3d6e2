//! honest; Store::name; getter
pub struct Store { name: String }
impl Store { pub fn name(&self) -> String { self.name.clone() } }
