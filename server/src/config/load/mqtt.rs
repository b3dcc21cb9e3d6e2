//! `mqtt { }` (`parseMQTT`).

use super::authorization;
use super::reader::Reader;
use super::tls::{self, Peer};
use crate::config::Options;
use crate::config::options::MqttOptions;
use crate::config::syntax::{Node, Value};

pub(super) fn read(reader: &mut Reader, options: &mut Options, node: &Node) {
    let map = reader.block_or(node, |value| {
        format!("Expected mqtt to be a map, got {}", value.kind())
    });
    let Some(map) = map else { return };
    let mqtt = &mut options.mqtt;
    for (key, node) in map.iter() {
        match key.to_ascii_lowercase().as_str() {
            "listen" => reader.listen(node, &mut mqtt.host, &mut mqtt.port),
            "port" => reader.number(node, &mut mqtt.port),
            "host" | "net" => reader.string(node, &mut mqtt.host),
            "tls" => mqtt.tls = tls::read(reader, node, Peer::Client),
            "authorization" | "authentication" => {
                let auth = authorization::simple(reader, node);
                mqtt.username = auth.user;
                mqtt.password = auth.password;
                mqtt.token = auth.token;
                mqtt.auth_timeout = auth.timeout;
            }
            "no_auth_user" => reader.string(node, &mut mqtt.no_auth_user),
            "ack_wait" | "ackwait" => reader.duration("ack_wait", node, &mut mqtt.ack_wait),
            "js_api_timeout" | "api_timeout" => {
                reader.duration("js_api_timeout", node, &mut mqtt.js_api_timeout);
            }
            "max_ack_pending" | "max_pending" | "max_inflight" => {
                max_ack_pending(reader, mqtt, node);
            }
            "js_domain" => reader.string(node, &mut mqtt.js_domain),
            "stream_replicas" => reader.number(node, &mut mqtt.stream_replicas),
            "consumer_replicas" => reader.warn(
                &node.place,
                Some(key),
                "consumer replicas setting ignored in this server version",
            ),
            "consumer_memory_storage" => reader.bool(node, &mut mqtt.consumer_memory_storage),
            "consumer_inactive_threshold" | "consumer_auto_cleanup" => reader.duration(
                "consumer_inactive_threshold",
                node,
                &mut mqtt.consumer_inactive_threshold,
            ),
            "reject_qos2_publish" => reader.bool(node, &mut mqtt.reject_qos2_publish),
            "downgrade_qos2_subscribe" => reader.bool(node, &mut mqtt.downgrade_qos2_subscribe),
            _ => reader.unknown(key, node),
        }
    }
}

fn max_ack_pending(reader: &mut Reader, mqtt: &mut MqttOptions, node: &Node) {
    match &node.value {
        Value::Integer(number) => match u16::try_from(*number) {
            Ok(max) => mqtt.max_ack_pending = max,
            Err(_) => reader.error(
                &node.place,
                format!("invalid value {number}, should in [0..{}] range", u16::MAX),
            ),
        },
        _ => reader.number(node, &mut mqtt.max_ack_pending),
    }
}
