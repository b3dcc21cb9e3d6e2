//! Errors of the JetStream API, as they stand in responses.
//!
//! Answers to `jetstream_errors.go` and to the checks of `errors_gen.go`.

use std::borrow::Cow;
use std::error::Error;
use std::fmt::Display;

use serde::{Deserialize, Serialize};

use super::error_codes::TABLE;

/// An error of the JetStream API.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{description} ({err_code})")]
#[must_use]
pub struct ApiError {
    /// A code like those of HTTP.
    pub code: u16,
    /// What exactly went wrong; see [`ErrorId`].
    #[serde(default, skip_serializing_if = "is_zero")]
    pub err_code: u16,
    /// The same in words.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub description: Cow<'static, str>,
}

/// The number that tells one error of the JetStream API from all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ErrorId(pub u16);

/// What is published of an error.
#[derive(Clone, Copy, Debug)]
pub struct ErrorFacts {
    /// Its number.
    pub id: ErrorId,
    /// Its code like those of HTTP.
    pub code: u16,
    /// The name of its constant in the Go server.
    pub constant: &'static str,
    /// Its text, which may have `{placeholders}`.
    pub description: &'static str,
    /// More about it, or nothing.
    pub help: &'static str,
    /// The Go variable that it replaced, or nothing.
    pub deprecates: &'static str,
}

impl ErrorId {
    /// What is published of this error.
    #[must_use]
    pub fn facts(self) -> Option<&'static ErrorFacts> {
        let at = TABLE.binary_search_by_key(&self, |facts| facts.id).ok()?;
        TABLE.get(at)
    }

    /// The error with its placeholders not filled in.
    #[must_use]
    pub fn error(self) -> Option<ApiError> {
        self.facts().map(|facts| ApiError {
            code: facts.code,
            err_code: facts.id.0,
            description: Cow::Borrowed(facts.description),
        })
    }
}

impl ApiError {
    /// Gives way to `cause` if that is an error of the API itself, so that the
    /// first error found is the one reported.
    pub fn unless(self, cause: Option<&(dyn Error + 'static)>) -> Self {
        match cause.and_then(|cause| cause.downcast_ref::<Self>()) {
            Some(found) => found.clone(),
            None => self,
        }
    }

    /// Whether this is one of the errors `ids`. A number that is not in the
    /// published table matches nothing.
    #[must_use]
    pub fn is(&self, ids: &[ErrorId]) -> bool {
        ids.iter()
            .any(|id| id.0 == self.err_code && id.facts().is_some())
    }

    /// An error of the table whose text has no placeholders.
    pub(super) fn known(id: ErrorId) -> Self {
        Self::filled(id, &[])
    }

    /// An error of the table with its placeholders filled in.
    pub(super) fn filled(id: ErrorId, values: &[(&str, &dyn Display)]) -> Self {
        let mut error = id.error().unwrap_or_default();
        if !values.is_empty() {
            error.description = Cow::Owned(fill(&error.description, values));
        }
        error
    }
}

/// Whether `error` is an error of the API and one of `ids`.
#[must_use]
pub fn is_api_error(error: Option<&(dyn Error + 'static)>, ids: &[ErrorId]) -> bool {
    error
        .and_then(|error| error.downcast_ref::<ApiError>())
        .is_some_and(|error| error.is(ids))
}

/// The names of the `{placeholders}` in `description`, in their order, each with
/// what stands before it; at the end what stands after the last.
fn placeholders(description: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    let mut rest = Some(description);
    std::iter::from_fn(move || {
        let text = rest?;
        let split = text
            .split_once('{')
            .and_then(|(before, after)| Some((before, after.split_once('}')?)));
        match split {
            Some((before, (name, after))) => {
                rest = Some(after);
                Some((before, Some(name)))
            }
            None => {
                rest = None;
                Some((text, None))
            }
        }
    })
}

/// Puts values in the places of their names. A value is not looked at again,
/// whatever it holds.
fn fill(description: &str, values: &[(&str, &dyn Display)]) -> String {
    let mut text = String::with_capacity(description.len() + 32);
    for (before, name) in placeholders(description) {
        text.push_str(before);
        if let Some(name) = name {
            match values.iter().find(|(key, _)| *key == name) {
                Some((_, value)) => text.push_str(&value.to_string()),
                None => text.extend(["{", name, "}"]),
            }
        }
    }
    text
}

/// The first code after which one is missing, in a table ordered by code.
pub(super) const fn check_increments(table: &[ErrorFacts]) -> Option<u16> {
    let mut at = 1;
    while at < table.len() {
        if table[at].id.0 != table[at - 1].id.0 + 1 {
            return Some(table[at - 1].id.0);
        }
        at += 1;
    }
    None
}

/// The first code that is there twice or whose constant is.
pub(super) const fn check_duplicates(table: &[ErrorFacts]) -> Option<u16> {
    let mut at = 0;
    while at < table.len() {
        let mut other = 0;
        while other < at {
            let same_code = table[at].id.0 == table[other].id.0;
            if same_code || same_text(table[at].constant, table[other].constant) {
                return Some(table[at].id.0);
            }
            other += 1;
        }
        at += 1;
    }
    None
}

const fn same_text(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let mut at = 0;
    while at < left.len() && at < right.len() {
        if left[at] != right[at] {
            return false;
        }
        at += 1;
    }
    left.len() == right.len()
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde wants"
)]
const fn is_zero(number: &u16) -> bool {
    *number == 0
}

#[cfg(test)]
mod published;

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(code: u16, constant: &'static str) -> ErrorFacts {
        ErrorFacts {
            id: ErrorId(code),
            code: 400,
            constant,
            description: "",
            help: "",
            deprecates: "",
        }
    }

    #[test]
    fn gaps_and_duplicates_are_found() {
        let table = [facts(1, "A"), facts(2, "B"), facts(3, "AB")];
        assert_eq!(check_increments(&table), None);
        assert_eq!(check_duplicates(&table), None);
        assert_eq!(check_increments(&[table[0], table[2]]), Some(1));
        assert_eq!(
            check_duplicates(&[table[0], table[1], facts(2, "C")]),
            Some(2)
        );
        assert_eq!(
            check_duplicates(&[table[0], table[1], facts(7, "A")]),
            Some(7)
        );
        assert_eq!(check_increments(&TABLE), None);
        assert_eq!(check_duplicates(&TABLE), None);
    }

    #[test]
    fn json_is_that_of_the_go_server() {
        let error = ApiError::stream_not_found();
        let json = r#"{"code":404,"err_code":10059,"description":"stream not found"}"#;
        assert_eq!(serde_json::to_string(&error).unwrap(), json);
        assert_eq!(serde_json::from_str::<ApiError>(json).unwrap(), error);
        let bare = ApiError {
            code: 503,
            ..ApiError::default()
        };
        assert_eq!(serde_json::to_string(&bare).unwrap(), r#"{"code":503}"#);
    }

    #[test]
    fn placeholders_are_filled_once() {
        let tags: Vec<_> = placeholders("a {x} b {y}")
            .filter_map(|part| part.1)
            .collect();
        assert_eq!(tags, ["x", "y"]);
        assert_eq!(fill("{x}{y} {z}", &[("x", &"{y}"), ("y", &1)]), "{y}1 {z}");
        assert_eq!(fill("no { tag", &[("tag", &1)]), "no { tag");
    }

    #[test]
    fn facts_beside_the_text_are_there() {
        let facts = ErrorId::NOT_ENABLED.facts().unwrap();
        assert_eq!(facts.constant, "JSNotEnabledErr");
        assert_eq!(facts.deprecates, "ErrJetStreamNotEnabled");
        assert!(
            facts
                .help
                .starts_with("This error indicates that JetStream")
        );
        assert_eq!(ErrorId(1).error(), None);
    }

    #[test]
    fn an_api_error_goes_before_a_new_one() {
        let found = ApiError::not_enabled_for_account();
        let other = std::io::Error::other("other");
        let new = ApiError::peer_remap;
        assert_eq!(new().unless(Some(&found)), found);
        assert_eq!(new().unless(Some(&other)), new());
        assert_eq!(new().unless(None), new());
        assert!(is_api_error(
            Some(&found),
            &[ErrorId::NOT_ENABLED_FOR_ACCOUNT]
        ));
        assert!(!is_api_error(
            Some(&other),
            &[ErrorId::NOT_ENABLED_FOR_ACCOUNT]
        ));
        assert!(!is_api_error(None, &[ErrorId::NOT_ENABLED_FOR_ACCOUNT]));
    }
}
