//! Another configuration for a stream that is there already.

use std::sync::Arc;

use super::lifecycle::{Stream, StreamError};
use crate::jetstream::advisory::Action;
use crate::jetstream::model::{ApiError, StreamConfig};

impl Stream {
    /// Takes a configuration that was checked against the present one
    /// (`updateWithAdvisory`).
    ///
    /// # Errors
    /// [`ApiError`]; the stream is then as it was, except that it may take messages
    /// on some of the new subjects.
    pub fn update(self: &Arc<Self>, config: StreamConfig) -> Result<(), ApiError> {
        let old = self.config();
        let failed = |error: StreamError| ApiError::stream_update(error);
        let mut config = config;
        self.lock()
            .configure(&config)
            .map_err(|error| failed(error.into()))?;
        for subject in &config.subjects {
            if !old.subjects.contains(subject) {
                self.subscribe(subject).map_err(failed)?;
            }
        }
        for subject in &old.subjects {
            if !config.subjects.contains(subject) {
                self.unsubscribe(subject);
            }
        }
        self.update_direct(&config).map_err(failed)?;
        if !config.allow_atomic {
            self.lock().batches.clear(&self.host);
        }
        let reserved = |config: &StreamConfig| config.max_bytes.max(0);
        let more = reserved(&config) - reserved(&old);
        self.usage.server().reserve(config.storage, more);
        self.store
            .update_config(&mut config)
            .map_err(ApiError::stream_store_failed)?;
        self.set_config(config.clone());
        self.update_origins(&old, &config);
        if old.retention != config.retention {
            let consumers = self.consumers().all();
            for consumer in &consumers {
                consumer.retention_changed(config.retention);
            }
            // Without a consumer there is nobody yet who could have lost interest.
            if !consumers.is_empty() {
                self.release_unwanted();
            }
        }
        self.advise(Action::Modify);
        Ok(())
    }
}
