//! honest; remove; other
pub fn remove(path: &Path) -> io::Result<()> { match fs::remove_file(path) { Err(e) if e.kind() == NotFound => Ok(()), other => other } }
