//! Defaults for what was left open (`setBaselineOptions`).

use std::time::Duration;

use super::{ClusterOptions, LeafNodeOptions, Options, TlsOptions};
use crate::protocol::constants;

/// Routes to each server of a cluster.
pub const DEFAULT_ROUTE_POOL_SIZE: i32 = 3;
/// Port of leafnode remotes whose URL names none.
pub const DEFAULT_LEAFNODE_PORT: u16 = 7422;
/// Pause between attempts to reach a leafnode remote.
pub const DEFAULT_LEAF_NODE_RECONNECT: Duration = Duration::from_secs(1);
/// How long to wait for the INFO of a leafnode remote.
pub const DEFAULT_LEAFNODE_INFO_WAIT: Duration = Duration::from_secs(1);
/// How often failed attempts to connect to a server are reported: every so many.
pub const DEFAULT_CONNECT_ERROR_REPORTS: i32 = 3600;
/// The same for attempts to connect again.
pub const DEFAULT_RECONNECT_ERROR_REPORTS: i32 = 1;

/// How routes are compressed unless configured.
const CLUSTER_COMPRESSION: &str = "accept";
/// How leafnodes are compressed unless configured.
const LEAFNODE_COMPRESSION: &str = "s2_auto";
/// How much longer than the TLS handshake authentication may take.
const AUTH_AFTER_TLS: Duration = Duration::from_secs(1);

impl Options {
    /// Sets what is zero or empty to its default (`setBaselineOptions`). A server does
    /// so with the options it is made from. Ports of -1, any free port, stay.
    pub fn set_baseline(&mut self) {
        or(&mut self.host, constants::DEFAULT_HOST.to_owned());
        or(&mut self.http_host, self.host.clone());
        or(&mut self.port, i32::from(constants::DEFAULT_PORT));
        or(
            &mut self.max_connections,
            constants::DEFAULT_MAX_CONNECTIONS,
        );
        or(&mut self.ping_interval, constants::DEFAULT_PING_INTERVAL);
        or(&mut self.ping_max, constants::DEFAULT_PING_MAX_OUT);
        tls_timeout(&mut self.tls);
        or(&mut self.auth_timeout, auth_timeout(self.tls.as_ref()));
        or(&mut self.max_control_line, constants::MAX_CONTROL_LINE_SIZE);
        or(&mut self.max_payload, constants::MAX_PAYLOAD_SIZE);
        or(&mut self.max_pending, constants::MAX_PENDING_SIZE);
        or(&mut self.write_deadline, constants::DEFAULT_FLUSH_DEADLINE);
        or(
            &mut self.max_closed_clients,
            constants::DEFAULT_MAX_CLOSED_CLIENTS,
        );
        or(
            &mut self.lame_duck_duration,
            constants::DEFAULT_LAME_DUCK_DURATION,
        );
        or(
            &mut self.lame_duck_grace_period,
            constants::DEFAULT_LAME_DUCK_GRACE_PERIOD,
        );
        or(
            &mut self.connect_error_reports,
            DEFAULT_CONNECT_ERROR_REPORTS,
        );
        or(
            &mut self.reconnect_error_reports,
            DEFAULT_RECONNECT_ERROR_REPORTS,
        );
        let system = self.system_account_name().map(str::to_owned);
        self.cluster.set_baseline(system);
        self.leafnode.set_baseline();
        let gateway = &mut self.gateway;
        if gateway.port != 0 {
            or(&mut gateway.host, constants::DEFAULT_HOST.to_owned());
            tls_timeout(&mut gateway.tls);
            or(
                &mut gateway.auth_timeout,
                auth_timeout(gateway.tls.as_ref()),
            );
        }
        if self.websocket.port != 0 {
            or(&mut self.websocket.host, constants::DEFAULT_HOST.to_owned());
        }
        if self.mqtt.port != 0 {
            or(&mut self.mqtt.host, constants::DEFAULT_HOST.to_owned());
            tls_timeout(&mut self.mqtt.tls);
        }
    }

    /// Name of the system account, also of the one that is made if none is
    /// configured.
    fn system_account_name(&self) -> Option<&str> {
        match self.system_account.as_str() {
            "" if self.no_system_account => None,
            "" => Some(constants::DEFAULT_SYSTEM_ACCOUNT),
            name => Some(name),
        }
    }
}

impl ClusterOptions {
    fn set_baseline(&mut self, system_account: Option<String>) {
        if self.port == 0 && self.listen_str.is_empty() {
            return;
        }
        or(&mut self.host, constants::DEFAULT_HOST.to_owned());
        tls_timeout(&mut self.tls);
        or(&mut self.auth_timeout, auth_timeout(self.tls.as_ref()));
        or(&mut self.pool_size, DEFAULT_ROUTE_POOL_SIZE);
        // The system account always has a route of its own.
        if self.pool_size > 0
            && let Some(system) = system_account
            && !self.pinned_accounts.contains(&system)
        {
            self.pinned_accounts.push(system);
        }
        or(&mut self.compression.mode, CLUSTER_COMPRESSION.to_owned());
    }
}

impl LeafNodeOptions {
    fn set_baseline(&mut self) {
        if self.port != 0 {
            or(&mut self.host, constants::DEFAULT_HOST.to_owned());
            tls_timeout(&mut self.tls);
            or(&mut self.auth_timeout, auth_timeout(self.tls.as_ref()));
            or(&mut self.compression.mode, LEAFNODE_COMPRESSION.to_owned());
        }
        for remote in &mut self.remotes {
            for url in &mut remote.urls {
                url.set_default_port(DEFAULT_LEAFNODE_PORT);
            }
            or(
                &mut remote.compression.mode,
                LEAFNODE_COMPRESSION.to_owned(),
            );
            or(&mut remote.first_info_timeout, DEFAULT_LEAFNODE_INFO_WAIT);
        }
        or(&mut self.reconnect_interval, DEFAULT_LEAF_NODE_RECONNECT);
    }
}

fn or<T: Default + PartialEq>(value: &mut T, default: T) {
    if *value == T::default() {
        *value = default;
    }
}

fn tls_timeout(tls: &mut Option<TlsOptions>) {
    if let Some(tls) = tls {
        or(&mut tls.timeout, constants::TLS_TIMEOUT);
    }
}

/// How long authentication may take where nothing is configured
/// (`getDefaultAuthTimeout`).
fn auth_timeout(tls: Option<&TlsOptions>) -> Duration {
    tls.map_or(constants::AUTH_TIMEOUT, |tls| tls.timeout + AUTH_AFTER_TLS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_gets_its_default() {
        let mut options = Options {
            port: 0,
            max_payload: 0,
            tls: Some(TlsOptions {
                timeout: Duration::from_secs(4),
                ..TlsOptions::default()
            }),
            system_account: "SYS".into(),
            ..Options::default()
        };
        options.cluster.port = -1;
        options
            .leafnode
            .remotes
            .push(super::super::RemoteLeafOptions {
                urls: vec!["nats://a".parse().unwrap(), "nats://b:1".parse().unwrap()],
                ..Default::default()
            });
        options.set_baseline();
        assert_eq!((options.port, options.max_payload), (4222, 1 << 20));
        assert_eq!(options.auth_timeout, Duration::from_secs(5));
        assert_eq!(options.cluster.pinned_accounts, ["SYS"]);
        assert_eq!(options.cluster.compression.mode, "accept");
        let urls: Vec<&str> = options.leafnode.remotes[0]
            .urls
            .iter()
            .map(crate::platform::ServerUrl::host)
            .collect();
        assert_eq!(urls, ["a:7422", "b:1"]);
    }
}
