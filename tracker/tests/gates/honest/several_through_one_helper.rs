//! honest; tests
use nats_server::collections::SequenceSet;
fn filled(n: u64) -> SequenceSet { let mut set = SequenceSet::new(); (0..n).for_each(|seq| set.insert(seq)); set }
go_test!(1, "case_test", "TestSeqSetSize", set_size);
fn set_size() { assert_eq!(filled(4).size(), 4); }
go_test!(2, "case_test", "TestSeqSetExists", set_exists);
fn set_exists() { assert!(filled(4).exists(3)); }
go_test!(3, "case_test", "TestSeqSetNotThere", set_not_there);
fn set_not_there() { assert!(!filled(4).exists(4)); }
