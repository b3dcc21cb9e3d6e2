//! What a power cut leaves.

use rand::Rng;
use rand::rngs::StdRng;

use super::world::{FileChange, FileData, Plan, ROOT, World, set_name};

/// What happens to changes that were not synced.
#[derive(Clone, Copy)]
enum Fate {
    /// None is left.
    Lost,
    /// All are.
    Kept,
    /// Those before some moment are.
    Ordered,
    /// Any may be.
    Mixed,
}

impl World {
    /// Cuts the power and switches it on again.
    pub(super) fn cut_power(&mut self) {
        let random = &mut self.random;
        let fate = match Fate::any(random) {
            Fate::Mixed if !self.mixes_names => Fate::Ordered,
            fate => fate,
        };
        for change in fate.left(std::mem::take(&mut self.unsynced), random) {
            for (dir, name, node) in &change.0 {
                if let Some(dir) = self.dirs.get_mut(dir) {
                    set_name(&mut dir.synced, name, *node);
                }
            }
        }
        for dir in self.dirs.values_mut() {
            dir.names.clone_from(&dir.synced);
        }
        for file in self.files.values_mut() {
            file.cut_power(random);
        }
        self.forget_unnamed();
        self.boots += 1;
        self.is_off = false;
        self.plan = Plan {
            capacity: self.plan.capacity,
            ..Plan::default()
        };
    }

    fn forget_unnamed(&mut self) {
        let mut named = vec![ROOT];
        let mut at = 0;
        while let Some(node) = named.get(at) {
            if let Some(dir) = self.dirs.get(node) {
                named.extend(dir.names.values());
            }
            at += 1;
        }
        named.sort_unstable();
        let is_named = |node: &u64| named.binary_search(node).is_ok();
        self.files.retain(|node, _| is_named(node));
        self.dirs.retain(|node, _| is_named(node));
    }
}

impl FileData {
    fn cut_power(&mut self, random: &mut StdRng) {
        let changes = std::mem::take(&mut self.unsynced);
        let fate = Fate::any(random);
        let mut left = fate.left(changes, random);
        // The last one on its way to the disk may be torn, the ones before as well
        // if they went in any order.
        let tears = match fate {
            Fate::Lost | Fate::Kept => 0,
            Fate::Ordered => 1,
            Fate::Mixed => left.len(),
        };
        for change in left.iter_mut().rev().take(tears) {
            if let FileChange::Write { bytes, .. } = change
                && random.random_bool(0.5)
            {
                bytes.truncate(random.random_range(0..=bytes.len()));
            }
        }
        for change in left {
            change.apply(&mut self.synced);
        }
        self.bytes.clone_from(&self.synced);
    }
}

impl Fate {
    fn any(random: &mut StdRng) -> Self {
        match random.random_range(0..4) {
            0 => Self::Lost,
            1 => Self::Kept,
            2 => Self::Ordered,
            _ => Self::Mixed,
        }
    }

    fn left<T>(self, mut changes: Vec<T>, random: &mut StdRng) -> Vec<T> {
        match self {
            Self::Lost => Vec::new(),
            Self::Kept => changes,
            Self::Ordered => {
                changes.truncate(random.random_range(0..=changes.len()));
                changes
            }
            Self::Mixed => {
                changes.retain(|_| random.random_bool(0.5));
                changes
            }
        }
    }
}
