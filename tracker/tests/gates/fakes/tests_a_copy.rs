//! fake unreached; tests
struct SequenceSet { seqs: Vec<u64> }
impl SequenceSet { fn insert(&mut self, seq: u64) { self.seqs.push(seq); } fn size(&self) -> usize { self.seqs.len() } }
go_test!(1, "case_test", "TestSeqSetBasics", seq_set_basics);
fn seq_set_basics() { let mut set = SequenceSet { seqs: Vec::new() }; set.insert(1); assert_eq!(set.size(), 1); }
