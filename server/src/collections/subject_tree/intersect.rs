//! What two trees have in common.

use super::tree::SubjectTree;

/// Calls `each` for every subject that is in both trees, in no order. Walks
/// the smaller one.
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
