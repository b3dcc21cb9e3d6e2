//! fake not-yet-macro; purge; other
pub fn purge(limit: u64) -> anyhow::Result<u64> { if limit > 9 { anyhow::bail!("not implemented") } Ok(limit) }
