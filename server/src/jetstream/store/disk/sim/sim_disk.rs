//! The simulated disk.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rand::Rng;

use super::sim_file::SimFile;
use super::world::{FileChange, World};
use crate::jetstream::store::disk::{DirEntry, Disk, DiskFile, OpenMode};

/// A disk in memory that fails as it is told. Clones are the same disk.
#[derive(Clone, Debug)]
pub struct SimDisk {
    world: Arc<Mutex<World>>,
}

impl SimDisk {
    /// An empty disk. What `seed` decides is what is left after a power cut.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            world: Arc::new(Mutex::new(World::new(seed))),
        }
    }

    /// The same, and a power cut may undo any change of a name that was not synced,
    /// and not only those after some moment, as file systems with a journal do.
    #[must_use]
    pub fn without_journal(seed: u64) -> Self {
        let disk = Self::new(seed);
        disk.lock().mixes_names = true;
        disk
    }

    /// How many calls there were so far.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.lock().calls
    }

    /// How many calls there were so far that change or sync something.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.lock().changes
    }

    /// Lets the power fail during the call that is the nth change from the very
    /// first on. From then on all calls fail, until [`power_cut`](Self::power_cut).
    pub fn cut_power_at(&self, change: u64) {
        self.lock().plan.cut_at = Some(change);
    }

    /// Whether the power has failed.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.lock().is_off
    }

    /// Cuts the power now, if it has not failed yet, and switches it on again.
    /// Whatever was not synced may be gone, and files have to be opened anew. Of
    /// all that was planned to fail only the capacity stays.
    pub fn power_cut(&self) {
        self.lock().cut_power();
    }

    /// Lets one call fail, the nth from the very first on, without doing anything.
    /// If that call should have synced, what it should have is never synced.
    pub fn fail_at(&self, call: u64, kind: io::ErrorKind) {
        self.lock().plan.fail_at = Some((call, kind));
    }

    /// Lets every call fail that changes something, or none any more.
    pub fn refuse(&self, kind: Option<io::ErrorKind>) {
        self.lock().plan.refuse = kind;
    }

    /// How many bytes all files together may have; `None` for any number.
    pub fn set_capacity(&self, bytes: Option<u64>) {
        self.lock().plan.capacity = bytes;
    }

    /// Replaces the contents of a file as damage would, synced and not counted.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`].
    pub fn damage(&self, path: &Path, change: impl FnOnce(&mut Vec<u8>)) -> io::Result<()> {
        let mut world = self.lock();
        let node = world.find(path)?;
        let file = world
            .files
            .get_mut(&node)
            .ok_or(io::ErrorKind::IsADirectory)?;
        change(&mut file.bytes);
        file.synced.clone_from(&file.bytes);
        file.unsynced.clear();
        Ok(())
    }

    /// Lets the next reading of a file see it changed, as a bad cable or bad memory would;
    /// what is on the disk stays as it is.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`].
    pub fn misread(&self, path: &Path, change: impl FnOnce(&mut Vec<u8>)) -> io::Result<()> {
        let mut world = self.lock();
        let node = world.find(path)?;
        let file = world.files.get(&node).ok_or(io::ErrorKind::IsADirectory)?;
        let mut bytes = file.bytes.clone();
        change(&mut bytes);
        world.plan.misread = Some((node, bytes));
        Ok(())
    }

    /// The files on the disk and what they hold, in order of their names.
    #[must_use]
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        let world = self.lock();
        let mut found = Vec::new();
        let mut open = vec![(super::world::ROOT, String::new())];
        while let Some((node, path)) = open.pop() {
            if let Some(dir) = world.dirs.get(&node) {
                open.extend(
                    dir.names
                        .iter()
                        .map(|(name, node)| (*node, format!("{path}/{name}"))),
                );
            } else if let Some(file) = world.files.get(&node) {
                found.push((path, file.bytes.clone()));
            }
        }
        found.sort_unstable();
        found
    }

    /// A disk with the same synced contents, and another seed. Nothing is planned to
    /// fail on it.
    #[must_use]
    pub fn copy(&self, seed: u64) -> Self {
        let copy = Self::new(seed);
        {
            let (from, mut to) = (self.lock(), copy.lock());
            to.next_node = from.next_node;
            for (node, dir) in &from.dirs {
                let into = to.dirs.entry(*node).or_default();
                into.names.clone_from(&dir.names);
                into.synced.clone_from(&dir.names);
            }
            for (node, file) in &from.files {
                let into = to.files.entry(*node).or_default();
                into.bytes.clone_from(&file.bytes);
                into.synced.clone_from(&file.bytes);
            }
        }
        copy
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut World) -> io::Result<()>) -> io::Result<()> {
        let mut world = self.lock();
        let is_cut = world.begin_change()?;
        // Whether it still gets to the disk is decided as for all that is not synced.
        let result = change(&mut world);
        world.end_change(is_cut)?;
        result
    }
}

impl Disk for SimDisk {
    fn open(&self, path: &Path, mode: OpenMode) -> io::Result<Box<dyn DiskFile>> {
        let mut world = self.lock();
        let makes = matches!(mode, OpenMode::Create | OpenMode::Truncate);
        let found = world.find(path);
        let changes = makes && (found.is_err() || mode == OpenMode::Truncate);
        let is_cut = if changes {
            world.begin_change()?
        } else {
            world.begin()?;
            false
        };
        let node = match found {
            Err(error) if makes && error.kind() == io::ErrorKind::NotFound => {
                let (dir, name) = world.find_parent(path)?;
                world.make_file(dir, name)
            }
            node => node?,
        };
        let file = world
            .files
            .get_mut(&node)
            .ok_or(io::ErrorKind::IsADirectory)?;
        if mode == OpenMode::Truncate && !file.bytes.is_empty() {
            file.change(FileChange::SetLen(0));
        }
        world.end_change(is_cut)?;
        Ok(Box::new(SimFile {
            world: Arc::clone(&self.world),
            node,
            boots: world.boots,
            is_writable: mode != OpenMode::Read,
        }))
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let mut world = self.lock();
        world.begin()?;
        let node = world.find(path)?;
        if let Some(bytes) = world.take_misread(node) {
            return Ok(bytes);
        }
        let file = world.files.get(&node).ok_or(io::ErrorKind::IsADirectory)?;
        Ok(file.bytes.clone())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.change(|world| world.rename(from, to))
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.change(|world| world.remove_file(path))
    }

    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        let mut world = self.lock();
        let is_cut = world.begin_change()?;
        let most = if is_cut {
            world.random.random_range(0..8)
        } else {
            usize::MAX
        };
        let result = world.remove_dirs(path, most);
        world.end_change(is_cut)?;
        result
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        self.change(|world| world.make_dirs(path))
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        let mut world = self.lock();
        world.begin()?;
        let node = world.find(path)?;
        let dir = world.dirs.get(&node).ok_or(io::ErrorKind::NotADirectory)?;
        let entry = |(name, node): (&String, &u64)| {
            let file = world.files.get(node);
            DirEntry {
                name: name.clone(),
                len: file.map_or(0, |file| file.bytes.len() as u64),
                is_dir: file.is_none(),
            }
        };
        Ok(dir.names.iter().map(entry).collect())
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        let mut world = self.lock();
        let is_cut = world.begin_change()?;
        if !is_cut {
            world.sync_dir(path)?;
        }
        world.end_change(is_cut)
    }

    fn len(&self, path: &Path) -> io::Result<u64> {
        let mut world = self.lock();
        world.begin()?;
        let node = world.find(path)?;
        Ok(world
            .files
            .get(&node)
            .map_or(0, |file| file.bytes.len() as u64))
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        let mut world = self.lock();
        world.begin()?;
        match world.find(path) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}
