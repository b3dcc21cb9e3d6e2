//! A piece of server for the corpus.
pub struct SequenceSet {
    seqs: Vec<u64>,
}

impl SequenceSet {
    pub fn new() -> Self {
        Self { seqs: Vec::new() }
    }

    pub fn insert(&mut self, seq: u64) {
        if !self.seqs.contains(&seq) {
            self.seqs.push(seq);
        }
    }

    pub fn exists(&self, seq: u64) -> bool {
        self.seqs.contains(&seq)
    }

    pub fn size(&self) -> usize {
        self.seqs.len()
    }

    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (magic, rest) = bytes.split_first().ok_or(DecodeError::Short)?;
        if *magic != 22 {
            return Err(DecodeError::Magic);
        }
        Ok(Self { seqs: rest.iter().map(|byte| u64::from(*byte)).collect() })
    }
}

#[derive(Debug, PartialEq)]
pub enum DecodeError {
    Short,
    Magic,
}

pub fn subject_matches(subject: &str, pattern: &str) -> bool {
    let (mut left, mut right) = (subject.split('.'), pattern.split('.'));
    loop {
        match (left.next(), right.next()) {
            (None, None) => return true,
            (Some(_), Some(">")) => return true,
            (Some(_), Some("*")) => {}
            (a, b) if a == b => {}
            _ => return false,
        }
    }
}
