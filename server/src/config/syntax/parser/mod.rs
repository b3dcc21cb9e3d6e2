//! The parser: one pass over the text, down into maps and arrays.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::SyntaxError;
use super::scalar;
use super::value::{Map, Node, Place, Value};

/// How deep maps, arrays and included files may nest.
const DEPTH_MAX: usize = 128;
/// A bare `$2a$…` is a bcrypt hash and no variable.
const BCRYPT_PREFIX: &str = "2a$";
/// Under which key the value of a variable of the environment is read.
const ENVIRONMENT_KEY: &str = "pk";

/// Reads the configuration in a file. Included files are looked for beside it.
///
/// # Errors
///
/// [`SyntaxError`] for the first thing that is wrong.
pub fn parse_file(path: &Path) -> Result<Map, SyntaxError> {
    let mut scope = Scope::default();
    parse_file_in(path, &mut scope, 0)?;
    Ok(scope.maps.pop().unwrap_or_default())
}

/// Reads a configuration that is in no file. Included files are looked for in the
/// working directory.
///
/// # Errors
///
/// [`SyntaxError`] for the first thing that is wrong.
pub fn parse_text(text: &str) -> Result<Map, SyntaxError> {
    let mut scope = Scope {
        maps: vec![Map::default()],
        ..Scope::default()
    };
    Parser::new(text, Path::new(""), &mut scope, 0).document()?;
    Ok(scope.maps.pop().unwrap_or_default())
}

fn parse_file_in(path: &Path, scope: &mut Scope, depth: usize) -> Result<(), SyntaxError> {
    let text = fs::read(path).map_err(|source| SyntaxError::Open {
        path: path.to_owned(),
        source,
    })?;
    let text = String::from_utf8_lossy(&text);
    scope.maps.push(Map::default());
    Parser::new(&text, path, scope, depth).document()
}

/// The maps around the place that is being read, outermost first, in which
/// variables are looked up.
#[derive(Default)]
struct Scope {
    maps: Vec<Map>,
    /// Variables of the environment that are being read.
    reading: HashSet<String>,
}

struct Parser<'t, 's> {
    text: &'t str,
    at: usize,
    line: usize,
    line_start: usize,
    file: Arc<Path>,
    directory: PathBuf,
    scope: &'s mut Scope,
    depth: usize,
}

impl<'t, 's> Parser<'t, 's> {
    fn new(text: &'t str, path: &Path, scope: &'s mut Scope, depth: usize) -> Self {
        Self {
            text: text.strip_prefix('\u{feff}').unwrap_or(text),
            at: 0,
            line: 1,
            line_start: 0,
            file: path.into(),
            directory: path.parent().unwrap_or(Path::new("")).to_owned(),
            scope,
            depth,
        }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        if c == '\n' {
            self.line += 1;
            self.line_start = self.at;
        }
        Some(c)
    }

    /// Where the parser stands. Columns of the first line are counted from 0, those
    /// of all others from 1, as the Go server does.
    fn place(&self) -> Place {
        Place {
            file: Arc::clone(&self.file),
            line: self.line,
            column: self.at - self.line_start + usize::from(self.line > 1),
        }
    }

    fn error<T>(&self, message: impl Into<String>) -> Result<T, SyntaxError> {
        Err(SyntaxError::Syntax {
            line: self.line,
            message: message.into(),
        })
    }

    fn descend(&mut self) -> Result<(), SyntaxError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return self.error("Nested too deeply.");
        }
        Ok(())
    }

    /// Skips blanks, line ends and comments.
    fn skip_cruft(&mut self) {
        loop {
            match self.peek() {
                Some(c) if c.is_whitespace() => {
                    self.next();
                }
                Some('#') => self.skip_line(),
                Some('/') if self.rest().starts_with("//") => self.skip_line(),
                _ => return,
            }
        }
    }

    fn skip_line(&mut self) {
        while self.peek().is_some_and(|c| c != '\n') {
            self.next();
        }
    }

    fn skip_blanks(&mut self) {
        while self.peek().is_some_and(|c| c == ' ' || c == '\t') {
            self.next();
        }
    }

    /// The entries of a whole text, in braces or not.
    fn document(&mut self) -> Result<(), SyntaxError> {
        self.skip_cruft();
        if self.peek() == Some('{') {
            self.next();
            self.entries(Some('}'))?;
            self.skip_cruft();
            if self.peek().is_some() {
                return self.error("Expected nothing after the closing brace.");
            }
            return Ok(());
        }
        self.entries(None)
    }

    /// Entries into the innermost map, up to `end`.
    fn entries(&mut self, end: Option<char>) -> Result<(), SyntaxError> {
        loop {
            self.skip_cruft();
            match self.peek() {
                None if end.is_none() => return Ok(()),
                None => return self.error("Unexpected EOF."),
                Some(c) if Some(c) == end => {
                    self.next();
                    return Ok(());
                }
                Some(',' | ';') => {
                    self.next();
                }
                Some(_) => self.entry(end)?,
            }
        }
    }

    fn entry(&mut self, end: Option<char>) -> Result<(), SyntaxError> {
        let (key, place, quoted) = self.key()?;
        while self.peek().is_some_and(char::is_whitespace) && self.peek() != Some('\n') {
            self.next();
        }
        if !quoted && key.eq_ignore_ascii_case("include") && !self.at_separator() {
            self.include()?;
            return self.entry_end(end);
        }
        // The value may stand on a later line, but not after a separator.
        while self.peek().is_some_and(char::is_whitespace) {
            self.next();
        }
        if self.at_separator() {
            self.next();
            self.skip_blanks();
            if self.peek() == Some('\n') || self.rest().starts_with("\r\n") {
                return self.error("Expected value but found new line");
            }
        }
        if self.peek().is_none() {
            return Err(SyntaxError::Invalid(self.place()));
        }
        let mut node = self.value()?;
        // What is wrong with a value is reported where its key stands.
        node.place = place;
        if let Some(map) = self.scope.maps.last_mut() {
            map.insert(key, node);
        }
        self.entry_end(end)
    }

    /// What stands after the value of an entry, on its line.
    fn entry_end(&mut self, end: Option<char>) -> Result<(), SyntaxError> {
        self.skip_blanks();
        match self.peek() {
            None | Some('\n' | '\r' | ',' | ';' | '#' | '}') => Ok(()),
            Some('/') if self.rest().starts_with("//") => Ok(()),
            Some(c) if end.is_some() => self.error(format!(
                "Expected a map value terminator \",\" or a map terminator \"}}\", but got '{c}' instead."
            )),
            Some(c) => self.error(format!(
                "Expected a top-level value to end with a new line, comment or EOF, but got '{c}' instead."
            )),
        }
    }

    fn at_separator(&self) -> bool {
        matches!(self.peek(), Some(':' | '='))
    }

    /// A key, where it stands and whether it is quoted.
    fn key(&mut self) -> Result<(String, Place, bool), SyntaxError> {
        match self.peek() {
            Some(quote @ ('"' | '\'')) => {
                self.next();
                let place = self.place();
                let start = self.at;
                loop {
                    let end = self.at;
                    match self.next() {
                        Some(c) if c == quote => {
                            let key = self.text.get(start..end).unwrap_or_default();
                            return Ok((key.to_owned(), place, true));
                        }
                        Some(_) => {}
                        None => return self.error("Unexpected EOF."),
                    }
                }
            }
            Some(c @ (':' | '=')) => self.error(format!("Unexpected key separator '{c}'")),
            Some(c @ ('}' | ']' | '{' | '[')) => self.error(format!("Unexpected '{c}' for a key")),
            _ => {
                let place = self.place();
                let start = self.at;
                while self
                    .peek()
                    .is_some_and(|c| !c.is_whitespace() && !matches!(c, ':' | '='))
                {
                    self.next();
                }
                Ok((
                    self.text.get(start..self.at).unwrap_or_default().to_owned(),
                    place,
                    false,
                ))
            }
        }
    }

    fn include(&mut self) -> Result<(), SyntaxError> {
        let line = self.line;
        let file = match self.value()?.value {
            Value::String(file) => file,
            other => {
                return Err(SyntaxError::Syntax {
                    line,
                    message: format!("Expected a file to include, got {}", other.kind()),
                });
            }
        };
        self.descend()?;
        let path = self.directory.join(&file);
        // An included file does not see the variables of the file around it.
        let mut scope = Scope::default();
        let included = parse_file_in(&path, &mut scope, self.depth);
        self.depth -= 1;
        let map = scope.maps.pop().unwrap_or_default();
        included.map_err(|source| SyntaxError::Include {
            file,
            source: Box::new(source),
        })?;
        if let Some(outer) = self.scope.maps.last_mut() {
            outer.extend(map);
        }
        Ok(())
    }

    fn value(&mut self) -> Result<Node, SyntaxError> {
        let mut place = self.place();
        let value = match self.peek() {
            Some('{') => {
                self.next();
                self.descend()?;
                self.scope.maps.push(Map::default());
                let entries = self.entries(Some('}'));
                self.depth -= 1;
                let map = self.scope.maps.pop().unwrap_or_default();
                entries?;
                // Blocks and lists stand where they end.
                place = self.place();
                Value::Map(map)
            }
            Some('[') => {
                self.next();
                self.descend()?;
                let array = self.array()?;
                self.depth -= 1;
                place = self.place();
                Value::Array(array)
            }
            Some('"') => {
                self.next();
                place = self.place();
                Value::String(self.escaped(Some('"'))?)
            }
            Some('\'') => {
                self.next();
                place = self.place();
                Value::String(self.raw()?)
            }
            Some('(') => {
                self.next();
                Value::String(self.block()?)
            }
            Some('.') => return self.error("Floats must start with a digit"),
            _ => self.bare()?,
        };
        Ok(Node {
            value,
            place,
            used_as_variable: false,
        })
    }

    fn array(&mut self) -> Result<Vec<Node>, SyntaxError> {
        let mut nodes = Vec::new();
        loop {
            self.skip_cruft();
            match self.peek() {
                None => return self.error("Unexpected EOF."),
                Some(']') => {
                    self.next();
                    return Ok(nodes);
                }
                Some(',') => return self.error("Unexpected array value terminator ','."),
                Some(_) => nodes.push(self.value()?),
            }
            self.separator()?;
        }
    }

    /// What stands between two values of an array: a comma or a new line.
    fn separator(&mut self) -> Result<(), SyntaxError> {
        let line = self.line;
        self.skip_cruft();
        match self.peek() {
            Some(',') => {
                self.next();
                Ok(())
            }
            Some(']') => Ok(()),
            Some(_) if self.line > line => Ok(()),
            Some(c) => self.error(format!(
                "Expected an array value terminator \",\" or an array terminator \"]\", but got '{c}' instead."
            )),
            None => self.error("Unexpected EOF."),
        }
    }

    /// Text with escapes up to `end`.
    fn escaped(&mut self, end: Option<char>) -> Result<String, SyntaxError> {
        let mut text = String::new();
        loop {
            match self.next() {
                Some(c) if Some(c) == end => return Ok(text),
                Some('\\') => self.escape(&mut text)?,
                Some(c) => text.push(c),
                None => return self.error("Unexpected EOF."),
            }
        }
    }

    fn escape(&mut self, text: &mut String) -> Result<(), SyntaxError> {
        match self.next() {
            Some('t') => text.push('\t'),
            Some('n') => text.push('\n'),
            Some('r') => text.push('\r'),
            Some('"') => text.push('"'),
            Some('\\') => text.push('\\'),
            Some('x') => {
                let digits = self.rest().get(..2).unwrap_or_default();
                let Ok(byte) = u8::from_str_radix(digits, 16) else {
                    return self.error(format!(
                        "Expected two hexadecimal digits after '\\x', but got '{digits}'"
                    ));
                };
                self.next();
                self.next();
                text.push(char::from(byte));
            }
            other => {
                let shown = other.map(String::from).unwrap_or_default();
                return self.error(format!(
                    "Invalid escape character '{shown}'. Only the following escape characters are allowed: \\xXX, \\t, \\n, \\r, \\\", \\\\."
                ));
            }
        }
        Ok(())
    }

    /// Text in single quotes, as it stands.
    fn raw(&mut self) -> Result<String, SyntaxError> {
        let start = self.at;
        loop {
            let end = self.at;
            match self.next() {
                Some('\'') => return Ok(self.text.get(start..end).unwrap_or_default().to_owned()),
                Some(_) => {}
                None => return self.error("Unexpected EOF."),
            }
        }
    }

    /// Text up to a `)` on a line of its own.
    fn block(&mut self) -> Result<String, SyntaxError> {
        let start = self.at;
        loop {
            let before = self.at;
            match self.next() {
                None => return self.error("Unexpected EOF processing block."),
                Some(')')
                    if self
                        .text
                        .get(..before)
                        .is_some_and(|text| text.ends_with('\n'))
                        && matches!(self.peek(), None | Some('\n')) =>
                {
                    return Ok(self.text.get(start..before).unwrap_or_default().to_owned());
                }
                Some(_) => {}
            }
        }
    }

    /// A word without quotes: a number, a truth value, a variable or text.
    fn bare(&mut self) -> Result<Value, SyntaxError> {
        let line = self.line;
        let mut word = String::new();
        let mut escaped = false;
        while let Some(c) = self.peek() {
            // The Go server knows no number that ends there: `[44]` is the beginning of
            // an array whose first value is the text `44]`, and `[4k]` holds a text.
            let goes_on = matches!(c, ']' | '\'')
                && !word.is_empty()
                && word.bytes().all(|byte| byte.is_ascii_digit());
            let ends = c.is_whitespace() || matches!(c, ',' | ';' | ']' | '}' | '\'');
            if ends && !goes_on {
                break;
            }
            self.next();
            if c == '\\' {
                escaped = true;
                self.escape(&mut word)?;
            } else {
                word.push(c);
            }
        }
        if word.is_empty() {
            return self.error("Expected a value");
        }
        if escaped {
            return Ok(Value::String(word));
        }
        if self.peek() == Some(']') && scalar::has_suffix(&word) {
            return Ok(Value::String(word));
        }
        match scalar::extent(&word, self.peek()) {
            Ok(extent) => {
                // What is left of the word is met by whoever looks for its end.
                self.at -= word.len() - extent;
                word.truncate(extent);
            }
            Err(message) => return self.error(message),
        }
        match word.strip_prefix('$') {
            Some(name) if name.starts_with(BCRYPT_PREFIX) => Ok(Value::String(word)),
            Some(name) if !name.is_empty() => self.variable(name, line),
            _ => scalar::read(&word),
        }
    }

    fn variable(&mut self, name: &str, line: usize) -> Result<Value, SyntaxError> {
        for map in self.scope.maps.iter_mut().rev() {
            if let Some(value) = map.use_as_variable(name) {
                return Ok(value);
            }
        }
        let Ok(text) = std::env::var(name) else {
            return Err(SyntaxError::UnknownVariable {
                name: name.to_owned(),
                line,
            });
        };
        let bad = |source| SyntaxError::BadVariable {
            name: name.to_owned(),
            line,
            source: Box::new(source),
        };
        if !self.scope.reading.insert(name.to_owned()) {
            return Err(bad(SyntaxError::Cycle(name.to_owned())));
        }
        self.descend()?;
        // The environment does not see the variables of the file.
        let mut scope = Scope {
            maps: vec![Map::default()],
            reading: std::mem::take(&mut self.scope.reading),
        };
        let text = format!("{ENVIRONMENT_KEY}={text}");
        let read = Parser::new(&text, Path::new(""), &mut scope, self.depth).document();
        self.depth -= 1;
        self.scope.reading = scope.reading;
        self.scope.reading.remove(name);
        read.map_err(bad)?;
        let value = scope
            .maps
            .pop()
            .and_then(|map| map.get(ENVIRONMENT_KEY).map(|node| node.value.clone()));
        value.ok_or_else(|| SyntaxError::UnknownVariable {
            name: name.to_owned(),
            line,
        })
    }
}

#[cfg(test)]
mod tests;
