//! Other kinds of clients: MQTT and WebSocket.

use super::check_pinned_certs;
use crate::config::options::Options;

/// Headers that belong to the upgrade itself.
const OWN_HEADERS: [&str; 5] = [
    "host",
    "content-length",
    "connection",
    "upgrade",
    "nats-no-masking",
];

impl Options {
    /// `validateMQTTOptions`.
    pub(super) fn validate_mqtt(&self) -> Result<(), String> {
        let mqtt = &self.mqtt;
        if mqtt.port == 0 {
            return Ok(());
        }
        let clustered = self.cluster.port != 0 || self.gateway.port != 0;
        if self.server_name.is_empty() && clustered {
            return Err("mqtt requires server name to be explicitly set".to_owned());
        }
        self.check_no_auth_user(&mqtt.no_auth_user)?;
        self.check_single_user("mqtt", &mqtt.username, &mqtt.token)?;
        let leafnodes = self.leafnode.port != 0 || !self.leafnode.remotes.is_empty();
        if !self.jetstream && !clustered && !leafnodes {
            return Err(
                "mqtt requires JetStream to be enabled if running in standalone mode".to_owned(),
            );
        }
        match &mqtt.tls {
            Some(tls) => {
                check_pinned_certs(&tls.pinned_certs).map_err(|reason| format!("mqtt: {reason}"))
            }
            None => Ok(()),
        }
    }

    /// `validateWebsocketOptions`.
    pub(super) fn validate_websocket(&self) -> Result<(), String> {
        let websocket = &self.websocket;
        if websocket.port == 0 {
            return Ok(());
        }
        if websocket.tls.is_none() && !websocket.no_tls {
            return Err("websocket requires TLS configuration".to_owned());
        }
        for origin in &websocket.allowed_origins {
            if origin.contains(|c: char| c.is_ascii_control()) {
                return Err(format!(
                    "unable to parse allowed origin: parse {origin:?}: net/url: invalid control \
                     character in URL"
                ));
            }
        }
        self.check_no_auth_user(&websocket.no_auth_user)?;
        self.check_single_user("websocket", &websocket.username, &websocket.token)?;
        let operator = &self.operator;
        let trusts = !operator.operators.is_empty() || !operator.trusted_keys.is_empty();
        if !websocket.jwt_cookie.is_empty() && !trusts {
            return Err(format!(
                "trusted operators or trusted keys configuration is required for JWT \
                 authentication via cookie {:?}",
                websocket.jwt_cookie
            ));
        }
        if let Some(tls) = &websocket.tls {
            check_pinned_certs(&tls.pinned_certs)
                .map_err(|reason| format!("websocket: {reason}"))?;
        }
        for name in websocket.headers.keys() {
            let lower = name.to_ascii_lowercase();
            if OWN_HEADERS.contains(&lower.as_str()) {
                return Err(format!("websocket: invalid header {name:?} not allowed"));
            }
            if lower.starts_with("sec-websocket-") {
                return Err(format!(
                    "websocket: invalid header {name:?}, \"Sec-WebSocket-\" prefix not allowed"
                ));
            }
        }
        Ok(())
    }

    /// A user or a token of one kind of client does not go with a list of users.
    fn check_single_user(&self, who: &str, user: &str, token: &str) -> Result<(), String> {
        if self.users.is_empty() && self.nkeys.is_empty() {
            return Ok(());
        }
        let what = if !user.is_empty() {
            "username"
        } else if !token.is_empty() {
            "token"
        } else {
            return Ok(());
        };
        Err(format!(
            "{who} authentication {what} not compatible with presence of users/nkeys"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::options::User;

    #[test]
    fn websocket_options_go_together() {
        let mut options = Options::default();
        options.websocket.port = -1;
        assert_eq!(
            options.validate_websocket().unwrap_err(),
            "websocket requires TLS configuration"
        );
        options.websocket.no_tls = true;
        assert!(options.validate_websocket().is_ok());
        options
            .websocket
            .headers
            .insert("Sec-WebSocket-Key".into(), "x".into());
        assert!(
            options
                .validate_websocket()
                .unwrap_err()
                .contains("prefix not allowed")
        );
        options.websocket.headers.clear();
        options.websocket.token = "t".into();
        options.users.push(User::default());
        assert!(
            options
                .validate_websocket()
                .unwrap_err()
                .contains("authentication token")
        );
    }

    #[test]
    fn mqtt_needs_jetstream() {
        let mut options = Options::default();
        options.mqtt.port = -1;
        assert!(
            options
                .validate_mqtt()
                .unwrap_err()
                .contains("requires JetStream")
        );
        options.jetstream = true;
        assert!(options.validate_mqtt().is_ok());
        options.cluster.port = -1;
        assert!(
            options
                .validate_mqtt()
                .unwrap_err()
                .contains("requires server name")
        );
    }
}
