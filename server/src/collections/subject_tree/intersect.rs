//! What two trees have in common.

use super::tree::SubjectTree;

/// Calls `each` for every subject that is in both trees, in the order of
/// [`SubjectTree::iter_fast`] over the one with fewer subjects: the other is only
/// asked (`LazyIntersect` of `stree.go`).
pub fn lazy_intersect<L, R>(
    left: &SubjectTree<L>,
    right: &SubjectTree<R>,
    mut each: impl FnMut(&[u8], &L, &R),
) {
    if left.len() <= right.len() {
        left.iter_fast(|subject, of_left| {
            if let Some(of_right) = right.get(subject) {
                each(subject, of_left, of_right);
            }
            true
        });
    } else {
        right.iter_fast(|subject, of_right| {
            if let Some(of_left) = left.get(subject) {
                each(subject, of_left, of_right);
            }
            true
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smaller_tree_is_walked() {
        let of = |subjects: &[&str]| {
            let mut tree = SubjectTree::new();
            for subject in subjects {
                tree.insert(subject.as_bytes(), ()).unwrap();
            }
            tree
        };
        let order = |tree: &SubjectTree<()>| {
            let mut order = Vec::new();
            tree.iter_fast(|subject, ()| {
                order.push(subject.to_vec());
                true
            });
            order
        };
        // A node keeps its children as they came, so the two orders differ.
        let small = of(&["foo.c", "foo.b", "foo.a"]);
        let large = of(&["foo.a", "foo.b", "foo.c", "foo.d"]);
        let of_small = order(&small);
        let of_large: Vec<_> = order(&large)
            .into_iter()
            .filter(|subject| of_small.contains(subject))
            .collect();
        assert_ne!(of_small, of_large);
        for (left, right) in [(&small, &large), (&large, &small)] {
            let mut seen = Vec::new();
            lazy_intersect(left, right, |subject, (), ()| seen.push(subject.to_vec()));
            assert_eq!(seen, of_small);
        }
    }
}
