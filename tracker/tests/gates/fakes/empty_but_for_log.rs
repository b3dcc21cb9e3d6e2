//! fake empty-body; purge; other
pub fn purge(subject: &str) { tracing::debug!("purging {subject}"); }
