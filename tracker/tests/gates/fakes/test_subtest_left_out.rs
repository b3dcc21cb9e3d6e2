//! fake later-comment; tests
use nats_server::collections::SequenceSet;
go_test!(1, "case_test", "TestSeqSetBasics", seq_set_basics);
fn seq_set_basics() {
    let set = SequenceSet::new();
    // The second subtest will be ported later.
    assert_eq!(set.size(), 0);
}
