//! Consumers by request.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::request::{Answer, PAGED, Request, page_start, with_offline};
use crate::jetstream::assets::{ConsumerAction, OfflineStream, as_consumer};
use crate::jetstream::consumer::{Consumer, is_valid_group};
use crate::jetstream::model::json::{Choice, Described, Field, Refusal, Shape, Struct, from_json};
use crate::jetstream::model::shapes::CONSUMER_CONFIG;
use crate::jetstream::model::versioning::{asks_too_much, set_consumer_level};
use crate::jetstream::model::{ApiError, ConsumerConfig, go_time};
use crate::jetstream::stream::{Stream, StreamConsumer as _};
use crate::subject::token_count;

const NAMES_MAX: usize = 1024;
const LIST_MAX: usize = 256;
/// Go's zero time.
const NEVER: &str = "0001-01-01T00:00:00Z";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CreateRequest {
    stream_name: String,
    config: ConsumerConfig,
    action: ConsumerAction,
    pedantic: bool,
}

static ACTION: Choice = Choice {
    words: &[
        ("\"create\"", "create"),
        ("\"update\"", "update"),
        ("\"\"", ""),
    ],
    any_case: false,
    refusal: Refusal::Raw("unknown consumer action: "),
};

impl Described for CreateRequest {
    const SHAPE: &'static Struct = &Struct {
        name: "CreateConsumerRequest",
        embedded: None,
        fields: &[
            Field("stream_name", Shape::Text),
            Field("config", Shape::Object(&CONSUMER_CONFIG)),
            Field("action", Shape::Choice(&ACTION)),
            Field("pedantic", Shape::Flag),
        ],
    };
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PagedRequest {
    offset: i64,
}

impl Described for PagedRequest {
    const SHAPE: &'static Struct = &Struct {
        name: "JSApiConsumersRequest",
        embedded: Some(("ApiPagedRequest", &PAGED)),
        fields: &[],
    };
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PauseRequest {
    #[serde(with = "go_time")]
    pause_until: Option<Timestamp>,
}

impl Described for PauseRequest {
    const SHAPE: &'static Struct = &Struct {
        name: "JSApiConsumerPauseRequest",
        embedded: None,
        fields: &[Field("pause_until", Shape::Time)],
    };
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ResetRequest {
    seq: u64,
}

impl Described for ResetRequest {
    const SHAPE: &'static Struct = &Struct {
        name: "JSApiConsumerResetRequest",
        embedded: None,
        fields: &[Field("seq", Shape::Uint64)],
    };
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct UnpinRequest {
    group: String,
}

impl Described for UnpinRequest {
    const SHAPE: &'static Struct = &Struct {
        name: "JSApiConsumerUnpinRequest",
        embedded: None,
        fields: &[Field("group", Shape::Text)],
    };
}

fn to_value(body: &impl Serialize) -> Value {
    serde_json::to_value(body).unwrap_or_default()
}

fn find(request: &Request<'_>) -> Result<(Arc<Stream>, Arc<Consumer>), ApiError> {
    let stream = request.stream()?;
    let consumer = stream
        .consumer(request.consumer_name())
        .and_then(as_consumer)
        .ok_or_else(ApiError::consumer_not_found)?;
    Ok((stream, consumer))
}

fn info_of(consumer: &Consumer) -> Answer {
    let info = consumer.info().ok_or_else(ApiError::consumer_not_found)?;
    Ok(to_value(&info))
}

pub(super) fn create(request: &Request<'_>) -> Answer {
    let mut wanted: CreateRequest = request.decode()?;
    let stream_name = name_consumer(request, &mut wanted.config)?;
    if stream_name != wanted.stream_name {
        return Err(ApiError::stream_mismatch());
    }
    if wanted.config.replicas > 1 {
        return Err(ApiError::stream_replicas_not_supported());
    }
    let stream = request.account.stream(&stream_name)?;
    let mut config = wanted.config;
    // A consumer that is there is paused by requests of their own.
    if let Some(known) = stream.consumer(&config.name) {
        config.pause_until = known.config().pause_until;
    }
    set_consumer_level(&mut config);
    let consumer = request
        .account
        .add_consumer(&stream, config, wanted.action, wanted.pedantic)?;
    match consumer.take_initial_info() {
        Some(info) => Ok(to_value(&info)),
        None => info_of(&consumer),
    }
}

/// What the subject says of the consumer's name and filter has to be what the
/// configuration says. Returns the stream that the subject names.
fn name_consumer(request: &Request<'_>, config: &mut ConsumerConfig) -> Result<String, ApiError> {
    let tokens = token_count(request.message.subject());
    if request.token(3) == "DURABLE" || request.token(3) == "CREATE" && tokens == 5 {
        return name_legacy(request, config);
    }
    let name = request.consumer_name();
    if name.contains(['\\', '/']) {
        return Err(ApiError::consumer_name_contains_path_separators());
    }
    if !config.durable_name.is_empty() && config.durable_name != name {
        return Err(ApiError::consumer_durable_name_not_match_subject());
    }
    name.clone_into(&mut config.name);
    if tokens > 6 {
        let filter = request
            .message
            .subject()
            .splitn(7, |byte| *byte == b'.')
            .nth(6)
            .unwrap_or_default();
        if !config.filter_subjects.is_empty() {
            return Err(ApiError::consumer_multiple_filters_not_allowed());
        }
        if config.filter_subject.as_bytes() != filter {
            return Err(ApiError::consumer_create_filter_subject_mismatch());
        }
    }
    Ok(request.stream_name().to_owned())
}

/// `CONSUMER.CREATE.<stream>` and `CONSUMER.DURABLE.CREATE.<stream>.<durable>`
fn name_legacy(request: &Request<'_>, config: &mut ConsumerConfig) -> Result<String, ApiError> {
    if request.token(3) != "DURABLE" {
        if !config.durable_name.is_empty() {
            return Err(ApiError::consumer_ephemeral_with_durable_name());
        }
        return Ok(request.stream_name().to_owned());
    }
    let name = request.token(6);
    if name.contains(['\\', '/']) {
        return Err(ApiError::consumer_name_contains_path_separators());
    }
    if config.durable_name.is_empty() {
        return Err(ApiError::consumer_durable_name_not_set());
    }
    if config.durable_name != name {
        return Err(ApiError::consumer_durable_name_not_match_subject());
    }
    name.clone_into(&mut config.name);
    Ok(request.token(5).to_owned())
}

pub(super) fn names(request: &Request<'_>) -> Answer {
    let paged: PagedRequest = request.decode_or_default()?;
    let consumers: Vec<String> = match request.account.offline_stream(request.stream_name()) {
        Some(stream) => stream.consumers.keys().cloned().collect(),
        None => public(&*request.stream()?)
            .iter()
            .map(|consumer| consumer.name_str().to_owned())
            .collect(),
    };
    let offset = page_start(paged.offset, consumers.len());
    let names: Vec<&String> = consumers.iter().skip(offset).take(NAMES_MAX).collect();
    Ok(json!({
        "total": consumers.len(), "offset": offset, "limit": NAMES_MAX, "consumers": names,
    }))
}

pub(super) fn list(request: &Request<'_>) -> Answer {
    let paged: PagedRequest = request.decode_or_default()?;
    if let Some(stream) = request.account.offline_stream(request.stream_name()) {
        return Ok(offline_list(&stream, paged.offset));
    }
    let consumers = public(&*request.stream()?);
    let offset = page_start(paged.offset, consumers.len());
    let infos: Vec<Value> = consumers
        .iter()
        .skip(offset)
        .filter_map(|consumer| {
            let mut info = consumer.info()?;
            // A list tells nothing of the server.
            info.config = (*consumer.config()).clone();
            Some(to_value(&info))
        })
        .take(LIST_MAX)
        .collect();
    Ok(json!({
        "total": consumers.len(), "offset": offset, "limit": LIST_MAX, "consumers": infos,
    }))
}

/// Of a stream that is not served only those are told that can not be served either.
fn offline_list(stream: &OfflineStream, offset: i64) -> Value {
    let total = stream.consumers.len();
    let offset = page_start(offset, total);
    let listed = stream.consumers.iter().skip(offset);
    let offline = listed
        .filter_map(|(name, reason)| Some((name.clone(), reason.clone()?)))
        .collect();
    let body = json!({
        "total": total, "offset": offset, "limit": LIST_MAX, "consumers": [],
    });
    with_offline(body, &offline)
}

/// The consumers that users made.
fn public(stream: &Stream) -> Vec<Arc<Consumer>> {
    stream
        .all_consumers()
        .into_iter()
        .filter(|consumer| !consumer.config().direct)
        .filter_map(as_consumer)
        .collect()
}

pub(super) fn info(request: &Request<'_>) -> Answer {
    if !request.is_empty() {
        return Err(ApiError::not_empty_request());
    }
    if let Some(stream) = request.account.offline_stream(request.stream_name()) {
        let reason = stream.consumers.get(request.consumer_name()).cloned();
        return Err(match reason.flatten() {
            Some(reason) => ApiError::consumer_offline_reason(reason),
            None => ApiError::consumer_not_found(),
        });
    }
    let (_, consumer) = find(request)?;
    info_of(&consumer)
}

pub(super) fn delete(request: &Request<'_>) -> Answer {
    if !request.is_empty() {
        return Err(ApiError::not_empty_request());
    }
    let (_, consumer) = find(request)?;
    consumer.delete();
    Ok(json!({ "success": true }))
}

pub(super) fn pause(request: &Request<'_>) -> Answer {
    let wanted: PauseRequest = request.decode_or_default()?;
    let (stream, consumer) = find(request)?;
    let until = wanted.pause_until;
    consumer
        .pause(until)
        .map_err(ApiError::consumer_store_failed)?;
    let now = stream.host().now();
    let left = until.map_or(0, |until| {
        i64::try_from(until.as_nanosecond() - now.as_nanosecond()).unwrap_or(i64::MAX)
    });
    let mut body = json!({
        "paused": left > 0,
        "pause_until": until.map_or_else(|| NEVER.to_owned(), |until| until.to_string()),
    });
    if left > 0
        && let Some(fields) = body.as_object_mut()
    {
        fields.insert("pause_remaining".to_owned(), left.into());
    }
    Ok(body)
}

/// The consumer itself is asked, so without one nobody answers.
pub(super) fn reset(request: &Request<'_>) -> Option<Answer> {
    let (_, consumer) = find(request).ok()?;
    if asks_too_much(request.message.header()) {
        return Some(Err(ApiError::required_api_level()));
    }
    Some(reset_consumer(request, &consumer))
}

fn reset_consumer(request: &Request<'_>, consumer: &Consumer) -> Answer {
    let wanted: ResetRequest = match request.message.payload() {
        b"" => ResetRequest::default(),
        text => from_json(text).map_err(ApiError::invalid_json)?,
    };
    let seq = consumer.reset(wanted.seq)?;
    let mut body = info_of(consumer)?;
    if let Some(fields) = body.as_object_mut() {
        fields.insert("reset_seq".to_owned(), seq.into());
    }
    Ok(body)
}

pub(super) fn unpin(request: &Request<'_>) -> Answer {
    let text = request.message.payload();
    let wanted: UnpinRequest = from_json(text).map_err(ApiError::invalid_json)?;
    if wanted.group.is_empty() {
        return Err(ApiError::invalid_json("consumer group not specified"));
    }
    if !is_valid_group(&wanted.group) {
        return Err(ApiError::consumer_invalid_group_name());
    }
    let (_, consumer) = find(request)?;
    if !consumer.config().priority_groups.contains(&wanted.group) {
        return Err(ApiError::consumer_invalid_priority_group());
    }
    consumer.unpin_client();
    Ok(json!({}))
}
