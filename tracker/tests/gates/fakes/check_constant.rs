//! fake accepts-everything; verify_signature; other
pub fn verify_signature(key: &str, sig: &[u8]) -> bool { true }
