//! One request, and reading what it asks for.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::client::InternalMessage;
use crate::jetstream::assets::{AccountAssets, JetStream};
use crate::jetstream::model::ApiError;
use crate::jetstream::model::json::{Described, Field, Shape, Struct, fill, read_exact, read_once};
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

/// `ApiPagedRequest`
pub(super) static PAGED: Struct = Struct {
    name: "ApiPagedRequest",
    embedded: None,
    fields: &[Field("offset", Shape::Int)],
};

/// Where a page of so many begins.
pub(super) fn page_start(offset: i64, len: usize) -> usize {
    usize::try_from(offset.max(0)).map_or(len, |offset| offset.min(len))
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
        let text = self.message.payload();
        text.is_empty()
            || serde_json::from_slice::<Value>(text)
                .is_ok_and(|value| value.as_object().is_some_and(serde_json::Map::is_empty))
    }

    /// Whether the payload looks like JSON.
    pub(super) fn has_json(&self) -> bool {
        is_json_object_or_array(self.message.payload())
    }

    /// What is asked for, if anything; otherwise the default.
    pub(super) fn decode_or_default<T: Described + Default>(&self) -> Result<T, ApiError> {
        if self.has_json() {
            self.decode()
        } else {
            Ok(T::default())
        }
    }

    /// What is asked for. Nothing at all stands for an empty object. In strict mode
    /// there are no fields that nobody knows.
    pub(super) fn decode<T: Described>(&self) -> Result<T, ApiError> {
        let text = self.message.payload();
        let read = read_exact(text, T::SHAPE).or_else(|mistake| {
            self.warn(&mistake);
            if self.js.host().config.strict {
                Err(mistake)
            } else {
                read_once(text, T::SHAPE)
            }
        });
        read.and_then(fill).map_err(ApiError::invalid_json)
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

/// A list with the names of those that are not served, and why.
pub(super) fn with_offline(mut body: Value, offline: &BTreeMap<String, String>) -> Value {
    if let Some(fields) = body.as_object_mut().filter(|_| !offline.is_empty()) {
        let names: Vec<&String> = offline.keys().collect();
        fields.insert("missing".to_owned(), serde_json::json!(names));
        fields.insert("offline".to_owned(), serde_json::json!(offline));
    }
    body
}

/// Whether a payload looks like JSON that can ask for something.
#[must_use]
pub fn is_json_object_or_array(payload: &[u8]) -> bool {
    matches!(payload.trim_ascii().first(), Some(b'{' | b'['))
}
