//! From a configuration file to [`Options`] (`ProcessConfigFile` in `opts.go`).
//!
//! Everything wrong with a file is collected and reported together, each with
//! file, line and column. What is known but not acted on by this server is listed
//! in [`Options::not_acted_on`], so that no option is silent.

mod accounts;
mod authorization;
mod cluster;
mod exports;
mod gateway;
mod home;
mod imports;
mod jetstream;
mod keys;
mod leaf_remotes;
mod leafnodes;
mod mappings;
mod mqtt;
mod msg_trace;
mod ocsp;
mod operator;
mod permissions;
mod problem;
mod proxies;
mod reader;
mod shares;
mod tls;
mod top;
mod users;
mod websocket;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

pub(in crate::config) use self::keys::is_public_key;
pub use self::problem::{ConfigWarning, LoadError, ValueError};
use self::reader::Reader;
use super::options::Options;
use super::syntax::{Map, digest, parse_file, parse_text};

/// Whether fields that nobody knows are passed over.
static UNKNOWN_FIELDS_ALLOWED: AtomicBool = AtomicBool::new(false);

/// Lets configurations have fields at the top that the server does not know, for
/// programs that keep their own there (`NoErrOnUnknownFields`).
pub fn no_error_on_unknown_fields(allowed: bool) {
    UNKNOWN_FIELDS_ALLOWED.store(allowed, Ordering::Relaxed);
}

impl Options {
    /// The options that the configuration file at `path` sets, with the defaults of the
    /// others (`ProcessConfigFile`). An empty path is no file.
    ///
    /// # Errors
    ///
    /// [`LoadError`] if the file can not be read or anything in it not be used.
    pub fn from_file(path: &Path) -> Result<Self, LoadError> {
        let mut options = Self::default();
        options.load(path)?;
        Ok(options)
    }

    /// Sets the options that the configuration file at `path` names. An empty path is no
    /// file. What is odd about the file is in [`Options::warnings`] afterwards.
    ///
    /// # Errors
    ///
    /// [`LoadError`] if the file can not be read or anything in it not be used.
    pub fn load(&mut self, path: &Path) -> Result<(), LoadError> {
        if path.as_os_str().is_empty() {
            return Ok(());
        }
        self.config_file = Some(path.to_owned());
        let map = parse_file(path)?;
        self.config_digest = digest(&map);
        self.process(path, &map)
    }

    /// The same with a configuration that is in no file (`ProcessConfigString`).
    ///
    /// # Errors
    ///
    /// [`LoadError`] if the text can not be read or anything in it not be used.
    pub fn load_text(&mut self, text: &str) -> Result<(), LoadError> {
        let map = parse_text(text)?;
        self.process(Path::new(""), &map)
    }

    /// Sets what a tree of values says (`processConfigFile`).
    fn process(&mut self, path: &Path, map: &Map) -> Result<(), LoadError> {
        let mut reader = Reader::default();
        if map.is_empty() {
            reader.warnings.push(ConfigWarning {
                place: None,
                field: None,
                reason: format!("{}: config has no values or is empty", path.display()),
            });
        }
        top::read(&mut reader, self, map);
        authorization::check_callout(&mut reader, self);
        self.not_acted_on = reader.not_acted_on;
        if !reader.errors.is_empty() {
            return Err(LoadError::Values {
                errors: reader.errors,
                warnings: reader.warnings,
            });
        }
        self.warnings = reader.warnings;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
