//! Values of a configuration.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// Where a value stands.
#[derive(Debug, Clone)]
pub struct Place {
    /// The file; empty for text that is in none.
    pub file: Arc<Path>,
    /// Line, counted from 1.
    pub line: usize,
    /// Byte in the line, counted from 1, but from 0 in the first line.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file.display(), self.line, self.column)
    }
}

/// A value and where it stands.
#[derive(Debug, Clone)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Its place: that of its key, or its own in an array.
    pub place: Place,
    /// For an entry of a map: that another value refers to it as a variable.
    pub used_as_variable: bool,
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Text.
    String(String),
    /// A whole number, its suffix worked in.
    Integer(i64),
    /// Another number.
    Float(f64),
    /// `true`, `yes`, `on` and their opposites.
    Bool(bool),
    /// A date, as written.
    Date(String),
    /// Values in brackets.
    Array(Vec<Node>),
    /// Keys and values in braces.
    Map(Map),
}

/// Keys and their values. A key that is given twice has its last value.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Map {
    entries: BTreeMap<String, Node>,
}

impl Map {
    /// Keys and values, in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.entries.iter().map(|(key, node)| (key.as_str(), node))
    }

    /// The value of `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries.get(key)
    }

    /// Whether there are no keys.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn insert(&mut self, key: String, node: Node) {
        self.entries.insert(key, node);
    }

    pub(super) fn use_as_variable(&mut self, key: &str) -> Option<Value> {
        let node = self.entries.get_mut(key)?;
        node.used_as_variable = true;
        Some(node.value.clone())
    }

    pub(super) fn extend(&mut self, other: Self) {
        self.entries.extend(other.entries);
    }
}

impl PartialEq for Place {
    /// Places do not make values different.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Value {
    /// The value as Go's `%v` shows it; of blocks and lists only that they are some.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::String(text) | Self::Date(text) => text.clone(),
            Self::Integer(number) => number.to_string(),
            Self::Float(number) => number.to_string(),
            Self::Bool(truth) => truth.to_string(),
            Self::Array(_) => "[...]".to_owned(),
            Self::Map(_) => "map[...]".to_owned(),
        }
    }

    /// What kind of value it is, as error messages name it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::String(_) => "string",
            Self::Integer(_) => "int64",
            Self::Float(_) => "float64",
            Self::Bool(_) => "bool",
            Self::Date(_) => "time.Time",
            Self::Array(_) => "[]interface {}",
            Self::Map(_) => "map[string]interface {}",
        }
    }
}
