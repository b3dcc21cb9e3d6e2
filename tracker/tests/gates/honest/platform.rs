//! honest; page_size; other
pub fn page_size(fallback: usize) -> usize { if cfg!(target_os = "linux") { read_page_size().unwrap_or(fallback) } else { fallback } }
