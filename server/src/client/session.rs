//! The protocol side of one client: operations in, effects out.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use super::deliver::{Deliverer, Stage};
use super::handle::Client;
use crate::account::{Account, Requestor, TrafficCounts};
use crate::auth::{ClientPermissions, Refusal};
use crate::conn::{Input, Link};
use crate::logging::Level;
use crate::protocol::{ClosedState, Op, Parser, ParserLimits, ProtocolError, Step};

/// The state of a client's reader task.
pub(super) struct Session {
    pub(super) client: Arc<Client>,
    pub(super) parser: Parser,
    pub(super) deliverer: Deliverer,
    pub(super) account: Arc<Account>,
    pub(super) permissions: Option<Arc<ClientPermissions>>,
    /// Decisions about publishing, by subject.
    pub(super) may_publish: HashMap<Box<[u8]>, bool>,
    pub(super) received: TrafficCounts,
    /// Whether subscriptions changed or messages came in this read.
    pub(super) active: bool,
    pub(super) verbose: bool,
    pub(super) pedantic: bool,
    pub(super) no_responders: bool,
    pub(super) trace: bool,
    /// CONNECT has to come first.
    pub(super) awaiting_auth: bool,
    stopped: bool,
    /// When the last input came.
    pub(super) read_at: Instant,
    /// The changes that were looked up, see `Client::epoch`.
    pub(super) seen_epoch: u64,
}

impl Session {
    pub(super) fn new(client: Arc<Client>, awaiting_auth: bool) -> Self {
        let context = Arc::clone(&client.context);
        let options = context.options();
        let max_payload = usize::try_from(client.max_payload.load(Ordering::Relaxed)).ok();
        let limits = ParserLimits {
            max_control_line: options.max_control_line,
            max_payload,
            headers: false,
        };
        let mut stage = Stage::new(Arc::clone(&client.link));
        stage.set_drops_when_behind(options.no_fast_producer_stall);
        let mut deliverer = Deliverer::new(stage);
        let requestor: Weak<dyn Requestor> = Arc::downgrade(&client) as _;
        deliverer.set_requestor(requestor);
        let account = Arc::clone(context.accounts().global());
        Self {
            parser: Parser::new(limits),
            deliverer,
            account,
            permissions: None,
            may_publish: HashMap::new(),
            received: TrafficCounts::default(),
            active: false,
            verbose: true,
            pedantic: true,
            no_responders: false,
            trace: context.logger.is_trace(),
            awaiting_auth,
            stopped: false,
            seen_epoch: 0,
            read_at: Instant::now(),
            client,
        }
    }

    /// Whether the session is over.
    pub(super) fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Works through `input`. Returns how many bytes were used and how many there
    /// must be for the next call.
    pub(super) fn on_input(&mut self, input: &Input<'_>) -> (usize, usize) {
        let mut at = 0;
        let mut need = 0;
        self.read_at = Instant::now();
        self.take_new_options();
        self.trace = self.client.context.logger.is_trace();
        self.deliverer.trace = self.trace;
        while !self.stopped {
            let rest = input.get(at..).unwrap_or_default();
            let Some(first) = rest.first() else { break };
            if self.awaiting_auth && !matches!(first, b'C' | b'c') && !self.become_no_auth_user() {
                self.authorization_violation(Refusal::Credentials);
                break;
            }
            match self.parser.step(rest) {
                Ok(Step::Op(op, used)) => {
                    self.on_op(&op, input);
                    at += used;
                }
                Ok(Step::NeedMore(bytes)) => {
                    need = bytes;
                    break;
                }
                Err(error) => self.protocol_error(&error),
            }
        }
        self.end_of_read();
        if self.stopped {
            (input.len(), 0)
        } else {
            (at, need)
        }
    }

    #[inline]
    fn on_op(&mut self, op: &Op<'_>, input: &Input<'_>) {
        if self.trace {
            self.trace_in(op);
        }
        match *op {
            Op::Publish(ref message) => self.publish(message, input),
            Op::Subscribe {
                subject,
                queue,
                sid,
                ..
            } => self.subscribe(subject, queue, sid),
            Op::Unsubscribe { sid, max, .. } => self.unsubscribe(sid, max),
            Op::Ping => self.ping(),
            Op::Pong => self.pong(),
            Op::Connect(json) => self.connect(json),
            // Clients have nothing to tell with INFO; servers do.
            Op::Info(json) => {
                if let Err(error) = serde_json::from_slice::<serde::de::IgnoredAny>(json) {
                    self.client.log(Level::Error, format_args!("{error}"));
                    self.close(ClosedState::ProtocolViolation);
                }
            }
            Op::Ok => {}
            Op::Err(text) => {
                self.client.log(
                    Level::Error,
                    format_args!("Client Error {}", printable(text)),
                );
                self.close(ClosedState::ParseError);
            }
        }
    }

    /// Counts what the read brought and queues what it produced.
    fn end_of_read(&mut self) {
        let received = std::mem::take(&mut self.received);
        if received.msgs > 0 || self.active {
            self.active = false;
            let now_ns = unix_nanos();
            self.client.link.touch(now_ns);
            self.client.lock().last_in = Some(self.read_at);
            self.deliverer.stage.touch_receivers(now_ns);
            self.client
                .in_msgs
                .fetch_add(received.msgs, Ordering::Relaxed);
            self.client
                .in_bytes
                .fetch_add(received.bytes, Ordering::Relaxed);
            self.account.stats().add_received(received);
            self.client.context.counts.add_received(received);
        }
        self.deliverer.stage.flush();
        let sent = self.deliverer.stage.take_sent();
        if sent.msgs > 0 {
            self.client.context.counts.add_sent(sent);
            let elsewhere = self.deliverer.stage.take_sent_elsewhere();
            self.account.stats().add_sent(sent.without(elsewhere));
        }
    }

    /// Whether much waits for a receiver, so that others should get to run.
    pub(super) fn take_backlog(&mut self) -> bool {
        self.deliverer.stage.take_backlog()
    }

    /// A receiver that falls behind and that this publisher should wait for.
    pub(super) fn take_stalled(&mut self) -> Option<Arc<Link>> {
        self.deliverer.stage.take_stalled()
    }

    /// Sends `-ERR` after what was sent before.
    pub(super) fn send_error(&mut self, text: &str) {
        if self.trace {
            self.client
                .log(Level::Trace, format_args!("->> [-ERR {text}]"));
        }
        let out = self.deliverer.stage.own();
        out.extend_from_slice(b"-ERR '");
        out.extend_from_slice(text.as_bytes());
        out.extend_from_slice(b"'\r\n");
    }

    /// Sends `+OK`.
    pub(super) fn send_ok(&mut self) {
        if self.trace {
            self.client.log(Level::Trace, format_args!("->> [OK]"));
        }
        self.deliverer.stage.own().extend_from_slice(b"+OK\r\n");
    }

    /// Ends the session after what was collected has been queued.
    pub(super) fn close(&mut self, reason: ClosedState) {
        self.stopped = true;
        self.deliverer.stage.flush();
        self.client.close(reason);
    }

    fn protocol_error(&mut self, error: &ProtocolError) {
        match error {
            ProtocolError::MaxPayload { .. } => {
                self.client.log(Level::Error, format_args!("{error}"));
            }
            ProtocolError::UnknownOperation { .. } => {
                self.client
                    .log(Level::Error, format_args!("Client {error}"));
            }
            ProtocolError::MaxControlLine {
                limit,
                length,
                snippet,
            } => {
                self.client.log(
                    Level::Error,
                    format_args!(
                        "{error}: max_control_line {limit}, Buffer len {length} (snip: {snippet}...)"
                    ),
                );
            }
            _ => self.client.log(Level::Error, format_args!("{error}")),
        }
        if let Some(text) = error.wire_text() {
            self.send_error(text);
        }
        self.close(error.closed_state());
    }
}

/// Text of a client for a line of the log, which it must not break or colour.
fn printable(text: &[u8]) -> String {
    let mut shown = String::new();
    for part in String::from_utf8_lossy(text).chars() {
        if part.is_control() {
            shown.extend(part.escape_default());
        } else {
            shown.push(part);
        }
    }
    shown
}

/// Nanoseconds since 1970.
pub(super) fn unix_nanos() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}
