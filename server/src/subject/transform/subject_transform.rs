//! A transform from a source pattern to a destination.

use super::error::{MappingDestinationError as Wrong, TransformError};
use super::function::MappingFunction;
use super::placeholder::{
    is_mapping_function, looks_like_function, placeholder, untokenize_placeholders,
};
use crate::subject::tokens::{TokenKind, tokens};
use crate::subject::{is_subset_match, is_valid_literal_subject};

/// Maps subjects that match a source to a destination built from their tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectTransform {
    source: String,
    destination: String,
    source_tokens: usize,
    parts: Vec<Part>,
}

/// One destination token.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    Function(MappingFunction),
    /// `>`: all that is left of the source subject.
    Rest,
}

impl SubjectTransform {
    /// A transform from `source` to `destination`, or `None` for an empty
    /// destination, which maps nothing. An empty source is `>`.
    ///
    /// # Errors
    /// [`TransformError::BadSubject`] when either is invalid or only one of
    /// them ends in `>`; an invalid destination error for a placeholder that
    /// does not fit.
    pub fn new(source: &str, destination: &str) -> Result<Option<Self>, TransformError> {
        Self::with_strict(source, destination, false)
    }

    /// As [`new`](Self::new), for imports, which must be reversible: only
    /// wildcard placeholders are allowed and all wildcards must be used.
    ///
    /// # Errors
    /// As [`new`](Self::new), and for what is not reversible.
    pub fn strict(source: &str, destination: &str) -> Result<Option<Self>, TransformError> {
        Self::with_strict(source, destination, true)
    }

    /// Strict or not by flag (`NewSubjectTransformWithStrict`).
    ///
    /// # Errors
    /// As [`new`](Self::new) and [`strict`](Self::strict).
    pub fn with_strict(
        source: &str,
        destination: &str,
        strict: bool,
    ) -> Result<Option<Self>, TransformError> {
        if destination.is_empty() {
            return Ok(None);
        }
        let source = if source.is_empty() { ">" } else { source };
        let from = SubjectInfo::of(source).ok_or(TransformError::BadSubject)?;
        let to = SubjectInfo::of(destination).ok_or(TransformError::BadSubject)?;
        if !to.partials.is_empty() || from.full != to.full {
            return Err(TransformError::BadSubject);
        }
        let mut used = 0;
        let mut parts = Vec::with_capacity(to.tokens);
        for token in destination.split('.') {
            let part = match placeholder(token)? {
                None if token == ">" => Part::Rest,
                None => Part::Literal(token.to_owned()),
                Some(mut function) => {
                    used += resolve(&mut function, token, &from, strict)?;
                    Part::Function(function)
                }
            };
            parts.push(part);
        }
        if strict && used < from.partials.len() {
            return Err(TransformError::in_token(
                destination,
                Wrong::NotUsingAllWildcards,
            ));
        }
        Ok(Some(Self {
            source: source.to_owned(),
            destination: destination.to_owned(),
            source_tokens: from.tokens,
            parts,
        }))
    }

    /// The source pattern.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The destination, with its placeholders.
    pub fn destination(&self) -> &str {
        &self.destination
    }

    /// Maps a literal subject if the source matches it (`Match`).
    ///
    /// # Errors
    /// [`TransformError::BadSubject`] for a subject that is not literal,
    /// [`TransformError::NoTransforms`] when the source does not match.
    pub fn apply(&self, subject: impl AsRef<[u8]>) -> Result<Vec<u8>, TransformError> {
        let subject = subject.as_ref();
        if self.source == ">" && self.destination == ">" {
            return Ok(subject.to_vec());
        }
        if !is_valid_literal_subject(subject) {
            return Err(TransformError::BadSubject);
        }
        if self.source != ">" && !is_subset_match(subject, &self.source) {
            return Err(TransformError::NoTransforms);
        }
        Ok(self.transform(subject))
    }

    /// Maps `subject` without asking whether the source matches it
    /// (`TransformSubject`).
    pub fn transform(&self, subject: impl AsRef<[u8]>) -> Vec<u8> {
        self.transform_tokens(&tokens(subject.as_ref()).collect::<Vec<_>>())
    }

    /// Maps a subject given by its tokens; those that are missing count as
    /// empty (`TransformTokenizedSubject`).
    pub fn transform_tokens(&self, tokens: &[&[u8]]) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.destination.len() + 32);
        for (number, part) in self.parts.iter().enumerate() {
            if number > 0 {
                out.push(b'.');
            }
            match part {
                Part::Literal(token) => out.extend_from_slice(token.as_bytes()),
                Part::Function(function) => function.write(tokens, &mut out),
                Part::Rest => {
                    let rest = tokens.get(self.source_tokens - 1..).unwrap_or_default();
                    out.extend_from_slice(&rest.join(b".".as_slice()));
                }
            }
        }
        out
    }

    /// The transform that undoes this one, or `None` when it cannot be undone.
    pub fn reverse(&self) -> Option<Self> {
        let (source, placeholders) = untokenize_placeholders(&self.destination);
        // The n-th wildcard of our source stands where the destination uses
        // it. The Go server hands the placeholders out in the order they have
        // in the destination, which is the same unless they rotate.
        let mut place_of = vec![None; placeholders.len()];
        for (place, token) in placeholders.iter().enumerate() {
            let Ok(Some(MappingFunction::Wildcard(number))) = placeholder(token) else {
                return None;
            };
            *place_of.get_mut(usize::try_from(number).ok()?.checked_sub(1)?)? = Some(place + 1);
        }
        let mut places = place_of.into_iter();
        let destination = self.source.split('.').map(|token| match token {
            "*" => places.next().flatten().map(|place| format!("${place}")),
            token => Some(token.to_owned()),
        });
        let destination = destination.collect::<Option<Vec<_>>>()?.join(".");
        Self::strict(&source, &destination).ok().flatten()
    }
}

/// Checks that `destination` is a valid mapping of `source`
/// (`ValidateMapping`). An empty one is.
///
/// # Errors
/// As [`SubjectTransform::new`], and for unknown functions, white space and
/// empty tokens in the destination.
pub fn validate_mapping(source: &str, destination: &str) -> Result<(), TransformError> {
    if destination.is_empty() {
        return Ok(());
    }
    let mut ended = false;
    for token in destination.split('.') {
        if token.is_empty() || ended {
            return Err(TransformError::in_token(token, Wrong::InvalidSubject));
        }
        if looks_like_function(token) {
            if !is_mapping_function(token) {
                return Err(TransformError::in_token(token, Wrong::UnknownFunction));
            }
        } else if token == ">" {
            ended = true;
        } else if token.contains(['\t', '\n', '\x0c', '\r', ' ']) {
            return Err(TransformError::Destination(Wrong::InvalidSubject));
        }
    }
    SubjectTransform::new(source, destination).map(drop)
}

/// Turns the wildcard numbers of `function` into source token positions and
/// returns how many there are.
fn resolve(
    function: &mut MappingFunction,
    token: &str,
    source: &SubjectInfo,
    strict: bool,
) -> Result<usize, TransformError> {
    let wildcards = source.partials.len();
    if wildcards == 0 && !source.full {
        // Nothing to take tokens from, so only these make sense; the tokens
        // that a partition names are not looked at.
        return match function {
            MappingFunction::Random { .. } => Ok(0),
            MappingFunction::Partition { positions, .. } => {
                positions.clear();
                Ok(0)
            }
            _ => Err(TransformError::in_token(token, Wrong::IndexOutOfRange)),
        };
    }
    if strict && !matches!(function, MappingFunction::Wildcard(_)) {
        return Err(TransformError::in_token(
            token,
            Wrong::NotSupportedForImport,
        ));
    }
    let indexes = function.indexes_mut();
    for index in indexes.iter_mut() {
        if usize::try_from(*index).is_ok_and(|index| index > wildcards) {
            let place = format!("{token}: [{index}]");
            return Err(TransformError::in_token(place, Wrong::IndexOutOfRange));
        }
        // A number below one means the first token, whatever that is.
        *index = usize::try_from(*index - 1)
            .ok()
            .and_then(|number| source.partials.get(number))
            .map_or(0, |&position| position as i64);
    }
    Ok(indexes.len())
}

/// What a transform needs to know of a valid subject (`subjectInfo`).
struct SubjectInfo {
    tokens: usize,
    /// Positions of the `*` tokens.
    partials: Vec<usize>,
    full: bool,
}

impl SubjectInfo {
    /// `None` for an invalid subject.
    fn of(subject: &str) -> Option<Self> {
        let mut info = Self {
            tokens: 0,
            partials: Vec::new(),
            full: false,
        };
        for token in tokens(subject.as_bytes()) {
            match TokenKind::of(token) {
                _ if info.full => return None,
                TokenKind::Empty => return None,
                TokenKind::Partial => info.partials.push(info.tokens),
                TokenKind::Full => info.full = true,
                TokenKind::Literal => {}
            }
            info.tokens += 1;
        }
        Some(info)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(source: &str, destination: &str, subject: &str) -> String {
        let transform = SubjectTransform::new(source, destination).unwrap().unwrap();
        String::from_utf8(transform.apply(subject).unwrap()).unwrap()
    }

    #[test]
    fn rotating_wildcards_are_reversible() {
        let transform = SubjectTransform::strict("a.*.*.*", "b.$2.$3.$1")
            .unwrap()
            .unwrap();
        let reverse = transform.reverse().unwrap();
        assert_eq!(
            reverse.transform(transform.transform("a.x.y.z")),
            b"a.x.y.z"
        );
        let plain = SubjectTransform::strict("a", "b").unwrap().unwrap();
        assert_eq!(plain.reverse().unwrap().apply("b").unwrap(), b"a");
    }

    #[test]
    fn subjects_the_source_does_not_match_are_refused() {
        let transform = SubjectTransform::new("a.*", "b.$1").unwrap().unwrap();
        assert_eq!(transform.apply("x.y"), Err(TransformError::NoTransforms));
        assert_eq!(transform.apply("a.*"), Err(TransformError::BadSubject));
        assert_eq!(transform.apply("a..b"), Err(TransformError::BadSubject));
    }

    #[test]
    fn missing_tokens_are_empty_everywhere() {
        for function in [
            "splitFromLeft(1,1)",
            "sliceFromRight(1,2)",
            "split(1,-)",
            "left(1,1)",
        ] {
            let to = format!("x.{{{{{function}}}}}");
            let transform = SubjectTransform::new("a.*", &to).unwrap().unwrap();
            assert_eq!(transform.transform("a"), b"x.", "{function}");
        }
    }

    #[test]
    fn error_texts_name_the_token() {
        let error = SubjectTransform::new("foo.*", "bar.$2").unwrap_err();
        assert_eq!(
            error.to_string(),
            "invalid mapping destination: wildcard index out of range in $2: [2]"
        );
        let error = SubjectTransform::strict("foo.*", "bar.{{random(2)}}").unwrap_err();
        assert_eq!(
            error.to_string(),
            "invalid mapping destination: the only mapping function allowed for import transforms \
             is {{Wildcard()}} in {{random(2)}}"
        );
        let error = SubjectTransform::strict("foo.*.*", "bar.$1").unwrap_err();
        assert_eq!(
            error.to_string(),
            "invalid mapping destination: not using all of the token wildcard(s) in bar.$1"
        );
    }

    #[test]
    fn mappings_may_not_use_left_and_right() {
        let error = validate_mapping("*", "a.{{left(1,1)}}").unwrap_err();
        assert_eq!(
            error.to_string(),
            "invalid mapping destination: unknown function in {{left(1,1)}}"
        );
        assert_eq!(map("*", "a.{{left(1,1)}}", "xyz"), "a.x");
    }

    #[test]
    fn the_rest_follows_the_source_tokens() {
        assert_eq!(map("a.*.>", "$1.b.>", "a.x.y.z"), "x.b.y.z");
        assert_eq!(map(">", ">", "a.b"), "a.b");
    }
}
