//! A message on its way into the stream.

use std::borrow::Cow;

use num_bigint::BigInt;

use crate::client::InternalMessage;
use crate::jetstream::model::ApiError;
use crate::jetstream::stream::headers;
use crate::protocol::remove_header;

/// A message that is being checked.
pub(in crate::jetstream::stream) struct Ingest<'a> {
    pub(in crate::jetstream::stream) subject: Cow<'a, [u8]>,
    pub(in crate::jetstream::stream) header: Cow<'a, [u8]>,
    pub(in crate::jetstream::stream) payload: Cow<'a, [u8]>,
    /// Where the answer goes.
    pub(in crate::jetstream::stream) reply: Option<&'a [u8]>,
    /// Whether it was taken from another stream, and so was checked there.
    pub(in crate::jetstream::stream) sourced: bool,
    /// The atomic batch that it is a part of, and its place there. Such a message
    /// was checked with its batch.
    pub(super) batch: Option<(Vec<u8>, u64)>,
    /// By how much a counter changes.
    pub(super) increment: Option<BigInt>,
    pub(super) rollup: Option<Rollup>,
    /// What the counter is then.
    pub(super) counter: Option<String>,
}

/// Which messages one replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rollup {
    Subject,
    All,
}

/// Why a message is not stored.
#[derive(Debug)]
pub(super) enum Refusal {
    /// Its publisher is told.
    Error(ApiError),
    /// It was stored before.
    Duplicate(u64),
    /// It is none that is answered.
    Silent,
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self::Error(error)
    }
}

impl<'a> Ingest<'a> {
    pub(in crate::jetstream::stream) fn new(
        subject: &'a [u8],
        header: &'a [u8],
        payload: &'a [u8],
        reply: Option<&'a [u8]>,
    ) -> Self {
        let header = match headers::value(headers::CLIENT_INFO, header) {
            Some(_) => Cow::Owned(remove_header(headers::CLIENT_INFO, header).unwrap_or_default()),
            None => Cow::Borrowed(header),
        };
        Self {
            subject: Cow::Borrowed(subject),
            header,
            payload: Cow::Borrowed(payload),
            reply,
            sourced: false,
            batch: None,
            increment: None,
            rollup: None,
            counter: None,
        }
    }

    pub(super) fn published(message: &'a InternalMessage) -> Self {
        Self::new(
            message.subject(),
            message.header(),
            message.payload(),
            message.reply(),
        )
    }

    /// A header's value, unless it is empty.
    pub(super) fn value(&self, key: &[u8]) -> Option<&[u8]> {
        headers::value(key, &self.header)
    }

    /// Bytes of header and payload together.
    pub(super) fn size(&self) -> usize {
        self.header.len().saturating_add(self.payload.len())
    }
}
