//! PING, PONG and the deadlines of a connection.

use std::time::{Duration, Instant};

use rand::Rng;

use super::handle::Client;
use super::session::Session;
use crate::config::Options;
use crate::conn::{LinkOwner, SlowConsumer};
use crate::logging::Level;
use crate::protocol::ClosedState;

/// The first PING comes early, to measure the round trip.
const FIRST_PING: Duration = Duration::from_secs(2);
/// A client that has not had its first PONG is not sent a PING before this time
/// (`maxNoRTTPingBeforeFirstPong`).
const FIRST_PONG_WAIT: Duration = Duration::from_secs(2);
/// The round trip is measured again after this time.
const RTT_INTERVAL: Duration = Duration::from_secs(3600);

impl Session {
    pub(super) fn ping(&mut self) {
        if self.trace {
            self.client.log(Level::Trace, format_args!("->> [PONG]"));
        }
        self.deliverer.stage.own().extend_from_slice(b"PONG\r\n");
        let mut state = self.client.lock();
        state.last_in = Some(Instant::now());
        if !state.connected || state.first_pong_sent {
            return;
        }
        state.first_pong_sent = true;
        let wants_info = state.connect.protocol >= 1;
        drop(state);
        if wants_info {
            let line = self.client.connect_info(&self.account);
            self.deliverer.stage.own().extend_from_slice(&line);
        }
    }

    pub(super) fn pong(&mut self) {
        let mut state = self.client.lock();
        state.pings_out = 0;
        if let Some(sent) = state.ping_sent {
            state.rtt = Some(sent.elapsed().max(Duration::from_nanos(1)));
        }
    }
}

impl Client {
    /// When the first PING goes out after CONNECT.
    pub(super) fn first_ping_delay(&self, options: &Options) -> Duration {
        let delay = if options.disable_short_first_ping {
            options.ping_interval
        } else {
            options.ping_interval.min(FIRST_PING)
        };
        // Spread over a fifth, so that a crowd that came together does not stay so.
        delay + delay.mul_f64(rand::rng().random_range(0.0..0.2))
    }

    /// Sends a PING and notes when.
    pub(super) fn send_ping(&self) {
        {
            let mut state = self.lock();
            state.ping_sent = Some(Instant::now());
            state.pings_out += 1;
        }
        self.log(Level::Trace, format_args!("->> [PING]"));
        self.link.send_bytes(b"PING\r\n");
    }

    /// Sends a PING that measures the round trip, unless the client is so new that it
    /// may still wait for its first PONG and nothing else. Returns whether it was sent
    /// (`sendRTTPing`).
    pub fn send_rtt_ping(&self) -> bool {
        let may = !self.link.is_closing()
            && (self.lock().first_pong_sent || self.started.elapsed() > FIRST_PONG_WAIT);
        if may {
            self.send_ping();
        }
        may
    }

    fn on_ping_deadline(&self, now: Instant) {
        let options = self.context.options();
        self.log(Level::Debug, format_args!("Client Ping Timer"));
        let (quiet, stale) = {
            let mut state = self.lock();
            state.next_ping = Some(now + options.ping_interval);
            let needs_rtt = state.rtt.is_none()
                || state
                    .ping_sent
                    .is_none_or(|sent| now.duration_since(sent) > RTT_INTERVAL);
            let since = state.last_in.map(|at| now.saturating_duration_since(at));
            let recent = since.filter(|since| *since < options.ping_interval && !needs_rtt);
            (recent, state.pings_out + 1 > options.ping_max)
        };
        if let Some(since) = quiet {
            self.log(
                Level::Debug,
                format_args!(
                    "Delaying PING due to remote client data or ping {}s ago",
                    since.as_secs()
                ),
            );
        } else if stale {
            self.log(
                Level::Debug,
                format_args!("Stale Client Connection - Closing"),
            );
            self.link.send_bytes(b"-ERR 'Stale Connection'\r\n");
            self.close(ClosedState::StaleConnection);
        } else {
            self.send_ping();
        }
    }

    /// Lets the writer task look at the deadlines again.
    pub(super) fn wake_for_deadline(&self) {
        self.link.deadline_changed();
    }
}

impl LinkOwner for Client {
    fn on_deadline(&self, now: Instant) -> Option<Instant> {
        let (auth, expires, ping) = {
            let state = self.lock();
            (state.auth_deadline, state.expires, state.next_ping)
        };
        if auth.is_some_and(|at| at <= now) {
            self.log_limited(Level::Debug, format_args!("Authentication Timeout"));
            self.link.send_bytes(b"-ERR 'Authentication Timeout'\r\n");
            self.close(ClosedState::AuthenticationTimeout);
            return None;
        }
        if expires.is_some_and(|at| at <= now) {
            self.log_limited(Level::Debug, format_args!("User Authentication Expired"));
            self.link
                .send_bytes(b"-ERR 'User Authentication Expired'\r\n");
            self.close(ClosedState::AuthenticationExpired);
            return None;
        }
        if ping.is_some_and(|at| at <= now) {
            self.on_ping_deadline(now);
        }
        let state = self.lock();
        [state.auth_deadline, state.expires, state.next_ping]
            .into_iter()
            .flatten()
            .min()
    }

    fn subscription_is_done(&self, sid: &[u8]) {
        let account = self.lock().account.clone();
        if let Some(account) = account {
            self.end_subscription(&account, sid);
        }
    }

    fn on_slow_consumer(&self, slow: SlowConsumer) {
        self.slow_consumer(slow);
    }

    fn trace_delivery(&self, line: &[u8], body: &[u8], header_len: Option<usize>) {
        let line = String::from_utf8_lossy(line);
        self.log(Level::Trace, format_args!("->> [{line}]"));
        self.trace_payload("->>", body, header_len);
    }

    fn track_reply(&self, reply: &[u8]) {
        let mut state = self.lock();
        let Some(permissions) = state.permissions.clone() else {
            return;
        };
        let Some(allowed) = permissions.responses() else {
            return;
        };
        if permissions.can_publish(reply) {
            return;
        }
        let now = Instant::now();
        if state.replies.len() >= REPLIES_MAX {
            state.replies.retain(|_, (since, answers)| {
                let spent = allowed.max_msgs > 0 && *answers >= allowed.max_msgs;
                let late = !allowed.expires.is_zero()
                    && now.saturating_duration_since(*since) > allowed.expires;
                !spent && !late
            });
        }
        state.replies.insert(reply.into(), (now, 0));
    }
}

/// Tracked replies are cleaned up when there are this many (`replyPermLimit`).
const REPLIES_MAX: usize = 4096;
