//! The log in a file, with rotation by size.

use std::fmt::Arguments;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Zoned;
use thiserror::Error;

use super::format::{Level, LineFormat};
use super::logger::LogSink;

/// The log file could not be opened.
#[derive(Debug, Error)]
#[error("error opening file: {path}: {source}")]
pub struct FileLogError {
    path: PathBuf,
    source: io::Error,
}

/// Writes lines to a file.
///
/// When the file outgrows its limit it is renamed to
/// `name.year.month.day.hour.minute.second.nanosecond` and a new one is begun; of
/// the renamed ones only the newest are kept.
#[derive(Debug)]
pub struct FileLog {
    path: PathBuf,
    format: LineFormat,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    file: File,
    size: u64,
    /// Size in bytes at which the file is rotated; 0 is never.
    limit: u64,
    /// The limit asked for; `limit` doubles while rotation fails.
    wanted_limit: u64,
    /// How many files are kept, the current one included; 0 is all.
    files_max: usize,
}

impl FileLog {
    /// Opens `path` for appending. `limit` is in bytes and `files_max` counts the
    /// current file too; 0 is no limit for either.
    ///
    /// # Errors
    ///
    /// [`FileLogError`] if the file can not be opened.
    pub fn open(
        path: &Path,
        format: LineFormat,
        limit: u64,
        files_max: usize,
    ) -> Result<Self, FileLogError> {
        let error = |source| FileLogError {
            path: path.to_owned(),
            source,
        };
        let file = append_to(path).map_err(error)?;
        let size = file.metadata().map_err(error)?.len();
        Ok(Self {
            path: path.to_owned(),
            format: LineFormat {
                colors: false,
                ..format
            },
            state: Mutex::new(State {
                file,
                size,
                limit,
                wanted_limit: limit,
                files_max,
            }),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, state: &mut State, level: Level, message: Arguments<'_>) {
        let mut line = self.format.render(level, message);
        line.push('\n');
        // A full disk must not stop the server; the line is lost.
        if state.file.write_all(line.as_bytes()).is_ok() {
            state.size += line.len() as u64;
        }
    }

    fn rotate(&self, state: &mut State) {
        let now = Zoned::now();
        let mut backup = self.path.clone().into_os_string();
        backup.push(format!(
            ".{:04}.{:02}.{:02}.{:02}.{:02}.{:02}.{:09}",
            now.year(),
            now.month(),
            now.day(),
            now.hour(),
            now.minute(),
            now.second(),
            now.subsec_nanosecond()
        ));
        let renamed = fs::rename(&self.path, &backup).and_then(|()| append_to(&self.path));
        match renamed {
            Ok(file) => {
                state.file = file;
                state.size = 0;
                state.limit = state.wanted_limit;
                self.write(
                    state,
                    Level::Notice,
                    format_args!("Rotated log, backup saved as {backup:?}"),
                );
                self.purge(state);
            }
            Err(error) => {
                state.limit = state.limit.saturating_mul(2);
                let limit = state.limit;
                self.write(
                    state,
                    Level::Error,
                    format_args!("Unable to rotate logfile ({error}), will attempt next rotation at size {limit}"),
                );
            }
        }
    }

    fn purge(&self, state: &mut State) {
        if state.files_max == 0 {
            return;
        }
        let mut backups = match self.backups() {
            Ok(backups) => backups,
            Err(error) => {
                let message = format!(
                    "Unable to read directory for log purge ({error}), will attempt next rotation"
                );
                self.write(state, Level::Error, format_args!("{message}"));
                return;
            }
        };
        backups.sort();
        let surplus = backups.len().saturating_sub(state.files_max - 1);
        for backup in backups.drain(..surplus) {
            match fs::remove_file(&backup) {
                Ok(()) => {
                    let name = backup.file_name().unwrap_or_default();
                    self.write(
                        state,
                        Level::Notice,
                        format_args!("Purged log file {name:?}"),
                    );
                }
                Err(error) => {
                    self.write(
                        state,
                        Level::Error,
                        format_args!("Unable to remove backup log file {backup:?} ({error}), will attempt next rotation"),
                    );
                    return;
                }
            }
        }
    }

    fn backups(&self) -> io::Result<Vec<PathBuf>> {
        let directory = match self.path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let mut prefix = self
            .path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        prefix.push('.');
        let mut found = Vec::new();
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.strip_prefix(&prefix).is_some_and(is_stamp) {
                found.push(entry.path());
            }
        }
        Ok(found)
    }
}

impl LogSink for FileLog {
    fn log(&self, level: Level, message: Arguments<'_>) {
        let mut state = self.lock();
        self.write(&mut state, level, message);
        if state.limit > 0 && state.size > state.limit {
            self.rotate(&mut state);
        }
    }

    fn reopen(&self) -> io::Result<()> {
        let file = append_to(&self.path)?;
        let size = file.metadata()?.len();
        let mut state = self.lock();
        state.file = file;
        state.size = size;
        Ok(())
    }
}

fn append_to(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}

/// Whether a backup's ending is a time stamp as [`FileLog::rotate`] writes it.
fn is_stamp(ending: &str) -> bool {
    let widths = [4, 2, 2, 2, 2, 2, 9];
    let parts: Vec<&str> = ending.split('.').collect();
    parts.len() == widths.len()
        && parts
            .iter()
            .zip(widths)
            .all(|(part, width)| part.len() == width && part.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(directory: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn rotates_by_size_and_keeps_the_newest() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        fs::write(directory.path().join("log.notes"), "kept").unwrap();
        let log = FileLog::open(&path, LineFormat::default(), 200, 3).unwrap();
        for n in 0..60 {
            log.log(Level::Notice, format_args!("line number {n:04}"));
        }
        let names = names(directory.path());
        let backups = names
            .iter()
            .filter(|name| is_stamp(name.trim_start_matches("log.")))
            .count();
        assert_eq!(backups, 2, "{names:?}");
        assert!(names.contains(&"log.notes".to_owned()));
        let current = fs::read_to_string(&path).unwrap();
        assert!(
            current.contains("Rotated log, backup saved as"),
            "{current}"
        );
        assert!(current.contains("Purged log file"), "{current}");
    }

    #[test]
    fn reopening_follows_a_moved_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        let log = FileLog::open(&path, LineFormat::default(), 0, 0).unwrap();
        log.log(Level::Notice, format_args!("one"));
        fs::rename(&path, directory.path().join("old")).unwrap();
        log.reopen().unwrap();
        log.log(Level::Notice, format_args!("two"));
        assert!(fs::read_to_string(&path).unwrap().ends_with("[INF] two\n"));
    }
}
