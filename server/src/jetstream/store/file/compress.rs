//! Compression of blocks (`StoreCompression` and `CompressionInfo` in
//! `filestore.go`).
//!
//! ```text
//! "cmp" | algorithm (1, S2 is 1) | varint: length of the plain block
//! S2 frame of the block without its last 8 bytes
//! those 8 bytes: the checksum of its last record
//! ```
//!
//! A block without this head is not compressed.

use std::borrow::Cow;
use std::io;
use std::ops::Range;

use thiserror::Error;

use super::checksum::CHECKSUM_LEN;
use crate::collections::varint::{put_varint, take_varint};
use crate::jetstream::model::StoreCompression;
use crate::protocol::s2::{self, S2Error};

/// Why a block cannot be compressed or decompressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CompressError {
    /// It has no checksum at its end.
    #[error("compressed buffer is too short")]
    TooShort,
    /// Its head ends too early.
    #[error("metadata incomplete")]
    IncompleteHead,
    /// Its head names an algorithm that there is not.
    #[error("compression algorithm not known")]
    UnknownAlgorithm,
    /// It is not as long as its head says.
    #[error("decompressed block has {found} bytes instead of {expected}")]
    WrongLen {
        /// Bytes that it has.
        found: u64,
        /// Bytes that it should have.
        expected: u64,
    },
    /// It does not unpack.
    #[error("error reading compression reader: {0}")]
    Packed(#[from] S2Error),
}

impl From<CompressError> for io::Error {
    fn from(error: CompressError) -> Self {
        Self::new(io::ErrorKind::InvalidData, error)
    }
}

/// What stands before a compressed block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompressionHead {
    /// How it is compressed.
    pub algorithm: StoreCompression,
    /// Bytes of the block when it is not, with the checksum at its end.
    pub plain_len: u64,
}

impl CompressionHead {
    /// The bytes of the head.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.push(match self.algorithm {
            StoreCompression::None => NONE,
            StoreCompression::S2 => S2,
        });
        put_varint(&mut out, self.plain_len);
        out
    }

    /// The head of a block and what follows it; `None` if the block has none.
    ///
    /// # Errors
    /// [`CompressError::IncompleteHead`], [`CompressError::UnknownAlgorithm`].
    pub fn decode(block: &[u8]) -> Result<Option<(Self, &[u8])>, CompressError> {
        let Some((algorithm, mut rest)) = block
            .strip_prefix(MAGIC)
            .and_then(|rest| rest.split_first())
        else {
            return Ok(None);
        };
        if rest.is_empty() {
            return Ok(None);
        }
        let plain_len = take_varint(&mut rest).ok_or(CompressError::IncompleteHead)?;
        let algorithm = match *algorithm {
            NONE => StoreCompression::None,
            S2 => StoreCompression::S2,
            _ => return Err(CompressError::UnknownAlgorithm),
        };
        Ok(Some((
            Self {
                algorithm,
                plain_len,
            },
            rest,
        )))
    }
}

/// Compresses a block, its head included. Without compression it stays what it is.
///
/// # Errors
/// [`CompressError::TooShort`] for less than a checksum.
pub fn compress_block(
    algorithm: StoreCompression,
    block: &[u8],
) -> Result<Cow<'_, [u8]>, CompressError> {
    let (body, checksum) = block
        .split_last_chunk::<CHECKSUM_LEN>()
        .ok_or(CompressError::TooShort)?;
    if algorithm == StoreCompression::None {
        return Ok(Cow::Borrowed(block));
    }
    let mut out = CompressionHead {
        algorithm,
        plain_len: block.len() as u64,
    }
    .encode();
    out.extend_from_slice(&s2::compress(body));
    out.extend_from_slice(checksum);
    Ok(Cow::Owned(out))
}

/// The plain block, whether it was compressed or not.
///
/// # Errors
/// What is wrong with it. [`salvage_block`] says what is left of it then.
pub fn decompress_block(block: &[u8]) -> Result<Cow<'_, [u8]>, CompressError> {
    let Some((head, rest)) = CompressionHead::decode(block)? else {
        return Ok(Cow::Borrowed(block));
    };
    if head.algorithm == StoreCompression::None {
        return Ok(Cow::Borrowed(rest));
    }
    let (frame, checksum) = rest
        .split_last_chunk::<CHECKSUM_LEN>()
        .ok_or(CompressError::TooShort)?;
    let mut plain = s2::decompress(frame, PLAIN_LEN_MAX)?;
    plain.extend_from_slice(checksum);
    if plain.len() as u64 != head.plain_len {
        return Err(CompressError::WrongLen {
            found: plain.len() as u64,
            expected: head.plain_len,
        });
    }
    Ok(Cow::Owned(plain))
}

/// What is left of a damaged compressed block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SalvagedBlock {
    /// The plain block from its beginning, with zeros where it is lost. There are as
    /// many of them as are lost, unless the end is lost too.
    pub bytes: Vec<u8>,
    /// Where it is lost, apart from the end.
    pub lost: Vec<Range<usize>>,
    /// Whether the end is lost.
    pub is_cut: bool,
}

/// Decompresses what can be of a damaged block; `None` if its head is damaged or
/// it is not compressed.
#[must_use]
pub fn salvage_block(block: &[u8]) -> Option<SalvagedBlock> {
    let (head, rest) = CompressionHead::decode(block).ok()??;
    if head.algorithm == StoreCompression::None {
        return None;
    }
    let whole = rest.split_last_chunk::<CHECKSUM_LEN>();
    if let Some((frame, checksum)) = whole {
        let found = s2::salvage(frame, PLAIN_LEN_MAX);
        if !found.is_cut && found.bytes.len() as u64 + CHECKSUM_LEN as u64 == head.plain_len {
            let mut bytes = found.bytes;
            bytes.extend_from_slice(checksum);
            return Some(SalvagedBlock {
                bytes,
                lost: found.lost,
                is_cut: false,
            });
        }
    }
    // The end is missing, so that nothing says where the checksum would be.
    let found = s2::salvage(rest, PLAIN_LEN_MAX);
    Some(SalvagedBlock {
        bytes: found.bytes,
        lost: found.lost,
        is_cut: true,
    })
}

const MAGIC: &[u8; 3] = b"cmp";
const NONE: u8 = 0;
const S2: u8 = 1;
/// More than any block has: the largest block and the largest message in it.
const PLAIN_LEN_MAX: usize = 1 << 30;

#[cfg(test)]
mod tests {
    use super::*;

    fn block() -> Vec<u8> {
        let mut block = b"a record of a block, and ".repeat(120_000);
        block.extend_from_slice(b"CHECKSUM");
        block
    }

    #[test]
    fn the_checksum_stays_as_it_is() {
        let block = block();
        let packed = compress_block(StoreCompression::S2, &block).unwrap();
        assert!(packed.len() < block.len() / 10);
        assert_eq!(&packed[..4], b"cmp\x01");
        assert!(packed.ends_with(b"CHECKSUM"));
        assert_eq!(*decompress_block(&packed).unwrap(), *block);
    }

    #[test]
    fn nothing_is_done_without_compression() {
        let block = block();
        let same = compress_block(StoreCompression::None, &block).unwrap();
        assert_eq!(*same, *block);
        assert_eq!(*decompress_block(&same).unwrap(), *block);
        let named = [b"cmp\x00\x08".as_slice(), b"12345678"].concat();
        assert_eq!(*decompress_block(&named).unwrap(), *b"12345678");
        let short = compress_block(StoreCompression::S2, b"1234567");
        assert_eq!(short, Err(CompressError::TooShort));
    }

    #[test]
    fn a_head_is_read_as_it_was_written() {
        let head = CompressionHead {
            algorithm: StoreCompression::S2,
            plain_len: 123_456_789,
        };
        let bytes = head.encode();
        assert_eq!(bytes, b"cmp\x01\x95\x9a\xef\x3a");
        assert_eq!(CompressionHead::decode(&bytes), Ok(Some((head, &[][..]))));
        assert_eq!(
            CompressionHead::decode(b"cmp\x01\xff"),
            Err(CompressError::IncompleteHead)
        );
        assert_eq!(
            CompressionHead::decode(b"cmp\x02\x01"),
            Err(CompressError::UnknownAlgorithm)
        );
        assert_eq!(CompressionHead::decode(b"cmp\x01"), Ok(None));
        assert_eq!(CompressionHead::decode(b"cmx\x01\x01"), Ok(None));
    }

    #[test]
    fn a_wrong_length_is_noticed() {
        let packed = compress_block(StoreCompression::S2, b"12345678CHECKSUM").unwrap();
        let mut packed = packed.into_owned();
        assert_eq!(packed[4], 16);
        packed[4] = 17;
        assert_eq!(
            decompress_block(&packed),
            Err(CompressError::WrongLen {
                found: 16,
                expected: 17
            })
        );
    }

    #[test]
    fn one_damaged_chunk_is_lost_alone() {
        let block = block();
        let packed = compress_block(StoreCompression::S2, &block).unwrap();
        // In the second of three chunks, before which stand head and name.
        let second = packed.len() / 2;
        let mut damaged = packed.to_vec();
        damaged[second] ^= 0x40;
        assert!(decompress_block(&damaged).is_err());
        let left = salvage_block(&damaged).unwrap();
        assert_eq!(left.lost.first(), Some(&(1 << 20..2 << 20)));
        assert_eq!(left.lost.len(), 1);
        assert!(!left.is_cut);
        assert_eq!(left.bytes.len(), block.len());
        assert_eq!(left.bytes[..1 << 20], block[..1 << 20]);
        assert_eq!(left.bytes[2 << 20..], block[2 << 20..]);
        let left = salvage_block(&packed[..second]).unwrap();
        assert_eq!((left.lost.as_slice(), left.is_cut), ([].as_slice(), true));
        assert_eq!(left.bytes, block[..1 << 20]);
        assert_eq!(salvage_block(&block), None, "not compressed");
    }
}
