//! Go: `server/stree/stree_test.go`: odd subjects, odd shapes, and filters on them.

use std::collections::{BTreeMap, BTreeSet};

use conformance::go_test;
use nats_server::collections::SubjectTree;
use nats_server::collections::subject_tree::{
    Filter, InvalidSubject, Node, NodeError, NodeKind, lazy_intersect,
};

use super::stree_support::{assert_count, branch_with, check_full, text, tree_of};

go_test!(
    3214,
    "stree_test",
    "TestSubjectTreeDeleteShortSubjectNoPanic",
    delete_short_subject_no_panic
);
fn delete_short_subject_no_panic() {
    let mut tree = tree_of(&[("foo.bar.baz", 1), ("foo.bar.qux", 2)]);
    assert_eq!(tree.remove(b"foo.bar"), None);
    assert_eq!(tree.get(b"foo.bar.baz"), Some(&1));
    assert_eq!(tree.get(b"foo.bar.qux"), Some(&2));
}

go_test!(3215, "stree_test", "TestSubjectTreeEmpty", empty);
fn empty() {
    let mut tree = SubjectTree::new();
    assert_eq!(tree.len(), 0);
    tree.clear();
    assert_eq!(tree.len(), 0);
    let subjects: [&[u8]; 3] = [b"foo.bar", b"foo.baz", b"bar.baz"];
    for subject in subjects {
        assert_eq!(tree.insert(subject, 1), Ok(None));
    }
    assert_eq!(tree.len(), 3);
    tree.clear();
    assert_eq!(tree.len(), 0);
    assert!(tree.is_empty());
    assert!(tree.root().is_none());
    for subject in subjects {
        assert_eq!(tree.get(subject), None);
    }
    assert_eq!(tree.insert(b"new.entry", 42), Ok(None));
    assert_eq!(tree.len(), 1);
    assert_eq!(tree.get(b"new.entry"), Some(&42));
}

go_test!(
    3216,
    "stree_test",
    "TestSubjectTreeLazyIntersectComprehensive",
    lazy_intersect_comprehensive
);
fn lazy_intersect_comprehensive() {
    let mut numbers = SubjectTree::new();
    let mut texts = SubjectTree::new();
    lazy_intersect(&numbers, &texts, |_, _: &i32, _: &&str| {
        panic!("both are empty")
    });
    numbers.insert(b"foo.bar", 42).unwrap();
    lazy_intersect(&numbers, &texts, |_, _, _| panic!("one is empty"));
    numbers.insert(b"baz.qux", 100).unwrap();
    numbers.insert(b"only.in.st1", 1).unwrap();
    for (subject, value) in [
        ("foo.bar", "hello"),
        ("baz.qux", "world"),
        ("only.in.st2", "two"),
    ] {
        texts.insert(subject.as_bytes(), value).unwrap();
    }
    let mut found = BTreeMap::new();
    lazy_intersect(&numbers, &texts, |subject, number, word| {
        assert_eq!(found.insert(text(subject), (*number, *word)), None);
    });
    let expected = [("baz.qux", (100, "world")), ("foo.bar", (42, "hello"))];
    assert!(
        found
            .into_iter()
            .eq(expected.map(|(subject, both)| (subject.to_owned(), both)))
    );

    let mut large = SubjectTree::new();
    for number in 0..100 {
        large
            .insert(format!("large.{number}").as_bytes(), number)
            .unwrap();
    }
    let small = tree_of(&[
        ("large.5", 500),
        ("large.10", 1000),
        ("large.50", 5000),
        ("small.only", 999),
    ]);
    let mut found = BTreeSet::new();
    lazy_intersect(&large, &small, |subject, of_large, of_small| {
        assert_eq!(text(subject), format!("large.{of_large}"));
        assert_eq!(*of_small, of_large * 100);
        assert!(found.insert(*of_large));
    });
    assert_eq!(found, [5, 10, 50].into());

    let left = tree_of(&[("a.b.c.d.e.f.g", 1), ("a.b.c.d", 3), ("prefix.suffix1", 5)]);
    let right = tree_of(&[
        ("a.b.c.d.e.f.g", 2),
        ("a.b.c.d.e", 4),
        ("prefix.suffix2", 6),
    ]);
    let mut found = Vec::new();
    lazy_intersect(&left, &right, |subject, of_left, of_right| {
        found.push((text(subject), *of_left, *of_right));
    });
    assert_eq!(found, [("a.b.c.d.e.f.g".to_owned(), 1, 2)]);
}

go_test!(
    3217,
    "stree_test",
    "TestNode256Operations",
    node_256_operations
);
fn node_256_operations() {
    let mut node = Node::branch(NodeKind::TwoFiftySix, b"prefix").unwrap();
    assert!(!node.is_full());
    assert!(node.find_child(b'a').is_none());
    node.add_child(b'a', Node::leaf(b"suffix", 42)).unwrap();
    assert_eq!(node.find_child(b'a').and_then(Node::value), Some(&42));
    assert_eq!(node.child_count(), 1);
    assert_eq!(node.children().count(), 1);
    node.add_child(b'b', Node::leaf(b"suffix2", 43)).unwrap();
    node.add_child(b'c', Node::leaf(b"suffix3", 44)).unwrap();
    let mut children = node.children();
    assert_eq!(
        children.next().and_then(Node::value),
        Some(&42),
        "one at a time"
    );
    assert_eq!(children.count(), 2);
    assert_eq!(node.grow(), Err(NodeError::Largest));
    assert_eq!(
        NodeError::Largest.to_string(),
        "grow can not be called on node256"
    );
    for key in 0..=255 {
        node.add_child(key, Node::leaf(b"", 0)).unwrap();
    }
    assert_eq!((node.child_count(), node.is_full()), (256, false));
}

go_test!(3218, "stree_test", "TestNode256Shrink", node_256_shrink);
fn node_256_shrink() {
    let mut node = branch_with(NodeKind::TwoFiftySix, 49);
    assert_eq!(node.child_count(), 49);
    assert_eq!(node.shrink(), Ok(false));
    assert!(node.delete_child(0).unwrap().is_some());
    assert_eq!(node.child_count(), 48);
    assert_eq!(node.shrink(), Ok(true));
    assert_eq!(node.kind(), NodeKind::FortyEight);
    for key in 1..49 {
        assert_eq!(
            node.find_child(key).and_then(Node::value),
            Some(&i32::from(key))
        );
    }
}

go_test!(3219, "stree_test", "TestLeafPanicMethods", leaf_refuses);
fn leaf_refuses() {
    // Go panics; here the refusal is a value that says the same.
    let mut leaf = Node::leaf(b"test", 42);
    let refusals = [
        ("setPrefix", leaf.set_prefix(b"prefix").err()),
        ("addChild", leaf.add_child(b'a', Node::leaf(b"", 1)).err()),
        ("grow", leaf.grow().err()),
        ("deleteChild", leaf.delete_child(b'a').err()),
        ("shrink", leaf.shrink().err()),
    ];
    for (name, error) in refusals {
        assert_eq!(
            error.map(|error| error.to_string()),
            Some(format!("{name} called on leaf"))
        );
    }
    assert!(leaf.find_child(b'a').is_none());
    assert!(leaf.is_full());
    assert_eq!(leaf.child_count(), 0);
    assert_eq!(leaf.children().count(), 0);
    assert_eq!(
        (leaf.path(), leaf.value()),
        (b"test".as_slice(), Some(&42)),
        "as before"
    );
}

go_test!(3220, "stree_test", "TestSizeOnNilTree", size_on_nil_tree);
fn size_on_nil_tree() {
    // There is no nil tree; the one not yet used has no size.
    assert_eq!(SubjectTree::<i32>::default().len(), 0);
}

go_test!(3221, "stree_test", "TestFindEdgeCases", find_edge_cases);
fn find_edge_cases() {
    let tree = tree_of(&[("foo.bar.baz", 1), ("foo", 2)]);
    assert_eq!(tree.get(b""), None);
    assert_eq!(tree.get(b"fo"), None);
}

go_test!(3222, "stree_test", "TestNodeIterMethods", node_iter_methods);
fn node_iter_methods() {
    for (kind, count) in [
        (NodeKind::Four, 2),
        (NodeKind::Ten, 5),
        (NodeKind::Sixteen, 8),
    ] {
        let node = branch_with(kind, count);
        assert_eq!(node.children().count(), usize::from(count));
        assert_eq!(node.children().take(1).count(), 1);
        let values: BTreeSet<_> = node.children().filter_map(Node::value).copied().collect();
        assert_eq!(values, (0..i32::from(count)).collect());
    }
}

go_test!(
    3223,
    "stree_test",
    "TestIterOrderedAndIterFastNilRoot",
    iter_nil_root
);
fn iter_nil_root() {
    let tree = SubjectTree::<i32>::new();
    let mut count = 0;
    let mut each = |_: &[u8], _: &i32| {
        count += 1;
        true
    };
    assert!(tree.iter_ordered(&mut each));
    assert!(tree.iter_fast(&mut each));
    assert_eq!(count, 0);
}

go_test!(
    3224,
    "stree_test",
    "TestNodeAddChildPanic",
    node_add_child_full
);
fn node_add_child_full() {
    check_full(NodeKind::Four, 4, "node4 full!");
}

go_test!(
    3225,
    "stree_test",
    "TestNodeAddChildPanicOthers",
    node_add_child_full_others
);
fn node_add_child_full_others() {
    check_full(NodeKind::Ten, 10, "node10 full!");
    check_full(NodeKind::Sixteen, 16, "node16 full!");
    check_full(NodeKind::FortyEight, 48, "node48 full!");
}

go_test!(
    3226,
    "stree_test",
    "TestNodeDeleteChildNotFound",
    node_delete_child_not_found
);
fn node_delete_child_not_found() {
    for kind in [NodeKind::Ten, NodeKind::Sixteen, NodeKind::FortyEight] {
        let mut node = branch_with(kind, 2);
        assert!(node.delete_child(255).unwrap().is_none());
        assert_eq!(node.child_count(), 2);
    }
}

go_test!(
    3227,
    "stree_test",
    "TestNodeShrinkNotNeeded",
    node_shrink_not_needed
);
fn node_shrink_not_needed() {
    for (kind, count) in [(NodeKind::Ten, 5), (NodeKind::Sixteen, 11)] {
        let mut node = branch_with(kind, count);
        assert_eq!(node.shrink(), Ok(false));
        assert_eq!(
            (node.kind(), node.child_count()),
            (kind, usize::from(count))
        );
    }
}

go_test!(
    3228,
    "stree_test",
    "TestNode48IterEarlyTermination",
    node_48_iter_early_termination
);
fn node_48_iter_early_termination() {
    let node = branch_with(NodeKind::FortyEight, 10);
    let mut count = 0;
    let stopped = node.children().any(|_| {
        count += 1;
        true
    });
    assert!(stopped);
    assert_eq!(count, 1);
}

go_test!(
    3229,
    "stree_test",
    "TestNode10And16IterEarlyTermination",
    node_10_and_16_iter_early_termination
);
fn node_10_and_16_iter_early_termination() {
    for (kind, children, stop_at) in [(NodeKind::Ten, 5, 2), (NodeKind::Sixteen, 8, 3)] {
        let node = branch_with(kind, children);
        let mut count = 0;
        let stopped = node.children().any(|_| {
            count += 1;
            count == stop_at
        });
        assert!(stopped);
        assert_eq!(count, stop_at);
    }
}

go_test!(
    3230,
    "stree_test",
    "TestMatchPartsEdgeCases",
    match_parts_edge_cases
);
fn match_parts_edge_cases() {
    let filter = Filter::new(b"foo.*.bar.>");
    let state = filter.advance(filter.start(), b"foo.test").unwrap();
    assert!(!filter.is_complete(state), "there is more to come");
    // The wildcard's token may go on, and the rest must follow.
    let state = filter.advance(state, b"ing.ba").unwrap();
    assert!(!filter.is_complete(state));
    assert_eq!(filter.advance(state, b"z.x"), None);
    let state = filter.advance(state, b"r.x").unwrap();
    assert!(filter.is_complete(state));
}

go_test!(3231, "stree_test", "TestInsertEdgeCases", insert_edge_cases);
fn insert_edge_cases() {
    let mut tree = SubjectTree::new();
    assert_eq!(tree.insert(b"foo\x7fbar", 1), Err(InvalidSubject));
    assert_eq!(tree.len(), 0);
    assert_eq!(tree.insert(b"a.b", 1), Ok(None));
    assert_eq!(tree.insert(b"a.c", 2), Ok(None));
    assert_eq!(tree.len(), 2);
    assert_eq!((tree.get(b"a.b"), tree.get(b"a.c")), (Some(&1), Some(&2)));
}

go_test!(3232, "stree_test", "TestDeleteEdgeCases", delete_edge_cases);
fn delete_edge_cases() {
    let mut tree = SubjectTree::new();
    assert_eq!(tree.remove(b"foo"), None);
    tree.insert(b"foo", 1).unwrap();
    assert_eq!(tree.remove(b""), None);
    assert_eq!(tree.len(), 1);
    let mut tree = tree_of(&[("verylongprefix.suffix", 1), ("verylongprefix.suffix2", 2)]);
    assert_eq!(tree.remove(b"very"), None);
    assert_eq!(tree.len(), 2);
}

go_test!(3233, "stree_test", "TestMatchEdgeCases", match_edge_cases);
fn match_edge_cases() {
    // There is no callback that is nil.
    let tree = tree_of(&[("foo.bar", 1)]);
    assert_count(&tree, "foo.*", 1);
    assert_count(&tree, "", 0);
}

go_test!(3234, "stree_test", "TestIterEdgeCases", iter_edge_cases);
fn iter_edge_cases() {
    let tree = tree_of(&[("a.b.c", 1), ("a.b.d", 2), ("a.c.d", 3), ("b.c.d", 4)]);
    let mut count = 0;
    assert!(!tree.iter_fast(|_, _| {
        count += 1;
        count < 2
    }));
    assert_eq!(count, 2);
}

go_test!(3235, "stree_test", "TestLeafIter", leaf_iter);
fn leaf_iter() {
    let leaf = Node::leaf(b"test", 42);
    assert!(leaf.children().next().is_none());
    assert!(leaf.is_leaf());
    assert_eq!(leaf.path(), b"test");
    assert_eq!(leaf.value(), Some(&42));
    assert!(leaf.children().next().is_none(), "again");
}

go_test!(
    3236,
    "stree_test",
    "TestDeleteChildEdgeCasesMore",
    delete_child_edge_cases_more
);
fn delete_child_edge_cases_more() {
    for kind in [NodeKind::Ten, NodeKind::Sixteen] {
        let mut node = branch_with(kind, 3);
        let last = node.delete_child(2).unwrap();
        assert_eq!(last.and_then(|last| last.value().copied()), Some(2));
        assert_eq!(node.child_count(), 2);
        for key in 0..2 {
            assert_eq!(
                node.find_child(key).and_then(Node::value),
                Some(&i32::from(key))
            );
        }
    }
}

go_test!(
    3237,
    "stree_test",
    "TestMatchPartsMoreEdgeCases",
    match_parts_more_edge_cases
);
fn match_parts_more_edge_cases() {
    let filter = Filter::new(b"foo.*");
    assert_eq!(filter.advance(filter.start(), b""), Some(filter.start()));
}

go_test!(
    3238,
    "stree_test",
    "TestInsertComplexEdgeCases",
    insert_complex_edge_cases
);
fn insert_complex_edge_cases() {
    let tree = tree_of(&[("a", 1), ("aa", 2), ("aaa", 3)]);
    assert_eq!(tree.len(), 3);
    for (subject, value) in [("a", 1), ("aa", 2), ("aaa", 3)] {
        assert_eq!(tree.get(subject.as_bytes()), Some(&value));
    }
}

go_test!(
    3239,
    "stree_test",
    "TestDeleteNilNodePointer",
    delete_from_no_node
);
fn delete_from_no_node() {
    let mut tree = SubjectTree::<i32>::new();
    assert!(tree.root().is_none());
    assert_eq!(tree.remove(b"foo"), None);
    assert_eq!(tree.len(), 0);
}

go_test!(
    3240,
    "stree_test",
    "TestMatchComplexEdgeCases",
    match_complex_edge_cases
);
fn match_complex_edge_cases() {
    let tree = tree_of(&[
        ("foo.bar.baz", 1),
        ("foo.bar.qux", 2),
        ("foo.baz.bar", 3),
        ("bar.foo.baz", 4),
    ]);
    assert_count(&tree, "foo.bar.>", 2);
}

go_test!(3241, "stree_test", "TestIterComplexTree", iter_complex_tree);
fn iter_complex_tree() {
    let mut tree = SubjectTree::new();
    let mut expected = BTreeMap::new();
    for number in 0..20 {
        let subject = format!("level1.level2.level3.item{number}");
        assert_eq!(tree.insert(subject.as_bytes(), number), Ok(None));
        expected.insert(subject, number);
    }
    let mut seen = Vec::new();
    tree.iter_ordered(|subject, value| {
        seen.push((text(subject), *value));
        true
    });
    assert_eq!(seen.len(), 20);
    assert!(seen.into_iter().eq(expected));

    // Beyond the Go test: the order holds in nodes of every size. The tree keeps
    // byte 127 for itself.
    let bytes: Vec<u8> = (b'/'..=255).filter(|byte| *byte != 127).collect();
    for children in [4, 10, 16, 48, 200] {
        let mut tree = SubjectTree::new();
        for byte in bytes[..children].iter().rev() {
            assert_eq!(tree.insert(&[b'a', b'.', *byte, b'x'], *byte), Ok(None));
        }
        let mut seen = Vec::new();
        tree.iter_ordered(|subject, value| {
            assert_eq!(subject, [b'a', b'.', *value, b'x']);
            seen.push(*value);
            true
        });
        assert_eq!(seen, bytes[..children]);
    }
}
