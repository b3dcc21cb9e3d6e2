//! NKeys, and the JWTs of operators, accounts and users.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context;
use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use nkeys::KeyPair;
use serde_json::{Value, json};
use sha2::{Digest, Sha512_256};

/// The header of every NATS JWT.
const HEADER: &str = r#"{"typ":"JWT","alg":"ed25519-nkey"}"#;

/// The claims of a JWT.
#[derive(Clone, Debug)]
pub struct Claims {
    subject: String,
    name: String,
    nats: Value,
    expires: Option<i64>,
    not_before: Option<i64>,
}

impl Claims {
    /// Claims about any subject, with the `nats` part as it is.
    #[must_use]
    pub fn new(subject: &str, name: &str, nats: Value) -> Self {
        let (subject, name) = (subject.to_owned(), name.to_owned());
        Self {
            subject,
            name,
            nats,
            expires: None,
            not_before: None,
        }
    }

    /// An operator, without limits.
    #[must_use]
    pub fn operator(key: &KeyPair, name: &str) -> Self {
        Self::new(
            &key.public_key(),
            name,
            json!({"type": "operator", "version": 2}),
        )
    }

    /// An account, without limits.
    #[must_use]
    pub fn account(key: &KeyPair, name: &str) -> Self {
        let limits = json!({
            "subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1,
            "wildcards": true, "conn": -1, "leaf": -1
        });
        let nats = json!({
            "limits": limits,
            "default_permissions": {"pub": {}, "sub": {}},
            "authorization": {},
            "type": "account",
            "version": 2
        });
        Self::new(&key.public_key(), name, nats)
    }

    /// A user, without limits.
    #[must_use]
    pub fn user(key: &KeyPair, name: &str) -> Self {
        let nats = json!({
            "pub": {}, "sub": {}, "subs": -1, "data": -1, "payload": -1,
            "type": "user", "version": 2
        });
        Self::new(&key.public_key(), name, nats)
    }

    /// Sets something in the `nats` part, by the path of a JSON pointer.
    ///
    /// # Panics
    /// If the path's parent is no object.
    #[must_use]
    pub fn with(mut self, pointer: &str, value: Value) -> Self {
        let (parent, field) = pointer.rsplit_once('/').expect("a path starts with `/`");
        let parent = self.nats.pointer_mut(parent).and_then(Value::as_object_mut);
        parent
            .expect("the path's parent is an object")
            .insert(field.to_owned(), value);
        self
    }

    /// Sets when it expires, in seconds from now; may be in the past.
    #[must_use]
    pub fn expires_in(mut self, secs: i64) -> Self {
        self.expires = Some(now() + secs);
        self
    }

    /// Sets from when on it holds, in seconds from now.
    #[must_use]
    pub fn not_before(mut self, secs: i64) -> Self {
        self.not_before = Some(now() + secs);
        self
    }

    /// Signs the claims.
    pub fn sign(&self, issuer: &KeyPair) -> anyhow::Result<String> {
        let mut claims = json!({
            "iat": now(),
            "iss": issuer.public_key(),
            "name": self.name,
            "sub": self.subject,
            "nats": self.nats,
        });
        let times = [("exp", self.expires), ("nbf", self.not_before)];
        for (field, time) in times.into_iter().filter_map(|(f, t)| t.map(|t| (f, t))) {
            claims[field] = json!(time);
        }
        // The ID is a digest of everything else.
        let id = BASE32_NOPAD.encode(&Sha512_256::digest(claims.to_string().as_bytes()));
        claims["jti"] = json!(id);
        let part = |text: &str| BASE64URL_NOPAD.encode(text.as_bytes());
        let signed = format!("{}.{}", part(HEADER), part(&claims.to_string()));
        let signature = issuer.sign(signed.as_bytes())?;
        Ok(format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature)))
    }
}

/// The text of a credentials file.
pub fn creds(user_jwt: &str, user: &KeyPair) -> anyhow::Result<String> {
    let seed = user.seed()?;
    Ok(format!(
        "-----BEGIN NATS USER JWT-----\n{user_jwt}\n------END NATS USER JWT------\n\n\
         -----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n"
    ))
}

/// The signature that answers a server's nonce, as CONNECT carries it.
pub fn sign_nonce(key: &KeyPair, nonce: &str) -> anyhow::Result<String> {
    Ok(BASE64URL_NOPAD.encode(&key.sign(nonce.as_bytes())?))
}

/// The claims in a JWT, if its signature is its issuer's.
pub fn verify(jwt: &str) -> anyhow::Result<Value> {
    let (signed, signature) = jwt.rsplit_once('.').context("no signature")?;
    let (_, claims) = signed.split_once('.').context("no claims")?;
    let claims: Value = serde_json::from_slice(&BASE64URL_NOPAD.decode(claims.as_bytes())?)?;
    let issuer = claims["iss"].as_str().context("no issuer")?;
    let signature = BASE64URL_NOPAD.decode(signature.as_bytes())?;
    KeyPair::from_public_key(issuer)?.verify(signed.as_bytes(), &signature)?;
    Ok(claims)
}

fn now() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
