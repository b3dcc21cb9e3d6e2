//! honest; tests
use nats_server::collections::SequenceSet;
go_test!(1, "case_test", "TestSeqSetBasics", seq_set_basics);
fn seq_set_basics() {
    // Inserted out of order on purpose: the tree has to balance itself.
    let mut set = SequenceSet::new();
    set.insert(9);
    set.insert(1);
    assert!(set.exists(9) && set.exists(1));
}
