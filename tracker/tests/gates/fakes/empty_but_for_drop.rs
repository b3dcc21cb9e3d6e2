//! fake empty-body; purge; other
pub fn purge(subject: String) { let _ = &subject; drop(subject); () }
