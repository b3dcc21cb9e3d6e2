//! Go: `server/store_test.go`, as far as it does not go through both stores.

use conformance::go_test;
use nats_server::jetstream::store::{DeleteBlock, DeleteRange};

go_test!(2943, "store_test", "TestStoreDeleteSlice", delete_slice);
fn delete_slice() {
    let block = DeleteBlock::Slice(vec![2]);
    assert_eq!(seqs(&block), [2]);
    assert_eq!(block.state(), (2, 2, 1));
}

go_test!(2944, "store_test", "TestStoreDeleteRange", delete_range);
fn delete_range() {
    let range = DeleteRange { first: 2, num: 1 };
    assert_eq!(seqs(&DeleteBlock::Range(range)), [2]);
    assert_eq!(range.state(), (2, 2, 1));
}

fn seqs(block: &DeleteBlock) -> Vec<u64> {
    let mut seqs = Vec::new();
    block.range(|seq| {
        seqs.push(seq);
        true
    });
    seqs
}
