//! Walks over the tree that allocate nothing in the usual case.

use super::node::{Level, Node};
use crate::subject::tokens::split_first;
use crate::subject::validity::no_empty_tokens;
use std::hash::BuildHasher;

/// Calls `visit` for every node whose pattern matches the literal `subject`.
/// A subject with an empty token matches nothing. `visit` returns whether to go
/// on; the result is whether it did to the end.
///
/// At every level the literal branch is followed at once and the `*` branch
/// is put aside, so there is never more than one branch per token waiting.
pub(super) fn visit_matching<'a, T>(
    root: &'a Level<T>,
    subject: &'a [u8],
    hasher: &impl BuildHasher,
    mut visit: impl FnMut(&'a Node<T>) -> bool,
) -> bool {
    if !no_empty_tokens(subject) {
        return true;
    }
    let mut waiting = Waiting::new();
    waiting.push(root, subject);
    while let Some((mut level, mut rest)) = waiting.pop() {
        loop {
            if level.full.as_deref().is_some_and(|node| !visit(node)) {
                return false;
            }
            let (token, tail) = split_first(rest);
            let partial = level.partial.as_deref();
            let literal = level.literals.find(token, hasher);
            let Some(tail) = tail else {
                if !partial.into_iter().chain(literal).all(&mut visit) {
                    return false;
                }
                break;
            };
            let partial = partial.and_then(|node| node.next.as_deref());
            let literal = literal.and_then(|node| node.next.as_deref());
            level = match (literal, partial) {
                (Some(literal), Some(partial)) => {
                    waiting.push(partial, tail);
                    literal
                }
                (Some(only), None) | (None, Some(only)) => only,
                (None, None) => break,
            };
            rest = tail;
        }
    }
    true
}

/// Whether some pattern could match a subject that starts with the tokens of
/// `prefix` (`hasInterestStartingIn`).
pub(super) fn any_starting_in<T>(
    root: &Level<T>,
    prefix: &[u8],
    hasher: &impl BuildHasher,
) -> bool {
    let mut waiting = Waiting::new();
    waiting.push(root, prefix);
    while let Some((mut level, mut rest)) = waiting.pop() {
        loop {
            if level.full.is_some() {
                return true;
            }
            let (token, tail) = split_first(rest);
            let partial = level.partial.as_deref();
            let literal = level.literals.find(token, hasher);
            let Some(tail) = tail else {
                if partial.or(literal).is_some() {
                    return true;
                }
                break;
            };
            let partial = partial.and_then(|node| node.next.as_deref());
            let literal = literal.and_then(|node| node.next.as_deref());
            level = match (literal, partial) {
                (Some(literal), Some(partial)) => {
                    waiting.push(partial, tail);
                    literal
                }
                (Some(only), None) | (None, Some(only)) => only,
                (None, None) => break,
            };
            rest = tail;
        }
    }
    false
}

/// Calls `visit` for every node whose pattern shares a literal subject with
/// `pattern`.
pub(super) fn visit_colliding<'a, T>(
    root: &'a Level<T>,
    pattern: &[u8],
    hasher: &impl BuildHasher,
    mut visit: impl FnMut(&'a Node<T>),
) {
    let mut waiting = vec![(root, pattern)];
    while let Some((level, rest)) = waiting.pop() {
        let (token, tail) = split_first(rest);
        if token == b">" {
            visit_all(level, &mut visit);
            continue;
        }
        if let Some(node) = level.full.as_deref() {
            visit(node);
        }
        let any = token == b"*";
        let named = if any {
            None
        } else {
            level.literals.find(token, hasher)
        };
        let all = any.then(|| level.literals.iter()).into_iter().flatten();
        for node in all.chain(named).chain(level.partial.as_deref()) {
            match tail {
                None => visit(node),
                Some(tail) => waiting.extend(node.next.as_deref().map(|next| (next, tail))),
            }
        }
    }
}

/// Calls `visit` for every node at and below `level`.
pub(super) fn visit_all<'a, T>(level: &'a Level<T>, mut visit: impl FnMut(&'a Node<T>)) {
    let mut waiting = vec![level];
    while let Some(level) = waiting.pop() {
        for node in level.nodes() {
            visit(node);
            waiting.extend(node.next.as_deref());
        }
    }
}

/// The number of tokens of the longest pattern.
pub(super) fn depth<T>(root: &Level<T>) -> usize {
    let mut deepest = 0;
    let mut waiting = vec![(root, 0)];
    while let Some((level, above)) = waiting.pop() {
        if level.node_count() > 0 {
            deepest = deepest.max(above + 1);
        }
        waiting.extend(
            level
                .nodes()
                .filter_map(|node| node.next.as_deref())
                .map(|next| (next, above + 1)),
        );
    }
    deepest
}

/// Branches still to walk: the first few on the stack, the others on the heap.
struct Waiting<'a, T> {
    near: [Option<(&'a Level<T>, &'a [u8])>; NEAR_MAX],
    len: usize,
    far: Vec<(&'a Level<T>, &'a [u8])>,
}

const NEAR_MAX: usize = 8;

impl<'a, T> Waiting<'a, T> {
    fn new() -> Self {
        Self {
            near: [None; NEAR_MAX],
            len: 0,
            far: Vec::new(),
        }
    }

    fn push(&mut self, level: &'a Level<T>, rest: &'a [u8]) {
        match self.near.get_mut(self.len) {
            Some(slot) => {
                *slot = Some((level, rest));
                self.len += 1;
            }
            None => self.far.push((level, rest)),
        }
    }

    fn pop(&mut self) -> Option<(&'a Level<T>, &'a [u8])> {
        if let Some(branch) = self.far.pop() {
            return Some(branch);
        }
        self.len = self.len.checked_sub(1)?;
        self.near.get_mut(self.len)?.take()
    }
}
