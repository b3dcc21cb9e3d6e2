//! One account with its streams.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::offline::OfflineStream;
use crate::account::Account;
use crate::client::InternalClient;
use crate::config::options::JetStreamTiers;
use crate::conn::Kind;
use crate::jetstream::host::Host;
use crate::jetstream::limits::AccountUsage;
use crate::jetstream::model::ApiError;
use crate::jetstream::stream::Stream;
use crate::subject::subjects_collide;

/// The streams of an account, and what they use.
#[derive(Debug)]
pub struct AccountAssets {
    pub(super) host: Arc<Host>,
    pub(super) account: Arc<Account>,
    pub(super) usage: Arc<AccountUsage>,
    pub(super) streams: RwLock<BTreeMap<String, Arc<Stream>>>,
    /// Those on disk that can not be served.
    pub(super) offline: RwLock<BTreeMap<String, Arc<OfflineStream>>>,
    pub(super) changing: Mutex<()>,
    client: InternalClient,
}

impl AccountAssets {
    pub(super) fn new(host: Arc<Host>, account: Arc<Account>, limits: JetStreamTiers) -> Self {
        let usage = Arc::new(AccountUsage::new(Arc::clone(&host.usage), limits));
        let client = InternalClient::new(
            Arc::clone(&host.context),
            Arc::clone(&account),
            Kind::JetStream,
        );
        Self {
            host,
            account,
            usage,
            streams: RwLock::default(),
            offline: RwLock::default(),
            changing: Mutex::new(()),
            client,
        }
    }

    /// The account itself.
    #[must_use]
    pub const fn account(&self) -> &Arc<Account> {
        &self.account
    }

    /// What it uses and may use.
    #[must_use]
    pub const fn usage(&self) -> &Arc<AccountUsage> {
        &self.usage
    }

    /// Who publishes for it.
    #[must_use]
    pub const fn client(&self) -> &InternalClient {
        &self.client
    }

    /// The stream called `name`.
    ///
    /// # Errors
    /// [`ApiError::stream_not_found`], [`ApiError::stream_offline_reason`].
    pub fn stream(&self, name: &str) -> Result<Arc<Stream>, ApiError> {
        self.streams
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(name)
            .cloned()
            .ok_or_else(|| self.no_stream(name))
    }

    /// The streams, by name; only those with a subject that overlaps with `filter`
    /// if that is not empty.
    #[must_use]
    pub fn streams(&self, filter: &str) -> Vec<Arc<Stream>> {
        let streams = self.streams.read().unwrap_or_else(PoisonError::into_inner);
        streams
            .values()
            .filter(|stream| {
                filter.is_empty()
                    || stream
                        .config()
                        .subjects
                        .iter()
                        .any(|subject| subjects_collide(filter, subject))
            })
            .cloned()
            .collect()
    }

    /// Stops all streams; nothing is deleted.
    pub(super) fn stop(&self) {
        let streams =
            std::mem::take(&mut *self.streams.write().unwrap_or_else(PoisonError::into_inner));
        for stream in streams.values() {
            if let Err(error) = stream.stop(false) {
                self.host.context.logger.error(format_args!(
                    "Error stopping stream '{} > {}': {error}",
                    self.account.name(),
                    stream.name()
                ));
            }
        }
    }
}
