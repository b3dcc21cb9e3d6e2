//! honest; render; other
pub fn render(seq: u64) -> String { let mut out = String::new(); let _ = write!(out, "{seq}"); out }
