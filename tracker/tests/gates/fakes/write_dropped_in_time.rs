//! fake discarded-result; save; other
pub async fn save(file: &mut File, data: &[u8]) -> usize { let _ = timeout(SECOND, file.write_all(data)).await; data.len() }
