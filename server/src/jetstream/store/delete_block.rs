//! Sets of deleted sequences as replicas tell each other of them.

use crate::collections::SequenceSet;

/// Deleted sequences in one of the three forms there are.
#[derive(Clone, Debug)]
pub enum DeleteBlock {
    /// Any set.
    Set(SequenceSet),
    /// A run.
    Range(DeleteRange),
    /// An ascending list, as old servers had it.
    Slice(Vec<u64>),
}

/// A run of deleted sequences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeleteRange {
    /// The first of them.
    pub first: u64,
    /// How many they are.
    pub num: u64,
}

impl DeleteRange {
    /// First and last sequence and how many there are. An empty run ends where it
    /// begins.
    #[must_use]
    pub const fn state(&self) -> (u64, u64, u64) {
        let last = self.first.saturating_add(self.num.saturating_sub(1));
        (self.first, last, self.num)
    }

    /// All sequences, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u64> + use<> {
        self.first..self.first.saturating_add(self.num)
    }
}

impl DeleteBlock {
    /// First and last sequence and how many there are; zeros for none.
    #[must_use]
    pub fn state(&self) -> (u64, u64, u64) {
        match self {
            Self::Set(set) => set.state(),
            Self::Range(range) => range.state(),
            Self::Slice(seqs) => slice_state(seqs),
        }
    }

    /// Calls `each` for every sequence, ascending, until it returns false.
    pub fn range(&self, mut each: impl FnMut(u64) -> bool) {
        match self {
            Self::Set(set) => set.range(each),
            Self::Range(range) => {
                range.iter().all(each);
            }
            Self::Slice(seqs) => {
                seqs.iter().all(|seq| each(*seq));
            }
        }
    }
}

/// How many sequences all `blocks` have together.
#[must_use]
pub fn num_deleted(blocks: &[DeleteBlock]) -> u64 {
    blocks
        .iter()
        .fold(0, |sum, block| sum.saturating_add(block.state().2))
}

fn slice_state(seqs: &[u64]) -> (u64, u64, u64) {
    match seqs {
        [] => (0, 0, 0),
        [first, rest @ ..] => (*first, *rest.last().unwrap_or(first), seqs.len() as u64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_forms_say_the_same() {
        let forms = [
            DeleteBlock::Set((5..9).collect()),
            DeleteBlock::Range(DeleteRange { first: 5, num: 4 }),
            DeleteBlock::Slice(vec![5, 6, 7, 8]),
        ];
        for block in &forms {
            assert_eq!(block.state(), (5, 8, 4), "{block:?}");
            let mut seen = Vec::new();
            block.range(|seq| {
                seen.push(seq);
                seq < 7
            });
            assert_eq!(seen, [5, 6, 7], "{block:?}");
        }
        assert_eq!(num_deleted(&forms), 12);
    }

    #[test]
    fn empty_and_huge_blocks_do_not_wrap() {
        assert_eq!(DeleteBlock::Slice(Vec::new()).state(), (0, 0, 0));
        assert_eq!(DeleteRange { first: 3, num: 0 }.state(), (3, 3, 0));
        let huge = DeleteRange {
            first: 9,
            num: u64::MAX,
        };
        assert_eq!(huge.state(), (9, u64::MAX, u64::MAX));
        assert_eq!(huge.iter().next(), Some(9));
        let two = [DeleteBlock::Range(huge), DeleteBlock::Range(huge)];
        assert_eq!(num_deleted(&two), u64::MAX);
    }
}
