//! Trees for the tests of subject trees, and what is asked of them.

use std::collections::BTreeMap;

use nats_server::collections::SubjectTree;
use nats_server::collections::subject_tree::{Node, NodeError, NodeKind};
use rand::Rng;
pub(super) fn tree_of(entries: &[(&str, i32)]) -> SubjectTree<i32> {
    let mut tree = SubjectTree::new();
    for (subject, value) in entries {
        assert_eq!(tree.insert(subject.as_bytes(), *value), Ok(None));
    }
    tree
}

pub(super) fn full_entries() -> BTreeMap<String, i32> {
    let entries = [
        ("foo.bar.A", 1),
        ("foo.bar.B", 2),
        ("foo.bar.C", 3),
        ("foo.baz.A", 11),
        ("foo.baz.B", 22),
        ("foo.baz.C", 33),
        ("foo.bar", 42),
    ];
    entries
        .map(|(subject, value)| (subject.to_owned(), value))
        .into()
}

pub(super) fn full_tree() -> SubjectTree<i32> {
    let mut tree = SubjectTree::new();
    for (subject, value) in full_entries().iter().rev() {
        assert_eq!(tree.insert(subject.as_bytes(), *value), Ok(None));
    }
    tree
}

/// A tree like that of the Go tests, a tenth of the size, and the second token
/// of every subject.
pub(super) fn perf_tree() -> (SubjectTree<i32>, Vec<u32>) {
    let mut rng = rand::rng();
    let groups: Vec<u32> = (0..100_000).map(|_| rng.random_range(1..=100)).collect();
    let mut tree = SubjectTree::new();
    for (number, group) in groups.iter().enumerate() {
        assert_eq!(
            tree.insert(format!("subj.{group}.{number}").as_bytes(), 22),
            Ok(None)
        );
    }
    (tree, groups)
}

pub(super) fn letter(number: u8) -> Vec<u8> {
    [b"foo.bar.".as_slice(), &[b'A' + number]].concat()
}

pub(super) fn branch_with(kind: NodeKind, children: u8) -> Node<i32> {
    let mut node = Node::branch(kind, b"prefix").unwrap();
    for key in 0..children {
        assert_eq!(
            node.add_child(key, Node::leaf(&[key], i32::from(key))),
            Ok(())
        );
    }
    node
}

pub(super) fn check_full(kind: NodeKind, room: u8, text: &str) {
    let mut node = branch_with(kind, room);
    assert!(node.is_full());
    let error = node.add_child(room, Node::leaf(b"", 0)).unwrap_err();
    assert_eq!(error, NodeError::Full(kind));
    assert_eq!(error.to_string(), text);
    assert_eq!(node.child_count(), usize::from(room), "as before");
}

pub(super) fn check_node(node: &Node<i32>, kind: NodeKind, path: &str, children: usize) {
    assert_eq!((node.kind(), node.child_count()), (kind, children));
    assert_eq!(text(node.path()), path);
}

pub(super) fn check_leaves(node: &Node<i32>) {
    for key in [b'A', b'B', b'C'] {
        check_node(
            node.find_child(key).unwrap(),
            NodeKind::Leaf,
            &char::from(key).to_string(),
            0,
        );
    }
}

pub(super) fn root_kind(tree: &SubjectTree<i32>) -> Option<NodeKind> {
    tree.root().map(Node::kind)
}

pub(super) fn assert_count(tree: &SubjectTree<i32>, filter: &str, expected: usize) {
    let mut count = 0;
    tree.for_each_match(filter.as_bytes(), |_, _| count += 1);
    assert_eq!(count, expected, "{filter}");
}

pub(super) fn text(subject: &[u8]) -> String {
    String::from_utf8(subject.to_vec()).unwrap()
}
