//! The elements of a block.
//!
//! ```text
//! the two low bits of the first byte, and what the six above (n) mean:
//! 00 literal: n < 60: n + 1 bytes follow; 60..=63: a length less one in as many
//!             bytes as n - 59, then the bytes
//! 01 copy:    4 + n % 8 bytes from an offset of n / 8 * 256 + next byte; with
//!             offset 0 the last offset again, and n % 8 says how long:
//!             0..=4: 4 more than that; 5: 8 more than the next byte;
//!             6: 260 more than the next two; 7: 65,540 more than the next three
//! 10 copy:    n + 1 bytes from the offset in the next two bytes
//! 11 copy:    n + 1 bytes from the offset in the next four bytes
//! ```
//!
//! Numbers have their lowest byte first; offsets count back from where the block
//! is unpacked to.

pub(super) const LITERAL: u8 = 0;
pub(super) const COPY_1: u8 = 1;
pub(super) const COPY_2: u8 = 2;
pub(super) const COPY_4: u8 = 3;

/// Shortest run that a repeat stands for.
pub(super) const REPEAT_MIN: usize = 4;
/// What the longer forms of a repeat add to the number that follows.
pub(super) const REPEAT_1: usize = 8;
pub(super) const REPEAT_2: usize = 256 + REPEAT_MIN;
pub(super) const REPEAT_3: usize = 65_536 + REPEAT_MIN;
