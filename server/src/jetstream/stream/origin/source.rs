//! Messages of other streams among a stream's own.

use std::sync::PoisonError;

use super::super::ingest::{Ingest, Output, Sourced};
use super::super::lifecycle::Stream;
use super::link::{Origin, OriginEvent};
use super::mirror::without_expectations;
use super::reply::Delivered;
use crate::jetstream::model::StreamState;
use crate::jetstream::store::StoredMsg;
use crate::jetstream::stream::headers;
use crate::platform::decimal;
use crate::protocol::{generate_header, remove_header};

impl Stream {
    pub(super) fn take_sourced(&self, event: &OriginEvent, delivered: Delivered, out: &mut Output) {
        let message = &event.message;
        let (in_order, source, subject) = {
            let mut origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(origin) = origins.list.get_mut(&event.origin) else {
                return;
            };
            if delivered.delivery <= origin.delivery {
                return;
            }
            let in_order = delivered.delivery == origin.delivery + 1;
            if in_order {
                origin.delivery = delivered.delivery;
                origin.lag = delivered.pending.saturating_sub(1);
            }
            (
                in_order,
                origin.header_value(message.subject(), delivered.seq),
                origin.subject(message.subject()),
            )
        };
        if !in_order {
            self.restart_origin(event.origin);
            return;
        }
        let header = without_expectations(message.header());
        let header = remove_header(headers::STREAM_SOURCE, &header).filter(|rest| !rest.is_empty());
        let header = generate_header(header.as_deref(), headers::STREAM_SOURCE, &source);
        let subject = subject.as_deref().unwrap_or(message.subject());
        let mut ingest = Ingest::new(subject, &header, message.payload(), None);
        ingest.sourced = true;
        let taken = {
            let config = self.config();
            let mut state = self.lock();
            self.take_from_source(&mut ingest, &config, &mut state, out)
        };
        if taken == Sourced::Full {
            // This one comes again when there may be room.
            self.restart_origin(event.origin);
            return;
        }
        let mut origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(origin) = origins.list.get_mut(&event.origin) {
            origin.seq = delivered.seq;
        }
    }

    /// Finds out how far the stream is with its sources, by what it took last.
    pub(super) fn find_starts(&self, ids: &[u64]) {
        let mut state = StreamState::default();
        self.store.fast_state(&mut state);
        if state.msgs == 0 || ids.is_empty() {
            return;
        }
        let mut origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
        let mut open: Vec<u64> = ids
            .iter()
            .copied()
            .filter(|id| origins.list.get(id).is_some_and(|origin| !origin.is_mirror))
            .collect();
        let mut msg = StoredMsg::new();
        let mut last = state.last_seq;
        while !open.is_empty() && last > 0 && self.store.load_prev_msg(last, &mut msg).is_ok() {
            last = msg.seq - 1;
            let Some(value) = headers::value(headers::STREAM_SOURCE, msg.header()) else {
                continue;
            };
            let Some((name, seq)) = parse_source(value) else {
                continue;
            };
            open.retain(|id| match origins.list.get_mut(id) {
                Some(origin) if origin.is_called(&name) => {
                    origin.seq = seq;
                    false
                }
                Some(_) => true,
                None => false,
            });
        }
    }
}

/// How a message says where it was taken from.
struct SourceName {
    stream: String,
    index_name: Option<String>,
}

impl Origin {
    /// `<stream> <seq> <filter> <destination> <subject>`
    fn header_value(&self, subject: &[u8], seq: u64) -> Vec<u8> {
        let mut parts = self.index_name.splitn(3, ' ');
        let mut next = || parts.next().unwrap_or_default().as_bytes();
        let (stream, filter, destination) = (next(), next(), next());
        [
            stream,
            seq.to_string().as_bytes(),
            filter,
            destination,
            subject,
        ]
        .join(&b' ')
    }

    fn is_called(&self, name: &SourceName) -> bool {
        match &name.index_name {
            Some(index_name) => self.index_name == *index_name,
            None => self.index_name.split(' ').next() == Some(&name.stream),
        }
    }
}

/// Reads the header, also as older servers wrote it.
fn parse_source(value: &[u8]) -> Option<(SourceName, u64)> {
    if value.starts_with(b"$JS.ACK.") {
        let delivered = Delivered::parse(value)?;
        let stream = value.split(|byte| *byte == b'.').nth(2)?;
        let name = SourceName {
            stream: String::from_utf8_lossy(stream).into_owned(),
            index_name: None,
        };
        return Some((name, delivered.seq));
    }
    let text = String::from_utf8_lossy(value);
    let fields: Vec<&str> = text.split(' ').collect();
    let seq = decimal::parse_i64(fields.get(1)?.as_bytes())?;
    let index_name = match fields.as_slice() {
        [stream, _, filter, destination, ..] => Some(format!("{stream} {filter} {destination}")),
        [_, _] => None,
        _ => return None,
    };
    let name = SourceName {
        stream: (*fields.first()?).to_owned(),
        index_name,
    };
    Some((name, u64::try_from(seq).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_all_ages_are_read() {
        let (name, seq) = parse_source(b"S 7 a.> > a.b").unwrap();
        assert_eq!((name.index_name.as_deref(), seq), (Some("S a.> >"), 7));
        let (name, seq) = parse_source(b"S 8").unwrap();
        assert_eq!((name.stream.as_str(), name.index_name, seq), ("S", None, 8));
        let (name, seq) = parse_source(b"$JS.ACK.S.C.1.9.3.4.5").unwrap();
        assert_eq!((name.stream.as_str(), seq), ("S", 9));
        assert!(parse_source(b"S 7 a.>").is_none());
        assert!(parse_source(b"nonsense").is_none());
    }
}
