//! What the operating system says of an error, in Go's words.

use std::io;

/// The text of an error without Rust's number behind it: `no such file or directory`.
#[must_use]
pub fn text(error: &io::Error) -> String {
    let text = error.to_string();
    let Some(code) = error.raw_os_error() else {
        return text;
    };
    let text = text
        .strip_suffix(&format!(" (os error {code})"))
        .unwrap_or(&text);
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_errors_read_as_in_go() {
        let error = std::fs::read("no such file").unwrap_err();
        assert_eq!(text(&error), "no such file or directory");
        assert_eq!(text(&io::Error::other("My own")), "My own");
    }
}
