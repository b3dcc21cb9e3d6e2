//! Packing a block.
//!
//! Greedy: at each place the last one with the same hash of four bytes is tried,
//! and where nothing is found the steps grow, so that what cannot be packed costs
//! little.

use super::copy::{COPY_1, COPY_2, COPY_4, LITERAL, REPEAT_1, REPEAT_2, REPEAT_3, REPEAT_MIN};
use crate::collections::varint::put_varint;

/// Packs `plain` as one block. The block is never much larger.
///
/// Only the first 4 GiB count: a block cannot be longer, and no caller's is.
#[must_use]
pub fn encode(plain: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(plain.len() / 2 + 16);
    encode_into(plain, &mut out);
    out
}

/// Packs `plain` to the end of `out`.
pub(super) fn encode_into(plain: &[u8], out: &mut Vec<u8>) {
    let plain = plain.get(..LEN_MAX).unwrap_or(plain);
    put_varint(out, plain.len() as u64);
    Packer {
        plain,
        out,
        next: 0,
        offset: 0,
    }
    .run();
}

/// Lengths in the format have 32 bits.
const LEN_MAX: usize = u32::MAX as usize;
/// Less than this is not worth looking at.
const LEN_MIN: usize = 16;
const TABLE_BITS_MIN: u32 = 8;
const TABLE_BITS_MAX: u32 = 15;
/// How many places are tried, as a power of two, before the steps grow by one.
const PATIENCE: u32 = 5;

struct Packer<'a> {
    plain: &'a [u8],
    out: &'a mut Vec<u8>,
    /// The first byte that is not packed.
    next: usize,
    /// Of the last copy; 0 before the first.
    offset: usize,
}

impl Packer<'_> {
    fn run(mut self) {
        if self.plain.len() >= LEN_MIN {
            self.find_copies();
        }
        self.literal(self.plain.len());
    }

    fn find_copies(&mut self) {
        let plain = self.plain;
        let bits = usize::BITS - plain.len().leading_zeros();
        let bits = bits.clamp(TABLE_BITS_MIN, TABLE_BITS_MAX);
        let mut table = vec![0_u32; 1 << bits];
        let mut at = 1;
        while let Some(word) = word(plain, at) {
            let slot = (word.wrapping_mul(0x9e37_79b1) >> (u32::BITS - bits)) as usize;
            let Some(slot) = table.get_mut(slot) else {
                return;
            };
            let candidate = std::mem::replace(slot, at as u32) as usize;
            // Place 0 is where unused slots point too; that is one lost candidate.
            if self::word(plain, candidate) != Some(word) || candidate >= at {
                at += 1 + ((at - self.next) >> PATIENCE);
                continue;
            }
            at = self.copy(candidate, at);
        }
    }

    /// Packs up to where `at` and `candidate` cease to be the same, and says where
    /// that is.
    fn copy(&mut self, mut candidate: usize, mut at: usize) -> usize {
        let plain = self.plain;
        let end = at + 4 + common(plain, candidate + 4, at + 4);
        while at > self.next && candidate > 0 && plain.get(at - 1) == plain.get(candidate - 1) {
            at -= 1;
            candidate -= 1;
        }
        self.literal(at);
        let offset = at - candidate;
        let len = end - at;
        if offset == self.offset {
            self.repeat(len);
        } else {
            self.first_copy(offset, len);
        }
        self.next = end;
        end
    }

    /// Packs what is left before `end` as it is.
    fn literal(&mut self, end: usize) {
        let Some(bytes) = self.plain.get(self.next..end).filter(|b| !b.is_empty()) else {
            return;
        };
        let less = bytes.len() - 1;
        if less < 60 {
            self.out.push((less as u8) << 2 | LITERAL);
        } else {
            let width = (usize::BITS - less.leading_zeros()).div_ceil(8) as u8;
            self.out.push((59 + width) << 2 | LITERAL);
            self.number(less, usize::from(width));
        }
        self.out.extend_from_slice(bytes);
        self.next = end;
    }

    fn first_copy(&mut self, offset: usize, len: usize) {
        self.offset = offset;
        if offset < 2_048 && len < 12 {
            self.out
                .push(((offset >> 8) as u8) << 5 | ((len - 4) as u8) << 2 | COPY_1);
            self.out.push(offset as u8);
            return;
        }
        let (tag, width) = if offset < 65_536 {
            (COPY_2, 2)
        } else {
            (COPY_4, 4)
        };
        // What does not fit is repeated, and a repeat cannot be shorter than four.
        let first = if len <= 64 { len } else { 60 };
        self.out.push(((first - 1) as u8) << 2 | tag);
        self.number(offset, width);
        if first < len {
            self.repeat(len - first);
        }
    }

    /// A copy of at least [`REPEAT_MIN`] bytes from the last offset.
    fn repeat(&mut self, mut len: usize) {
        const LEN_MAX: usize = REPEAT_3 + 0xff_ffff;
        while len > LEN_MAX {
            self.repeat_once(LEN_MAX - REPEAT_MIN);
            len -= LEN_MAX - REPEAT_MIN;
        }
        self.repeat_once(len);
    }

    fn repeat_once(&mut self, len: usize) {
        let (kind, more, width) = match len {
            4..=8 => (len - REPEAT_MIN, 0, 0),
            9..=0x107 => (5, len - REPEAT_1, 1),
            0x108..=0x1_0103 => (6, len - REPEAT_2, 2),
            _ => (7, len - REPEAT_3, 3),
        };
        self.out.push((kind as u8) << 2 | COPY_1);
        self.out.push(0);
        self.number(more, width);
    }

    fn number(&mut self, number: usize, width: usize) {
        self.out.extend(number.to_le_bytes().iter().take(width));
    }
}

/// The four bytes from `at` on.
fn word(plain: &[u8], at: usize) -> Option<u32> {
    let bytes = plain.get(at..)?.first_chunk::<4>()?;
    Some(u32::from_le_bytes(*bytes))
}

/// How many bytes are the same from both places on.
fn common(plain: &[u8], first: usize, second: usize) -> usize {
    let first = plain.get(first..).unwrap_or_default();
    let second = plain.get(second..).unwrap_or_default();
    let mut len = 0;
    for (a, b) in first
        .as_chunks::<8>()
        .0
        .iter()
        .zip(second.as_chunks::<8>().0)
    {
        let differ = u64::from_le_bytes(*a) ^ u64::from_le_bytes(*b);
        if differ != 0 {
            return len + differ.trailing_zeros() as usize / 8;
        }
        len += 8;
    }
    let rest = first.iter().skip(len).zip(second.iter().skip(len));
    len + rest.take_while(|(a, b)| a == b).count()
}
