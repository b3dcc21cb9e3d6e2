//! Opening a store.

use std::io;
use std::path::Path;

use super::blocks::Blocks;
use super::config::{BLOCK_SIZE_MAX, FileStoreConfig, block_size_for};
use super::env::{CONSUMERS_DIR, Env, MSGS_DIR};
use super::state::{Figures, State};
use crate::jetstream::model::{Nanos, StorageType, StreamConfig};
use crate::jetstream::store::disk::{Disk, OpenMode};
use crate::jetstream::store::error::StoreError;

/// Opens the directory of a stream and finds out what is in it.
///
/// Go: `newFileStoreWithCreated`.
pub(super) fn open(options: &FileStoreConfig, config: &StreamConfig) -> Result<State, StoreError> {
    if config.name.is_empty() {
        return Err(StoreError::NameRequired);
    }
    if config.storage != StorageType::File {
        return Err(StoreError::WrongType);
    }
    if options.block_size > BLOCK_SIZE_MAX {
        return Err(StoreError::BlockSize);
    }
    prepare_dir(&*options.disk, &options.dir)?;
    let block_size = match options.block_size {
        0 => {
            let is_encrypted = options.encryption.is_some();
            block_size_for(config.retention, config.max_bytes, is_encrypted)
        }
        size => size,
    };
    let env = Env {
        disk: options.disk.clone(),
        root: options.dir.clone(),
        stream: config.name.clone(),
        encryption: options.encryption.clone(),
        compression: options.compression,
        block_size,
        sync_always: options.sync_always,
    };
    let now = options.clock.now();
    let created = options.created.or_else(|| super::state::time(now));
    let mut state = State::new(
        config.clone(),
        created.unwrap_or_default(),
        Blocks::new(env, options.cache_size),
    );
    state.async_flush = options.async_flush && !options.sync_always;
    state.sync_always = options.sync_always;
    state.recover_keys()?;
    state.recover_purge()?;
    state.recover_rekeyed()?;
    recover(&mut state, now)?;
    Ok(state)
}

fn recover(state: &mut State, now: i64) -> Result<(), StoreError> {
    if let Some(prior) = state.recover_from_state()? {
        state.figures = Figures::default();
        state.recover_from_blocks(&prior)?;
    }
    state.blocks.make_last_writable()?;
    if state.config.allow_msg_ttl {
        state.recover_ttls()?;
    }
    if state.config.allow_msg_schedules {
        state.recover_schedules(now)?;
    }
    state.settle_damage()?;
    // In the order in which they are enforced on new messages: the other way round
    // messages would go for which there is room.
    state.enforce_subject_limits()?;
    state.enforce_limits()?;
    state.expire_on_recovery(now)?;
    let first_seq = state.config.first_seq;
    if first_seq > 0 && state.figures.first_seq < first_seq {
        state.purge(first_seq)?;
    }
    let is_encrypted = state.blocks.env.encryption.is_some();
    if is_encrypted && (state.outdated_keys || state.keys.is_none()) {
        // Before the metadata: as long as that is old, the rest may be.
        state.blocks.rekey_all()?;
    }
    state.ensure_meta()?;
    state.remove_old_meta()?;
    state.blocks.doubt_last();
    state.blocks.drop_caches();
    state.changes.clear();
    Ok(())
}

impl State {
    /// Removes what grew too old while nobody looked. With markers that has to wait
    /// for the stream.
    ///
    /// Go: `expireMsgsOnRecover`.
    fn expire_on_recovery(&mut self, now: i64) -> Result<(), StoreError> {
        let max_age = self.config.max_age;
        if max_age <= Nanos::ZERO || self.config.subject_delete_marker_ttl > Nanos::ZERO {
            return Ok(());
        }
        let oldest = now.saturating_sub(max_age.0);
        let may_stay = |block: &super::block::Block| block.tally.ttls > 0;
        while let Some(front) = self.blocks.list.front()
            && self.blocks.list.len() > 1
            && front.tally.msgs > 0
            && front.tally.last_ts <= oldest
            && !may_stay(front)
        {
            self.remove_first_block()?;
        }
        self.expire_older_than(oldest)
    }
}

fn prepare_dir(disk: &dyn Disk, dir: &Path) -> Result<(), StoreError> {
    let failed = |what: &str, error: &io::Error| StoreError::StoreDir(format!("{what} - {error}"));
    disk.create_dir_all(dir)
        .map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
                StoreError::StoreDir("storage directory is not a directory".to_owned())
            }
            io::ErrorKind::PermissionDenied => StoreError::Io(error),
            _ => failed("could not create storage directory", &error),
        })?;
    let probe = dir.join("_test_");
    disk.open(&probe, OpenMode::Truncate)
        .map_err(|_| StoreError::StoreDir("storage directory is not writable".to_owned()))?;
    disk.remove_file(&probe)?;
    for (name, what) in [
        (MSGS_DIR, "could not create message storage directory"),
        (CONSUMERS_DIR, "could not create consumer storage directory"),
    ] {
        disk.create_dir_all(&dir.join(name))
            .map_err(|error| failed(what, &error))?;
    }
    Ok(())
}
