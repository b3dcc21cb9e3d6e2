//! Support code of the corpus that stands beside the tests.
use nats_server::collections::SequenceSet;

pub struct Filled {
    seqs: Vec<u64>,
}

impl Filled {
    pub fn with(seqs: &[u64]) -> Self {
        Self { seqs: seqs.to_vec() }
    }

    pub fn stored(&self) -> usize {
        let mut set = SequenceSet::new();
        self.seqs.iter().for_each(|seq| set.insert(*seq));
        set.size()
    }
}

pub fn lines(text: &str) -> usize {
    text.lines().count()
}

pub(super) fn check_len(filled: &Filled, expected: usize) {
    assert_eq!(filled.stored(), expected);
}
