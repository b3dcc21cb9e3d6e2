//! URLs of servers, such as `nats://user:password@host:4222`.

use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// A server's URL, in its parts.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ServerUrl {
    scheme: String,
    user: Option<UserInfo>,
    host: String,
    /// Path, query and fragment.
    rest: String,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct UserInfo {
    name: String,
    password: Option<String>,
}

/// The text is not the URL of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum UrlError {
    /// There is no `scheme://`.
    #[error("missing protocol scheme")]
    Scheme,
    /// A `%` is not followed by two hexadecimal digits, or they are not UTF-8.
    #[error("invalid URL escape")]
    Escape,
    /// White space or a control character.
    #[error("invalid character in URL")]
    Character,
    /// The port is not a number.
    #[error("invalid port after host")]
    Port,
}

impl ServerUrl {
    /// The scheme in lower case.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// Host and port as written.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Host without port and brackets.
    pub fn hostname(&self) -> &str {
        let host = match self.host.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => host,
            _ => &self.host,
        };
        host.strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .unwrap_or(host)
    }

    /// The port as written, if there is one.
    pub fn port(&self) -> Option<&str> {
        let (_, port) = self.host.rsplit_once(':')?;
        (!port.contains(']') && !port.is_empty()).then_some(port)
    }

    /// Gives the URL a port if it has none.
    pub fn set_default_port(&mut self, port: u16) {
        if self.port().is_none() {
            let host = self.host.strip_suffix(':').unwrap_or(&self.host);
            self.host = format!("{host}:{port}");
        }
    }

    /// The user name, if there is user information.
    pub fn user(&self) -> Option<&str> {
        self.user.as_ref().map(|user| user.name.as_str())
    }

    /// The password, if there is one; it may be empty.
    pub fn password(&self) -> Option<&str> {
        self.user.as_ref()?.password.as_deref()
    }

    /// The same URL with `xxxxx` for its password, for logs.
    #[must_use]
    pub fn redacted(&self) -> Self {
        let mut url = self.clone();
        if let Some(password) = url.user.as_mut().and_then(|user| user.password.as_mut()) {
            REDACTED.clone_into(password);
        }
        url
    }

    /// Redacts every URL of a list (`redactURLList`).
    pub fn redact_all(urls: &[Self]) -> Vec<Self> {
        urls.iter().map(Self::redacted).collect()
    }

    /// The hosts of a list (`getURLsAsString`).
    pub fn hosts(urls: &[Self]) -> Vec<String> {
        urls.iter().map(|url| url.host.clone()).collect()
    }
}

/// Redacts a URL in text, and leaves alone what is not one
/// (`redactURLString`).
pub fn redact_url(text: &str) -> String {
    match text.parse::<ServerUrl>() {
        Ok(url) if text.contains('@') => url.redacted().to_string(),
        _ => text.to_owned(),
    }
}

impl FromStr for ServerUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        if text.contains(|c: char| c.is_ascii_control() || c == ' ') {
            return Err(UrlError::Character);
        }
        let (scheme, after) = text.split_once("://").ok_or(UrlError::Scheme)?;
        let valid = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
        if !valid {
            return Err(UrlError::Scheme);
        }
        let (authority, rest) = after.split_at(after.find(['/', '?', '#']).unwrap_or(after.len()));
        let (user, host) = match authority.rsplit_once('@') {
            None => (None, authority),
            Some((user, host)) => (Some(UserInfo::parse(user)?), host),
        };
        let port = match host.rsplit_once(']') {
            Some((_, after)) => after.strip_prefix(':').unwrap_or(after),
            None => host.rsplit_once(':').map_or("", |(_, port)| port),
        };
        // Go allows -1 here for "no port of its own".
        if !port
            .strip_prefix('-')
            .unwrap_or(port)
            .bytes()
            .all(|byte| byte.is_ascii_digit())
        {
            return Err(UrlError::Port);
        }
        Ok(Self {
            scheme: scheme.to_ascii_lowercase(),
            user,
            host: host.to_owned(),
            rest: rest.to_owned(),
        })
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://", self.scheme)?;
        if let Some(user) = &self.user {
            f.write_str(&escape(&user.name))?;
            if let Some(password) = &user.password {
                write!(f, ":{}", escape(password))?;
            }
            f.write_str("@")?;
        }
        write!(f, "{}{}", self.host, self.rest)
    }
}

/// Never shows the password.
impl fmt::Debug for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServerUrl({})", self.redacted())
    }
}

impl UserInfo {
    fn parse(text: &str) -> Result<Self, UrlError> {
        let (name, password) = match text.split_once(':') {
            None => (text, None),
            Some((name, password)) => (name, Some(unescape(password)?)),
        };
        Ok(Self {
            name: unescape(name)?,
            password,
        })
    }
}

const REDACTED: &str = "xxxxx";

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~$&+,;=".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn unescape(text: &str) -> Result<String, UrlError> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2).ok_or(UrlError::Escape)?;
        let digits = str::from_utf8(digits).map_err(|_| UrlError::Escape)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(UrlError::Escape);
        }
        out.push(u8::from_str_radix(digits, 16).map_err(|_| UrlError::Escape)?);
        rest = after;
    }
    String::from_utf8(out).map_err(|_| UrlError::Escape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_decoded_and_encoded_again() {
        let text = "NATS://us%40er:p%3Aw@[::1]:4222/path?q#f";
        let url: ServerUrl = text.parse().unwrap();
        assert_eq!((url.scheme(), url.host()), ("nats", "[::1]:4222"));
        assert_eq!((url.user(), url.password()), (Some("us@er"), Some("p:w")));
        assert_eq!(url.to_string(), "nats://us%40er:p%3Aw@[::1]:4222/path?q#f");
        assert_eq!(
            format!("{url:?}"),
            "ServerUrl(nats://us%40er:xxxxx@[::1]:4222/path?q#f)"
        );
    }

    #[test]
    fn what_is_not_a_url_is_refused() {
        for (text, error) in [
            ("host:4222", UrlError::Scheme),
            ("1a://host", UrlError::Scheme),
            ("nats://a%zz@host", UrlError::Escape),
            ("nats://a%4@host", UrlError::Escape),
            ("nats://a%ff@host", UrlError::Escape),
            ("nats://ho st", UrlError::Character),
            ("nats://host:port", UrlError::Port),
        ] {
            assert_eq!(text.parse::<ServerUrl>(), Err(error), "{text}");
            assert_eq!(redact_url(text), text);
        }
        assert_eq!(redact_url("nats://u:p@bad:port"), "nats://u:p@bad:port");
    }

    #[test]
    fn hosts_of_a_list() {
        let urls = [
            "nats://u:p@a:1".parse().unwrap(),
            "tls://b".parse().unwrap(),
        ];
        assert_eq!(ServerUrl::hosts(&urls), ["a:1", "b"]);
    }
}
