//! `websocket { }`.

use std::collections::BTreeMap;
use std::time::Duration;

use super::tls::TlsOptions;

/// Options of WebSocket clients (`WebsocketOpts`). A zero time is the default.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WebsocketOptions {
    /// Address to listen on.
    pub host: String,
    /// Port: 0 is none, -1 any free port.
    pub port: i32,
    /// `host:port` that clients are told.
    pub advertise: String,
    /// The user of connections that present nothing.
    pub no_auth_user: String,
    /// Cookie with a JWT.
    pub jwt_cookie: String,
    /// Cookie with a user name.
    pub username_cookie: String,
    /// Cookie with a password.
    pub password_cookie: String,
    /// Cookie with a token.
    pub token_cookie: String,
    /// The one user.
    pub username: String,
    /// That user's password.
    pub password: String,
    /// The token that clients present.
    pub token: String,
    /// Time to authenticate.
    pub auth_timeout: Duration,
    /// Serve without TLS.
    pub no_tls: bool,
    /// TLS of the port.
    pub tls: Option<TlsOptions>,
    /// The Origin header must name the host of the request.
    pub same_origin: bool,
    /// Origins allowed; any if empty.
    pub allowed_origins: Vec<String>,
    /// Offer compression.
    pub compression: bool,
    /// Time for the request and its answer.
    pub handshake_timeout: Duration,
    /// Interval between PINGs.
    pub ping_interval: Duration,
    /// Headers added to the answer.
    pub headers: BTreeMap<String, String>,
}
