//! Directories of a directory.

use std::fs;
use std::path::Path;

/// The names of the directories in one, sorted; none if it can not be
/// read.
pub fn directories(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}
