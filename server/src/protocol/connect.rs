//! The options of CONNECT.

use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use thiserror::Error;

/// CONNECT whose JSON can not be read.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct ConnectError(#[from] serde_json::Error);

/// What a client says of itself in CONNECT (`ClientOpts` in `client.go`).
///
/// Before CONNECT a connection is verbose, pedantic and echoes, and fields that
/// CONNECT leaves out or sets to null keep that.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "fields carry the names of the CONNECT document"
)]
pub struct ConnectOptions {
    pub echo: bool,
    pub verbose: bool,
    pub pedantic: bool,
    pub tls_required: bool,
    pub nkey: String,
    pub jwt: String,
    pub sig: String,
    pub auth_token: String,
    pub user: String,
    pub pass: String,
    pub name: String,
    pub lang: String,
    pub version: String,
    pub protocol: i64,
    pub account: String,
    pub new_account: bool,
    pub headers: bool,
    pub no_responders: bool,
    pub proxy_sig: String,
}

impl Default for ConnectOptions {
    fn default() -> Self {
        Self {
            echo: true,
            verbose: true,
            pedantic: true,
            tls_required: false,
            nkey: String::new(),
            jwt: String::new(),
            sig: String::new(),
            auth_token: String::new(),
            user: String::new(),
            pass: String::new(),
            name: String::new(),
            lang: String::new(),
            version: String::new(),
            protocol: 0,
            account: String::new(),
            new_account: false,
            headers: false,
            no_responders: false,
            proxy_sig: String::new(),
        }
    }
}

impl ConnectOptions {
    /// Applies the JSON document of a CONNECT to these options.
    ///
    /// # Errors
    ///
    /// [`ConnectError`] if it is no JSON object or a field has the wrong type.
    pub fn update(&mut self, json: &[u8]) -> Result<(), ConnectError> {
        let mut deserializer = serde_json::Deserializer::from_slice(json);
        deserializer.deserialize_map(Update(self))?;
        deserializer.end()?;
        Ok(())
    }
}

struct Update<'a>(&'a mut ConnectOptions);

impl<'de> Visitor<'de> for Update<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the options of CONNECT")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self(options) = self;
        while let Some(Key(key)) = map.next_key()? {
            match key.as_str() {
                "echo" => set(&mut map, &mut options.echo)?,
                "verbose" => set(&mut map, &mut options.verbose)?,
                "pedantic" => set(&mut map, &mut options.pedantic)?,
                "tls_required" => set(&mut map, &mut options.tls_required)?,
                "nkey" => set(&mut map, &mut options.nkey)?,
                "jwt" => set(&mut map, &mut options.jwt)?,
                "sig" => set(&mut map, &mut options.sig)?,
                "auth_token" => set(&mut map, &mut options.auth_token)?,
                "user" => set(&mut map, &mut options.user)?,
                "pass" => set(&mut map, &mut options.pass)?,
                "name" => set(&mut map, &mut options.name)?,
                "lang" => set(&mut map, &mut options.lang)?,
                "version" => set(&mut map, &mut options.version)?,
                "protocol" => set(&mut map, &mut options.protocol)?,
                "account" => set(&mut map, &mut options.account)?,
                "new_account" => set(&mut map, &mut options.new_account)?,
                "headers" => set(&mut map, &mut options.headers)?,
                "no_responders" => set(&mut map, &mut options.no_responders)?,
                "proxy_sig" => set(&mut map, &mut options.proxy_sig)?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// A key in lower case: clients of the Go server may write any case.
struct Key(String);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|mut key| {
            key.make_ascii_lowercase();
            Self(key)
        })
    }
}

fn set<'de, A, T>(map: &mut A, field: &mut T) -> Result<(), A::Error>
where
    A: MapAccess<'de>,
    T: Deserialize<'de>,
{
    if let Some(value) = map.next_value::<Option<T>>()? {
        *field = value;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_in_any_case_null_and_unknown() {
        let mut options = ConnectOptions::default();
        let json =
            br#"{"Verbose":false,"pedantic":null,"USER":"derek","x":[1,{"y":2}],"protocol":1}"#;
        options.update(json).unwrap();
        assert!(!options.verbose && options.pedantic && options.echo);
        assert_eq!((options.user.as_str(), options.protocol), ("derek", 1));
    }

    #[test]
    fn wrong_types_and_rubbish_are_errors() {
        for bad in [
            &b"{\"user\":1}"[..],
            b"{",
            b"[]",
            b"",
            b"{} x",
            b"{\"verbose\":\"yes\"}",
        ] {
            assert!(ConnectOptions::default().update(bad).is_err(), "{bad:?}");
        }
    }
}
