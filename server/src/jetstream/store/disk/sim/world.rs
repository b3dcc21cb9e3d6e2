//! What a simulated disk holds, now and after a power cut.

use std::collections::BTreeMap;
use std::io;

use rand::SeedableRng;
use rand::rngs::StdRng;

/// The number of a file or directory.
pub(super) type Node = u64;

/// The directory that everything is in.
pub(super) const ROOT: Node = 0;

#[derive(Debug)]
pub(super) struct World {
    pub(super) files: BTreeMap<Node, FileData>,
    pub(super) dirs: BTreeMap<Node, DirData>,
    /// Changes of names that a power cut may undo, in order.
    pub(super) unsynced: Vec<NameChange>,
    pub(super) next_node: Node,
    /// Counts power cuts. Files that were open before one are of no use.
    pub(super) boots: u64,
    pub(super) random: StdRng,
    pub(super) plan: Plan,
    /// Calls so far, and how many of them changed something.
    pub(super) calls: u64,
    pub(super) changes: u64,
    pub(super) is_off: bool,
    /// Whether names change on the disk in any order.
    pub(super) mixes_names: bool,
}

/// What is to go wrong.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// At which change the power is cut.
    pub(super) cut_at: Option<u64>,
    /// Which call fails, and how.
    pub(super) fail_at: Option<(u64, io::ErrorKind)>,
    /// How every call that changes something fails.
    pub(super) refuse: Option<io::ErrorKind>,
    /// What the next reading of a file sees in the place of what is in it.
    pub(super) misread: Option<(Node, Vec<u8>)>,
    /// Bytes that all files together may have.
    pub(super) capacity: Option<u64>,
}

#[derive(Debug, Default)]
pub(super) struct FileData {
    /// What is read.
    pub(super) bytes: Vec<u8>,
    /// What is left after a power cut at least.
    pub(super) synced: Vec<u8>,
    /// What was done to it since.
    pub(super) unsynced: Vec<FileChange>,
}

#[derive(Clone, Debug)]
pub(super) enum FileChange {
    Write { offset: usize, bytes: Vec<u8> },
    SetLen(usize),
}

#[derive(Debug, Default)]
pub(super) struct DirData {
    pub(super) names: BTreeMap<String, Node>,
    pub(super) synced: BTreeMap<String, Node>,
}

/// Names that change as one.
#[derive(Clone, Debug)]
pub(super) struct NameChange(pub(super) Vec<(Node, String, Option<Node>)>);

impl World {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            files: BTreeMap::new(),
            dirs: BTreeMap::from([(ROOT, DirData::default())]),
            unsynced: Vec::new(),
            next_node: ROOT + 1,
            boots: 0,
            random: StdRng::seed_from_u64(seed),
            plan: Plan::default(),
            calls: 0,
            changes: 0,
            is_off: false,
            mixes_names: false,
        }
    }

    /// Counts a call in that only reads.
    pub(super) fn begin(&mut self) -> io::Result<()> {
        if self.is_off {
            return Err(power_is_off());
        }
        self.calls += 1;
        match self.plan.fail_at {
            Some((call, kind)) if call == self.calls => Err(kind.into()),
            _ => Ok(()),
        }
    }

    /// What a reading of a file sees that goes wrong as planned.
    pub(super) fn take_misread(&mut self, node: Node) -> Option<Vec<u8>> {
        let misread = self.plan.misread.take_if(|(of, _)| *of == node);
        misread.map(|(_, bytes)| bytes)
    }

    /// Counts a call in that changes something, and says whether the power fails
    /// while it does.
    pub(super) fn begin_change(&mut self) -> io::Result<bool> {
        self.begin()?;
        if let Some(kind) = self.plan.refuse {
            return Err(kind.into());
        }
        self.changes += 1;
        Ok(self.plan.cut_at == Some(self.changes))
    }

    /// Ends a call that changed something.
    pub(super) fn end_change(&mut self, is_cut: bool) -> io::Result<()> {
        if is_cut {
            self.is_off = true;
            return Err(power_is_off());
        }
        Ok(())
    }

    pub(super) fn new_node(&mut self) -> Node {
        let node = self.next_node;
        self.next_node += 1;
        node
    }

    /// Changes names, as one.
    pub(super) fn change_names(&mut self, change: NameChange) {
        for (dir, name, node) in &change.0 {
            if let Some(dir) = self.dirs.get_mut(dir) {
                set_name(&mut dir.names, name, *node);
            }
        }
        self.unsynced.push(change);
    }

    /// Makes sure that a file may grow to `len` bytes.
    pub(super) fn check_room(&self, node: Node, len: usize) -> io::Result<()> {
        let Some(capacity) = self.plan.capacity else {
            return Ok(());
        };
        let (mut others, mut own) = (0, 0);
        // Files without a name take no room.
        let mut open = vec![ROOT];
        while let Some(at) = open.pop() {
            if let Some(dir) = self.dirs.get(&at) {
                open.extend(dir.names.values());
            } else if let Some(file) = self.files.get(&at) {
                let part = if at == node { &mut own } else { &mut others };
                *part += file.bytes.len();
            }
        }
        if (others + len.max(own)) as u64 > capacity {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }
}

impl FileData {
    pub(super) fn change(&mut self, change: FileChange) {
        change.apply(&mut self.bytes);
        self.unsynced.push(change);
    }

    pub(super) fn sync(&mut self) {
        for change in self.unsynced.drain(..) {
            change.apply(&mut self.synced);
        }
    }
}

impl FileChange {
    pub(super) fn apply(&self, file: &mut Vec<u8>) {
        match self {
            Self::SetLen(len) => file.resize(*len, 0),
            Self::Write { offset, bytes } => {
                let end = offset + bytes.len();
                if file.len() < end {
                    file.resize(end, 0);
                }
                if let Some(place) = file.get_mut(*offset..end) {
                    place.copy_from_slice(bytes);
                }
            }
        }
    }
}

pub(super) fn set_name(names: &mut BTreeMap<String, Node>, name: &str, node: Option<Node>) {
    match node {
        Some(node) => names.insert(name.to_owned(), node),
        None => names.remove(name),
    };
}

fn power_is_off() -> io::Error {
    io::Error::other("the power is off")
}
