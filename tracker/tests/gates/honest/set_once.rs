//! honest; remember; other
pub fn remember(cell: &OnceLock<u64>, value: u64) { let _ = cell.set(value); }
