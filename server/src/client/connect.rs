//! CONNECT: who the client is and what it can do.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use super::session::Session;
use crate::account::Account;
use crate::auth::{ClientPermissions, Credentials, Identity, Refusal};
use crate::config::options::Presented;
use crate::logging::Level;
use crate::protocol::{ClosedState, ConnectOptions};

/// Highest client protocol level known.
const PROTOCOL_MAX: i64 = 1;

impl Session {
    pub(super) fn connect(&mut self, json: &[u8]) {
        let context = Arc::clone(&self.client.context);
        let (connect, first) = {
            let mut state = self.client.lock();
            state.auth_deadline = None;
            if let Err(error) = state.connect.update(json) {
                drop(state);
                self.client.log(Level::Error, format_args!("{error}"));
                self.close(ClosedState::ProtocolViolation);
                return;
            }
            // Users with a JWT exist in operator mode only.
            state.connect.jwt = String::new();
            let first = !std::mem::replace(&mut state.connected, true);
            let now = Instant::now();
            if state.rtt.is_none() {
                state.rtt = Some(self.client.started.elapsed());
            }
            state.next_ping = Some(now + self.client.first_ping_delay(&context.options()));
            (state.connect.clone(), first)
        };
        self.client.wake_for_deadline();
        self.awaiting_auth = false;
        self.client.link.set_echo(connect.echo);
        self.deliverer.stage.set_own_echo(connect.echo);
        self.verbose = connect.verbose;
        self.pedantic = connect.pedantic;
        let headers = connect.headers && !context.options().no_header_support;
        self.client.link.set_headers(headers);
        self.deliverer.stage.refresh_own();
        self.parser.limits.headers = headers;
        self.no_responders = connect.no_responders;

        // Choosing an account in CONNECT is a thing of the past and refused.
        let chooses = !connect.account.is_empty() || connect.new_account;
        let users = context.auth();
        let identity = match self.client.authenticate(&connect) {
            Ok(_) if chooses => Err(Refusal::Credentials),
            decided => decided,
        };
        let identity = match identity {
            Ok(identity) => identity,
            Err(refusal) => {
                if refusal != Refusal::Credentials {
                    self.client.log(Level::Debug, format_args!("{refusal}"));
                }
                self.authorization_violation(refusal);
                return;
            }
        };
        if !self.become_identity(&identity) {
            return;
        }
        if first {
            self.client.name_in_log(&connect, &self.account);
        }
        self.finish_connect(&connect, headers);
        // Users may have changed just now, when this client was not yet asked again.
        if !Arc::ptr_eq(&users, &context.auth()) {
            self.client.check_again();
        }
    }

    fn finish_connect(&mut self, connect: &ConnectOptions, headers: bool) {
        if !(0..=PROTOCOL_MAX).contains(&connect.protocol) {
            self.send_error("invalid client protocol");
            self.close(ClosedState::BadClientProtocolVersion);
            return;
        }
        if connect.no_responders && !headers {
            self.send_error("no responders requires headers support");
            self.close(ClosedState::NoRespondersRequiresHeaders);
            return;
        }
        if self.verbose {
            self.send_ok();
        }
    }

    /// Lets a client that starts without CONNECT be the `no_auth_user`, if there
    /// is one.
    pub(super) fn become_no_auth_user(&mut self) -> bool {
        let auth = self.client.context.auth();
        let Some(identity) = auth.no_auth_identity(self.client.connection) else {
            return false;
        };
        {
            let mut state = self.client.lock();
            state.auth_deadline = None;
            state.connected = true;
            if let Some(user) = &identity.user {
                state.connect.user.clone_from(user);
            }
        }
        self.awaiting_auth = false;
        self.become_identity(&identity)
    }

    fn become_identity(&mut self, identity: &Identity) -> bool {
        let accounts = self.client.context.accounts();
        let account = match identity.account.as_deref() {
            None => Arc::clone(accounts.global()),
            Some(name) => match accounts.lookup(name) {
                Some(account) => account,
                None => {
                    self.client.log(
                        Level::Error,
                        format_args!("Problem registering with account {name:?}: account missing"),
                    );
                    self.send_error("Failed Account Registration");
                    self.close(ClosedState::MissingAccount);
                    return false;
                }
            },
        };
        if !self.enter_account(&account, identity.is_user()) {
            return false;
        }
        let permissions = identity
            .permissions
            .as_deref()
            .map(ClientPermissions::new)
            .transpose();
        let permissions = match permissions {
            Ok(permissions) => permissions.map(Arc::new),
            Err(error) => {
                // Without usable permissions nothing must be allowed.
                self.client.log(Level::Error, format_args!("{error}"));
                self.authorization_violation(Refusal::Credentials);
                return false;
            }
        };
        let tracks = permissions
            .as_ref()
            .is_some_and(|all| all.responses().is_some());
        self.client.link.set_tracks_replies(tracks);
        self.may_publish.clear();
        self.permissions.clone_from(&permissions);
        let mut state = self.client.lock();
        state.permissions = permissions;
        if let Some(user) = &identity.user {
            state.connect.user.clone_from(user);
        }
        if let Some(nkey) = &identity.nkey {
            state.connect.nkey.clone_from(nkey);
        }
        state.proxy.clone_from(&identity.proxy);
        state.expires = identity.deadline.map(|at| {
            let left = at.duration_since(SystemTime::now()).unwrap_or_default();
            Instant::now() + left
        });
        let expires = state.expires.is_some();
        drop(state);
        if expires {
            self.client.wake_for_deadline();
        }
        true
    }

    /// Moves the client into `account`, if that has room.
    fn enter_account(&mut self, account: &Arc<Account>, as_user: bool) -> bool {
        let id = self.client.link.id;
        let previous = self.client.lock().account.clone();
        if previous
            .as_ref()
            .is_none_or(|previous| !Arc::ptr_eq(previous, account))
        {
            if let Some(previous) = previous {
                previous.remove_client(id);
            }
            if !account.add_client(id) {
                self.client.lock().account = None;
                self.client.log_limited(
                    Level::Error,
                    format_args!("maximum account active connections exceeded"),
                );
                self.send_error("maximum account active connections exceeded");
                self.close(ClosedState::MaxAccountConnectionsExceeded);
                return false;
            }
        }
        self.account = Arc::clone(account);
        self.apply_limits(account, as_user)
    }

    /// Takes on the limits of `account` and those of the server. A user that has too
    /// many subscriptions already is closed; returns whether it may go on
    /// (`applyAccountLimits`).
    pub(super) fn apply_limits(&mut self, account: &Arc<Account>, as_user: bool) -> bool {
        let options = self.client.context.options();
        let limits = account.limits();
        let server_subscriptions =
            (options.max_subscriptions > 0).then_some(options.max_subscriptions as u64);
        let server_payload = options.max_payload as u64;
        if limits.max_payload.is_some_and(|max| max > server_payload) {
            self.client.log(
                Level::Error,
                format_args!(
                    "Max Payload set to {server_payload} from server overrides account or user config"
                ),
            );
        }
        if let (Some(of_account), Some(of_server)) =
            (limits.max_subscriptions, server_subscriptions)
            && of_account > of_server
        {
            self.client.log(
                Level::Error,
                format_args!(
                    "Max Subscriptions set to {of_server} from server overrides account or user config"
                ),
            );
        }
        let payload = smaller(limits.max_payload, Some(server_payload));
        let payload = payload.and_then(|max| usize::try_from(max).ok());
        self.parser.limits.max_payload = payload;
        let shown = payload
            .and_then(|max| i64::try_from(max).ok())
            .unwrap_or(-1);
        self.client
            .max_payload
            .store(shown, std::sync::atomic::Ordering::Relaxed);
        let at_limit = {
            let mut state = self.client.lock();
            state.max_subscriptions = smaller(limits.max_subscriptions, server_subscriptions);
            state.account = Some(Arc::clone(account));
            state.is_at_subscription_limit()
        };
        if as_user && at_limit {
            self.too_many_subscriptions();
            self.close(ClosedState::MaxSubscriptionsExceeded);
            return false;
        }
        true
    }

    /// Tells the client, and now and then the log, that it has all the subscriptions
    /// it may have (`maxSubsExceeded`).
    pub(super) fn too_many_subscriptions(&mut self) {
        const TEXT: &str = "maximum subscriptions exceeded";
        if self
            .client
            .context
            .too_many_subscriptions
            .first(self.account.name())
        {
            self.client.log(Level::Error, format_args!("{TEXT}"));
        }
        self.send_error(TEXT);
    }

    pub(super) fn authorization_violation(&mut self, refusal: Refusal) {
        let who = {
            let state = self.client.lock();
            (!state.connect.raw_user().is_empty()).then(|| state.connect.auth_user())
        };
        match who {
            Some(who) => {
                self.client
                    .log(Level::Error, format_args!("authentication error - {who}"));
            }
            None => self
                .client
                .log(Level::Error, format_args!("authentication error")),
        }
        // The client is not told more, whatever the reason.
        self.send_error("Authorization Violation");
        self.close(refusal.closed_state());
    }
}

impl super::Client {
    /// Asks who the client is.
    pub(super) fn authenticate(&self, connect: &ConnectOptions) -> Result<Identity, Refusal> {
        let client = self;
        let auth = client.context.auth();
        let tls = client.tls();
        if auth.is_custom() {
            return auth.authenticate_custom(&Presented {
                connect,
                nonce: client.nonce(),
                address: client.address.network(),
                certificates: tls.map(|tls| &*tls.peer_certificates),
            });
        }
        auth.authenticate(&Credentials {
            user: &connect.user,
            password: &connect.pass,
            token: &connect.auth_token,
            nkey: &connect.nkey,
            signature: &connect.sig,
            nonce: client.nonce().as_bytes(),
            connection: client.connection,
            certificate_names: tls.map(|tls| tls.certificate_names.as_slice()),
            proxy_signature: &connect.proxy_sig,
        })
    }
}

fn smaller(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

impl ConnectOptions {
    /// Who the client says it is; a token is not told (`getRawAuthUser`).
    #[must_use]
    pub fn raw_user(&self) -> &str {
        if !self.nkey.is_empty() {
            &self.nkey
        } else if !self.user.is_empty() {
            &self.user
        } else if !self.auth_token.is_empty() {
            "[REDACTED]"
        } else {
            ""
        }
    }

    /// How the user is named in log lines about authentication (`getAuthUser`).
    #[must_use]
    pub fn auth_user(&self) -> String {
        if !self.nkey.is_empty() {
            format!("Nkey {:?}", self.nkey)
        } else if !self.user.is_empty() {
            format!("User {:?}", self.user)
        } else if !self.auth_token.is_empty() {
            "Token \"[REDACTED]\"".to_owned()
        } else {
            "User \"N/A\"".to_owned()
        }
    }

    /// How the user is named in the connection's own name; nothing if it says
    /// nothing (`getAuthUserLabel`).
    pub(super) fn user_label(&self) -> Option<String> {
        if !self.nkey.is_empty() {
            Some(format!("nkey:{}", self.nkey))
        } else if !self.user.is_empty() {
            Some(format!("user:{}", self.user))
        } else if !self.auth_token.is_empty() {
            Some("token".to_owned())
        } else {
            None
        }
    }
}

impl super::Client {
    /// Adds what CONNECT told to the client's name in log lines.
    fn name_in_log(&self, connect: &ConnectOptions, account: &Account) {
        let mut state = self.lock();
        let user = state.connect.user_label();
        let mut parts = Vec::new();
        if !connect.version.is_empty() {
            parts.push(format!("v{}", connect.version));
        }
        for part in [&connect.lang, &connect.name] {
            if !part.is_empty() {
                parts.push(part.clone());
            }
        }
        let mut label = state.label.to_string();
        if !parts.is_empty() {
            label.push_str(&format!(" - {:?}", parts.join(":")));
        }
        if let Some(user) = user {
            label.push_str(&format!(" - {:?}", format!("{}/{user}", account.name())));
        }
        state.label = label.into();
    }
}
