//! Finding and changing names on a simulated disk.

use std::io;
use std::path::{Component, Path};

use super::world::{DirData, NameChange, Node, ROOT, World};

impl World {
    /// The file or directory of this name.
    pub(super) fn find(&self, path: &Path) -> io::Result<Node> {
        let mut node = ROOT;
        for name in parts(path)? {
            let dir = self.dirs.get(&node).ok_or(io::ErrorKind::NotADirectory)?;
            node = *dir.names.get(name).ok_or(io::ErrorKind::NotFound)?;
        }
        Ok(node)
    }

    /// The directory that a name is or would be in, and the name there.
    pub(super) fn find_parent<'a>(&self, path: &'a Path) -> io::Result<(Node, &'a str)> {
        let parts = parts(path)?;
        let (name, above) = parts.split_last().ok_or(io::ErrorKind::InvalidInput)?;
        let dir = self.find(&above.iter().collect::<std::path::PathBuf>())?;
        if !self.dirs.contains_key(&dir) {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        Ok((dir, name))
    }

    /// A new file of this name.
    pub(super) fn make_file(&mut self, dir: Node, name: &str) -> Node {
        let node = self.new_node();
        self.files.entry(node).or_default();
        self.change_names(NameChange(vec![(dir, name.to_owned(), Some(node))]));
        node
    }

    pub(super) fn make_dirs(&mut self, path: &Path) -> io::Result<()> {
        let mut node = ROOT;
        for name in parts(path)? {
            let dir = self.dirs.get(&node).ok_or(io::ErrorKind::NotADirectory)?;
            node = if let Some(inner) = dir.names.get(name) {
                *inner
            } else {
                let inner = self.new_node();
                self.dirs.insert(inner, DirData::default());
                self.change_names(NameChange(vec![(node, name.to_owned(), Some(inner))]));
                inner
            };
        }
        if self.dirs.contains_key(&node) {
            Ok(())
        } else {
            Err(io::ErrorKind::AlreadyExists.into())
        }
    }

    pub(super) fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        let node = self.find(from)?;
        let (from_dir, from_name) = self.find_parent(from)?;
        let (to_dir, to_name) = self.find_parent(to)?;
        if let Ok(old) = self.find(to) {
            if old == node {
                return Ok(());
            }
            let is_empty = |dir: &DirData| dir.names.is_empty();
            if !self.dirs.get(&old).is_none_or(is_empty) {
                return Err(io::ErrorKind::DirectoryNotEmpty.into());
            }
        }
        self.change_names(NameChange(vec![
            (from_dir, from_name.to_owned(), None),
            (to_dir, to_name.to_owned(), Some(node)),
        ]));
        Ok(())
    }

    pub(super) fn remove_file(&mut self, path: &Path) -> io::Result<()> {
        let node = self.find(path)?;
        if !self.files.contains_key(&node) {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        let (dir, name) = self.find_parent(path)?;
        self.change_names(NameChange(vec![(dir, name.to_owned(), None)]));
        Ok(())
    }

    /// Removes a directory, at most `most` names in it; for those that are there
    /// when the power fails.
    pub(super) fn remove_dirs(&mut self, path: &Path, most: usize) -> io::Result<()> {
        let node = match self.find(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            node => node?,
        };
        if !self.dirs.contains_key(&node) {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        let mut gone = Vec::new();
        self.list(node, &mut gone);
        let (dir, name) = self.find_parent(path)?;
        gone.push((dir, name.to_owned()));
        for (dir, name) in gone.into_iter().take(most) {
            self.change_names(NameChange(vec![(dir, name, None)]));
        }
        Ok(())
    }

    /// All names in a directory, the innermost first.
    fn list(&self, dir: Node, into: &mut Vec<(Node, String)>) {
        let Some(data) = self.dirs.get(&dir) else {
            return;
        };
        for (name, node) in &data.names {
            self.list(*node, into);
            into.push((dir, name.clone()));
        }
    }

    /// Makes all changes of names in a directory permanent.
    pub(super) fn sync_dir(&mut self, path: &Path) -> io::Result<()> {
        let node = self.find(path)?;
        if !self.dirs.contains_key(&node) {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        let concerns = |change: &NameChange| change.0.iter().any(|(dir, ..)| *dir == node);
        let (synced, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut self.unsynced)
            .into_iter()
            .partition(concerns);
        self.unsynced = rest;
        for (dir, name, node) in synced.into_iter().flat_map(|change| change.0) {
            if let Some(dir) = self.dirs.get_mut(&dir) {
                super::world::set_name(&mut dir.synced, &name, node);
            }
        }
        Ok(())
    }
}

fn parts(path: &Path) -> io::Result<Vec<&str>> {
    path.components()
        .filter(|part| !matches!(part, Component::RootDir | Component::CurDir))
        .map(|part| match part {
            Component::Normal(name) => name.to_str().ok_or(io::ErrorKind::InvalidFilename.into()),
            _ => Err(io::ErrorKind::InvalidInput.into()),
        })
        .collect()
}
