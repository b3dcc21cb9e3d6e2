//! One request, and reading what it asks for.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::client::InternalMessage;
use crate::jetstream::assets::{AccountAssets, JetStream};
use crate::jetstream::model::{ApiError, strip_nulls};
use crate::jetstream::stream::Stream;
use crate::subject::token_at;

/// What a request is answered with: the fields beside the type.
pub(super) type Answer = Result<Value, ApiError>;

/// A request of an account that may have streams.
pub(super) struct Request<'a> {
    pub(super) js: &'a JetStream,
    pub(super) account: &'a Arc<AccountAssets>,
    pub(super) message: &'a InternalMessage,
}

/// Names in pages, and where the page begins.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct Paged {
    pub(super) offset: usize,
    pub(super) subject: String,
}

impl Request<'_> {
    /// Token number `at` of the subject, counted from 0.
    pub(super) fn token(&self, at: usize) -> &str {
        // Tokens are counted from 1 there.
        let token = token_at(self.message.subject(), at + 1);
        std::str::from_utf8(token).unwrap_or_default()
    }

    /// The stream named in the subject, after `$JS.API.STREAM.VERB` and its like.
    pub(super) fn stream_name(&self) -> &str {
        self.token(4)
    }

    /// The consumer named in the subject.
    pub(super) fn consumer_name(&self) -> &str {
        self.token(5)
    }

    /// The stream named in the subject.
    pub(super) fn stream(&self) -> Result<Arc<Stream>, ApiError> {
        self.account.stream(self.stream_name())
    }

    /// Whether nothing is asked for beside what the subject says.
    pub(super) fn is_empty(&self) -> bool {
        match self.message.payload().trim_ascii() {
            b"" => true,
            text => serde_json::from_slice::<Value>(text)
                .is_ok_and(|value| value.as_object().is_some_and(serde_json::Map::is_empty)),
        }
    }

    /// Whether the payload looks like JSON.
    pub(super) fn has_json(&self) -> bool {
        is_json_object_or_array(self.message.payload())
    }

    /// What is asked for, if anything; otherwise the default.
    pub(super) fn decode_or_default<T: DeserializeOwned + Default>(&self) -> Result<T, ApiError> {
        if self.has_json() {
            self.decode()
        } else {
            Ok(T::default())
        }
    }

    /// What is asked for. Nothing at all stands for an empty object.
    pub(super) fn decode<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        let value = self.decode_value()?;
        self.decode_from(value)
    }

    /// The payload as JSON, without fields that are null.
    pub(super) fn decode_value(&self) -> Result<Value, ApiError> {
        let text = self.message.payload().trim_ascii();
        if text.is_empty() {
            return Ok(Value::Object(serde_json::Map::new()));
        }
        let mut value: Value = serde_json::from_slice(text).map_err(|error| {
            self.warn(&error.to_string());
            ApiError::invalid_json(format_args!("{error} at offset {}", error.column()))
        })?;
        strip_nulls(&mut value);
        Ok(value)
    }

    /// A part of the payload. In strict mode it has no fields that nobody knows.
    pub(super) fn decode_from<T: DeserializeOwned>(&self, value: Value) -> Result<T, ApiError> {
        let mut unknown: Option<String> = None;
        let read = serde_ignored::deserialize(value, |path| {
            let path = path.to_string();
            let field = path.rsplit('.').next().unwrap_or_default();
            unknown.get_or_insert_with(|| field.to_owned());
        });
        let read: T = read.map_err(|error: serde_json::Error| {
            self.warn(&error.to_string());
            ApiError::invalid_json(format_args!("json: {error}"))
        })?;
        if let Some(field) = unknown {
            let reason = format!("json: unknown field {field:?}");
            self.warn(&reason);
            if self.js.host().config.strict {
                return Err(ApiError::invalid_json(reason));
            }
        }
        Ok(read)
    }

    fn warn(&self, reason: &str) {
        self.js.host().context.logger.limited(
            crate::logging::Level::Warn,
            "js-invalid-request",
            format_args!(
                "Invalid JetStream request '{} > {}': {reason}",
                self.account.account().name(),
                self.message.subject().escape_ascii()
            ),
        );
    }
}

/// Whether a payload looks like JSON that can ask for something.
#[must_use]
pub fn is_json_object_or_array(payload: &[u8]) -> bool {
    matches!(payload.trim_ascii().first(), Some(b'{' | b'['))
}
