//! Go: `server/stree/stree_test.go`.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use conformance::go_test;
use nats_server::collections::SubjectTree;
use nats_server::collections::subject_tree::{
    InvalidSubject, NO_PIVOT, Node, NodeKind, lazy_intersect,
};
use nats_server::subject::sublist::Sublist;
use rand::Rng;

use super::stree_support::{
    assert_count, check_leaves, check_node, full_entries, full_tree, letter, perf_tree, root_kind,
    text, tree_of,
};

go_test!(3183, "stree_test", "TestSubjectTreeBasics", basics);
fn basics() {
    let mut tree = SubjectTree::new();
    assert_eq!(tree.len(), 0);
    assert_eq!(tree.insert(b"foo.bar.baz", 22), Ok(None));
    assert_eq!(tree.len(), 1);
    assert_eq!(tree.get(b"foo.bar.*"), None);
    assert_eq!(tree.get(b"foo.bar.baz"), Some(&22));
    assert_eq!(tree.insert(b"foo.bar.baz", 33), Ok(Some(22)));
    assert_eq!(tree.len(), 1);
    assert_eq!(tree.insert(b"foo.bar", 22), Ok(None));
    assert_eq!(tree.len(), 2);
    assert_eq!(tree.get(b"foo.bar"), Some(&22));
    assert_eq!(tree.get(b"foo.bar.baz"), Some(&33));
}

go_test!(3184, "stree_test", "TestSubjectTreeNodeGrow", node_grow);
fn node_grow() {
    let mut tree = SubjectTree::new();
    let steps = [
        (4, NodeKind::Four),
        (5, NodeKind::Ten),
        (10, NodeKind::Ten),
        (11, NodeKind::Sixteen),
        (16, NodeKind::Sixteen),
        (17, NodeKind::FortyEight),
        (48, NodeKind::FortyEight),
        (49, NodeKind::TwoFiftySix),
    ];
    let mut added = 0;
    for (count, kind) in steps {
        while added < count {
            assert_eq!(tree.insert(&letter(added), 22), Ok(None));
            added += 1;
        }
        assert_eq!(root_kind(&tree), Some(kind), "{count}");
    }
}

go_test!(
    3185,
    "stree_test",
    "TestSubjectTreeNodePrefixMismatch",
    node_prefix_mismatch
);
fn node_prefix_mismatch() {
    let mut tree = tree_of(&[("foo.bar.A", 11), ("foo.bar.B", 22), ("foo.bar.C", 33)]);
    assert_eq!(tree.root().unwrap().path(), b"foo.bar.");
    tree.insert(b"foo.foo.A", 44).unwrap();
    assert_eq!(tree.root().unwrap().path(), b"foo.", "another root");
    let all = [
        ("foo.bar.A", 11),
        ("foo.bar.B", 22),
        ("foo.bar.C", 33),
        ("foo.foo.A", 44),
    ];
    for (subject, value) in all {
        assert_eq!(tree.get(subject.as_bytes()), Some(&value));
    }
}

go_test!(3186, "stree_test", "TestSubjectTreeNodeDelete", node_delete);
fn node_delete() {
    let mut tree = tree_of(&[("foo.bar.A", 22)]);
    assert_eq!(tree.remove(b"foo.bar.A"), Some(22));
    assert!(tree.root().is_none());
    assert_eq!(tree.remove(b"foo.bar.A"), None);
    assert_eq!(tree.get(b"foo.foo.A"), None);

    let mut tree = tree_of(&[("foo.bar.A", 11), ("foo.bar.B", 22), ("foo.bar.C", 33)]);
    assert_eq!(tree.remove(b"foo.bar.C"), Some(33));
    assert_eq!(tree.remove(b"foo.bar.B"), Some(22));
    assert_eq!(root_kind(&tree), Some(NodeKind::Leaf));
    assert_eq!(tree.remove(b"foo.bar.A"), Some(11));
    assert!(tree.root().is_none());

    let steps = [
        (5, NodeKind::Ten, NodeKind::Four),
        (11, NodeKind::Sixteen, NodeKind::Ten),
        (17, NodeKind::FortyEight, NodeKind::Sixteen),
        (49, NodeKind::TwoFiftySix, NodeKind::FortyEight),
    ];
    for (count, full, shrunk) in steps {
        let mut tree = SubjectTree::new();
        for number in 0..count {
            tree.insert(&letter(number), 22).unwrap();
        }
        assert_eq!(root_kind(&tree), Some(full));
        assert_eq!(tree.remove(b"foo.bar.A"), Some(22));
        assert_eq!(root_kind(&tree), Some(shrunk));
        assert_eq!(tree.get(b"foo.bar.A"), None);
        for number in 1..count {
            assert_eq!(tree.get(&letter(number)), Some(&22));
        }
    }
}

go_test!(
    3187,
    "stree_test",
    "TestSubjectTreeNodesAndPaths",
    nodes_and_paths
);
fn nodes_and_paths() {
    let subjects = ["foo.bar.A", "foo.bar.B", "foo.bar.C"];
    let mut tree = tree_of(&subjects.map(|subject| (subject, 22)));
    tree.insert(b"foo.bar", 22).unwrap();
    for subject in subjects.into_iter().chain(["foo.bar"]) {
        assert_eq!(tree.get(subject.as_bytes()), Some(&22));
    }
    assert_eq!(tree.remove(b"foo.bar"), Some(22));
    for subject in subjects {
        assert_eq!(tree.get(subject.as_bytes()), Some(&22));
    }
    assert_eq!(tree.root().unwrap().path(), b"foo.bar.");
}

go_test!(
    3188,
    "stree_test",
    "TestSubjectTreeConstruction",
    construction
);
fn construction() {
    let mut tree = full_tree();
    let root = tree.root().unwrap();
    check_node(root, NodeKind::Four, "foo.ba", 2);
    let r = root.find_child(b'r').unwrap();
    check_node(r, NodeKind::Four, "r", 2);
    check_node(r.find_child(NO_PIVOT).unwrap(), NodeKind::Leaf, "", 0);
    let dot = r.find_child(b'.').unwrap();
    check_node(dot, NodeKind::Four, ".", 3);
    check_leaves(dot);
    let z = root.find_child(b'z').unwrap();
    check_node(z, NodeKind::Four, "z.", 3);
    check_leaves(z);

    assert_eq!(tree.remove(b"foo.bar"), Some(42));
    let root = tree.root().unwrap();
    check_node(root, NodeKind::Four, "foo.ba", 2);
    for (key, path) in [(b'r', "r."), (b'z', "z.")] {
        let child = root.find_child(key).unwrap();
        check_node(child, NodeKind::Four, path, 3);
        check_leaves(child);
    }
}

go_test!(
    3189,
    "stree_test",
    "TestSubjectTreeMatchLeafOnly",
    match_leaf_only
);
fn match_leaf_only() {
    let tree = tree_of(&[("foo.bar.baz.A", 1)]);
    for filter in [
        "foo.bar.*.A",
        "foo.*.baz.A",
        "foo.*.*.A",
        "foo.*.*.*",
        "*.*.*.*",
    ] {
        assert_count(&tree, filter, 1);
    }
    for filter in [">", "foo.>", "foo.*.>", "foo.bar.>", "foo.bar.*.>"] {
        assert_count(&tree, filter, 1);
    }
    assert_count(&tree, "foo.bar.baz", 0);
}

go_test!(3190, "stree_test", "TestSubjectTreeMatchNodes", match_nodes);
fn match_nodes() {
    let mut tree = full_tree();
    tree.remove(b"foo.bar");
    for (all, foo_bar) in [(6, 0), (7, 1)] {
        assert_count(&tree, "foo.bar.A", 1);
        assert_count(&tree, "foo.baz.A", 1);
        assert_count(&tree, "foo.bar", foo_bar);
        assert_count(&tree, "foo.*.A", 2);
        for filter in ["foo.bar.*", "foo.baz.*", "foo.bar.>", "foo.baz.>"] {
            assert_count(&tree, filter, 3);
        }
        assert_count(&tree, ">", all);
        assert_count(&tree, "foo.>", all);
        assert_count(&tree, "foo.ba", 0);
        tree.insert(b"foo.bar", 42).unwrap();
    }
}

go_test!(3191, "stree_test", "TestSubjectTreeMatchUntil", match_until);
fn match_until() {
    let tree = full_tree();
    for (filter, stop_after, expected) in [
        ("foo.>", 3, (3, false)),
        ("foo.bar", 3, (1, true)),
        ("foo.baz.*", 4, (3, true)),
    ] {
        let mut count = 0;
        let completed = tree.match_until(filter.as_bytes(), |_, _| {
            count += 1;
            count < stop_after
        });
        assert_eq!((count, completed), expected, "{filter}");
    }
}

go_test!(3192, "stree_test", "TestSubjectTreeNoPrefix", no_prefix);
fn no_prefix() {
    let mut tree = SubjectTree::new();
    for letter in b'A'..=b'Z' {
        assert_eq!(tree.insert(&[letter], 22), Ok(None));
    }
    assert_eq!(root_kind(&tree), Some(NodeKind::FortyEight));
    assert_eq!(tree.root().unwrap().child_count(), 26);
    for (subject, left) in [(b"B", 25), (b"Z", 24)] {
        assert_eq!(tree.remove(subject), Some(22));
        assert_eq!(tree.root().unwrap().child_count(), left);
        assert_eq!(root_kind(&tree), Some(NodeKind::FortyEight));
    }
}

go_test!(
    3193,
    "stree_test",
    "TestSubjectTreePartialTerminalWildcardBugMatch",
    partial_terminal_wildcard_bug
);
fn partial_terminal_wildcard_bug() {
    let tree = tree_of(&[
        ("STATE.GLOBAL.CELL1.7PDSGAALXNN000010.PROPERTY-A", 5),
        ("STATE.GLOBAL.CELL1.7PDSGAALXNN000010.PROPERTY-B", 1),
        ("STATE.GLOBAL.CELL1.7PDSGAALXNN000010.PROPERTY-C", 2),
    ]);
    assert_count(&tree, "STATE.GLOBAL.CELL1.7PDSGAALXNN000010.*", 3);
}

go_test!(
    3194,
    "stree_test",
    "TestSubjectTreeMatchSubjectParam",
    match_subject_param
);
fn match_subject_param() {
    let mut seen = BTreeMap::new();
    full_tree().for_each_match(b">", |subject, value| {
        assert_eq!(seen.insert(text(subject), *value), None, "called twice");
    });
    assert_eq!(seen, full_entries());
}

go_test!(
    3195,
    "stree_test",
    "TestSubjectTreeMatchRandomDoublePWC",
    match_random_double_pwc
);
fn match_random_double_pwc() {
    let mut rng = rand::rng();
    let mut tree = SubjectTree::new();
    for number in 1..=10_000 {
        let subject = format!("foo.{}.{number}", rng.random_range(1..=20));
        assert_eq!(tree.insert(subject.as_bytes(), 42), Ok(None));
    }
    assert_count(&tree, "foo.*.*", 10_000);
    for (filter, position, token) in [("*.2.*", 1, "2"), ("*.*.222", 2, "222")] {
        let mut expected = 0;
        tree.iter_ordered(|subject, _| {
            let subject = text(subject);
            let tokens: Vec<_> = subject.split('.').collect();
            assert_eq!(tokens.len(), 3);
            expected += usize::from(tokens[position] == token);
            true
        });
        assert!(expected > 0);
        assert_count(&tree, filter, expected);
    }
}

go_test!(
    3196,
    "stree_test",
    "TestSubjectTreeIterOrdered",
    iter_ordered
);
fn iter_ordered() {
    let tree = full_tree();
    let mut seen = Vec::new();
    assert!(tree.iter_ordered(|subject, value| {
        seen.push((text(subject), *value));
        true
    }));
    // The map is in lexical order, too.
    assert!(seen.into_iter().eq(full_entries()));
    let mut received = 0;
    assert!(!tree.iter_ordered(|_, _| {
        received += 1;
        received != 4
    }));
    assert_eq!(received, 4);
}

go_test!(3197, "stree_test", "TestSubjectTreeIterFast", iter_fast);
fn iter_fast() {
    let tree = full_tree();
    let mut seen = BTreeMap::new();
    assert!(tree.iter_fast(|subject, value| {
        assert_eq!(seen.insert(text(subject), *value), None, "called twice");
        true
    }));
    assert_eq!(seen, full_entries());
    let mut received = 0;
    assert!(!tree.iter_fast(|_, _| {
        received += 1;
        received != 4
    }));
    assert_eq!(received, 4);
}

go_test!(
    3198,
    "stree_test",
    "TestSubjectTreeInsertSamePivotBug",
    insert_same_pivot_bug
);
fn insert_same_pivot_bug() {
    let mut tree = SubjectTree::new();
    for subject in [
        "0d00.2abbb82c1d.6e16.fa7f85470e.3e46",
        "534b12.3486c17249.4dde0666",
        "6f26aabd.920ee3.d4d3.5ffc69f6",
        "8850.ade3b74c31.aa533f77.9f59.a4bd8415.b3ed7b4111",
        "5a75047dcb.5548e845b6.76024a34.14d5b3.80c426.51db871c3a",
        "825fa8acfc.5331.00caf8bbbd.107c4b.c291.126d1d010e",
    ] {
        assert_eq!(tree.insert(subject.as_bytes(), 22), Ok(None));
        assert_eq!(tree.get(subject.as_bytes()), Some(&22));
    }
}

go_test!(
    3199,
    "stree_test",
    "TestSubjectTreeMatchTsepSecondThenPartialPartBug",
    match_separator_then_partial_bug
);
fn match_separator_then_partial_bug() {
    let tree = tree_of(&[
        ("foo.xxxxx.foo1234.zz", 22),
        ("foo.yyy.foo123.zz", 22),
        ("foo.yyybar789.zz", 22),
        ("foo.yyy.foo12345.zz", 22),
        ("foo.yyy.foo12345.yy", 22),
        ("foo.yyy.foo123456789.zz", 22),
    ]);
    assert_count(&tree, "foo.*.foo123456789.*", 1);
    assert_count(&tree, "foo.*.*.zzz.foo.>", 0);
}

go_test!(
    3200,
    "stree_test",
    "TestSubjectTreeMatchMultipleWildcardBasic",
    match_multiple_wildcard_basic
);
fn match_multiple_wildcard_basic() {
    let tree = tree_of(&[("A.B.C.D.0.G.H.I.0", 22), ("A.B.C.D.1.G.H.I.0", 22)]);
    assert_count(&tree, "A.B.*.D.1.*.*.I.0", 1);
}

go_test!(
    3201,
    "stree_test",
    "TestSubjectTreeMatchInvalidWildcard",
    match_invalid_wildcard
);
fn match_invalid_wildcard() {
    let subjects = ["foo.123", "one.two.three.four.five", "'*.123", "bar"];
    let tree = tree_of(&subjects.map(|subject| (subject, 22)));
    for (filter, expected) in [
        ("invalid.>", 0),
        ("foo.>.bar", 0),
        (">", 4),
        ("'*.*", 1),
        ("'*.*.*'", 0),
        ("`>`", 0),
        (">\"", 0),
        ("'>'", 0),
        ("'*.>'", 0),
        ("'*.>.", 0),
        ("`invalid.>`", 0),
        ("'*.*'", 0),
    ] {
        assert_count(&tree, filter, expected);
    }
}

go_test!(
    3202,
    "stree_test",
    "TestSubjectTreeRandomTrackEntries",
    random_track_entries
);
fn random_track_entries() {
    let mut rng = rand::rng();
    let mut tree = SubjectTree::new();
    let mut subjects = HashSet::new();
    while subjects.len() < 1_000 {
        let tokens = (0..rng.random_range(1..=6)).map(|_| {
            (0..rng.random_range(2..=5))
                .map(|_| format!("{:02x}", rand::random::<u8>()))
                .collect()
        });
        let subject = tokens.collect::<Vec<String>>().join(".");
        if !subjects.insert(subject.clone()) {
            continue;
        }
        assert_eq!(tree.insert(subject.as_bytes(), 22), Ok(None));
        assert_eq!(tree.len(), subjects.len());
        for subject in &subjects {
            assert_eq!(tree.get(subject.as_bytes()), Some(&22), "{subject}");
        }
    }
}

go_test!(3203, "stree_test", "TestSubjectTreeLongTokens", long_tokens);
fn long_tokens() {
    let (first, second) = ("a1.aaaaaaaaaaaaaaaaaaaaaa0", "a1.aaaaaaaaaaaaaaaaaaaaaa1");
    let mut tree = tree_of(&[(first, 1), ("a2.0", 2), (second, 3), ("a2.1", 4)]);
    assert_eq!(tree.remove(b"a2.0"), Some(2));
    assert_eq!(tree.remove(b"a2.1"), Some(4));
    assert_eq!(tree.len(), 2);
    assert_eq!(tree.get(first.as_bytes()), Some(&1));
    assert_eq!(tree.get(second.as_bytes()), Some(&3));
}

go_test!(
    3204,
    "stree_test",
    "TestSubjectTreeMatchAllPerf",
    match_all_perf
);
fn match_all_perf() {
    // Go prints times and skips this by default. Here the filters must find
    // what a plain count finds.
    let (tree, groups) = perf_tree();
    let total = tree.len();
    let of_one = groups.iter().filter(|group| **group == 1).count();
    for (filter, expected) in [
        (">", total),
        ("subj.>", total),
        ("subj.*.*", total),
        ("*.*.*", total),
        ("subj.1.*", of_one),
        ("subj.1.>", of_one),
        ("subj.*.1", 1),
        ("*.*.1", 1),
    ] {
        assert_count(&tree, filter, expected);
    }
}

go_test!(3205, "stree_test", "TestSubjectTreeIterPerf", iter_perf);
fn iter_perf() {
    let (tree, groups) = perf_tree();
    let mut last = Vec::new();
    let mut count = 0;
    tree.iter_ordered(|subject, _| {
        assert!(last.as_slice() < subject, "in order");
        subject.clone_into(&mut last);
        count += 1;
        true
    });
    assert_eq!(count, groups.len());
}

go_test!(3206, "stree_test", "TestSubjectTreeNode48", node_48);
fn node_48() {
    let mut node = Node::branch(NodeKind::FortyEight, b"").unwrap();
    let value = |node: &Node<char>, key| node.find_child(key).and_then(Node::value).copied();
    for (count, (key, name)) in [(b'A', 'a'), (b'B', 'b'), (b'C', 'c')]
        .into_iter()
        .enumerate()
    {
        assert_eq!(node.add_child(key, Node::leaf(b"", name)), Ok(()));
        assert_eq!(value(&node, key), Some(name));
        assert_eq!(node.child_count(), count + 1);
        assert_eq!(node.children().count(), count + 1);
    }
    let gone = node.delete_child(b'A').unwrap();
    assert_eq!(gone.and_then(|gone| gone.value().copied()), Some('a'));
    assert_eq!(node.child_count(), 2);
    assert_eq!(value(&node, b'A'), None);
    assert_eq!(value(&node, b'B'), Some('b'));
    assert_eq!(value(&node, b'C'), Some('c'));
    // The last child has taken the free place, the other has kept its own.
    let order: String = node.children().filter_map(Node::value).collect();
    assert_eq!(order, "cb");

    // The highest key is a key like others, in nodes of every size.
    assert_eq!(node.add_child(255, Node::leaf(b"", 'd')), Ok(()));
    assert_eq!(value(&node, 255), Some('d'));
    assert_eq!(node.grow(), Ok(()));
    assert_eq!(
        (node.kind(), value(&node, 255)),
        (NodeKind::TwoFiftySix, Some('d'))
    );
    assert_eq!(node.shrink(), Ok(true));
    assert_eq!(node.shrink(), Ok(true));
    assert_eq!(
        (node.kind(), value(&node, 255)),
        (NodeKind::Sixteen, Some('d'))
    );
}

go_test!(
    3207,
    "stree_test",
    "TestSubjectTreeMatchNoCallbackDupe",
    match_no_callback_dupe
);
fn match_no_callback_dupe() {
    let subjects = ["foo.bar.A", "foo.bar.B", "foo.bar.C", "foo.bar.>"];
    let tree = tree_of(&subjects.map(|subject| (subject, 1)));
    for filter in [">", "foo.>", "foo.bar.>"] {
        let mut seen = BTreeSet::new();
        tree.for_each_match(filter.as_bytes(), |subject, _| {
            assert!(seen.insert(text(subject)), "called twice");
        });
        assert_eq!(seen, subjects.map(str::to_owned).into());
    }
}

go_test!(
    3208,
    "stree_test",
    "TestSubjectTreeNilNoPanic",
    nil_no_panic
);
fn nil_no_panic() {
    // There is no nil tree; the empty one takes its place, except that it can
    // be inserted into.
    let mut tree = SubjectTree::<i32>::default();
    assert_count(&tree, "foo", 0);
    assert_count(&tree, ">", 0);
    assert_eq!(tree.get(b"foo"), None);
    assert_eq!(tree.remove(b"foo"), None);
    assert_eq!(tree.insert(b"foo", 22), Ok(None));
    assert_eq!(tree.get(b"foo"), Some(&22));
}

go_test!(
    3209,
    "stree_test",
    "TestSubjectTreeInsertLongerLeafSuffixWithTrailingNulls",
    insert_longer_suffix_with_nulls
);
fn insert_longer_suffix_with_nulls() {
    let mut tree = SubjectTree::new();
    let first = [b"foo.bar.baz_".as_slice(), &[0; 10]].concat();
    let second = [first.as_slice(), &[0; 10]].concat();
    assert_eq!(tree.insert(&first, 1), Ok(None));
    assert_eq!(tree.insert(&second, 2), Ok(None));
    assert_eq!(tree.get(&first), Some(&1));
    assert_eq!(tree.get(&second), Some(&2));
}

go_test!(
    3210,
    "stree_test",
    "TestSubjectTreeInsertWithNoPivot",
    insert_with_no_pivot
);
fn insert_with_no_pivot() {
    let mut tree = SubjectTree::new();
    assert_eq!(tree.insert(b"foo.bar.baz.\x7f", 22), Err(InvalidSubject));
    assert_eq!(tree.len(), 0);
}

go_test!(
    3211,
    "stree_test",
    "TestSubjectTreeMatchHasFWCNoPanic",
    match_has_fwc_no_panic
);
fn match_has_fwc_no_panic() {
    let tree = tree_of(&[("foo", 1)]);
    assert_count(&tree, ".", 0);
    assert_count(&tree, "foo", 1);
}

go_test!(
    3212,
    "stree_test",
    "TestSubjectTreeLazyIntersect",
    lazy_intersect_basic
);
fn lazy_intersect_basic() {
    let ones = |subjects: &[&'static str]| {
        tree_of(
            &subjects
                .iter()
                .map(|subject| (*subject, 1))
                .collect::<Vec<_>>(),
        )
    };
    let left = ones(&[
        "foo.bar",
        "foo.bar.baz.qux",
        "bar",
        "a.b.c",
        "a.b.ee",
        "bb.c.d",
    ]);
    let right = ones(&[
        "foo.bar",
        "foo.bar.baz.qux",
        "baz",
        "a.b.d",
        "a.b.e",
        "b.c.d",
        "foo.bar.baz.qux.alice",
        "foo.bar.baz.qux.bob",
    ]);
    for (left, right) in [(&left, &right), (&right, &left)] {
        let mut common = Vec::new();
        lazy_intersect(left, right, |subject, _, _| common.push(text(subject)));
        common.sort();
        assert_eq!(common, ["foo.bar", "foo.bar.baz.qux"]);
    }
}

go_test!(
    3213,
    "stree_test",
    "TestSubjectTreeGSLIntersection",
    interest_intersection
);
fn interest_intersection() {
    for (name, patterns, expected) in INTERSECTIONS {
        let mut list = Sublist::new();
        for (id, pattern) in (0_u32..).zip(*patterns) {
            assert_eq!(list.insert(pattern, None, id), Ok(true));
        }
        if *name == "PWCAll" {
            for subject in ["foo.bar", "foo.bar.baz", "foo.bar.baz.qux"] {
                assert!(list.has_interest(subject));
            }
        }
        let tree = tree_of(&INTERSECTED.map(|subject| (subject, 0)));
        let mut seen = BTreeSet::new();
        list.intersect(&tree, |subject, _| {
            assert!(seen.insert(text(subject)), "{name}: called twice");
        });
        let wanted = INTERSECTED
            .into_iter()
            .filter(|subject| list.has_interest(subject));
        assert_eq!(seen, wanted.map(str::to_owned).collect(), "{name}");
        assert_eq!(seen.len(), *expected, "{name}");
    }
}

/// Name of the subtest, patterns, and how many subjects they share with
/// [`INTERSECTED`].
type Intersection = (&'static str, &'static [&'static str], usize);

const INTERSECTED: [&str; 7] = [
    "one.two.three.four",
    "one.two.three.five",
    "one.two.six",
    "one.two.seven",
    "eight.nine",
    "stream.A",
    "stream.A.child",
];

const INTERSECTIONS: &[Intersection] = &[
    ("Literals", &["one.two.six", "eight.nine"], 2),
    ("PWC", &["one.two.*.*"], 2),
    ("PWCOverlapping", &["one.two.*.four", "one.two.*.*"], 2),
    ("PWCAll", &["*.*", "*.*.*", "*.*.*.*"], 7),
    ("FWC", &["one.>"], 4),
    ("FWCOverlapping", &["one.two.three.four", "one.>", ">"], 7),
    ("FWCExtended", &["stream.A.>", "stream.A"], 2),
    ("PWCExtended", &["stream.*.child", "stream.A"], 2),
    (
        "PWCExtendedAggressive",
        &[
            "stream.A.child",
            "*.A.child",
            "stream.*.child",
            "stream.A.*",
            "stream.*.*",
            "*.A.*",
            "*.*.child",
        ],
        1,
    ),
    (
        "PWCExtendedAggressive2",
        &[
            "stream.A.child",
            "*.A.child",
            "stream.A.*",
            "*.A.*",
            "*.*.child",
        ],
        1,
    ),
    (
        "PWCExtendedAggressive3",
        &["stream.A.child", "stream.*.*"],
        1,
    ),
    (
        "PWCExtendedAggressive4",
        &["stream.A.child", "stream.*.>"],
        1,
    ),
    ("PWCExtendedAggressive5", &["stream.A.child", "*.*"], 3),
    ("PWCExtendedAggressive6", &["stream.A.child", "stream.*"], 2),
    ("PWCExtendedAggressive7", &["stream.A", "*.*.*"], 4),
    ("FWCAll", &[">"], 7),
    ("NoMatch", &["one"], 0),
    ("NoMatches", &["one", "eight", "ten"], 0),
    (
        "NoMatchPartial",
        &["stream.A.not-child", "stream.A.child.>"],
        0,
    ),
    ("PWCDoesntHideLiteral", &["one.*.six", "one.two.seven"], 2),
    (
        "PWCDoesntHideLiteral2",
        &["one.*.*.four", "one.*.*.five", "one.*.three"],
        2,
    ),
    (
        "DisjointWildcardPositions",
        &["one.two.*.*", "*.two.three.four"],
        2,
    ),
    (
        "LiteralMatchWithOverlappingPWCs",
        &["one.*.four.five", "one.two.three.four"],
        1,
    ),
];
