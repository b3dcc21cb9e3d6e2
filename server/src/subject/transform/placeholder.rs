//! Reading the placeholders of a destination: `$1` and `{{function(args)}}`.

use super::error::{MappingDestinationError as Wrong, TransformError};
use super::function::MappingFunction;

/// Reads one token of a destination (`indexPlaceHolders`). `None` for a token
/// that stands for itself, among them those with a `$` and no number.
///
/// # Errors
/// [`TransformError::DestinationToken`] for a function that is unknown or has
/// the wrong arguments.
pub fn placeholder(token: &str) -> Result<Option<MappingFunction>, TransformError> {
    if let Some(number) = token.strip_prefix('$') {
        return Ok(number.parse().ok().map(MappingFunction::Wildcard));
    }
    if !looks_like_function(token) {
        return Ok(None);
    }
    read_function(token)
        .map(Some)
        .map_err(|wrong| TransformError::in_token(token, wrong))
}

/// Whether `token` is written as `{{…}}`.
pub(super) fn looks_like_function(token: &str) -> bool {
    token.len() > 4 && token.starts_with("{{") && token.ends_with("}}")
}

/// Whether `token` calls a function that a subject mapping may use. `left` and
/// `right` are not among them, as in the Go server's `ValidateMapping`.
pub(super) fn is_mapping_function(token: &str) -> bool {
    const ALLOWED: [&str; 8] = [
        PARTITION,
        WILDCARD,
        SPLIT_FROM_LEFT,
        SPLIT_FROM_RIGHT,
        SLICE_FROM_LEFT,
        SLICE_FROM_RIGHT,
        SPLIT,
        RANDOM,
    ];
    ALLOWED
        .into_iter()
        .any(|name| arguments(name, token).is_some())
}

/// Turns wildcards into placeholders: `foo.*.*` into `foo.$1.$2`.
pub fn tokenize_wildcards(subject: &str) -> String {
    let mut number = 0;
    let tokens = subject.split('.').map(|token| {
        if token == "*" {
            number += 1;
            format!("${number}")
        } else {
            token.to_owned()
        }
    });
    tokens.collect::<Vec<_>>().join(".")
}

/// Turns wildcard placeholders into wildcards, and lists the placeholders:
/// `foo.$2.{{wildcard(1)}}` becomes `foo.*.*` with those two.
pub fn untokenize_placeholders(subject: &str) -> (String, Vec<&str>) {
    let mut placeholders = Vec::new();
    let tokens = subject.split('.').map(|token| {
        if is_wildcard_placeholder(token) {
            placeholders.push(token);
            "*"
        } else {
            token
        }
    });
    let pattern = tokens.collect::<Vec<_>>().join(".");
    (pattern, placeholders)
}

fn is_wildcard_placeholder(token: &str) -> bool {
    let numbered = matches!(token.as_bytes(), [b'$', b'1'..=b'9', ..]);
    numbered
        || arguments(WILDCARD, token)
            .is_some_and(|args| args.len() == 1 && args.iter().all(|arg| !arg.is_empty()))
}

// A capital letter may be written small.
const WILDCARD: &str = "Wildcard";
const PARTITION: &str = "Partition";
const SPLIT_FROM_LEFT: &str = "SplitFromLeft";
const SPLIT_FROM_RIGHT: &str = "SplitFromRight";
const SLICE_FROM_LEFT: &str = "SliceFromLeft";
const SLICE_FROM_RIGHT: &str = "SliceFromRight";
const SPLIT: &str = "Split";
const LEFT: &str = "Left";
const RIGHT: &str = "Right";
const RANDOM: &str = "Random";

fn read_function(token: &str) -> Result<MappingFunction, Wrong> {
    if let Some(args) = arguments(WILDCARD, token) {
        return match args.as_slice() {
            [""] => Err(Wrong::NotEnoughArgs),
            [index] => Ok(MappingFunction::Wildcard(integer(index)?)),
            _ => Err(Wrong::TooManyArgs),
        };
    }
    if let Some(args) = arguments(PARTITION, token) {
        let (buckets, positions) = args.split_first().ok_or(Wrong::NotEnoughArgs)?;
        let buckets = ceiling(buckets)?;
        let positions = positions
            .iter()
            .map(|arg| integer(arg))
            .collect::<Result<_, _>>()?;
        return Ok(MappingFunction::Partition { buckets, positions });
    }
    type Make = fn(i64, i32) -> MappingFunction;
    let indexed: [(&str, Make); 6] = [
        (SPLIT_FROM_LEFT, |index, at| {
            MappingFunction::SplitFromLeft { index, at }
        }),
        (SPLIT_FROM_RIGHT, |index, at| {
            MappingFunction::SplitFromRight { index, at }
        }),
        (SLICE_FROM_LEFT, |index, size| {
            MappingFunction::SliceFromLeft { index, size }
        }),
        (SLICE_FROM_RIGHT, |index, size| {
            MappingFunction::SliceFromRight { index, size }
        }),
        (RIGHT, |index, len| MappingFunction::Right { index, len }),
        (LEFT, |index, len| MappingFunction::Left { index, len }),
    ];
    for (name, make) in indexed {
        if let Some(args) = arguments(name, token) {
            let [index, number] = two(&args)?;
            let number = number
                .trim_matches(' ')
                .parse()
                .map_err(|_| Wrong::InvalidArg)?;
            return Ok(make(integer(index)?, number));
        }
    }
    if let Some(args) = arguments(SPLIT, token) {
        let [index, delimiter] = two(&args)?;
        let index = integer(index)?;
        if delimiter.contains([' ', '.']) {
            return Err(Wrong::InvalidArg);
        }
        return Ok(MappingFunction::Split {
            index,
            delimiter: delimiter.to_owned(),
        });
    }
    if let Some(args) = arguments(RANDOM, token) {
        let [max] = args.as_slice() else {
            return Err(Wrong::NotEnoughArgs);
        };
        return Ok(MappingFunction::Random {
            ceiling: ceiling(max)?,
        });
    }
    Err(Wrong::UnknownFunction)
}

fn two<'a>(args: &[&'a str]) -> Result<[&'a str; 2], Wrong> {
    match args {
        [first, second] => Ok([first, second]),
        [] | [_] => Err(Wrong::NotEnoughArgs),
        _ => Err(Wrong::TooManyArgs),
    }
}

fn integer(arg: &str) -> Result<i64, Wrong> {
    arg.trim_matches(' ').parse().map_err(|_| Wrong::InvalidArg)
}

/// A number of buckets: up to the largest 32-bit integer. Lower ones than the
/// smallest wrap around, as they do in the Go server.
fn ceiling(arg: &str) -> Result<i32, Wrong> {
    let number = integer(arg)?;
    if number > i64::from(i32::MAX) {
        return Err(Wrong::InvalidArg);
    }
    Ok(number as i32)
}

/// The arguments of a call of `name` anywhere in `token`, or `None`. Spaces
/// are allowed inside the braces and after commas. No parentheses but the
/// outermost matter.
fn arguments<'a>(name: &str, token: &'a str) -> Option<Vec<&'a str>> {
    token.match_indices("{{").find_map(|(at, braces)| {
        let call = token[at + braces.len()..].trim_start_matches(WHITE_SPACE);
        let open = strip_name(call, name)?
            .trim_start_matches(WHITE_SPACE)
            .strip_prefix('(')?;
        let close = open.rmatch_indices(')').find_map(|(close, _)| {
            let after = open[close + 1..].trim_start_matches(WHITE_SPACE);
            after.starts_with("}}").then_some(close)
        })?;
        let args = open[..close].split(',').enumerate();
        Some(
            args.map(|(number, arg)| match number {
                0 => arg,
                _ => arg.trim_start_matches(WHITE_SPACE),
            })
            .collect(),
        )
    })
}

fn strip_name<'a>(call: &'a str, name: &str) -> Option<&'a str> {
    let (start, rest) = call.split_at_checked(name.len())?;
    let same = start.bytes().zip(name.bytes()).all(|(have, want)| {
        have == want || want.is_ascii_uppercase() && have == want.to_ascii_lowercase()
    });
    same.then_some(rest)
}

const WHITE_SPACE: [char; 5] = [' ', '\t', '\n', '\r', '\x0c'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn argument_errors_name_the_token() {
        for (token, wrong) in [
            ("{{wildcard()}}", Wrong::NotEnoughArgs),
            ("{{wildcard(1,2)}}", Wrong::TooManyArgs),
            ("{{wildcard(x)}}", Wrong::InvalidArg),
            ("{{partition()}}", Wrong::InvalidArg),
            ("{{partition(5,x)}}", Wrong::InvalidArg),
            ("{{split(1)}}", Wrong::NotEnoughArgs),
            ("{{split(1,-,-)}}", Wrong::TooManyArgs),
            ("{{split(1,a b)}}", Wrong::InvalidArg),
            ("{{left(1)}}", Wrong::NotEnoughArgs),
            ("{{right(1,2,3)}}", Wrong::TooManyArgs),
            ("{{left(1,99999999999)}}", Wrong::InvalidArg),
            ("{{random(1,2)}}", Wrong::NotEnoughArgs),
            ("{{WILDCARD(1)}}", Wrong::UnknownFunction),
            ("{{nope(1)}}", Wrong::UnknownFunction),
        ] {
            assert_eq!(
                placeholder(token),
                Err(TransformError::in_token(token, wrong)),
                "{token}"
            );
        }
    }

    #[test]
    fn other_tokens_stand_for_themselves() {
        for token in ["foo", "$", "$foo", "{{}}", "{wildcard(1)}", "*", ">"] {
            assert_eq!(placeholder(token), Ok(None), "{token}");
        }
    }

    #[test]
    fn wildcards_become_numbers_and_back() {
        assert_eq!(tokenize_wildcards("foo.*.bar.*"), "foo.$1.bar.$2");
        assert_eq!(tokenize_wildcards("foo"), "foo");
        assert_eq!(
            untokenize_placeholders("a.$0.$x.$3"),
            ("a.$0.$x.*".into(), vec!["$3"])
        );
    }
}
