//! honest; sweep; other
pub fn sweep(path: &Path) { match fs::remove_dir_all(path) { Ok(()) => {} Err(error) => warn!("sweeping: {error}") } }
