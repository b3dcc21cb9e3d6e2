//! The options that stand in no block.

use super::reader::Reader;
use super::{accounts, authorization, jetstream, tls};
use crate::config::Options;
use crate::config::options::WriteTimeoutPolicy;
use crate::config::syntax::{Map, Node, Value};

/// Blocks and fields of servers that this one can not be yet.
const NOT_ACTED_ON: &[&str] = &[
    "auth_callout",
    "cluster",
    "connect_error_reports",
    "default_js_domain",
    "default_sentinel",
    "feature_flags",
    "gateway",
    "leaf",
    "leafnodes",
    "max_closed_conns",
    "mqtt",
    "ocsp",
    "ocsp_cache",
    "operator",
    "operators",
    "prof_block_rate",
    "prof_port",
    "proxies",
    "reconnect_error_reports",
    "resolver",
    "resolver_pinned_accounts",
    "resolver_preload",
    "resolver_tls",
    "roots",
    "trusted",
    "trusted_keys",
    "websocket",
    "ws",
];

pub(super) fn read(reader: &mut Reader, options: &mut Options, map: &Map) {
    for (key, place, node) in map.iter() {
        let field = key.to_ascii_lowercase();
        let known = network(reader, options, &field, node)
            || logging(reader, options, &field, node)
            || limits(reader, options, &field, node)
            || times(reader, options, &field, node)
            || security(reader, options, &field, node);
        if known {
            continue;
        }
        if NOT_ACTED_ON.contains(&field.as_str()) {
            reader.not_acted_on.push(format!("{place}: {key}"));
        } else {
            reader.unknown(key, place, node);
        }
    }
    authorization::check(reader, options);
}

fn network(reader: &mut Reader, options: &mut Options, field: &str, node: &Node) -> bool {
    match field {
        "listen" => listen(reader, node, &mut options.host, &mut options.port),
        "client_advertise" => reader.string(node, &mut options.client_advertise),
        "port" => reader.number(node, &mut options.port),
        "server_name" => reader.string(node, &mut options.server_name),
        "host" | "net" => reader.string(node, &mut options.host),
        "http" => listen(reader, node, &mut options.http_host, &mut options.http_port),
        "https" => listen(
            reader,
            node,
            &mut options.http_host,
            &mut options.https_port,
        ),
        "http_port" | "monitor_port" => reader.number(node, &mut options.http_port),
        "https_port" => reader.number(node, &mut options.https_port),
        "http_base_path" => reader.string(node, &mut options.http_base_path),
        "proxy_protocol" => reader.bool(node, &mut options.proxy_protocol),
        "pidfile" | "pid_file" => reader.string(node, &mut options.pid_file),
        "jetstream" => jetstream::read(reader, options, node),
        "store_dir" | "storedir" => jetstream::store_dir(reader, options, node),
        "ports_file_dir" => reader.string(node, &mut options.ports_file_dir),
        "server_tags" => options.tags = reader.strings(node),
        "server_metadata" => {
            if let Some(map) = reader.map("server_metadata", node) {
                for (key, _, node) in map.iter() {
                    let mut text = String::new();
                    reader.string(node, &mut text);
                    options.metadata.insert(key.to_owned(), text);
                }
            }
        }
        _ => return false,
    }
    true
}

/// `host:port`, or a port alone.
fn listen(reader: &mut Reader, node: &Node, host: &mut String, port: &mut i32) {
    match &node.value {
        Value::Integer(_) => reader.number(node, port),
        Value::String(text) => match text.rsplit_once(':') {
            Some((address, number)) if number.parse::<i32>().is_ok() => {
                *host = address
                    .trim_start_matches('[')
                    .trim_end_matches(']')
                    .to_owned();
                *port = number.parse().unwrap_or_default();
            }
            Some((_, number)) => {
                reader.error(&node.place, format!("could not parse port {number:?}"));
            }
            None => reader.error(
                &node.place,
                format!("could not parse address string {text:?}"),
            ),
        },
        other => {
            let kind = other.kind();
            reader.error(
                &node.place,
                format!("expected port or host:port, got {kind}"),
            );
        }
    }
}

fn logging(reader: &mut Reader, options: &mut Options, field: &str, node: &Node) -> bool {
    match field {
        "debug" => reader.bool(node, &mut options.debug),
        "trace" => reader.bool(node, &mut options.trace),
        "trace_verbose" => {
            reader.bool(node, &mut options.trace_verbose);
            options.trace |= options.trace_verbose;
        }
        "trace_headers" => {
            reader.bool(node, &mut options.trace_headers);
            options.trace |= options.trace_headers;
        }
        "logtime" => reader.bool(node, &mut options.logtime),
        "logtime_utc" => reader.bool(node, &mut options.logtime_utc),
        "logfile" | "log_file" => reader.string(node, &mut options.log_file),
        "logfile_size_limit" | "log_size_limit" => {
            reader.number(node, &mut options.log_size_limit);
        }
        "logfile_max_num" | "log_max_num" => reader.number(node, &mut options.log_max_files),
        "syslog" => reader.bool(node, &mut options.syslog),
        "remote_syslog" => reader.string(node, &mut options.remote_syslog),
        "max_traced_msg_len" => reader.number(node, &mut options.max_traced_msg_len),
        _ => return false,
    }
    true
}

fn limits(reader: &mut Reader, options: &mut Options, field: &str, node: &Node) -> bool {
    match field {
        "max_control_line" => reader.number(node, &mut options.max_control_line),
        "max_payload" => reader.number(node, &mut options.max_payload),
        "max_pending" => reader.number(node, &mut options.max_pending),
        "max_connections" | "max_conn" => reader.number(node, &mut options.max_connections),
        "max_subscriptions" | "max_subs" => reader.number(node, &mut options.max_subscriptions),
        "max_sub_tokens" | "max_subscription_tokens" => {
            reader.number(node, &mut options.max_subscription_tokens);
        }
        "max_closed_clients" => reader.number(node, &mut options.max_closed_clients),
        "ping_max" => reader.number(node, &mut options.ping_max),
        "no_header_support" => reader.bool(node, &mut options.no_header_support),
        "no_fast_producer_stall" => reader.bool(node, &mut options.no_fast_producer_stall),
        "disable_sublist_cache" | "no_sublist_cache" => {
            reader.bool(node, &mut options.no_sublist_cache);
            reader.not_acted_on.push(format!("{}: {field}", node.place));
        }
        "write_timeout" => write_timeout(reader, options, node),
        _ => return false,
    }
    true
}

fn write_timeout(reader: &mut Reader, options: &mut Options, node: &Node) {
    let mut text = String::new();
    reader.string(node, &mut text);
    match text.as_str() {
        "default" => options.write_timeout = WriteTimeoutPolicy::Default,
        "close" => options.write_timeout = WriteTimeoutPolicy::Close,
        "retry" => options.write_timeout = WriteTimeoutPolicy::Retry,
        _ => reader.error(
            &node.place,
            format!("write_timeout must be 'default', 'close' or 'retry', got {text:?}"),
        ),
    }
}

fn times(reader: &mut Reader, options: &mut Options, field: &str, node: &Node) -> bool {
    match field {
        "ping_interval" => reader.duration(field, node, &mut options.ping_interval),
        "write_deadline" => reader.duration(field, node, &mut options.write_deadline),
        "lame_duck_duration" => {
            reader.duration(field, node, &mut options.lame_duck_duration);
            if options.lame_duck_duration.as_secs() < 30 {
                reader.error(
                    &node.place,
                    "invalid lame_duck_duration, minimum is 30 seconds",
                );
            }
        }
        "lame_duck_grace_period" => {
            reader.duration(field, node, &mut options.lame_duck_grace_period);
        }
        _ => return false,
    }
    true
}

fn security(reader: &mut Reader, options: &mut Options, field: &str, node: &Node) -> bool {
    match field {
        "authorization" => authorization::read(reader, options, node),
        "accounts" => accounts::read(reader, options, node),
        "mappings" | "maps" => accounts::global_mappings(reader, options, node),
        "no_auth_user" => reader.string(node, &mut options.no_auth_user),
        "system_account" | "system" => reader.string(node, &mut options.system_account),
        "no_system_account" | "no_system" | "no_sys_acc" => {
            reader.bool(node, &mut options.no_system_account);
        }
        "tls" => options.tls = tls::read(reader, node),
        "allow_non_tls" => reader.bool(node, &mut options.allow_non_tls),
        _ => return false,
    }
    true
}
