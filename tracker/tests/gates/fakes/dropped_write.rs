//! fake discarded-result; save; other
pub fn save(path: &Path, data: &[u8]) { let _ = std::fs::write(path, data); }
