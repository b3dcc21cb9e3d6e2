//! Reading and writing a consumer's files.

use std::io;
use std::path::{Path, PathBuf};

use super::keys::{Keys, read_if_there};
use super::report::{ConsumerReport, ConsumerTrouble};
use super::site::ConsumerSite;
use super::state_file;
use crate::jetstream::model::json::read_exact;
use crate::jetstream::model::{ConsumerState, FILE_CONSUMER_INFO, FileConsumerInfo};
use crate::jetstream::store::consumer_state_codec::decode_consumer_state;
use crate::jetstream::store::error::StoreError;
use crate::jetstream::store::file::checksum::Checksummer;

const META_FILE: &str = "meta.inf";
const SUM_FILE: &str = "meta.sum";
const DELETED_FILE: &str = "meta.del";
const STATE_FILE: &str = "o.dat";
const SYNCED_FILE: &str = "o.syn";

/// The files of one consumer.
#[derive(Debug)]
pub(super) struct ConsumerFiles {
    site: ConsumerSite,
    dir: PathBuf,
    sums: Checksummer,
    keys: Keys,
    /// When the file of the synced state was written, in nanoseconds since 1970;
    /// `None` if that of the state was synced since, or nothing in this run.
    synced_at: Option<i64>,
    /// Whether the state on disk may be lost by a power cut.
    is_unsynced: bool,
}

impl ConsumerFiles {
    /// Makes or opens the directory of a consumer. Returns the state in it.
    pub(super) fn open(
        site: ConsumerSite,
        info: &FileConsumerInfo,
    ) -> Result<(Self, ConsumerState), StoreError> {
        site.check_name()?;
        let dir = site.dir();
        let disk = &*site.disk;
        if disk.exists(&dir.join(DELETED_FILE))? {
            // Power was cut while it was being deleted.
            remove_dir(&site, &dir)?;
        }
        disk.create_dir_all(&dir)?;
        let meta = read_if_there(disk, &dir.join(META_FILE))?;
        if meta.is_none() {
            // New, or the last attempt to make it did not get far.
            disk.sync_dir(&site.parent())?;
            // With the first consumer comes the directory of all.
            if disk.read_dir(&site.parent())?.len() <= 1 {
                disk.sync_dir(&site.stream_dir)?;
            }
        }
        let has_files = meta.is_some() || disk.exists(&dir.join(STATE_FILE))?;
        let keys = Keys::load(&site, &dir, has_files)?;
        let mut files = Self {
            sums: Checksummer::new(site.sum_name().as_bytes()),
            dir,
            keys,
            site,
            synced_at: None,
            is_unsynced: false,
        };
        let is_good = match &meta {
            Some(meta) => files.check_meta(meta),
            None => Err(StoreError::CorruptConsumerMeta("missing")),
        };
        if let (Err(error), Some(_)) = (&is_good, &meta) {
            files.report(ConsumerTrouble::Meta(error.to_string()));
        }
        if is_good.is_err() || files.keys.have_changed() {
            files.write_meta(info)?;
        }
        let state = files.read_state()?;
        if files.keys.have_changed() {
            files.finish_change(state.as_ref())?;
        }
        Ok((files, state.unwrap_or_default()))
    }

    pub(super) const fn site(&self) -> &ConsumerSite {
        &self.site
    }

    pub(super) const fn is_unsynced(&self) -> bool {
        self.is_unsynced
    }

    /// Whether a state was ever written.
    pub(super) fn has_state(&self) -> bool {
        // One that cannot be looked for is none.
        let path = self.dir.join(STATE_FILE);
        self.site.disk.exists(&path).unwrap_or(false)
    }

    /// The configuration on disk, and the first mistake in how it is written.
    pub(super) fn read_meta(
        site: ConsumerSite,
    ) -> Result<(FileConsumerInfo, Option<String>), StoreError> {
        site.check_name()?;
        let dir = site.dir();
        let meta = site.disk.read(&dir.join(META_FILE))?;
        let keys = Keys::read(&site, &dir)?;
        let files = Self {
            sums: Checksummer::new(site.sum_name().as_bytes()),
            dir,
            keys,
            site,
            synced_at: None,
            is_unsynced: false,
        };
        let info = files.check_meta(&meta)?;
        let mistake = files.keys.open(&meta, |plain, _| {
            Ok(read_exact(plain, &FILE_CONSUMER_INFO).err())
        })?;
        Ok((info, mistake))
    }

    /// Writes the configuration, for good. At no time is there one without its
    /// checksum: that file holds both, the new and the old, until the new
    /// configuration is there.
    pub(super) fn write_meta(&self, info: &FileConsumerInfo) -> Result<(), StoreError> {
        let disk = &*self.site.disk;
        let meta = serde_json::to_vec(info).map_err(io::Error::from)?;
        let meta = self.keys.seal(meta)?;
        let sum = self.sums.sum_hex(&meta);
        let path = self.dir.join(SUM_FILE);
        let old = read_if_there(disk, &self.dir.join(META_FILE))?;
        match &old {
            Some(old) => {
                let both = format!("{sum} {}", self.sums.sum_hex(old));
                disk.write_atomically(&path, both.as_bytes(), true)?;
            }
            // Its name is there for good with that of the configuration, without which
            // there is no consumer.
            None => disk.replace(&path, sum.as_bytes())?,
        }
        disk.write_atomically(&self.dir.join(META_FILE), &meta, true)?;
        if old.is_some() {
            disk.write_atomically(&path, sum.as_bytes(), true)?;
        }
        Ok(())
    }

    /// Writes an encoded state: for good, if `sync` is set or all states are synced.
    /// Otherwise a second file keeps one that is, and is renewed once in the sync
    /// interval, `now` being nanoseconds since 1970.
    pub(super) fn write_state(
        &mut self,
        encoded: &[u8],
        now: i64,
        sync: bool,
    ) -> Result<(), StoreError> {
        let disk = &*self.site.disk;
        let sync = sync || self.site.sync_always;
        let file = if self.keys.are_there() {
            self.keys.seal(encoded.to_vec())?
        } else {
            state_file::with_checksum(&self.sums, encoded)
        };
        let interval = i64::try_from(self.site.sync_interval.as_nanos()).unwrap_or(i64::MAX);
        let is_due = |synced_at| now.saturating_sub(synced_at) >= interval;
        if sync {
            // Until the other file is renewed this one is the only synced state.
            self.synced_at = None;
        } else if self.synced_at.is_none_or(is_due) {
            disk.write_atomically(&self.dir.join(SYNCED_FILE), &file, true)?;
            self.synced_at = Some(now);
        }
        disk.write_atomically(&self.dir.join(STATE_FILE), &file, sync)?;
        self.is_unsynced = !sync;
        Ok(())
    }

    /// Removes the consumer. It is gone as soon as its configuration is, whose name
    /// changes first: a state alone would be taken for that of its successor.
    pub(super) fn remove(&self) -> Result<(), StoreError> {
        let disk = &*self.site.disk;
        let deleted = self.dir.join(DELETED_FILE);
        match disk.rename(&self.dir.join(META_FILE), &deleted) {
            Ok(()) => disk.sync_dir(&self.dir)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
        remove_dir(&self.site, &self.dir)?;
        Ok(())
    }

    pub(super) fn sums(&self) -> &Checksummer {
        &self.sums
    }

    pub(super) fn report(&self, what: ConsumerTrouble) {
        if let Some(handler) = &self.site.reports {
            handler(&ConsumerReport {
                stream: self.site.stream.clone(),
                consumer: self.site.name.clone(),
                what,
            });
        }
    }

    fn check_meta(&self, meta: &[u8]) -> Result<FileConsumerInfo, StoreError> {
        let sum = read_if_there(&*self.site.disk, &self.dir.join(SUM_FILE))?;
        let sum = sum.ok_or(StoreError::CorruptConsumerMeta("no checksum"))?;
        let expected = self.sums.sum_hex(meta);
        let mut sums = sum.split(|byte| *byte == b' ');
        if !sums.any(|sum| sum == expected.as_bytes()) {
            return Err(StoreError::CorruptConsumerMeta("checksums do not match"));
        }
        self.keys.open(meta, |plain, _| {
            serde_json::from_slice(plain)
                .map_err(|_| StoreError::CorruptConsumerMeta("not a configuration"))
        })
    }

    /// The state on disk, or the one that was synced last if it is damaged.
    fn read_state(&mut self) -> Result<Option<ConsumerState>, StoreError> {
        let disk = &*self.site.disk;
        let file = read_if_there(disk, &self.dir.join(STATE_FILE))?;
        let synced = read_if_there(disk, &self.dir.join(SYNCED_FILE))?;
        let error = match (&file, &synced) {
            (None, None) => return Ok(None),
            (None, Some(_)) => StoreError::from(io::Error::from(io::ErrorKind::NotFound)),
            (Some(file), _) => match self.decode(file) {
                Ok(state) => return Ok(Some(state)),
                Err(error) => error,
            },
        };
        match synced.map(|file| self.decode(&file)) {
            Some(Ok(state)) => {
                self.report(ConsumerTrouble::OlderState(error.to_string()));
                Ok(Some(state))
            }
            _ => Err(StoreError::CorruptConsumerState),
        }
    }

    fn decode(&self, file: &[u8]) -> Result<ConsumerState, StoreError> {
        self.keys.open(file, |plain, is_plain| {
            if is_plain {
                state_file::decode(&self.sums, plain)
            } else {
                decode_consumer_state(plain)
            }
        })
    }

    /// Seals everything with the new keys, after which the old ones can go.
    fn finish_change(&mut self, state: Option<&ConsumerState>) -> Result<(), StoreError> {
        let now = self.site.clock.now();
        if let Some(state) = state {
            let encoded = crate::jetstream::store::encode_consumer_state(state, now);
            self.write_state(&encoded, now, true)?;
        }
        let synced = self.dir.join(SYNCED_FILE);
        match self.site.disk.remove_file(&synced) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        self.keys.forget(&*self.site.disk, &self.dir)
    }
}

/// Removes the directory of a consumer, that which says so last.
fn remove_dir(site: &ConsumerSite, dir: &Path) -> io::Result<()> {
    let disk = &*site.disk;
    let entries = match disk.read_dir(dir) {
        // The whole stream may be gone.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        if !entry.is_dir && entry.name != DELETED_FILE {
            disk.remove_file(&dir.join(entry.name))?;
        }
    }
    disk.sync_dir(dir)?;
    disk.remove_dir_all(dir)?;
    disk.sync_dir(&site.parent())
}
