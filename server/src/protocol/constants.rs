//! Protocol and server defaults (`const.go`).

use std::time::Duration;

/// The version told in INFO and by `-v`.
pub const VERSION: &str = "2.14.0";
/// The revision that this was built from, if `NATS_SERVER_GIT_COMMIT` named one to the
/// compiler; otherwise empty.
pub const GIT_COMMIT: &str = format_revision(match option_env!("NATS_SERVER_GIT_COMMIT") {
    Some(revision) => revision,
    None => "",
});
/// The client protocol level in INFO.
pub const PROTO: i32 = 1;
/// Highest level of the JetStream API this server speaks.
pub const JS_API_LEVEL: i32 = 4;
/// Default client port.
pub const DEFAULT_PORT: u16 = 4222;
/// Default address to listen on.
pub const DEFAULT_HOST: &str = "0.0.0.0";
/// Default limit of a control line, in bytes.
pub const MAX_CONTROL_LINE_SIZE: usize = 4096;
/// Default limit of a payload, in bytes.
pub const MAX_PAYLOAD_SIZE: usize = 1024 * 1024;
/// Payload limits above this many bytes are warned about.
pub const MAX_PAYLOAD_MAX_SIZE: usize = 8 * 1024 * 1024;
/// Default limit of bytes waiting to be sent to one client.
pub const MAX_PENDING_SIZE: u64 = 64 * 1024 * 1024;
/// Default limit of client connections.
pub const DEFAULT_MAX_CONNECTIONS: usize = 64 * 1024;
/// Default time for a TLS handshake.
pub const TLS_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a server that handshakes first waits before it sends INFO in clear.
pub const TLS_HANDSHAKE_FIRST_FALLBACK_DELAY: Duration = Duration::from_millis(50);
/// Default time for a client to authenticate.
pub const AUTH_TIMEOUT: Duration = Duration::from_secs(2);
/// Default interval between PINGs.
pub const DEFAULT_PING_INTERVAL: Duration = Duration::from_secs(120);
/// Default number of unanswered PINGs.
pub const DEFAULT_PING_MAX_OUT: u32 = 2;
/// Default time that one write may take.
pub const DEFAULT_FLUSH_DEADLINE: Duration = Duration::from_secs(10);
/// Default monitoring port.
pub const DEFAULT_HTTP_PORT: u16 = 8222;
/// Shortest pause of an accept loop after an error.
pub const ACCEPT_MIN_SLEEP: Duration = Duration::from_millis(10);
/// Longest pause of an accept loop after an error.
pub const ACCEPT_MAX_SLEEP: Duration = Duration::from_secs(1);
/// How many bytes of input a parse error shows.
pub const PROTO_SNIPPET_SIZE: usize = 32;
/// How many bytes of a control line that is too long are shown.
pub const MAX_CONTROL_LINE_SNIPPET_SIZE: usize = 128;
/// Default number of closed connections that are remembered.
pub const DEFAULT_MAX_CLOSED_CLIENTS: usize = 10_000;
/// Default time over which a lame duck closes its clients.
pub const DEFAULT_LAME_DUCK_DURATION: Duration = Duration::from_secs(120);
/// Default time a lame duck waits before it closes the first client.
pub const DEFAULT_LAME_DUCK_GRACE_PERIOD: Duration = Duration::from_secs(10);
/// Default number of responses allowed to a tracked reply subject.
pub const DEFAULT_ALLOW_RESPONSE_MAX_MSGS: i64 = 1;
/// Default lifetime of a response permission.
pub const DEFAULT_ALLOW_RESPONSE_EXPIRATION: Duration = Duration::from_secs(120);
/// Default time within which an exported service should answer.
pub const DEFAULT_SERVICE_EXPORT_RESPONSE_THRESHOLD: Duration = Duration::from_secs(120);
/// Default sampling of service latency, in percent.
pub const DEFAULT_SERVICE_LATENCY_SAMPLING: i32 = 100;
/// The account clients are in when nothing else was configured.
pub const DEFAULT_GLOBAL_ACCOUNT: &str = "$G";
/// The system account created when none was configured.
pub const DEFAULT_SYSTEM_ACCOUNT: &str = "$SYS";
/// First bytes of every message header block.
pub const HEADER_LINE: &[u8] = b"NATS/1.0\r\n";
/// Ends protocol lines.
pub const CR_LF: &[u8] = b"\r\n";
/// Default number of JetStream API requests that may wait.
pub const JS_DEFAULT_REQUEST_QUEUE_LIMIT: usize = 10_000;
/// Default time between two syncs of stored files.
pub const DEFAULT_SYNC_INTERVAL: Duration = Duration::from_secs(120);

/// A revision in short: its first seven characters (`formatRevision`).
#[must_use]
pub const fn format_revision(revision: &str) -> &str {
    match revision.split_at_checked(7) {
        Some((short, _)) => short,
        None => revision,
    }
}
