//! Stopping a store, and deleting it.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use super::meta::META_FILE;
use super::store::FileStore;
use crate::jetstream::store::accounting::signed;
use crate::jetstream::store::disk::Disk;
use crate::jetstream::store::error::StoreError;
use crate::jetstream::store::expiry::Expiring;

impl FileStore {
    /// Stops, and writes the state file so that the next start is quick. What is
    /// stored is there for good then.
    ///
    /// Go: `stop`.
    pub(super) fn stop_store(&self) -> Result<(), StoreError> {
        let synced = if self.is_closed() {
            Ok(())
        } else {
            self.sync_pending()
        };
        let (result, timers) = self.with(|state| {
            if state.closed {
                return (Ok(()), Vec::new());
            }
            let written = state.blocks.flush().and_then(|()| state.write_state(true));
            state.closed = true;
            let bytes = state.figures.bytes;
            state.expiry.age_timer.clear(self.clock());
            state.expiry.schedule_timer.clear(self.clock());
            let timers: Vec<_> = state.timers.take().collect();
            for block in &mut state.blocks.list {
                block.file = None;
                block.cache = None;
                block.subjects = None;
            }
            if bytes > 0 {
                state.note(0, -signed(bytes), 0, b"");
            }
            (written, timers)
        });
        for timer in timers {
            self.clock().cancel(timer);
        }
        let consumers = self.take_consumers();
        let stopped = consumers
            .iter()
            .map(|consumer| consumer.stop())
            .fold(Ok(()), Result::and);
        synced.and(result).and(stopped)
    }

    /// Stops and removes everything.
    ///
    /// Go: `Delete`.
    pub(super) fn delete_store(&self, inline: bool) -> Result<(), StoreError> {
        let disk = Arc::clone(&self.config.disk);
        let was_closed = self.with(|state| {
            let was_closed = state.closed;
            let figures = state.figures;
            state.figures.msgs = 0;
            state.figures.bytes = 0;
            state.is_deleted = true;
            if figures.msgs > 0 {
                state.note(-signed(figures.msgs), -signed(figures.bytes), 0, b"");
            }
            state.forget_everything();
            for block in &mut state.blocks.list {
                // What waits to be written is of no use any more.
                block.written = block.tally.len;
                block.cache = None;
                block.file = None;
            }
            state.blocks.list.clear();
            was_closed
        });
        let consumers = self.take_consumers();
        for consumer in &consumers {
            consumer.stream_delete()?;
        }
        if was_closed {
            return Ok(disk.remove_dir_all(&self.config.dir)?);
        }
        self.stop_store()?;
        let dir = &self.config.dir;
        // Without its metadata it is no stream any more, should the rest take long.
        match disk.remove_file(&dir.join(META_FILE)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        let doomed = hidden(dir);
        disk.remove_dir_all(&doomed)?;
        disk.rename(dir, &doomed)?;
        if inline {
            return Ok(disk.remove_dir_all(&doomed)?);
        }
        thread::spawn(move || remove(&*disk, &doomed));
        Ok(())
    }
}

fn remove(disk: &dyn Disk, doomed: &std::path::Path) {
    // Whatever stays is no stream, and goes when one of that name is deleted again.
    disk.remove_dir_all(doomed).ok();
}

/// The same directory with a dot before its name, which no stream has.
fn hidden(dir: &std::path::Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(dir.file_name().unwrap_or_default());
    dir.with_file_name(name)
}
