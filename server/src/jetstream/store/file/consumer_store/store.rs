//! A consumer's state, kept in memory and written behind.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use jiff::Timestamp;

use super::archived::ArchivedConsumer;
use super::files::ConsumerFiles;
use super::report::ConsumerTrouble;
use super::site::ConsumerSite;
use crate::jetstream::model::{ConsumerConfig, ConsumerState, FileConsumerInfo, StorageType};
use crate::jetstream::store::clock::{Clock, TimerId};
use crate::jetstream::store::consumer_progress::ConsumerProgress;
use crate::jetstream::store::consumer_state_codec::encode_consumer_state;
use crate::jetstream::store::consumer_store::ConsumerStore;
use crate::jetstream::store::error::StoreError;

/// Called with its name when a consumer's store was stopped or deleted.
pub type ClosedHandler = Box<dyn Fn(&str) + Send + Sync>;

/// Keeps the state of a consumer on a disk (`consumerFileStore`).
///
/// Deliveries and acknowledgements change it in memory; within a tenth of a second,
/// or when somebody wants it to be ([`sync_run`](ConsumerStore::sync_run)), it is
/// written. [`set_starting`](ConsumerStore::set_starting),
/// [`reset`](ConsumerStore::reset), [`flush`](Self::flush),
/// [`stop`](ConsumerStore::stop) and changes of the configuration are on the disk
/// for good when they return. After a power cut the state is the last of these, or
/// any later one.
///
/// Locks: `files` before `inner`; neither is held while a handler runs.
pub struct ConsumerFileStore {
    me: Weak<Self>,
    clock: Arc<dyn Clock>,
    name: String,
    files: Mutex<ConsumerFiles>,
    inner: Mutex<Inner>,
    closed_handler: Option<ClosedHandler>,
}

struct Inner {
    progress: ConsumerProgress,
    created: Option<Timestamp>,
    /// Whether the state has changed since it was written.
    is_dirty: bool,
    /// When it was written last, in nanoseconds since 1970.
    written_at: Option<i64>,
    timer: Option<TimerId>,
    is_closed: bool,
}

/// A state is written at most so often, in nanoseconds.
const WRITE_PAUSE: i64 = 100_000_000;
/// When a write that failed is tried again.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

impl ConsumerFileStore {
    /// Opens the store of a consumer, or makes one. Go: `fileStore.ConsumerStore`.
    ///
    /// `closed_handler` is called when it is stopped or deleted.
    ///
    /// # Errors
    /// [`StoreError::BadConsumerConfig`] for a name that is none,
    /// [`StoreError::CorruptConsumerState`] for a damaged state that has no older
    /// one to fall back to, [`StoreError::Cipher`] if no key fits, and those of the
    /// disk.
    pub fn open(
        site: ConsumerSite,
        created: Option<Timestamp>,
        config: &ConsumerConfig,
        closed_handler: Option<ClosedHandler>,
    ) -> Result<Arc<Self>, StoreError> {
        let (clock, name) = (Arc::clone(&site.clock), site.name.clone());
        let info = FileConsumerInfo {
            created,
            name: name.clone(),
            config: config.clone(),
        };
        let (files, state) = ConsumerFiles::open(site, &info)?;
        let inner = Inner {
            progress: ConsumerProgress {
                config: info.config,
                state,
            },
            created,
            is_dirty: false,
            written_at: None,
            timer: None,
            is_closed: false,
        };
        Ok(Arc::new_cyclic(|me| Self {
            me: Weak::clone(me),
            clock,
            name,
            files: Mutex::new(files),
            inner: Mutex::new(inner),
            closed_handler,
        }))
    }

    /// The configuration that is on the disk for a consumer, verified.
    ///
    /// # Errors
    /// [`StoreError::CorruptConsumerMeta`], [`StoreError::Cipher`] if no key fits,
    /// and those of the disk.
    pub fn read_info(site: ConsumerSite) -> Result<FileConsumerInfo, StoreError> {
        Ok(ConsumerFiles::read_meta(site)?.0)
    }

    /// The same, and the first mistake in how it is written, in Go's words: fields that
    /// nobody knows are one, and are left out.
    ///
    /// # Errors
    /// As [`read_info`](Self::read_info).
    pub fn read_info_exactly(
        site: ConsumerSite,
    ) -> Result<(FileConsumerInfo, Option<String>), StoreError> {
        ConsumerFiles::read_meta(site)
    }

    /// The name of the consumer.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Writes the state, for good.
    ///
    /// # Errors
    /// [`StoreError::Closed`] and those of the disk.
    pub fn flush(&self) -> Result<(), StoreError> {
        self.write(true)
    }

    /// Whether the state has changed since it was written.
    #[must_use]
    pub fn is_dirty(&self) -> bool {
        self.lock().is_dirty
    }

    /// What an archive of the stream holds of it.
    ///
    /// # Errors
    /// [`StoreError::Closed`].
    pub fn archived(&self) -> Result<ArchivedConsumer, StoreError> {
        let files = self.files();
        let inner = self.open_lock()?;
        let meta = serde_json::to_vec(&inner.info(&self.name)).map_err(std::io::Error::from)?;
        Ok(ArchivedConsumer {
            name: self.name.clone(),
            sum: files.sums().sum_hex(&meta),
            meta,
            state: encode_consumer_state(&inner.progress.state, self.clock.now()),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open_lock(&self) -> Result<MutexGuard<'_, Inner>, StoreError> {
        let inner = self.lock();
        if inner.is_closed {
            return Err(StoreError::Closed);
        }
        Ok(inner)
    }

    fn files(&self) -> MutexGuard<'_, ConsumerFiles> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a change, and sees to it that it is written soon.
    fn kick(&self, inner: &mut Inner) {
        inner.is_dirty = true;
        if inner.timer.is_some() || inner.is_closed {
            return;
        }
        let since = inner
            .written_at
            .map_or(WRITE_PAUSE, |at| self.clock.now().saturating_sub(at));
        let wait = WRITE_PAUSE.saturating_sub(since).clamp(0, WRITE_PAUSE);
        self.set_timer(inner, Duration::from_nanos(wait.unsigned_abs()));
    }

    fn set_timer(&self, inner: &mut Inner, delay: Duration) {
        let me = Weak::clone(&self.me);
        let task = Box::new(move || {
            if let Some(me) = me.upgrade() {
                me.write_behind();
            }
        });
        inner.timer = Some(self.clock.call_after(delay, task));
    }

    /// What the timer does.
    fn write_behind(&self) {
        {
            let mut inner = self.lock();
            inner.timer = None;
            if inner.is_closed || !inner.is_dirty {
                return;
            }
        }
        match self.write(false) {
            Ok(()) | Err(StoreError::Closed) => {}
            Err(error) => self.report(ConsumerTrouble::Write(error.to_string())),
        }
    }

    fn write(&self, sync: bool) -> Result<(), StoreError> {
        self.write_to(self.files(), sync)
    }

    fn write_to(
        &self,
        mut files: MutexGuard<'_, ConsumerFiles>,
        sync: bool,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        let encoded = {
            let mut inner = self.open_lock()?;
            inner.is_dirty = false;
            encode_consumer_state(&inner.progress.state, now)
        };
        let result = files.write_state(&encoded, now, sync);
        let mut inner = self.lock();
        match &result {
            Ok(()) => inner.written_at = Some(now),
            Err(_) => {
                inner.is_dirty = true;
                if inner.timer.is_none() && !inner.is_closed {
                    self.set_timer(&mut inner, RETRY_PAUSE);
                }
            }
        }
        result
    }

    /// Marks it as closed and says what it was; `None` if it was closed already.
    fn close(&self) -> Option<MutexGuard<'_, Inner>> {
        let mut inner = self.lock();
        if inner.is_closed {
            return None;
        }
        inner.is_closed = true;
        if let Some(timer) = inner.timer.take() {
            self.clock.cancel(timer);
        }
        Some(inner)
    }

    fn report(&self, what: ConsumerTrouble) {
        let files = self.files();
        let site = files.site().clone();
        drop(files);
        if let Some(handler) = &site.reports {
            handler(&super::report::ConsumerReport {
                stream: site.stream.clone(),
                consumer: site.name.clone(),
                what,
            });
        }
    }

    fn tell_closed(&self) {
        if let Some(handler) = &self.closed_handler {
            handler(&self.name);
        }
    }
}

impl Inner {
    fn info(&self, name: &str) -> FileConsumerInfo {
        FileConsumerInfo {
            created: self.created,
            name: name.to_owned(),
            config: self.progress.config.clone(),
        }
    }
}

impl ConsumerStore for ConsumerFileStore {
    fn set_starting(&self, sseq: u64) -> Result<(), StoreError> {
        self.lock().progress.set_starting(sseq);
        self.write(true)
    }

    fn update_starting(&self, sseq: u64) {
        let mut inner = self.lock();
        inner.progress.update_starting(sseq);
        self.kick(&mut inner);
    }

    fn reset(&self, sseq: u64) -> Result<(), StoreError> {
        self.lock().progress.reset(sseq);
        self.write(true)
    }

    fn has_state(&self) -> bool {
        // One after the other: the files come before the state in the lock order.
        let has_state = self.lock().progress.has_state();
        has_state || self.files().has_state()
    }

    fn update_delivered(&self, dseq: u64, sseq: u64, dc: u64, ts: i64) -> Result<(), StoreError> {
        let mut inner = self.lock();
        inner.progress.deliver(dseq, sseq, dc, ts)?;
        self.kick(&mut inner);
        Ok(())
    }

    fn update_acks(&self, dseq: u64, sseq: u64) -> Result<(), StoreError> {
        let mut inner = self.lock();
        inner.progress.acknowledge(dseq, sseq)?;
        self.kick(&mut inner);
        Ok(())
    }

    fn sync_run(&self) -> Result<(), StoreError> {
        // Whoever writes now has taken the mark off already and is waited for.
        let files = self.files();
        if self.open_lock()?.is_dirty {
            self.write_to(files, false)
        } else {
            Ok(())
        }
    }

    fn update_config(&self, config: &ConsumerConfig) -> Result<(), StoreError> {
        let files = self.files();
        let mut info = self.open_lock()?.info(&self.name);
        info.config = config.clone();
        files.write_meta(&info)?;
        self.lock().progress.config = info.config;
        Ok(())
    }

    fn update(&self, state: &ConsumerState) -> Result<(), StoreError> {
        let mut inner = self.lock();
        inner.progress.update(state)?;
        self.kick(&mut inner);
        Ok(())
    }

    fn state(&self) -> Result<ConsumerState, StoreError> {
        Ok(self.open_lock()?.progress.state.clone())
    }

    fn borrow_state(&self, read: &mut dyn FnMut(&ConsumerState)) -> Result<(), StoreError> {
        read(&self.open_lock()?.progress.state);
        Ok(())
    }

    fn encoded_state(&self) -> Result<Vec<u8>, StoreError> {
        let now = self.clock.now();
        Ok(encode_consumer_state(
            &self.open_lock()?.progress.state,
            now,
        ))
    }

    fn storage_type(&self) -> StorageType {
        StorageType::File
    }

    fn stop(&self) -> Result<(), StoreError> {
        // Whoever writes now is waited for, so that this write is the last.
        let mut files = self.files();
        let Some(inner) = self.close() else {
            return Ok(());
        };
        let now = self.clock.now();
        let encoded = (inner.is_dirty || files.is_unsynced())
            .then(|| encode_consumer_state(&inner.progress.state, now));
        drop(inner);
        let result = encoded.map_or(Ok(()), |encoded| files.write_state(&encoded, now, true));
        drop(files);
        self.tell_closed();
        result
    }

    fn delete(&self) -> Result<(), StoreError> {
        let files = self.files();
        if self.close().is_none() {
            return Ok(());
        }
        let result = files.remove();
        drop(files);
        self.tell_closed();
        result
    }

    fn stream_delete(&self) -> Result<(), StoreError> {
        // The directory goes with that of the stream.
        if self.close().is_some() {
            self.tell_closed();
        }
        Ok(())
    }
}

impl Drop for ConsumerFileStore {
    fn drop(&mut self) {
        let inner = self.inner.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(timer) = inner.timer.take() {
            self.clock.cancel(timer);
        }
    }
}

impl fmt::Debug for ConsumerFileStore {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ConsumerFileStore")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
