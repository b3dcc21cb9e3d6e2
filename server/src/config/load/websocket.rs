//! `websocket { }` (`parseWebsocket`).

use std::time::Duration;

use super::authorization;
use super::reader::Reader;
use super::tls::{self, Peer};
use crate::config::Options;
use crate::config::options::WebsocketOptions;
use crate::config::syntax::{Node, Value};
use crate::platform::go_duration;

pub(super) fn read(reader: &mut Reader, options: &mut Options, node: &Node) {
    let map = reader.block_or(node, |value| {
        format!("Expected websocket to be a map, got {}", value.kind())
    });
    let Some(map) = map else { return };
    let websocket = &mut options.websocket;
    for (key, node) in map.iter() {
        match key.to_ascii_lowercase().as_str() {
            "listen" => reader.listen(node, &mut websocket.host, &mut websocket.port),
            "port" => reader.number(node, &mut websocket.port),
            "host" | "net" => reader.string(node, &mut websocket.host),
            "advertise" => reader.string(node, &mut websocket.advertise),
            "no_tls" => reader.bool(node, &mut websocket.no_tls),
            "tls" => websocket.tls = tls::read(reader, node, Peer::Client),
            "same_origin" => reader.bool(node, &mut websocket.same_origin),
            "allowed_origins" | "allowed_origin" | "allow_origins" | "allow_origin" | "origins"
            | "origin" => websocket.allowed_origins = reader.strings("allowed origins", node),
            "handshake_timeout" => {
                handshake_timeout(reader, node, &mut websocket.handshake_timeout);
            }
            "compress" | "compression" => reader.bool(node, &mut websocket.compression),
            "authorization" | "authentication" => {
                let auth = authorization::simple(reader, node);
                websocket.username = auth.user;
                websocket.password = auth.password;
                websocket.token = auth.token;
                websocket.auth_timeout = auth.timeout;
            }
            "jwt_cookie" => reader.string(node, &mut websocket.jwt_cookie),
            "user_cookie" => reader.string(node, &mut websocket.username_cookie),
            "pass_cookie" => reader.string(node, &mut websocket.password_cookie),
            "token_cookie" => reader.string(node, &mut websocket.token_cookie),
            "no_auth_user" => reader.string(node, &mut websocket.no_auth_user),
            "headers" => headers(reader, websocket, node),
            "ping_interval" => {
                reader.duration("ping_interval", node, &mut websocket.ping_interval);
            }
            _ => reader.unknown(key, node),
        }
    }
}

/// Whole seconds, or a duration in text.
fn handshake_timeout(reader: &mut Reader, node: &Node, into: &mut Duration) {
    match &node.value {
        Value::Integer(seconds) => {
            *into = Duration::from_secs(u64::try_from(*seconds).unwrap_or(0));
        }
        Value::String(text) => match go_duration::parse(text) {
            Ok(nanos) => *into = Duration::from_nanos(u64::try_from(nanos).unwrap_or(0)),
            Err(error) => reader.error(&node.place, error.to_string()),
        },
        other => {
            let kind = other.kind();
            reader.error(
                &node.place,
                format!("error parsing handshake timeout: unsupported type {kind}"),
            );
        }
    }
}

fn headers(reader: &mut Reader, websocket: &mut WebsocketOptions, node: &Node) {
    let map = reader.block_or(node, |value| {
        format!("error parsing headers: unsupported type {}", value.kind())
    });
    let Some(map) = map else { return };
    for (name, node) in map.iter() {
        match &node.value {
            Value::String(value) => {
                websocket.headers.insert(name.to_owned(), value.clone());
            }
            other => {
                let kind = other.kind();
                reader.error(
                    &node.place,
                    format!("error parsing header key {name}: unsupported type {kind}"),
                );
            }
        }
    }
}
