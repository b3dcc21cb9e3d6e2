//! Streams by request.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::request::{Answer, PAGED, Request, page_start, with_offline};
use crate::jetstream::assets::Listed;
use crate::jetstream::model::json::{Described, Field, Shape, Struct};
use crate::jetstream::model::shapes::STREAM_CONFIG;
use crate::jetstream::model::versioning::set_stream_level;
use crate::jetstream::model::{ApiError, StreamConfig};
use crate::jetstream::stream::{ClusterInfo, PurgeRequest};

/// Most names, streams and subjects in one answer.
const NAMES_MAX: usize = 1024;
const LIST_MAX: usize = 256;
const SUBJECTS_MAX: usize = 100_000;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NamesRequest {
    offset: i64,
    subject: String,
}

impl Described for NamesRequest {
    const SHAPE: &'static Struct = &Struct {
        name: "JSApiStreamNamesRequest",
        embedded: Some(("ApiPagedRequest", &PAGED)),
        fields: &[Field("subject", Shape::Text)],
    };
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ListRequest {
    offset: i64,
    subject: String,
}

impl Described for ListRequest {
    const SHAPE: &'static Struct = &Struct {
        name: "JSApiStreamListRequest",
        embedded: Some(("ApiPagedRequest", &PAGED)),
        fields: &[Field("subject", Shape::Text)],
    };
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct InfoRequest {
    offset: i64,
    deleted_details: bool,
    subjects_filter: String,
}

impl Described for InfoRequest {
    const SHAPE: &'static Struct = &Struct {
        name: "JSApiStreamInfoRequest",
        embedded: Some(("ApiPagedRequest", &PAGED)),
        fields: &[
            Field("deleted_details", Shape::Flag),
            Field("subjects_filter", Shape::Text),
        ],
    };
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Purge {
    seq: u64,
    filter: String,
    keep: u64,
}

impl Described for Purge {
    const SHAPE: &'static Struct = &Struct {
        name: "JSApiStreamPurgeRequest",
        embedded: None,
        fields: &[
            Field("seq", Shape::Uint64),
            Field("filter", Shape::Text),
            Field("keep", Shape::Uint64),
        ],
    };
}

/// A configuration and whether it is taken literally.
#[derive(Debug, Default, Deserialize)]
struct ConfigRequest {
    #[serde(flatten)]
    config: StreamConfig,
    #[serde(default)]
    pedantic: bool,
}

impl Described for ConfigRequest {
    const SHAPE: &'static Struct = &Struct {
        name: "StreamConfigRequest",
        embedded: Some(("StreamConfig", &STREAM_CONFIG)),
        fields: &[Field("pedantic", Shape::Flag)],
    };
}

fn to_value(body: &impl Serialize) -> Value {
    serde_json::to_value(body).unwrap_or_default()
}

pub(super) fn create(request: &Request<'_>) -> Answer {
    let ConfigRequest {
        mut config,
        pedantic,
    } = request.decode()?;
    set_stream_level(&mut config);
    let name = request.stream_name();
    if name != config.name {
        return Err(ApiError::stream_mismatch());
    }
    if name.contains(['\\', '/']) {
        return Err(ApiError::stream_name_contains_path_separators());
    }
    let invalid = |reason: &str| Err(ApiError::stream_invalid_config(reason));
    if config.sealed {
        return invalid("stream configuration for create can not be sealed");
    }
    if config.mirror_direct && config.mirror.is_none() {
        return invalid("stream has no mirror but does have mirror direct");
    }
    request.account.check_stream_count(&config)?;
    let stream = request.account.add_stream(&config, pedantic)?;
    let mut info = stream.info(false);
    info.domain.clear();
    let mut body = to_value(&info);
    if let Some(fields) = body.as_object_mut() {
        fields.insert("did_create".to_owned(), true.into());
    }
    Ok(body)
}

pub(super) fn update(request: &Request<'_>) -> Answer {
    let ConfigRequest { config, pedantic } = request.decode()?;
    if !config.name.is_empty() && request.stream_name() != config.name {
        return Err(ApiError::stream_mismatch());
    }
    let stream = request.account.update_stream(&config, pedantic)?;
    Ok(to_value(&stream.info(false)))
}

pub(super) fn names(request: &Request<'_>) -> Answer {
    let paged: NamesRequest = request.decode_or_default()?;
    let streams = request.account.listed(&paged.subject);
    let offset = page_start(paged.offset, streams.len());
    let names: Vec<&str> = streams
        .iter()
        .skip(offset)
        .take(NAMES_MAX)
        .map(Listed::name)
        .collect();
    let names = if names.is_empty() {
        Value::Null
    } else {
        names.into()
    };
    Ok(json!({
        "total": streams.len(), "offset": offset, "limit": NAMES_MAX, "streams": names,
    }))
}

pub(super) fn list(request: &Request<'_>) -> Answer {
    let paged: ListRequest = request.decode_or_default()?;
    let streams = request.account.listed(&paged.subject);
    let offset = page_start(paged.offset, streams.len());
    let mut infos: Vec<Value> = Vec::new();
    let mut offline = BTreeMap::new();
    for stream in streams.iter().skip(offset) {
        if infos.len() >= LIST_MAX {
            break;
        }
        match stream {
            Listed::Online(stream) => {
                let mut info = stream.info(false);
                // A list tells nothing of the server.
                info.config = (*stream.config()).clone();
                infos.push(to_value(&info));
            }
            Listed::Offline(stream) => {
                offline.insert(stream.config.name.clone(), stream.reason.clone());
            }
        }
    }
    let body = json!({
        "total": streams.len(), "offset": offset, "limit": LIST_MAX, "streams": infos,
    });
    Ok(with_offline(body, &offline))
}

pub(super) fn info(request: &Request<'_>) -> Answer {
    let wanted: InfoRequest = request.decode_or_default()?;
    let stream = request.stream()?;
    let mut info = stream.info(wanted.deleted_details);
    info.cluster = Some(ClusterInfo::alone(request.js.host()));
    let (mut total, mut offset, mut limit) = (0, 0, 0);
    if !wanted.subjects_filter.is_empty() {
        let filter = wanted.subjects_filter.as_bytes();
        let found: BTreeMap<String, u64> = stream
            .store()
            .subjects_totals(filter)
            .into_iter()
            .map(|(subject, count)| (String::from_utf8_lossy(&subject).into_owned(), count))
            .collect();
        if !found.is_empty() {
            total = found.len();
            limit = SUBJECTS_MAX;
            offset = wanted.offset;
            let start = page_start(offset, total);
            info.state.subjects = found.into_iter().skip(start).take(SUBJECTS_MAX).collect();
        }
    }
    let mut body = to_value(&info);
    if let Some(fields) = body.as_object_mut() {
        fields.insert("total".to_owned(), total.into());
        fields.insert("offset".to_owned(), offset.into());
        fields.insert("limit".to_owned(), limit.into());
    }
    Ok(body)
}

pub(super) fn delete(request: &Request<'_>) -> Answer {
    if !request.is_empty() {
        return Err(ApiError::not_empty_request());
    }
    request.account.delete_stream(request.stream_name())?;
    Ok(json!({ "success": true }))
}

pub(super) fn purge(request: &Request<'_>) -> Answer {
    let wanted: Purge = request.decode_or_default()?;
    if wanted.seq > 0 && wanted.keep > 0 {
        return Err(ApiError::bad_request());
    }
    let stream = request.stream()?;
    let config = stream.config();
    if config.sealed {
        return Err(ApiError::stream_sealed());
    }
    if config.deny_purge {
        return Err(ApiError::stream_purge_failed("stream purge not permitted"));
    }
    let purged = stream
        .purge(&PurgeRequest {
            subject: wanted.filter.into_bytes(),
            seq: wanted.seq,
            keep: wanted.keep,
        })
        .map_err(ApiError::stream_general)?;
    Ok(json!({ "success": true, "purged": purged }))
}
