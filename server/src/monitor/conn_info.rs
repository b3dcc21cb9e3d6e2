//! One connection in `/connz`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::certificate::TlsPeerCert;
use super::connz::ConnzOptions;
use super::json::is_default;
use super::subsz::SubDetail;
use super::time::{Time, go_duration, uptime};
use crate::client::{ClientAddress, ClientDetails, ClosedConnection};

/// What is told of one connection (`ConnInfo`).
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names are those of the endpoint")]
pub struct ConnInfo {
    pub cid: u64,
    #[serde(skip_serializing_if = "is_default")]
    pub kind: String,
    #[serde(rename = "type", skip_serializing_if = "is_default")]
    pub client_type: String,
    pub ip: String,
    pub port: u16,
    pub start: Time,
    pub last_activity: Time,
    #[serde(skip_serializing_if = "is_default")]
    pub stop: Option<Time>,
    #[serde(skip_serializing_if = "is_default")]
    pub reason: String,
    #[serde(skip_serializing_if = "is_default")]
    pub rtt: String,
    pub uptime: String,
    pub idle: String,
    pub pending_bytes: u64,
    pub in_msgs: u64,
    pub out_msgs: u64,
    pub in_bytes: u64,
    pub out_bytes: u64,
    #[serde(skip_serializing_if = "is_default")]
    pub stalls: u64,
    pub subscriptions: usize,
    #[serde(skip_serializing_if = "is_default")]
    pub name: String,
    #[serde(skip_serializing_if = "is_default")]
    pub lang: String,
    #[serde(skip_serializing_if = "is_default")]
    pub version: String,
    #[serde(skip_serializing_if = "is_default")]
    pub tls_version: String,
    #[serde(skip_serializing_if = "is_default")]
    pub tls_cipher_suite: String,
    #[serde(skip_serializing_if = "is_default")]
    pub tls_peer_certs: Vec<TlsPeerCert>,
    #[serde(skip_serializing_if = "is_default")]
    pub tls_first: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub authorized_user: String,
    #[serde(skip_serializing_if = "is_default")]
    pub account: String,
    #[serde(skip_serializing_if = "is_default")]
    pub subscriptions_list: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub subscriptions_list_detail: Vec<SubDetail>,
    #[serde(skip_serializing_if = "is_default")]
    pub jwt: String,
    #[serde(skip_serializing_if = "is_default")]
    pub issuer_key: String,
    #[serde(skip_serializing_if = "is_default")]
    pub name_tag: String,
    #[serde(skip_serializing_if = "is_default")]
    pub tags: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub mqtt_client: String,
    #[serde(skip_serializing_if = "is_default")]
    pub proxy: Option<ProxyInfo>,
    /// The round-trip time, to sort by.
    #[serde(skip)]
    pub round_trip: Duration,
}

/// The trusted proxy that a connection came through.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProxyInfo {
    /// Its public key.
    pub key: String,
}

impl ConnInfo {
    /// What is told of a connection as it is at `now`.
    pub(super) fn new(details: &ClientDetails, now: Time) -> Self {
        let (ip, port) = match details.address {
            ClientAddress::Network(address) => (address.ip().to_string(), address.port()),
            ClientAddress::InProcess => (String::new(), 0),
        };
        let start = Time::from(details.start);
        let last_activity = Time::from_unix_nanos(details.last_activity_ns);
        let round_trip = rounded(details.rtt.unwrap_or_default());
        let tls = details.tls.clone();
        let connect = &details.connect;
        Self {
            cid: details.id,
            kind: details.kind.name().to_owned(),
            client_type: "nats".to_owned(),
            ip,
            port,
            start,
            last_activity,
            rtt: go_duration(round_trip),
            uptime: uptime(now.since(start)),
            idle: uptime(now.since(last_activity)),
            pending_bytes: details.pending_bytes,
            in_msgs: details.in_msgs,
            out_msgs: details.out_msgs,
            in_bytes: details.in_bytes,
            out_bytes: details.out_bytes,
            stalls: details.stalls,
            subscriptions: details.subscription_count,
            name: connect.name.clone(),
            lang: connect.lang.clone(),
            version: connect.version.clone(),
            tls_first: tls.as_ref().is_some_and(|tls| tls.first),
            tls_version: tls
                .as_ref()
                .map(|tls| tls.version.clone())
                .unwrap_or_default(),
            tls_cipher_suite: tls.map(|tls| tls.cipher_suite).unwrap_or_default(),
            jwt: connect.jwt.clone(),
            round_trip,
            proxy: details.proxy.clone().map(|key| ProxyInfo { key }),
            ..Self::default()
        }
    }

    /// What is told of a connection that has ended.
    pub(super) fn closed(closed: &ClosedConnection) -> Self {
        let stop = Time::from(closed.stopped);
        Self {
            stop: Some(stop),
            reason: closed.reason.as_str().to_owned(),
            ..Self::new(&closed.details, stop)
        }
    }

    pub(super) fn show_subscriptions(&mut self, details: &ClientDetails, options: &ConnzOptions) {
        let all = &details.subscriptions;
        if options.subscriptions_detail {
            self.subscriptions_list_detail = all.iter().map(SubDetail::new).collect();
        } else if options.subscriptions {
            self.subscriptions_list = all
                .iter()
                .map(|one| String::from_utf8_lossy(&one.subject).into_owned())
                .collect();
        }
    }

    pub(super) fn show_peer_certificates(&mut self, details: &ClientDetails) {
        if let Some(tls) = &details.tls {
            self.tls_peer_certs = tls.peer_certificates.iter().map(TlsPeerCert::new).collect();
        }
    }
}

/// Nobody wants to know nanoseconds of what takes microseconds (`getRTT`).
fn rounded(round_trip: Duration) -> Duration {
    let micros = Duration::from_micros(1);
    if round_trip > micros && round_trip < Duration::from_millis(1) {
        Duration::from_micros(u64::from(round_trip.subsec_micros()))
    } else {
        round_trip
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_round_trips_are_whole_microseconds() {
        let show = |nanos| go_duration(rounded(Duration::from_nanos(nanos)));
        assert_eq!(show(0), "0s");
        assert_eq!(show(999), "999ns");
        assert_eq!(show(637_412), "637µs");
        assert_eq!(show(1_234_567), "1.234567ms");
    }
}
