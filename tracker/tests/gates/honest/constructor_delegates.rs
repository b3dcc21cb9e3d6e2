//! honest; Queue::new; other
#[derive(Default)] pub struct Queue { items: Vec<u64> }
impl Queue { pub fn new() -> Self { Self::default() } }
