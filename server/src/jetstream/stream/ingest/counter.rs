//! Streams of counters: each message is the sum of the one before it on its subject
//! and an increment (ADR-49).

use std::borrow::Cow;
use std::collections::BTreeMap;

use num_bigint::BigInt;
use serde::{Deserialize, Serialize};

use super::message::Ingest;
use crate::jetstream::model::{ApiError, StreamConfig};
use crate::jetstream::store::headers::ROLLUP;
use crate::jetstream::store::{StoredMsg, StreamStore};
use crate::jetstream::stream::headers::{self, value};
use crate::protocol::set_header;

/// The payload of a counter's message.
#[derive(Debug, Default, Serialize, Deserialize)]
struct CounterValue {
    #[serde(default)]
    val: String,
}

/// What the sources of a counter have counted, by stream and subject.
type CounterSources = BTreeMap<String, BTreeMap<String, String>>;

/// What a counter is.
#[derive(Clone, Debug, Default)]
pub(super) struct Counter {
    total: BigInt,
    sources: CounterSources,
}

/// Reads the increment and checks that the message has nothing but it.
pub(super) fn check_increment(
    ingest: &mut Ingest<'_>,
    config: &StreamConfig,
) -> Result<(), ApiError> {
    let Some(text) = ingest.value(headers::INCREMENT) else {
        return Ok(());
    };
    let increment = parse(text).ok_or_else(ApiError::message_incr_invalid)?;
    if !ingest.sourced {
        if !config.allow_msg_counter {
            return Err(ApiError::message_incr_disabled());
        }
        if !ingest.payload.is_empty() {
            return Err(ApiError::message_incr_payload());
        }
        let others = [
            ROLLUP,
            headers::EXPECTED_STREAM,
            headers::EXPECTED_LAST_MSG_ID,
            headers::EXPECTED_LAST_SUBJECT_SEQ_SUBJECT,
            headers::EXPECTED_LAST_SEQ,
            headers::EXPECTED_LAST_SUBJECT_SEQ,
        ];
        if others.iter().any(|key| ingest.value(key).is_some()) {
            return Err(ApiError::message_incr_invalid());
        }
    }
    ingest.increment = Some(increment);
    Ok(())
}

/// A stream of counters holds nothing else.
pub(super) fn check_missing(ingest: &Ingest<'_>, config: &StreamConfig) -> Result<(), ApiError> {
    if ingest.increment.is_none() && config.allow_msg_counter {
        return Err(ApiError::message_incr_missing());
    }
    Ok(())
}

/// Makes the message the counter's new value. `known` is what the counter is, if
/// a message before it in the same batch has changed it.
pub(super) fn apply(
    ingest: &mut Ingest<'_>,
    config: &StreamConfig,
    store: &dyn StreamStore,
    known: Option<Counter>,
    max_payload: usize,
) -> Result<Option<Counter>, ApiError> {
    if !config.allow_msg_counter {
        return Ok(None);
    }
    let Some(mut increment) = ingest.increment.take() else {
        return Ok(None);
    };
    let mut counter = match known {
        Some(counter) => counter,
        None => load(&ingest.subject, store)?,
    };
    if let Some(source) = value(headers::STREAM_SOURCE, &ingest.header) {
        let source = String::from_utf8_lossy(source).into_owned();
        increment = count_source(ingest, &source, &mut counter.sources)?;
        let text = increment.to_string();
        ingest.header = Cow::Owned(set_header(
            headers::INCREMENT,
            text.as_bytes(),
            &ingest.header,
        ));
    }
    counter.total += increment;
    let total = counter.total.to_string();
    ingest.payload = Cow::Owned(format!("{{\"val\":\"{total}\"}}").into_bytes());
    if !counter.sources.is_empty() {
        let json =
            serde_json::to_vec(&counter.sources).map_err(|_| ApiError::message_counter_broken())?;
        ingest.header = Cow::Owned(set_header(headers::COUNTER_SOURCES, &json, &ingest.header));
    }
    if ingest.size() > max_payload {
        return Err(ApiError::stream_message_exceeds_maximum());
    }
    ingest.counter = Some(total);
    Ok(Some(counter))
}

/// The last value of a subject.
fn load(subject: &[u8], store: &dyn StreamStore) -> Result<Counter, ApiError> {
    let mut msg = StoredMsg::new();
    if store.load_last_msg(subject, &mut msg).is_err() {
        return Ok(Counter::default());
    }
    let broken = |_| ApiError::message_counter_broken();
    let current: CounterValue = serde_json::from_slice(msg.payload()).map_err(broken)?;
    let sources = match value(headers::COUNTER_SOURCES, msg.header()) {
        Some(json) => serde_json::from_slice(json).map_err(broken)?,
        None => CounterSources::new(),
    };
    Ok(Counter {
        total: parse(current.val.as_bytes()).unwrap_or_default(),
        sources,
    })
}

/// Takes in the value of the same counter in another stream; returns by how much it
/// is more than when it was last seen.
fn count_source(
    ingest: &Ingest<'_>,
    source: &str,
    sources: &mut CounterSources,
) -> Result<BigInt, ApiError> {
    let mut fields = source.split(' ');
    let stream = fields.next().unwrap_or_default();
    let subject = match fields.nth(3) {
        Some(subject) => subject.to_owned(),
        None => String::from_utf8_lossy(&ingest.subject).into_owned(),
    };
    let theirs: CounterValue =
        serde_json::from_slice(&ingest.payload).map_err(|_| ApiError::message_counter_broken())?;
    let theirs = parse(theirs.val.as_bytes()).unwrap_or_default();
    let seen = sources
        .entry(stream.to_owned())
        .or_default()
        .entry(subject)
        .or_default();
    let before = parse(seen.as_bytes()).unwrap_or_default();
    *seen = theirs.to_string();
    Ok(theirs - before)
}

/// A decimal number with an optional sign, as long as it likes.
fn parse(text: &[u8]) -> Option<BigInt> {
    let digits = text
        .strip_prefix(b"-")
        .or_else(|| text.strip_prefix(b"+"))
        .unwrap_or(text);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    BigInt::parse_bytes(text, 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_long_as_they_like() {
        let big = b"-123456789012345678901234567890";
        assert_eq!(parse(big).unwrap().to_string().as_bytes(), big,);
        assert_eq!(parse(b"+5"), Some(BigInt::from(5)));
        for wrong in [&b""[..], b"-", b"1_0", b"1.5", b"x"] {
            assert_eq!(parse(wrong), None);
        }
    }
}
