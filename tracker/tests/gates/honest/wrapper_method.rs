//! honest; Stream::purge; other
pub struct Stream { store: Store }
impl Stream { pub fn purge(&mut self) -> u64 { self.store.purge() } }
