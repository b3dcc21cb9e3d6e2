//! Single messages by request.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::request::{Answer, Request};
use crate::jetstream::host::{nanos, timestamp};
use crate::jetstream::model::json::{Described, Field, Shape, Struct};
use crate::jetstream::model::{ApiError, MsgGetRequest, StorageType};
use crate::jetstream::store::{Lookup, StoreError, StoredMsg};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct DeleteRequest {
    seq: u64,
    no_erase: bool,
}

impl Described for DeleteRequest {
    const SHAPE: &'static Struct = &Struct {
        name: "JSApiMsgDeleteRequest",
        embedded: None,
        fields: &[Field("seq", Shape::Uint64), Field("no_erase", Shape::Flag)],
    };
}

pub(super) fn delete(request: &Request<'_>) -> Answer {
    if request.is_empty() {
        return Err(ApiError::bad_request());
    }
    let wanted: DeleteRequest = request.decode()?;
    let stream = request.account.stream(request.token(5))?;
    let config = stream.config();
    if config.sealed {
        return Err(ApiError::stream_sealed());
    }
    if config.deny_delete {
        return Err(ApiError::stream_msg_delete_failed(
            "message delete not permitted",
        ));
    }
    let is_file = stream.store().storage_type() == StorageType::File;
    match stream.remove(wanted.seq, !wanted.no_erase) {
        // Only stores in files tell these from messages that are gone.
        Ok(false) if is_file && wanted.seq == 0 => {
            Err(ApiError::stream_msg_delete_failed(StoreError::MsgNotFound))
        }
        Ok(false) if is_file && wanted.seq > stream.last_seq() => {
            Err(ApiError::stream_msg_delete_failed(StoreError::Eof))
        }
        Ok(true) => Ok(json!({ "success": true })),
        Ok(false) => Err(ApiError::sequence_not_found(wanted.seq)),
        Err(error) => Err(ApiError::stream_msg_delete_failed(error)),
    }
}

pub(super) fn get(request: &Request<'_>) -> Answer {
    if request.is_empty() {
        return Err(ApiError::bad_request());
    }
    let wanted: MsgGetRequest = request.decode()?;
    let (seq, time) = (wanted.seq > 0, wanted.start_time.is_some());
    let last = !wanted.last_by_subj.is_empty();
    let next = !wanted.next_by_subj.is_empty();
    let wrong = wanted.batch > 0
        || wanted.max_bytes > 0
        || seq && last
        || !seq && !last && !next && !time
        || seq && time
        || time && last
        || last && next;
    if wrong {
        return Err(ApiError::bad_request());
    }
    let stream = request.account.stream(request.token(5))?;
    let store = stream.store();
    let start = match wanted.start_time {
        Some(time) => store.seq_from_time(nanos(time)),
        None => wanted.seq,
    };
    let mut msg = StoredMsg::new();
    let found = if start > 0 && !next {
        store.load_msg(start, &mut msg)
    } else if next {
        match store.load_next_msg(wanted.next_by_subj.as_bytes(), start, &mut msg) {
            Ok(Lookup::Found(_)) => Ok(()),
            Ok(Lookup::End(_)) => Err(StoreError::Eof),
            Err(error) => Err(error),
        }
    } else {
        store.load_last_msg(wanted.last_by_subj.as_bytes(), &mut msg)
    };
    found.map_err(|_| ApiError::no_message_found())?;
    let encode = |bytes: &[u8]| Value::from(BASE64_STANDARD.encode(bytes));
    let mut message = json!({
        "subject": String::from_utf8_lossy(msg.subject()),
        "seq": msg.seq,
        "time": timestamp(msg.ts).to_string(),
    });
    if let Some(fields) = message.as_object_mut() {
        if !msg.payload().is_empty() {
            fields.insert("data".to_owned(), encode(msg.payload()));
        }
        if !wanted.no_hdr && !msg.header().is_empty() {
            fields.insert("hdrs".to_owned(), encode(msg.header()));
        }
    }
    Ok(json!({ "message": message }))
}
