//! Archives of streams for whoever asks (`jsStreamSnapshotRequest`).
//!
//! The archive goes to a subject of the asker's choice in chunks. Each has a reply
//! subject at which the asker says that it has it, so that only so many bytes are on
//! their way. An empty message is the end; its status says whether it is a good one.

use std::io::Read;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::request::Request;
use super::responder::{Responder, Work};
use crate::account::{Delivery, MessageHandler};
use crate::client::{InternalPublisher, Outgoing};
use crate::conn::Kind;
use crate::jetstream::advisory;
use crate::jetstream::host::{Host, random_name};
use crate::jetstream::model::ApiError;
use crate::jetstream::model::json::{Described, Field, Shape, Struct};
use crate::jetstream::store::Snapshot;
use crate::jetstream::stream::Stream;
use crate::subject::is_valid_subject;

/// Bytes of a chunk and on their way, unless the asker wants others, and what these
/// may be.
const CHUNK_LEN: i64 = 128 * 1024;
const CHUNK_LEN_MAX: i64 = 1024 * 1024;
const WINDOW_LEN: i64 = 8 * 1024 * 1024;
const WINDOW_LEN_MAX: i64 = 32 * 1024 * 1024;
const LEN_MIN: i64 = 1024;
/// How long the asker may take to say that it has a chunk.
const ACK_PATIENCE: Duration = Duration::from_secs(5);
/// How long there may be nobody who listens at first.
const INTEREST_PATIENCE: Duration = Duration::from_secs(2);
/// How often a transfer that waits looks whether it still makes sense.
const PAUSE: Duration = Duration::from_millis(50);
const INTEREST_CHANGES_MAX: usize = 8;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SnapshotRequest {
    deliver_subject: String,
    no_consumers: bool,
    chunk_size: i64,
    window_size: i64,
    #[serde(rename = "jsck")]
    check_msgs: bool,
}

impl Described for SnapshotRequest {
    const SHAPE: &'static Struct = &Struct {
        name: "JSApiStreamSnapshotRequest",
        embedded: None,
        fields: &[
            Field("deliver_subject", Shape::Text),
            Field("no_consumers", Shape::Flag),
            Field("chunk_size", Shape::Int),
            Field("window_size", Shape::Int),
            Field("jsck", Shape::Flag),
        ],
    };
}

/// Begins an archive.
pub(super) fn snapshot(request: &Request<'_>) -> Result<Work, ApiError> {
    if request.is_empty() {
        return Err(ApiError::bad_request());
    }
    let stream = request.stream()?;
    let wanted: SnapshotRequest = request.decode()?;
    if !is_valid_subject(&wanted.deliver_subject) {
        return Err(ApiError::snapshot_deliver_subject_invalid());
    }
    Ok(Box::new(move |responder| run(&stream, &wanted, &responder)))
}

fn run(stream: &Arc<Stream>, wanted: &SnapshotRequest, responder: &Responder) {
    let host = responder.host();
    let logger = &host.context.logger;
    let label = format!("stream '{} > {}'", stream.account().name(), stream.name());
    let check = if wanted.check_msgs {
        "health check and "
    } else {
        ""
    };
    logger.notice(format_args!("Starting {check}snapshot for {label}"));
    let (start, began) = (host.now(), Instant::now());
    let snapshot = stream
        .store()
        .snapshot(Duration::ZERO, !wanted.no_consumers, wanted.check_msgs);
    let snapshot = match snapshot {
        Ok(snapshot) => snapshot,
        Err(error) => {
            logger.warn(format_args!("Snapshot of {label} failed: {error}"));
            return responder.answer(Err(ApiError::stream_snapshot(error)));
        }
    };
    let config = stream.config();
    responder.answer(Ok(json!({ "config": *config, "state": snapshot.state })));
    let advise = |verb: &str, kind: &'static str, fields: Value| {
        let event = advisory::event(host, kind, fields);
        let subject = format!("$JS.EVENT.ADVISORY.STREAM.{verb}.{}", stream.name());
        advisory::publish(responder.client(), &subject, &event);
    };
    advise(
        "SNAPSHOT_CREATE",
        "io.nats.jetstream.advisory.v1.snapshot_create",
        json!({
            "stream": stream.name(),
            "state": snapshot.state,
            "client": responder.asker(),
        }),
    );
    let bytes = snapshot.state.bytes;
    Transfer::new(stream, wanted).run(snapshot);
    advise(
        "SNAPSHOT_COMPLETE",
        "io.nats.jetstream.advisory.v1.snapshot_complete",
        completion(stream.name(), start, host, responder),
    );
    logger.notice(format_args!(
        "Completed snapshot of {bytes} bytes for {label} in {:?}",
        began.elapsed()
    ));
}

fn completion(stream: &str, start: Timestamp, host: &Host, responder: &Responder) -> Value {
    json!({
        "stream": stream,
        "start": start.to_string(),
        "end": host.now().to_string(),
        "client": responder.asker(),
    })
}

/// How many chunks may still be sent.
#[derive(Debug)]
struct Slots {
    free: Mutex<usize>,
    max: usize,
    changed: Condvar,
}

/// Frees a slot for each message.
struct FreeSlot(Arc<Slots>);

impl MessageHandler for FreeSlot {
    fn handle(&self, _message: &Delivery<'_>) -> bool {
        let mut free = self.0.free.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever says so twice gets no more than there is.
        *free = self.0.max.min(*free + 1);
        drop(free);
        self.0.changed.notify_all();
        true
    }
}

impl Slots {
    /// Takes a slot, waiting a pause for it.
    fn take(&self) -> bool {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut free, _) = self
            .changed
            .wait_timeout_while(free, PAUSE, |free| *free == 0)
            .unwrap_or_else(PoisonError::into_inner);
        if *free == 0 {
            return false;
        }
        *free -= 1;
        true
    }
}

/// An archive on its way.
struct Transfer<'a> {
    stream: &'a Arc<Stream>,
    to: &'a str,
    chunk_len: usize,
    slots: Arc<Slots>,
    publisher: InternalPublisher,
}

impl<'a> Transfer<'a> {
    fn new(stream: &'a Arc<Stream>, wanted: &'a SnapshotRequest) -> Self {
        let or_default = |value: i64, default: i64| if value == 0 { default } else { value };
        let chunk = or_default(wanted.chunk_size, CHUNK_LEN).clamp(LEN_MIN, CHUNK_LEN_MAX);
        let window = or_default(wanted.window_size, WINDOW_LEN).clamp(LEN_MIN, WINDOW_LEN_MAX);
        let max = usize::try_from(window.max(chunk) / chunk).unwrap_or(1);
        let context = Arc::clone(&stream.host().context);
        Self {
            stream,
            to: &wanted.deliver_subject,
            chunk_len: usize::try_from(chunk).unwrap_or(1024),
            slots: Arc::new(Slots {
                free: Mutex::new(max),
                max,
                changed: Condvar::new(),
            }),
            publisher: InternalPublisher::new(
                context,
                Arc::clone(stream.account()),
                Kind::JetStream,
            ),
        }
    }

    fn send(&mut self, reply: Option<&[u8]>, header: &[u8], payload: &[u8]) {
        self.publisher.publish(&Outgoing {
            subject: self.to.as_bytes(),
            reply,
            header,
            payload,
            ..Outgoing::default()
        });
        self.publisher.flush();
    }

    fn run(mut self, mut snapshot: Snapshot) {
        let acks = format!(
            "$JS.SNAPSHOT.ACK.{}.{}",
            self.stream.name(),
            random_name(22)
        );
        let handler = Arc::new(FreeSlot(Arc::clone(&self.slots)));
        let subscription =
            self.stream
                .client()
                .subscribe(format!("{acks}.>").as_bytes(), None, handler);
        let status = match subscription {
            Ok(_subscription) => self.chunks(&acks, &mut snapshot),
            Err(error) => Some(format!("500 {error}")),
        };
        let header = status.map(|status| format!("NATS/1.0 {status}\r\n\r\n"));
        self.send(None, header.unwrap_or_default().as_bytes(), b"");
    }

    /// Sends the archive and returns the status of its end; none if it has but one
    /// chunk.
    fn chunks(&mut self, acks: &str, snapshot: &mut Snapshot) -> Option<String> {
        let mut interest = self.watch_interest();
        let mut chunk = Vec::with_capacity(self.chunk_len);
        let mut status = None;
        for index in 1_u64.. {
            if let Err(why) = self.wait(&mut interest) {
                return Some(why.to_owned());
            }
            chunk.clear();
            let mut part = (&mut snapshot.reader).take(self.chunk_len as u64);
            let read = part.read_to_end(&mut chunk);
            if let Some(why) = snapshot.failure.get() {
                return Some(format!("500 {}", one_line(why)));
            }
            if let Err(error) = read {
                return Some(format!("500 {}", one_line(&error.to_string())));
            }
            if chunk.len() < self.chunk_len {
                if !chunk.is_empty() {
                    self.send(None, b"", &chunk);
                }
                break;
            }
            let reply = format!("{acks}.{}.{index}", chunk.len());
            self.send(Some(reply.as_bytes()), b"", &chunk);
            status = Some("204".to_owned());
        }
        status
    }

    /// Waits until another chunk may be sent.
    fn wait(&self, interest: &mut mpsc::Receiver<bool>) -> Result<(), &'static str> {
        let deadline = Instant::now() + ACK_PATIENCE;
        loop {
            if self.slots.take() {
                return Ok(());
            }
            let mut gone = false;
            while let Ok(now) = interest.try_recv() {
                gone = !now;
            }
            if gone || self.stream.host().is_stopping() {
                return Err("408 No Interest");
            }
            if Instant::now() >= deadline {
                return Err("408 No Flow Response");
            }
        }
    }

    /// Tells when nobody listens any more. At first somebody may be a little late.
    fn watch_interest(&self) -> mpsc::Receiver<bool> {
        let (sender, mut receiver) = mpsc::channel(INTEREST_CHANGES_MAX);
        let subscriptions = self.stream.account().subscriptions();
        // A subject with wildcards has no interest that could be watched; then only
        // acknowledgements tell.
        let watched = subscriptions
            .register_notification(self.to, None, sender)
            .is_ok();
        let deadline = Instant::now() + INTEREST_PATIENCE;
        let host = self.stream.host();
        while watched && Instant::now() < deadline && !host.is_stopping() {
            match receiver.try_recv() {
                Ok(true) => break,
                Ok(false) => {}
                Err(_) => std::thread::sleep(PAUSE),
            }
        }
        receiver
    }
}

/// What can stand in a header.
fn one_line(text: &str) -> String {
    text.replace(['\r', '\n'], " ")
}
