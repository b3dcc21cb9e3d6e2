//! Semantic versions (`util.go`).

use thiserror::Error;

/// The text is not a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("invalid semver")]
pub struct InvalidVersion;

/// Major, minor and patch number of a version such as `2.14.0-beta.1+7`
/// (`versionComponents`).
///
/// # Errors
/// [`InvalidVersion`].
pub fn components(version: &str) -> Result<(u64, u64, u64), InvalidVersion> {
    let (version, build) = split_suffix(version, '+');
    let (version, pre_release) = split_suffix(version, '-');
    let leading_zero = |part: &str| {
        part.bytes().all(|byte| byte.is_ascii_digit())
            && number(part).is_none()
            && part.starts_with('0')
    };
    let valid_build = build.is_none_or(is_dotted_identifiers);
    let valid_pre_release = pre_release
        .is_none_or(|text| is_dotted_identifiers(text) && !text.split('.').any(leading_zero));
    if !valid_build || !valid_pre_release {
        return Err(InvalidVersion);
    }
    let mut numbers = version.split('.').map(number);
    match (
        numbers.next(),
        numbers.next(),
        numbers.next(),
        numbers.next(),
    ) {
        (Some(Some(major)), Some(Some(minor)), Some(Some(patch)), None) => {
            Ok((major, minor, patch))
        }
        _ => Err(InvalidVersion),
    }
}

/// Whether `version` is at least `major.minor.patch`
/// (`versionAtLeastCheckError`).
///
/// # Errors
/// [`InvalidVersion`].
pub fn check_at_least(
    version: &str,
    major: u64,
    minor: u64,
    patch: u64,
) -> Result<bool, InvalidVersion> {
    Ok(components(version)? >= (major, minor, patch))
}

/// Whether `version` is a version and at least `major.minor.patch`
/// (`versionAtLeast`).
pub fn at_least(version: &str, major: u64, minor: u64, patch: u64) -> bool {
    check_at_least(version, major, minor, patch).unwrap_or(false)
}

fn split_suffix(text: &str, mark: char) -> (&str, Option<&str>) {
    text.split_once(mark)
        .map_or((text, None), |(text, suffix)| (text, Some(suffix)))
}

/// Digits without a leading zero.
fn number(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let leading_zero = text.len() > 1 && text.starts_with('0');
    (plain && !leading_zero)
        .then(|| text.parse().ok())
        .flatten()
}

fn is_dotted_identifiers(text: &str) -> bool {
    text.split('.').all(|part| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_refuses() {
        assert_eq!(components("2.14.0-dev+abc"), Ok((2, 14, 0)));
        assert_eq!(components("1.2.3-a.b-c"), Ok((1, 2, 3)));
        for wrong in [
            "",
            "v1.2.3",
            "1.2.3-01",
            "1",
            "1.2",
            "1.2.3.4",
            "1.2.x",
            "01.2.3",
            "1.2.3-",
            "1.2.3-a..b",
        ] {
            assert_eq!(components(wrong), Err(InvalidVersion), "{wrong}");
        }
        assert_eq!(check_at_least("bad", 0, 0, 0), Err(InvalidVersion));
    }
}
