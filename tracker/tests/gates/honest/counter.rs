//! honest; Stats::count; other
pub struct Stats { msgs: AtomicU64 }
impl Stats { pub fn count(&self) { self.msgs.fetch_add(1, Ordering::Relaxed); } }
