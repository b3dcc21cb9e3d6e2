//! honest; notify; other
pub fn notify(tx: &Sender<u64>, seq: u64) { let _ = tx.send(seq); }
