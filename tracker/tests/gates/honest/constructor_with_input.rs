//! honest; Queue::with_limit; other
pub struct Queue { items: Vec<u64>, limit: usize }
impl Queue { pub fn with_limit(limit: usize) -> Self { Self { items: Vec::new(), limit } } }
