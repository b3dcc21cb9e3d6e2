//! Configurations of streams that are checked without a server.

use nats_server::config::options::JetStreamRequestLimits;
use nats_server::jetstream::model::StreamConfig;
use nats_server::jetstream::stream::config::ConfigContext;

/// What a configuration is checked against when nothing else is there.
#[must_use]
pub fn alone(pedantic: bool) -> ConfigContext<'static> {
    ConfigContext {
        stream: &|_| None,
        max_bytes: &|_| (false, 0),
        limits: JetStreamRequestLimits::default(),
        pedantic,
    }
}

/// A stream with a name and nothing else.
#[must_use]
pub fn named(name: &str) -> StreamConfig {
    StreamConfig {
        name: name.to_owned(),
        ..StreamConfig::default()
    }
}
