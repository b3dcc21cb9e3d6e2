//! What can be wrong with a configuration (`errors.go`).

use std::fmt;

use thiserror::Error;

use crate::config::syntax::{Place, SyntaxError};

/// A configuration that can not be used.
#[derive(Debug, Error)]
pub enum LoadError {
    /// It can not be read.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// Its values can not be used; one line for each, warnings first.
    #[error("{}{}", lines(.warnings), lines(.errors))]
    Values {
        /// What keeps it from being used.
        errors: Vec<ValueError>,
        /// What else is to be said of it.
        warnings: Vec<ConfigWarning>,
    },
}

/// One thing that is wrong with a value (`configErr`).
#[derive(Debug, Clone, PartialEq)]
pub struct ValueError {
    /// Where; `None` if it is wrong with the file as a whole.
    pub place: Option<Place>,
    /// What.
    pub reason: String,
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.reason)
    }
}

/// Something that is odd with a value and does not keep it from being used
/// (`configWarningErr`).
#[derive(Debug, Clone, PartialEq)]
pub struct ConfigWarning {
    /// Where; `None` if it is the file as a whole.
    pub place: Option<Place>,
    /// The field, if it is used in a way it should not be.
    pub field: Option<String>,
    /// What is odd.
    pub reason: String,
}

impl fmt::Display for ConfigWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        if let Some(field) = &self.field {
            write!(f, "invalid use of field {field:?}: ")?;
        }
        f.write_str(&self.reason)
    }
}

fn lines<T: fmt::Display>(problems: &[T]) -> String {
    problems
        .iter()
        .map(|problem| format!("{problem}\n"))
        .collect()
}
