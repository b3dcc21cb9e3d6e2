//! Which store a stream gets.

use std::sync::Arc;

use jiff::Timestamp;

use crate::jetstream::host::StoreFactory;
use crate::jetstream::model::{StorageType, StreamConfig};
use crate::jetstream::store::{Clock, MemoryStore, StoreError, StreamStore};

/// Makes the stores of a server's streams.
#[derive(Debug)]
pub struct ServerStores {
    clock: Arc<dyn Clock>,
}

impl ServerStores {
    /// Stores that go by `clock`.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock }
    }
}

impl StoreFactory for ServerStores {
    fn stream_store(
        &self,
        _account: &str,
        config: &StreamConfig,
        _created: Timestamp,
    ) -> Result<Arc<dyn StreamStore>, StoreError> {
        match config.storage {
            StorageType::Memory => {
                let store: Arc<dyn StreamStore> =
                    MemoryStore::new(config, Arc::clone(&self.clock))?;
                Ok(store)
            }
            StorageType::File => Err(StoreError::Unsupported),
        }
    }
}
