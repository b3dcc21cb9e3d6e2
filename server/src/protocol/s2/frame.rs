//! Frames, packed and unpacked whole.
//!
//! ```text
//! chunk: kind (1) | length of what follows (3)
//! 0xff begin:        "S2sTwO", or "sNaPpY"
//! 0x00 packed:       checksum of the plain bytes (4) | block
//! 0x01 plain:        checksum (4) | bytes
//! 0x80..=0xfe:       to be skipped
//! ```

use std::ops::Range;

use super::crc32c::masked;
use super::decode::{decode_into, decoded_len};
use super::encode::encode_into;
use super::error::S2Error;

/// Plain bytes of a chunk that is written, 1 MiB.
pub(super) const CHUNK_LEN: usize = 1 << 20;
/// Most plain bytes of a chunk that is read, 4 MiB.
pub(super) const CHUNK_LEN_MAX: usize = 4 << 20;
/// The same for frames of Snappy.
const SNAPPY_LEN_MAX: usize = 1 << 16;
pub(super) const HEAD_LEN: usize = 4;

const BEGIN: u8 = 0xff;
const PACKED: u8 = 0x00;
const PLAIN: u8 = 0x01;
const SKIPPABLE: u8 = 0x80;
const NAME: &[u8; 6] = b"S2sTwO";
const NAME_SNAPPY: &[u8; 6] = b"sNaPpY";

/// Packs `plain` as a frame. Nothing gives an empty one.
#[must_use]
pub fn compress(plain: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(plain.len() / 2 + 64);
    if !plain.is_empty() {
        push_begin(&mut out);
    }
    for part in plain.chunks(CHUNK_LEN) {
        push_chunk(part, &mut out);
    }
    out
}

/// Unpacks a frame, unless it is larger than `len_max`.
///
/// # Errors
/// What is wrong with it.
pub fn decompress(frame: &[u8], len_max: usize) -> Result<Vec<u8>, S2Error> {
    let mut chunks = Chunks::new(frame);
    let mut out = Vec::new();
    while let Some(chunk) = chunks.next()? {
        chunk.unpack(len_max.saturating_sub(out.len()), &mut out)?;
    }
    Ok(out)
}

/// What is left of a damaged frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Salvage {
    /// The plain bytes, with zeros where they are lost. How many zeros is what the
    /// damaged chunk says, which may be wrong too.
    pub bytes: Vec<u8>,
    /// Where they are lost. What is lost at the end is not among them, since
    /// nothing says how much that is.
    pub lost: Vec<Range<usize>>,
    /// Whether something is lost at the end.
    pub is_cut: bool,
}

/// Unpacks what can be unpacked of a frame, but no more than `len_max` bytes.
/// A chunk whose head is sound and whose bytes are not is lost alone. Chunks to be
/// skipped, of which no store writes any, count as damage: one could be a chunk
/// whose kind was changed.
#[must_use]
pub fn salvage(frame: &[u8], len_max: usize) -> Salvage {
    let mut chunks = Chunks::new(frame);
    chunks.skips = false;
    let mut found = Salvage::default();
    loop {
        let chunk = match chunks.next() {
            Ok(Some(chunk)) => chunk,
            Ok(None) => return found,
            Err(_) => {
                found.is_cut = true;
                return found;
            }
        };
        let start = found.bytes.len();
        let room = len_max.saturating_sub(start);
        if chunk.unpack(room, &mut found.bytes).is_ok() {
            continue;
        }
        match chunk.plain_len() {
            Some(len) if len <= room => {
                found.bytes.truncate(start);
                found.bytes.resize(start + len, 0);
                found.lost.push(start..start + len);
            }
            _ => {
                found.bytes.truncate(start);
                found.is_cut = true;
                return found;
            }
        }
    }
}

pub(super) fn push_begin(out: &mut Vec<u8>) {
    push_head(BEGIN, NAME.len(), out);
    out.extend_from_slice(NAME);
}

/// Packs up to [`CHUNK_LEN_MAX`] bytes as a chunk.
pub(super) fn push_chunk(plain: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(&[0; HEAD_LEN]);
    out.extend_from_slice(&masked(plain).to_le_bytes());
    let body = out.len();
    encode_into(plain, out);
    let kind = if out.len() - body < plain.len() {
        PACKED
    } else {
        out.truncate(body);
        out.extend_from_slice(plain);
        PLAIN
    };
    let mut head = Vec::with_capacity(HEAD_LEN);
    push_head(kind, out.len() - start - HEAD_LEN, &mut head);
    out.splice(start..start + HEAD_LEN, head);
}

fn push_head(kind: u8, len: usize, out: &mut Vec<u8>) {
    out.push(kind);
    out.extend(len.to_le_bytes().iter().take(3));
}

/// The kind of a chunk and the length of what follows.
pub(super) const fn parse_head([kind, a, b, c]: [u8; HEAD_LEN]) -> (u8, usize) {
    (kind, u32::from_le_bytes([a, b, c, 0]) as usize)
}

/// What is read of a frame so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FrameState {
    has_begun: bool,
    is_snappy: bool,
}

/// A chunk with plain bytes.
pub(super) struct Chunk<'a> {
    is_packed: bool,
    checksum: u32,
    body: &'a [u8],
    len_max: usize,
}

impl FrameState {
    /// Takes in a chunk; `None` if it holds no plain bytes.
    pub(super) fn chunk<'a>(
        &mut self,
        kind: u8,
        body: &'a [u8],
    ) -> Result<Option<Chunk<'a>>, S2Error> {
        if kind == BEGIN {
            self.is_snappy = body == NAME_SNAPPY;
            if !self.is_snappy && body != NAME {
                return Err(S2Error::Corrupt);
            }
            self.has_begun = true;
            return Ok(None);
        }
        if !self.has_begun {
            return Err(S2Error::Corrupt);
        }
        match kind {
            PACKED | PLAIN => {
                let (checksum, body) = body.split_first_chunk().ok_or(S2Error::Corrupt)?;
                Ok(Some(Chunk {
                    is_packed: kind == PACKED,
                    checksum: u32::from_le_bytes(*checksum),
                    body,
                    len_max: if self.is_snappy {
                        SNAPPY_LEN_MAX
                    } else {
                        CHUNK_LEN_MAX
                    },
                }))
            }
            SKIPPABLE.. => Ok(None),
            _ => Err(S2Error::Unsupported),
        }
    }
}

impl Chunk<'_> {
    /// Adds the plain bytes to `out`, which after an error may hold some.
    pub(super) fn unpack(&self, len_max: usize, out: &mut Vec<u8>) -> Result<(), S2Error> {
        let start = out.len();
        let len_max = len_max.min(self.len_max);
        if self.is_packed {
            decode_into(self.body, len_max, out)?;
        } else if self.body.len() <= len_max {
            out.extend_from_slice(self.body);
        } else {
            return Err(S2Error::TooLarge);
        }
        if masked(out.get(start..).unwrap_or_default()) == self.checksum {
            Ok(())
        } else {
            Err(S2Error::Checksum)
        }
    }

    /// How many plain bytes there should be, if it can be told.
    fn plain_len(&self) -> Option<usize> {
        let len = if self.is_packed {
            decoded_len(self.body).ok()?
        } else {
            self.body.len()
        };
        (len <= self.len_max).then_some(len)
    }
}

/// The chunks with plain bytes of a frame in memory.
struct Chunks<'a> {
    rest: &'a [u8],
    state: FrameState,
    /// Whether there may be chunks to be skipped.
    skips: bool,
}

impl<'a> Chunks<'a> {
    fn new(frame: &'a [u8]) -> Self {
        Self {
            rest: frame,
            state: FrameState::default(),
            skips: true,
        }
    }

    fn next(&mut self) -> Result<Option<Chunk<'a>>, S2Error> {
        while !self.rest.is_empty() {
            let (head, rest) = self.rest.split_first_chunk().ok_or(S2Error::Corrupt)?;
            let (kind, len) = parse_head(*head);
            let (body, rest) = rest.split_at_checked(len).ok_or(S2Error::Corrupt)?;
            self.rest = rest;
            if let Some(chunk) = self.state.chunk(kind, body)? {
                return Ok(Some(chunk));
            }
            if kind != BEGIN && !self.skips {
                return Err(S2Error::Unsupported);
            }
        }
        Ok(None)
    }
}
