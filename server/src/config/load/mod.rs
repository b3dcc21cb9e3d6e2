//! From a configuration file to [`Options`] (`ProcessConfigFile` in `opts.go`).
//!
//! Everything wrong with a file is collected and reported together, each with
//! file, line and column. What is known but not acted on by this server is listed
//! in [`Options::not_acted_on`], so that no option is silent.

mod accounts;
mod authorization;
mod jetstream;
mod reader;
mod tls;
mod top;

use std::fmt;
use std::path::Path;

use sha2::{Digest as _, Sha256};
use thiserror::Error;

use self::reader::Reader;
use super::options::Options;
use super::syntax::{Place, SyntaxError, parse_file};

/// A configuration file that can not be used.
#[derive(Debug, Error)]
pub enum LoadError {
    /// It can not be read.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// Its values can not be used; one line for each.
    #[error("{}", lines(.0))]
    Values(Vec<ValueError>),
}

/// One thing that is wrong with a value.
#[derive(Debug)]
pub struct ValueError {
    /// Where.
    pub place: Place,
    /// What.
    pub reason: String,
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.reason)
    }
}

fn lines(errors: &[ValueError]) -> String {
    errors.iter().map(|error| format!("{error}\n")).collect()
}

impl Options {
    /// Sets the options that the configuration file at `path` names.
    ///
    /// # Errors
    ///
    /// [`LoadError`] if the file can not be read or anything in it not be used.
    pub fn load(&mut self, path: &Path) -> Result<(), LoadError> {
        let map = parse_file(path)?;
        let mut reader = Reader::default();
        top::read(&mut reader, self, &map);
        if !reader.errors.is_empty() {
            return Err(LoadError::Values(reader.errors));
        }
        self.not_acted_on = reader.not_acted_on;
        self.config_file = Some(path.to_owned());
        self.config_digest = digest(path)?;
        Ok(())
    }
}

fn digest(path: &Path) -> Result<String, SyntaxError> {
    let content = std::fs::read(path).map_err(|source| SyntaxError::Open {
        path: path.to_owned(),
        source,
    })?;
    let hash: String = Sha256::digest(content)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok(format!("sha256:{hash}"))
}

#[cfg(test)]
mod tests;
