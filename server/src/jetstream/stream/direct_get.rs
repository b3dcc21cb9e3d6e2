//! Requests for single messages that every server with a copy answers itself
//! (ADR-31), without the queue of the API.

use std::sync::Arc;

use super::headers;
use super::lifecycle::Stream;
use crate::client::{InternalMessage, InternalPublisher, Outgoing};
use crate::conn::Kind;
use crate::jetstream::host::{nanos, timestamp};
use crate::jetstream::model::json::from_json;
use crate::jetstream::model::versioning::asks_too_much;
use crate::jetstream::model::{MsgGetRequest, StreamState};
use crate::jetstream::store::{Lookup, StoreError, StoredMsg};
use crate::protocol::generate_header;
use crate::subject::tokens;

/// Most subjects whose last message one request gets.
const RESPONSES_MAX: usize = 1024;

/// Answers until the stream is stopped.
pub(super) async fn run(stream: Arc<Stream>) {
    let context = Arc::clone(&stream.host.context);
    let account = Arc::clone(stream.account());
    let mut publisher = InternalPublisher::new(context, account, Kind::JetStream);
    while !stream.is_closed() {
        tokio::select! {
            () = stream.gets.ready() => {}
            () = stream.stopped_gets.notified() => return,
        }
        let Some(mut batch) = stream.gets.pop() else {
            continue;
        };
        stream.blocking(|| {
            for message in batch.drain() {
                if let Some(reply) = message.reply() {
                    let mut answer = Answer {
                        stream: &stream,
                        publisher: &mut publisher,
                        reply,
                    };
                    answer.to(&message);
                }
            }
            publisher.flush();
        });
    }
}

/// The answer to one request, in one message or several.
struct Answer<'a> {
    stream: &'a Stream,
    publisher: &'a mut InternalPublisher,
    reply: &'a [u8],
}

impl Answer<'_> {
    fn send(&mut self, header: &[u8], payload: &[u8]) {
        self.publisher.publish(&Outgoing {
            subject: self.reply,
            header,
            payload,
            ..Outgoing::default()
        });
    }

    fn status(&mut self, status: &str) {
        self.send(format!("NATS/1.0 {status}\r\n\r\n").as_bytes(), b"");
    }

    fn to(&mut self, message: &InternalMessage) {
        if asks_too_much(message.header()) {
            return self.status("412 Required Api Level");
        }
        let payload = message.payload();
        // $JS.API.DIRECT.GET.<stream>.<subject>
        if tokens(message.subject()).count() > 5 {
            return self.last_of_subject(message.subject(), payload);
        }
        if payload.is_empty() {
            return self.status("408 Empty Request");
        }
        let Ok(request) = from_json::<MsgGetRequest>(payload) else {
            return self.status("408 Malformed Request");
        };
        if asks_nothing(&request) {
            return self.status("408 Empty Request");
        }
        if contradicts_itself(&request) {
            return self.status("408 Bad Request");
        }
        self.get(&request);
    }

    fn last_of_subject(&mut self, subject: &[u8], payload: &[u8]) {
        let mut request = MsgGetRequest::default();
        if !payload.is_empty() {
            match from_json(payload) {
                Ok(read) => request = read,
                Err(_) => return self.status("408 Malformed Request"),
            }
        }
        let key = subject
            .splitn(6, |byte| *byte == b'.')
            .nth(5)
            .unwrap_or_default();
        if key.is_empty() || !is_bare(&request) {
            return self.status("408 Bad Request");
        }
        request.last_by_subj = String::from_utf8_lossy(key).into_owned();
        self.get(&request);
    }

    fn get(&mut self, request: &MsgGetRequest) {
        // Held so that what is read is of one moment.
        let state = self.stream.lock();
        let last_seq = state.last_seq;
        if request.multi_last.is_empty() {
            self.get_run(request, last_seq);
        } else {
            self.get_multi(request);
        }
        drop(state);
    }

    fn max_bytes(&self, request: &MsgGetRequest) -> u64 {
        match u64::try_from(request.max_bytes) {
            Ok(max) if max > 0 => max,
            _ => self.stream.host.context.options().max_pending,
        }
    }

    fn get_run(&mut self, request: &MsgGetRequest, last_seq: u64) {
        let store = Arc::clone(&self.stream.store);
        let mut seq = match request.start_time {
            Some(time) => store.seq_from_time(nanos(time)),
            None => request.seq,
        };
        let next = request.next_by_subj.as_bytes();
        let is_batch = request.batch > 0;
        let count = request.batch.max(1);
        let (mut pending, mut valid_through) = (0, 0);
        if is_batch {
            match store.num_pending(seq, next, false) {
                Ok(found) => (pending, valid_through) = found,
                Err(error) => return self.stream.log_store_error("read", &error),
            }
        }
        let max_bytes = self.max_bytes(request);
        let (mut msg, mut last, mut sent) = (StoredMsg::new(), 0, 0);
        for at in 0..count {
            let found = if seq > 0 && next.is_empty() && at == 0 && !is_batch {
                store.load_msg(seq, &mut msg)
            } else if seq > 0 || !next.is_empty() {
                found(store.load_next_msg(next, seq, &mut msg))
            } else {
                store.load_last_msg(request.last_by_subj.as_bytes(), &mut msg)
            };
            if found.is_err() {
                if at > 0 {
                    break;
                }
                return self.status("404 Message Not Found");
            }
            seq = msg.seq + 1;
            let batch = is_batch.then(|| {
                pending = pending.saturating_sub(1);
                (pending, last)
            });
            if request.no_hdr {
                self.send(b"", msg.payload());
            } else {
                let header = header_of(self.stream.name(), &msg, batch);
                self.send(&header, msg.payload());
            }
            last = msg.seq;
            sent += size_of(&msg);
            if sent >= max_bytes {
                break;
            }
        }
        if !is_batch {
            return;
        }
        if last_seq > valid_through
            && let Ok((found, _)) = store.num_pending(seq, next, false)
        {
            pending = found;
        }
        self.status(&format!(
            "204 EOB\r\nNats-Num-Pending: {pending}\r\nNats-Last-Sequence: {last}"
        ));
    }

    fn get_multi(&mut self, request: &MsgGetRequest) {
        let store = Arc::clone(&self.stream.store);
        let mut state = StreamState::default();
        store.fast_state(&mut state);
        let mut up_to = request.up_to_seq;
        if let Some(time) = request.up_to_time {
            up_to = store.seq_from_time(nanos(time));
            if up_to <= state.first_seq {
                return self.status("404 No Results");
            }
            up_to -= 1;
        }
        if up_to == 0 {
            up_to = state.last_seq;
        }
        let filters: Vec<&[u8]> = request.multi_last.iter().map(String::as_bytes).collect();
        let seqs = match store.multi_last_seqs(&filters, up_to, Some(RESPONSES_MAX)) {
            Ok(seqs) if seqs.is_empty() => return self.status("404 No Results"),
            Ok(seqs) => seqs,
            Err(StoreError::TooManyResults) => return self.status("413 Too Many Results"),
            Err(error) => return self.status(&format!("500 {error}")),
        };
        let max_bytes = self.max_bytes(request);
        let mut pending = seqs.len() as u64;
        let (mut msg, mut last, mut bytes, mut sent) = (StoredMsg::new(), 0, 0, 0);
        for seq in seqs {
            pending = pending.saturating_sub(1);
            if seq < request.seq {
                continue;
            }
            if store.load_msg(seq, &mut msg).is_err() {
                return self.status("404 Message Not Found");
            }
            let header = header_of(self.stream.name(), &msg, Some((pending, last)));
            self.send(&header, msg.payload());
            last = seq;
            bytes += size_of(&msg);
            sent += 1;
            if bytes >= max_bytes || request.batch > 0 && sent >= request.batch {
                break;
            }
        }
        self.status(&format!(
            "204 EOB\r\nNats-Num-Pending: {pending}\r\nNats-Last-Sequence: {last}\r\nNats-UpTo-Sequence: {up_to}"
        ));
    }
}

fn asks_nothing(request: &MsgGetRequest) -> bool {
    request.seq == 0
        && request.last_by_subj.is_empty()
        && request.next_by_subj.is_empty()
        && request.multi_last.is_empty()
        && request.start_time.is_none()
}

fn contradicts_itself(request: &MsgGetRequest) -> bool {
    let (seq, time) = (request.seq > 0, request.start_time.is_some());
    let (last, next) = (
        !request.last_by_subj.is_empty(),
        !request.next_by_subj.is_empty(),
    );
    let multi = !request.multi_last.is_empty();
    [
        (seq, last),
        (seq, time),
        (time, last),
        (last, next),
        (last, request.batch > 0),
        (last, multi),
        (next, multi),
        (request.up_to_seq > 0, request.up_to_time.is_some()),
    ]
    .contains(&(true, true))
}

/// Whether nothing is asked for but perhaps to leave out headers.
fn is_bare(request: &MsgGetRequest) -> bool {
    asks_nothing(request)
        && request.batch == 0
        && request.up_to_seq == 0
        && request.up_to_time.is_none()
}

fn found(lookup: Result<Lookup, StoreError>) -> Result<(), StoreError> {
    match lookup? {
        Lookup::Found(_) => Ok(()),
        Lookup::End(_) => Err(StoreError::Eof),
    }
}

const fn size_of(msg: &StoredMsg) -> u64 {
    msg.size()
}

/// The header block of an answer; in a batch with how many follow and the sequence
/// before.
fn header_of(stream: &str, msg: &StoredMsg, batch: Option<(u64, u64)>) -> Vec<u8> {
    let mut header = (!msg.header().is_empty()).then(|| msg.header().to_vec());
    let mut add = |key: &[u8], value: &[u8]| {
        header = Some(generate_header(header.as_deref(), key, value));
    };
    add(headers::STREAM, stream.as_bytes());
    add(headers::SUBJECT, msg.subject());
    add(headers::SEQUENCE, msg.seq.to_string().as_bytes());
    add(
        headers::TIME_STAMP,
        timestamp(msg.ts).to_string().as_bytes(),
    );
    if let Some((pending, last)) = batch {
        add(headers::NUM_PENDING, pending.to_string().as_bytes());
        add(headers::LAST_SEQUENCE, last.to_string().as_bytes());
    }
    header.unwrap_or_default()
}
