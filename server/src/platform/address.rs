//! Host and port in text (`util.go`).

use thiserror::Error;

/// Why text is not a host and port. Texts as Go's `net` package has them.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AddressError {
    /// There is nothing.
    #[error("no hostport specified")]
    Missing,
    /// An IPv6 address needs brackets around it.
    #[error("address {0}: too many colons in address")]
    TooManyColons(String),
    /// A bracket is missing or at the wrong place.
    #[error("address {0}: {1}")]
    Brackets(String, &'static str),
    /// The port is not a number.
    #[error("invalid port {0:?}")]
    Port(String),
}

/// Splits `host_port`, with `default_port` for a port that is missing, 0 or
/// -1. Spaces around either part do not matter (`parseHostPort`).
///
/// # Errors
/// [`AddressError`].
pub fn parse_host_port(host_port: &str, default_port: u16) -> Result<(String, u16), AddressError> {
    if host_port.is_empty() {
        return Err(AddressError::Missing);
    }
    let (host, port) = split(host_port)?;
    let port = match port.map(str::trim) {
        None | Some("0" | "-1") => default_port,
        Some(port) => port
            .parse()
            .map_err(|_| AddressError::Port(port.to_owned()))?,
    };
    Ok((host.trim().to_owned(), port))
}

fn split(text: &str) -> Result<(&str, Option<&str>), AddressError> {
    let brackets = |what| AddressError::Brackets(text.to_owned(), what);
    if let Some(inside) = text.strip_prefix('[') {
        let (host, rest) = inside
            .split_once(']')
            .ok_or_else(|| brackets("missing ']' in address"))?;
        if rest.is_empty() {
            return Ok((host, None));
        }
        let port = rest
            .strip_prefix(':')
            .ok_or_else(|| brackets("unexpected ']' in address"))?;
        return Ok((host, Some(port)));
    }
    let Some((host, port)) = text.rsplit_once(':') else {
        return Ok((text, None));
    };
    if host.contains(':') {
        return Err(AddressError::TooManyColons(text.to_owned()));
    }
    if host.contains(['[', ']']) {
        return Err(brackets("unexpected '[' in address"));
    }
    Ok((host, Some(port)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ipv6_needs_brackets() {
        assert_eq!(parse_host_port("[::1]:4222", 1), Ok(("::1".into(), 4222)));
        assert_eq!(parse_host_port("[::1]", 1), Ok(("::1".into(), 1)));
        assert!(parse_host_port("::1", 1).is_err());
        assert!(parse_host_port("[::1", 1).is_err());
        assert!(parse_host_port("[::1]4222", 1).is_err());
        assert!(parse_host_port("host:70000", 1).is_err());
    }
}
