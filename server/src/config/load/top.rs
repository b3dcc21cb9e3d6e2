//! The options that stand in no block, and which block is whose.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::reader::Reader;
use super::tls::{self, Peer};
use super::{
    UNKNOWN_FIELDS_ALLOWED, accounts, authorization, cluster, gateway, jetstream, leafnodes,
    mappings, mqtt, ocsp, operator, proxies, shares, websocket,
};
use crate::config::Options;
use crate::config::syntax::{Map, Node, Value};
use crate::platform::go_duration;

/// A lame duck takes at least this long.
const LAME_DUCK_DURATION_MIN: i64 = 30;

/// Blocks and fields that are read and that this server does nothing about. None of
/// them makes a server less safe by being left out.
const NOT_ACTED_ON: &[&str] = &[
    "cluster",
    "connect_error_reports",
    "default_js_domain",
    "gateway",
    "leaf",
    "leafnodes",
    "mqtt",
    "ocsp",
    "ocsp_cache",
    "prof_block_rate",
    "prof_port",
    "reconnect_error_reports",
    "resolver_pinned_accounts",
    "resolver_preload",
    "resolver_tls",
    "websocket",
    "ws",
];

/// What sets one group of fields; whether the field is one of them.
type Group = fn(&mut Reader, &mut Options, &str, &Node) -> bool;

/// Sets what a tree of values says (`processConfigFileLine`).
pub(super) fn read(reader: &mut Reader, options: &mut Options, map: &Map) {
    system_account(reader, options, map);
    let groups: [Group; 8] = [
        network, logging, limits, times, security, operators, blocks, servers,
    ];
    for (key, node) in map.iter() {
        let field = key.to_ascii_lowercase();
        let known = groups
            .iter()
            .any(|group| group(reader, options, &field, node));
        if !known {
            if !UNKNOWN_FIELDS_ALLOWED.load(Ordering::Relaxed) {
                reader.unknown(key, node);
            }
        } else if NOT_ACTED_ON.contains(&field.as_str()) {
            reader.not_acted_on(key, node);
        }
    }
    // Accounts that are not right make the rest look wrong too.
    let accounts = map
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case("accounts"));
    if let Some((_, node)) = accounts.filter(|_| reader.errors.is_empty()) {
        shares::check(reader, options, &node.place);
    }
}

/// The name of the system account, which others ask for (`configureSystemAccount`).
fn system_account(reader: &mut Reader, options: &mut Options, map: &Map) {
    let Some(node) = map.get("system_account").or_else(|| map.get("system")) else {
        return;
    };
    match &node.value {
        Value::String(name) => options.system_account.clone_from(name),
        _ => reader.error(&node.place, "system account name must be a string"),
    }
}

fn network(reader: &mut Reader, options: &mut Options, field: &str, node: &Node) -> bool {
    match field {
        "listen" => reader.listen(node, &mut options.host, &mut options.port),
        "client_advertise" => reader.string(node, &mut options.client_advertise),
        "port" => reader.number(node, &mut options.port),
        "server_name" => cluster::name(reader, "server", node, &mut options.server_name),
        "host" | "net" => reader.string(node, &mut options.host),
        "http" => reader.listen(node, &mut options.http_host, &mut options.http_port),
        "https" => reader.listen(node, &mut options.http_host, &mut options.https_port),
        "http_port" | "monitor_port" => reader.number(node, &mut options.http_port),
        "https_port" => reader.number(node, &mut options.https_port),
        "http_base_path" => reader.string(node, &mut options.http_base_path),
        "proxy_protocol" => reader.bool(node, &mut options.proxy_protocol),
        "pidfile" | "pid_file" => reader.string(node, &mut options.pid_file),
        "ports_file_dir" => reader.string(node, &mut options.ports_file_dir),
        "prof_port" => reader.number(node, &mut options.prof_port),
        "prof_block_rate" => reader.number(node, &mut options.prof_block_rate),
        "server_tags" => tags(reader, options, node),
        "server_metadata" => {
            let map = reader.block_or(node, |value| {
                format!("error parsing metadata: unsupported type {}", value.kind())
            });
            for (key, node) in map.into_iter().flat_map(Map::iter) {
                let mut text = String::new();
                reader.string(node, &mut text);
                options.metadata.insert(key.to_owned(), text);
            }
        }
        _ => return false,
    }
    true
}

/// Tags are in lower case and there once.
fn tags(reader: &mut Reader, options: &mut Options, node: &Node) {
    for tag in reader.strings("tags", node) {
        let tag = tag.trim().to_lowercase();
        if !tag.is_empty() && !options.tags.contains(&tag) {
            options.tags.push(tag);
        }
    }
}

fn logging(reader: &mut Reader, options: &mut Options, field: &str, node: &Node) -> bool {
    match field {
        "debug" => reader.bool(node, &mut options.debug),
        "trace" => reader.bool(node, &mut options.trace),
        "trace_verbose" => {
            reader.bool(node, &mut options.trace_verbose);
            options.trace = options.trace_verbose;
        }
        "trace_headers" => {
            reader.bool(node, &mut options.trace_headers);
            options.trace = options.trace_headers;
        }
        "logtime" => reader.bool(node, &mut options.logtime),
        "logtime_utc" => reader.bool(node, &mut options.logtime_utc),
        "log_json" => reader.bool(node, &mut options.log_json),
        "logfile" | "log_file" => reader.string(node, &mut options.log_file),
        "logfile_size_limit" | "log_size_limit" => {
            reader.count(node, &mut options.log_size_limit);
        }
        "logfile_max_num" | "log_max_num" => reader.count(node, &mut options.log_max_files),
        "syslog" => reader.bool(node, &mut options.syslog),
        "remote_syslog" => reader.string(node, &mut options.remote_syslog),
        "max_traced_msg_len" => reader.count(node, &mut options.max_traced_msg_len),
        _ => return false,
    }
    true
}

fn limits(reader: &mut Reader, options: &mut Options, field: &str, node: &Node) -> bool {
    match field {
        "max_control_line" => reader.size(field, node, &mut options.max_control_line),
        "max_payload" => reader.size(field, node, &mut options.max_payload),
        "max_pending" => reader.number(node, &mut options.max_pending),
        "max_connections" | "max_conn" => reader.number(node, &mut options.max_connections),
        "max_subscriptions" | "max_subs" => reader.count(node, &mut options.max_subscriptions),
        "max_sub_tokens" | "max_subscription_tokens" => match &node.value {
            Value::Integer(number) if *number > i64::from(u8::MAX) => {
                reader.error(&node.place, format!("{field} value is too big"));
            }
            Value::Integer(number) if *number <= 0 => {
                reader.error(&node.place, format!("{field} value can not be negative"));
            }
            _ => reader.number(node, &mut options.max_subscription_tokens),
        },
        "max_closed_clients" => reader.count(node, &mut options.max_closed_clients),
        "ping_max" => reader.count(node, &mut options.ping_max),
        "no_header_support" => reader.bool(node, &mut options.no_header_support),
        "no_fast_producer_stall" => reader.bool(node, &mut options.no_fast_producer_stall),
        "disable_sublist_cache" | "no_sublist_cache" => {
            reader.bool(node, &mut options.no_sublist_cache);
        }
        _ => return false,
    }
    true
}

fn times(reader: &mut Reader, options: &mut Options, field: &str, node: &Node) -> bool {
    match field {
        "ping_interval" => reader.duration(field, node, &mut options.ping_interval),
        "write_deadline" => reader.duration(field, node, &mut options.write_deadline),
        "write_timeout" => reader.write_timeout(node, &mut options.write_timeout),
        "lame_duck_duration" => {
            let Some(nanos) = lame_duck(reader, field, node) else {
                return true;
            };
            let found = Duration::from_nanos(nanos.unsigned_abs());
            if nanos < LAME_DUCK_DURATION_MIN * 1_000_000_000 {
                let sign = if nanos < 0 { "-" } else { "" };
                reader.error(
                    &node.place,
                    format!(
                        "invalid lame_duck_duration of {sign}{}, minimum is 30 seconds",
                        go_duration::format(found)
                    ),
                );
            } else {
                options.lame_duck_duration = found;
            }
        }
        "lame_duck_grace_period" => match lame_duck(reader, field, node).map(u64::try_from) {
            Some(Ok(nanos)) => options.lame_duck_grace_period = Duration::from_nanos(nanos),
            Some(Err(_)) => reader.error(
                &node.place,
                "invalid lame_duck_grace_period, needs to be positive",
            ),
            None => {}
        },
        _ => return false,
    }
    true
}

/// A duration in text, in nanoseconds.
fn lame_duck(reader: &mut Reader, field: &str, node: &Node) -> Option<i64> {
    let mut text = String::new();
    let before = reader.errors.len();
    reader.string(node, &mut text);
    if reader.errors.len() > before {
        return None;
    }
    match go_duration::parse(&text) {
        Ok(nanos) => Some(nanos),
        Err(error) => {
            reader.error(&node.place, format!("error parsing {field}: {error}"));
            None
        }
    }
}

fn security(reader: &mut Reader, options: &mut Options, field: &str, node: &Node) -> bool {
    match field {
        "authorization" => authorization::of_server(reader, options, node),
        "accounts" => accounts::read(reader, options, node),
        "mappings" | "maps" => options.mappings = mappings::read(reader, node),
        "no_auth_user" => reader.string(node, &mut options.no_auth_user),
        // Read before everything else.
        "system_account" | "system" => {}
        "no_system_account" | "no_system" | "no_sys_acc" => {
            reader.bool(node, &mut options.no_system_account);
        }
        "tls" => {
            options.tls = tls::read(reader, node, Peer::Client);
        }
        "allow_non_tls" => reader.bool(node, &mut options.allow_non_tls),
        "ocsp" => options.ocsp = ocsp::staple(reader, node),
        "ocsp_cache" => options.ocsp_cache = ocsp::cache(reader, node),
        "proxies" => options.proxies = proxies::read(reader, node),
        _ => return false,
    }
    true
}

fn operators(reader: &mut Reader, options: &mut Options, field: &str, node: &Node) -> bool {
    let operator = &mut options.operator;
    match field {
        "operator" | "operators" | "roots" | "root" | "root_operators" | "root_operator" => {
            operator::operators(reader, operator, node);
        }
        "resolver" | "account_resolver" | "accounts_resolver" => {
            operator::resolver(reader, operator, node);
        }
        "resolver_tls" => options.resolver_tls = tls::read(reader, node, Peer::Client),
        "resolver_preload" => operator::preload(reader, operator, node),
        "resolver_pinned_accounts" => {
            let accounts = reader.strings("resolver_pinned_accounts", node);
            operator.pinned_accounts = accounts.into_iter().collect();
        }
        "trusted" | "trusted_keys" => operator::trusted(reader, operator, node),
        "default_sentinel" => reader.string(node, &mut operator.default_sentinel),
        _ => return false,
    }
    true
}

fn blocks(reader: &mut Reader, options: &mut Options, field: &str, node: &Node) -> bool {
    match field {
        "cluster" => cluster::read(reader, options, node),
        "gateway" => gateway::read(reader, options, node),
        "leaf" | "leafnodes" => leafnodes::read(reader, options, node),
        "websocket" | "ws" => websocket::read(reader, options, node),
        "mqtt" => mqtt::read(reader, options, node),
        _ => return false,
    }
    true
}

fn servers(reader: &mut Reader, options: &mut Options, field: &str, node: &Node) -> bool {
    match field {
        "jetstream" => jetstream::read(reader, options, node),
        "store_dir" | "storedir" => jetstream::store_dir(reader, options, node),
        "connect_error_reports" => reader.number(node, &mut options.connect_error_reports),
        "reconnect_error_reports" => reader.number(node, &mut options.reconnect_error_reports),
        "default_js_domain" => {
            let map = reader.block_or(node, |value| {
                format!(
                    "error default_js_domain config: unsupported type {}",
                    value.kind()
                )
            });
            for (key, node) in map.into_iter().flat_map(Map::iter) {
                let mut domain = String::new();
                reader.string(node, &mut domain);
                options.js_default_domain.insert(key.to_owned(), domain);
            }
        }
        _ => return false,
    }
    true
}
