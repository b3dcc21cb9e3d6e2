//! fake no-state-change; Consumer::ack; other
pub struct Consumer { floor: u64 }
impl Consumer { pub fn ack(&mut self, seq: u64) -> String { format!("+OK {seq}") } }
