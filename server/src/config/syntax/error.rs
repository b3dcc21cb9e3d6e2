//! What can be wrong with a configuration's syntax.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::value::Place;
use crate::platform::os_error;

/// A configuration that can not be read.
#[derive(Debug, Error)]
pub enum SyntaxError {
    /// The file can not be opened.
    #[error("open {path}: {}", os_error::text(source))]
    Open {
        /// The file.
        path: PathBuf,
        /// What hinders it.
        source: io::Error,
    },
    /// The text breaks the syntax.
    #[error("Parse error on line {line}: '{message}'")]
    Syntax {
        /// Where, counted from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// A key without a value at the end.
    #[error("config is invalid ({0})")]
    Invalid(Place),
    /// A number that does not fit.
    #[error("{kind} '{text}' is out of the range")]
    Range {
        /// What kind of number.
        kind: &'static str,
        /// As written.
        text: String,
    },
    /// A variable that is not set.
    #[error("variable reference for '{name}' on line {line} can not be found")]
    UnknownVariable {
        /// The variable.
        name: String,
        /// Where, counted from 1.
        line: usize,
    },
    /// A variable whose value can not be read.
    #[error("variable reference for '{name}' on line {line} could not be parsed: {source}")]
    BadVariable {
        /// The variable.
        name: String,
        /// Where, counted from 1.
        line: usize,
        /// What is wrong.
        source: Box<Self>,
    },
    /// Variables of the environment that refer to each other.
    #[error("variable reference cycle for '{0}'")]
    Cycle(String),
    /// An included file that can not be used.
    #[error("error parsing include file '{file}', {source}")]
    Include {
        /// The file as named.
        file: String,
        /// What is wrong.
        source: Box<Self>,
    },
}
