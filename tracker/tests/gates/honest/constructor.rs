//! honest; Queue::new; other
pub struct Queue { items: Vec<u64>, limit: usize }
impl Queue { pub fn new() -> Self { Self { items: Vec::new(), limit: 0 } } }
