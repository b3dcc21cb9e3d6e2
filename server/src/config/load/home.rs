//! Paths that name the environment or the home folder (`expandPath`).

use std::env;
use std::path::Path;

/// Puts in variables of the environment, `$NAME` or `${NAME}`, and the home folder for
/// a `~` at the beginning.
pub(super) fn expand(path: &str) -> Result<String, &'static str> {
    let path = expand_variables(path, |name| env::var(name).unwrap_or_default());
    let Some(rest) = path.strip_prefix('~') else {
        return Ok(path);
    };
    let home = directory()?;
    let rest = rest.trim_start_matches('/');
    Ok(Path::new(&home).join(rest).to_string_lossy().into_owned())
}

/// The home folder (`homeDir`).
fn directory() -> Result<String, &'static str> {
    match env::var("HOME") {
        Ok(home) if !home.is_empty() => Ok(home),
        _ => Err("failed to get home dir, require $HOME"),
    }
}

/// A variable that is not set is empty; a `$` before anything else stays.
fn expand_variables(text: &str, value: impl Fn(&str) -> String) -> String {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        expanded.push_str(before);
        let in_braces = after
            .strip_prefix('{')
            .and_then(|after| after.split_once('}'));
        let (name, left) = in_braces.unwrap_or_else(|| {
            let end = after
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .unwrap_or(after.len());
            after.split_at(end)
        });
        if name.is_empty() {
            expanded.push('$');
        } else {
            expanded.push_str(&value(name));
        }
        rest = left;
    }
    expanded.push_str(rest);
    expanded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_put_in() {
        let value = |name: &str| format!("<{name}>");
        for (text, want) in [
            ("/a/$B/c", "/a/<B>/c"),
            ("${B}c$D", "<B>c<D>"),
            ("plain", "plain"),
            ("a$", "a$"),
        ] {
            assert_eq!(expand_variables(text, value), want);
        }
    }
}
