//! Unpacking a block.

use super::copy::{COPY_1, COPY_2, LITERAL, REPEAT_1, REPEAT_2, REPEAT_3, REPEAT_MIN};
use super::error::S2Error;
use crate::collections::varint::take_varint;

/// How many bytes a block unpacks to, as it says itself.
///
/// # Errors
/// [`S2Error::Corrupt`].
pub fn decoded_len(block: &[u8]) -> Result<usize, S2Error> {
    let mut rest = block;
    read_len(&mut rest)
}

/// Unpacks a block, unless it is larger than `len_max`.
///
/// # Errors
/// [`S2Error::Corrupt`], [`S2Error::TooLarge`].
pub fn decode(block: &[u8], len_max: usize) -> Result<Vec<u8>, S2Error> {
    let mut out = Vec::new();
    decode_into(block, len_max, &mut out)?;
    Ok(out)
}

/// Unpacks a block to the end of `out`, which may hold part of it after an error.
pub(super) fn decode_into(
    mut block: &[u8],
    len_max: usize,
    out: &mut Vec<u8>,
) -> Result<(), S2Error> {
    let len = read_len(&mut block)?;
    if len > len_max {
        return Err(S2Error::TooLarge);
    }
    out.reserve(len);
    let mut unpacker = Unpacker {
        start: out.len(),
        end: out.len() + len,
        out,
        offset: 0,
    };
    while let Some((&tag, rest)) = block.split_first() {
        block = rest;
        unpacker.element(tag, &mut block)?;
    }
    if unpacker.out.len() == unpacker.end {
        Ok(())
    } else {
        Err(S2Error::Corrupt)
    }
}

struct Unpacker<'a> {
    out: &'a mut Vec<u8>,
    /// Where the block begins and where it has to end.
    start: usize,
    end: usize,
    /// Of the last copy; 0 before the first.
    offset: usize,
}

impl Unpacker<'_> {
    fn element(&mut self, tag: u8, rest: &mut &[u8]) -> Result<(), S2Error> {
        let high = usize::from(tag >> 2);
        let len = match tag & 3 {
            LITERAL => {
                let len = match high {
                    60.. => number(rest, high - 59)?,
                    _ => high,
                };
                return self.literal(len + 1, rest);
            }
            COPY_1 => {
                let offset = usize::from(tag & 0xe0) << 3 | number(rest, 1)?;
                if offset == 0 {
                    match high & 7 {
                        5 => number(rest, 1)? + REPEAT_1,
                        6 => number(rest, 2)? + REPEAT_2,
                        7 => number(rest, 3)? + REPEAT_3,
                        short => short + REPEAT_MIN,
                    }
                } else {
                    self.offset = offset;
                    (high & 7) + 4
                }
            }
            COPY_2 => {
                self.offset = number(rest, 2)?;
                high + 1
            }
            _ => {
                self.offset = number(rest, 4)?;
                high + 1
            }
        };
        self.copy(len)
    }

    fn literal(&mut self, len: usize, rest: &mut &[u8]) -> Result<(), S2Error> {
        let (bytes, after) = rest.split_at_checked(len).ok_or(S2Error::Corrupt)?;
        if len > self.end - self.out.len() {
            return Err(S2Error::Corrupt);
        }
        self.out.extend_from_slice(bytes);
        *rest = after;
        Ok(())
    }

    fn copy(&mut self, mut len: usize) -> Result<(), S2Error> {
        let at = self.out.len();
        if self.offset == 0 || self.offset > at - self.start || len > self.end - at {
            return Err(S2Error::Corrupt);
        }
        // A copy may run into what it writes: then that repeats, and every round
        // has twice as much to take from.
        let from = at - self.offset;
        while len > 0 {
            let part = len.min(self.out.len() - from);
            self.out.extend_from_within(from..from + part);
            len -= part;
        }
        Ok(())
    }
}

fn read_len(block: &mut &[u8]) -> Result<usize, S2Error> {
    let len = take_varint(block).ok_or(S2Error::Corrupt)?;
    // The format has lengths of 32 bits.
    u32::try_from(len)
        .ok()
        .and_then(|len| usize::try_from(len).ok())
        .ok_or(S2Error::Corrupt)
}

/// A number of up to four bytes.
fn number(rest: &mut &[u8], width: usize) -> Result<usize, S2Error> {
    let (bytes, after) = rest.split_at_checked(width).ok_or(S2Error::Corrupt)?;
    *rest = after;
    Ok(bytes
        .iter()
        .rev()
        .fold(0, |number, byte| number << 8 | usize::from(*byte)))
}
