//! Searching in all blocks.

use super::block::{Block, Part, Span};
use super::blocks::{Blocks, Damage};
use crate::jetstream::store::error::StoreError;
use crate::jetstream::store::filter::Filter;

impl Blocks {
    /// The first message from `from` to `to` that `filter` matches.
    pub(super) fn next(
        &mut self,
        filter: Filter<'_>,
        from: u64,
        to: u64,
    ) -> Result<Option<u64>, StoreError> {
        let find = |block: &mut Block, damaged: &mut _| block.find_up(filter, from, to, damaged);
        self.first_found(from, to, |_| true, find)
    }

    /// The last message from `from` to `to` that `filter` matches.
    pub(super) fn prev(
        &mut self,
        filter: Filter<'_>,
        from: u64,
        to: u64,
    ) -> Result<Option<u64>, StoreError> {
        let find = |block: &mut Block, damaged: &mut _| block.find_down(filter, from, to, damaged);
        self.last_found(from, to, |_| true, find)
    }

    /// The first message from `from` to `to` of one of a few subjects; blocks that
    /// cannot have any are not read.
    pub(super) fn next_of(
        &mut self,
        spans: &[Span],
        from: u64,
        to: u64,
    ) -> Result<Option<u64>, StoreError> {
        let (from, to) = narrowed(spans, from, to);
        let find = |block: &mut Block, damaged: &mut _| {
            block.first_of(Part {
                spans,
                from,
                to,
                damaged,
            })
        };
        self.first_found(from, to, |block| may_have(block, spans), find)
    }

    /// The last message from `from` to `to` of one of a few subjects; blocks that
    /// cannot have any are not read.
    pub(super) fn prev_of(
        &mut self,
        spans: &[Span],
        from: u64,
        to: u64,
    ) -> Result<Option<u64>, StoreError> {
        let (from, to) = narrowed(spans, from, to);
        let find = |block: &mut Block, damaged: &mut _| {
            block.last_of(Part {
                spans,
                from,
                to,
                damaged,
            })
        };
        self.last_found(from, to, |block| may_have(block, spans), find)
    }

    /// How many messages from `from` to `to` have one of a few subjects; blocks that
    /// cannot have any are not read.
    pub(super) fn count_of(
        &mut self,
        spans: &[Span],
        from: u64,
        to: u64,
    ) -> Result<u64, StoreError> {
        let (from, to) = narrowed(spans, from, to);
        let Some(mut at) = self.position(from) else {
            return Ok(0);
        };
        let mut count = 0;
        while let Some(block) = self.list.get(at)
            && block.tally.first_seq <= to
        {
            if block.tally.msgs > 0 && may_have(block, spans) {
                self.load(at, from)?;
                count += self.search(at, |block, damaged| {
                    block.count_of(Part {
                        spans,
                        from,
                        to,
                        damaged,
                    })
                })?;
            }
            at += 1;
        }
        Ok(count)
    }

    /// What `find` finds in the first block from `from` to `to` that is `wanted`.
    fn first_found(
        &mut self,
        from: u64,
        to: u64,
        wanted: impl Fn(&Block) -> bool,
        mut find: impl FnMut(&mut Block, &mut Vec<u64>) -> Option<u64>,
    ) -> Result<Option<u64>, StoreError> {
        let Some(mut at) = self.position(from) else {
            return Ok(None);
        };
        while let Some(block) = self.list.get(at) {
            if block.tally.first_seq > to {
                break;
            }
            if block.tally.msgs > 0 && wanted(block) {
                self.load(at, from)?;
                let found = self.search(at, &mut find)?;
                if found.is_some() {
                    return Ok(found);
                }
            }
            at += 1;
        }
        Ok(None)
    }

    /// What `find` finds in the last block from `from` to `to` that is `wanted`.
    fn last_found(
        &mut self,
        from: u64,
        to: u64,
        wanted: impl Fn(&Block) -> bool,
        mut find: impl FnMut(&mut Block, &mut Vec<u64>) -> Option<u64>,
    ) -> Result<Option<u64>, StoreError> {
        let Some(last) = self.list.len().checked_sub(1) else {
            return Ok(None);
        };
        let mut at = self.position(to).unwrap_or(last);
        loop {
            let Some(block) = self.list.get(at) else {
                return Ok(None);
            };
            if block.tally.last_seq < from {
                return Ok(None);
            }
            if block.tally.msgs > 0 && block.tally.first_seq <= to && wanted(block) {
                self.load(at, from)?;
                let found = self.search(at, &mut find)?;
                if found.is_some() {
                    return Ok(found);
                }
            }
            let Some(before) = at.checked_sub(1) else {
                return Ok(None);
            };
            at = before;
        }
    }

    /// How many messages from `from` to `to` match.
    pub(super) fn count(
        &mut self,
        filter: Filter<'_>,
        from: u64,
        to: u64,
    ) -> Result<u64, StoreError> {
        let Some(mut at) = self.position(from) else {
            return Ok(0);
        };
        let mut count = 0;
        while let Some(block) = self.list.get(at) {
            let tally = block.tally;
            if tally.first_seq > to {
                break;
            }
            let is_whole = from <= tally.first_seq && tally.last_seq <= to;
            if is_whole && matches!(filter, Filter::All) {
                count += tally.msgs;
            } else if tally.msgs > 0 && !matches!(filter, Filter::All) {
                self.load(at, from)?;
                count +=
                    self.search(at, |block, damaged| block.count(filter, from, to, damaged))?;
            } else if tally.msgs > 0 {
                count += count_by_map(block, from, to);
            }
            at += 1;
        }
        Ok(count)
    }

    /// The time of a message, 0 if it is not there.
    pub(super) fn time(&mut self, seq: u64) -> Result<i64, StoreError> {
        Ok(self.get(seq)?.map_or(0, |record| record.ts))
    }

    /// What `find` finds in a block, which is read anew if it comes upon damage there.
    fn search<R>(
        &mut self,
        at: usize,
        mut find: impl FnMut(&mut Block, &mut Vec<u64>) -> R,
    ) -> Result<R, StoreError>
    where
        R: Default,
    {
        let mut damaged = Vec::new();
        let Some(block) = self.list.get_mut(at) else {
            return Ok(R::default());
        };
        let mut found = find(block, &mut damaged);
        let index = block.index;
        if !damaged.is_empty()
            && self.read_anew(at)?
            && let Some(block) = self.list.get_mut(at)
        {
            damaged.clear();
            found = find(block, &mut damaged);
            if damaged.is_empty() {
                self.trust(at);
            }
        }
        let damaged = damaged.into_iter();
        self.damage
            .extend(damaged.map(|seq| Damage::Msg { block: index, seq }));
        Ok(found)
    }
}

/// The part between `from` and `to` outside of which no message of these subjects lies;
/// without subjects one that holds nothing.
fn narrowed(spans: &[Span], from: u64, to: u64) -> (u64, u64) {
    let lowest = spans.iter().map(|span| span.lowest).min();
    let highest = spans.iter().map(|span| span.highest).max();
    (
        from.max(lowest.unwrap_or(u64::MAX)),
        to.min(highest.unwrap_or(0)),
    )
}

fn may_have(block: &Block, spans: &[Span]) -> bool {
    let (first, last) = (block.tally.first_seq, block.tally.last_seq);
    spans.iter().any(|span| span.overlaps(first, last))
}

fn count_by_map(block: &Block, from: u64, to: u64) -> u64 {
    let first = from.max(block.tally.first_seq);
    let last = to.min(block.tally.last_seq);
    if first > last {
        return 0;
    }
    let gone = block.deleted.count_between(first, last) as u64;
    last - first + 1 - gone
}
