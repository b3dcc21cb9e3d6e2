//! An open file of a simulated disk.

use std::io::{self, IoSlice, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::world::{FileChange, Node, World};
use crate::jetstream::store::disk::DiskFile;

#[derive(Debug)]
pub(super) struct SimFile {
    pub(super) world: Arc<Mutex<World>>,
    pub(super) node: Node,
    /// How often the power was cut when it was opened.
    pub(super) boots: u64,
    pub(super) is_writable: bool,
}

impl SimFile {
    fn lock(&self) -> io::Result<MutexGuard<'_, World>> {
        let world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        if world.boots == self.boots {
            Ok(world)
        } else {
            Err(io::Error::other("opened before a power cut"))
        }
    }

    fn change(&self, len: usize, change: FileChange) -> io::Result<()> {
        let mut world = self.lock()?;
        let is_cut = world.begin_change()?;
        if !self.is_writable {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        world.check_room(self.node, len)?;
        if let Some(file) = world.files.get_mut(&self.node) {
            file.change(change);
        }
        world.end_change(is_cut)
    }
}

impl DiskFile for SimFile {
    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut world = self.lock()?;
        world.begin()?;
        let offset = usize::try_from(offset).map_err(io::Error::other)?;
        if let Some(bytes) = world.take_misread(self.node) {
            return bytes.get(offset..).unwrap_or_default().read(into);
        }
        let file = world.files.get(&self.node);
        let bytes = file.and_then(|file| file.bytes.get(offset..));
        bytes.unwrap_or_default().read(into)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let offset = usize::try_from(offset).map_err(io::Error::other)?;
        let bytes = bytes.to_vec();
        self.change(offset + bytes.len(), FileChange::Write { offset, bytes })
    }

    fn write_all_vectored_at(&self, parts: &[IoSlice<'_>], offset: u64) -> io::Result<()> {
        let bytes: Vec<u8> = parts.iter().flat_map(|part| part.iter().copied()).collect();
        self.write_at(&bytes, offset)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let len = usize::try_from(len).map_err(io::Error::other)?;
        self.change(len, FileChange::SetLen(len))
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut world = self.lock()?;
        let is_cut = match world.begin_change() {
            Ok(is_cut) => is_cut,
            Err(error) => {
                // As on Linux, where a sync that follows one that failed knows
                // nothing of what was lost.
                if let Some(file) = world.files.get_mut(&self.node) {
                    file.unsynced.clear();
                }
                return Err(error);
            }
        };
        let file = world.files.get_mut(&self.node).filter(|_| !is_cut);
        if let Some(file) = file {
            file.sync();
        }
        world.end_change(is_cut)
    }

    fn len(&self) -> io::Result<u64> {
        let mut world = self.lock()?;
        world.begin()?;
        Ok(world
            .files
            .get(&self.node)
            .map_or(0, |file| file.bytes.len() as u64))
    }
}
