//! Reading the configuration again while the server runs (`reload.go`).
//!
//! First everything that can fail is done: the file is read, compared with the options
//! in use, and what is made from it (TLS, accounts, mappings) is made. Only then are the
//! new options used, so that a file with a mistake changes nothing.

mod apply;

use std::sync::PoisonError;
use std::time::SystemTime;

use self::apply::Prepared;
use super::{Server, ServerError, default_user, validate};
use crate::config::Options;
use crate::config::diff::diff;

impl Server {
    /// Reads the configuration file again and uses what it says (`Reload`).
    ///
    /// # Errors
    ///
    /// [`ServerError`] if there is no file, if it can not be used, or if it changes what
    /// can not change while the server runs. The server goes on as before then.
    pub fn reload(&self) -> Result<(), ServerError> {
        let Some(file) = self.options().config_file.clone() else {
            return Err(ServerError::Options(
                "can only reload config when a file is provided using -c or --config".to_owned(),
            ));
        };
        self.reload_options(Options::from_file(&file)?)
    }

    /// Uses other options, as far as they can change while the server runs
    /// (`ReloadOptions`). What the command line said counts more than they do.
    ///
    /// # Errors
    ///
    /// [`ServerError`] as for [`reload`](Self::reload).
    pub fn reload_options(&self, mut new: Options) -> Result<(), ServerError> {
        let _one_at_a_time = self
            .inner
            .reload
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let old = self.options();
        self.complete(&old, &mut new)?;
        let changes = diff(&old, &new).map_err(ServerError::Options)?;
        let prepared = Prepared::new(self, &changes, &new)?;
        prepared.apply(self, &old, new, &changes);
        *self
            .inner
            .config_time
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = SystemTime::now();
        self.inner.monitor.configuration_loaded();
        let digest = match self.options().config_digest.as_str() {
            "" => String::new(),
            digest => format!("({digest})"),
        };
        self.context()
            .logger
            .notice(format_args!("Reloaded server configuration {digest}"));
        Ok(())
    }

    /// When the configuration was read last (`ConfigTime`).
    #[must_use]
    pub fn config_time(&self) -> SystemTime {
        *self
            .inner
            .config_time
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds what no file says: the command line, defaults, and what the embedder set.
    fn complete(&self, old: &Options, new: &mut Options) -> Result<(), ServerError> {
        new.overrides = old.overrides.clone();
        let overrides = new.overrides.clone();
        overrides
            .apply(new)
            .map_err(|error| ServerError::Options(error.to_string()))?;
        new.authenticator.clone_from(&old.authenticator);
        new.no_log = old.no_log;
        new.no_sigs = old.no_sigs;
        new.dont_listen |= old.dont_listen;
        new.always_enable_nonce = old.always_enable_nonce;
        new.disable_short_first_ping = old.disable_short_first_ping;
        if new.server_name.is_empty() && old.server_name == self.id() {
            new.server_name.clone_from(&old.server_name);
        }
        default_user::name_system_account(new);
        validate::prepare(new)?;
        default_user::add(new, self.context().default_user().as_deref());
        // Any free port is the one that was found.
        for (old, new) in [
            (old.port, &mut new.port),
            (old.cluster.port, &mut new.cluster.port),
            (old.gateway.port, &mut new.gateway.port),
            (old.leafnode.port, &mut new.leafnode.port),
            (old.websocket.port, &mut new.websocket.port),
            (old.mqtt.port, &mut new.mqtt.port),
        ] {
            if *new == -1 {
                *new = old;
            }
        }
        Ok(())
    }
}
