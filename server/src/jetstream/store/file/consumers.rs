//! The consumers of a stream.

use std::sync::{Arc, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::consumer_store::{ConsumerFileStore, ConsumerSite};
use super::store::FileStore;
use crate::jetstream::model::ConsumerConfig;
use crate::jetstream::store::consumer_store::ConsumerStore;
use crate::jetstream::store::error::StoreError;
use crate::jetstream::store::expiry::Expiring;

/// A consumer of the stream.
pub(super) struct Consumer {
    pub(super) store: Arc<dyn ConsumerStore>,
    /// The same, if its state is in files.
    pub(super) file: Option<Arc<ConsumerFileStore>>,
}

impl FileStore {
    /// Where the files of a consumer are.
    #[must_use]
    pub fn consumer_site(&self, name: &str) -> ConsumerSite {
        let config = self.options();
        ConsumerSite {
            disk: Arc::clone(&config.disk),
            clock: Arc::clone(&config.clock),
            stream_dir: config.dir.clone(),
            stream: self.stream_name(),
            name: name.to_owned(),
            encryption: config.encryption.clone(),
            sync_always: config.sync_always,
            sync_interval: config.sync_interval,
            reports: config.on_consumer_report.clone(),
        }
    }

    /// Opens the store of a consumer and counts it in.
    ///
    /// Go: `fileStore.ConsumerStore`.
    pub(super) fn open_consumer(
        &self,
        name: &str,
        created: Option<Timestamp>,
        config: &ConsumerConfig,
    ) -> Result<Arc<dyn ConsumerStore>, StoreError> {
        if self.is_closed() {
            return Err(StoreError::Closed);
        }
        let this = self.handle();
        let closed = Box::new(move |name: &str| {
            if let Some(store) = this.upgrade() {
                store.forget_consumer(name);
            }
        });
        let site = self.consumer_site(name);
        let file = ConsumerFileStore::open(site, created, config, Some(closed))?;
        let store: Arc<dyn ConsumerStore> = Arc::clone(&file) as _;
        self.consumers().push(Consumer {
            store: Arc::clone(&store),
            file: Some(file),
        });
        Ok(store)
    }

    pub(super) fn add_other_consumer(&self, store: &Arc<dyn ConsumerStore>) {
        self.consumers().push(Consumer {
            store: Arc::clone(store),
            file: None,
        });
    }

    pub(super) fn drop_consumer(&self, store: &dyn ConsumerStore) {
        self.consumers()
            .retain(|own| !std::ptr::addr_eq(Arc::as_ptr(&own.store), std::ptr::from_ref(store)));
    }

    /// How many consumers there are.
    pub(super) fn consumer_count(&self) -> usize {
        self.consumers().len()
    }

    /// The consumers whose state is in files.
    pub(super) fn file_consumers(&self) -> Vec<Arc<ConsumerFileStore>> {
        let consumers = self.consumers();
        let files = consumers.iter().filter_map(|own| own.file.clone());
        files.collect()
    }

    pub(super) fn take_consumers(&self) -> Vec<Arc<dyn ConsumerStore>> {
        let consumers = std::mem::take(&mut *self.consumers());
        consumers.into_iter().map(|own| own.store).collect()
    }

    fn forget_consumer(&self, name: &str) {
        let is_other = |own: &Consumer| own.file.as_ref().is_none_or(|file| file.name() != name);
        let mut gone = Vec::new();
        let mut consumers = self.consumers();
        for own in std::mem::take(&mut *consumers) {
            if is_other(&own) {
                consumers.push(own);
            } else {
                gone.push(own);
            }
        }
        // Dropped after the lock.
        drop(consumers);
        drop(gone);
    }

    fn consumers(&self) -> MutexGuard<'_, Vec<Consumer>> {
        let consumers = self.consumers.lock();
        consumers.unwrap_or_else(PoisonError::into_inner)
    }
}
