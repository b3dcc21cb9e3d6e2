//! The mapping functions of a destination.

use rand::Rng;

/// What stands for a destination token. An `index` counts the wildcards of the
/// source from one; after a transform is made it counts source tokens from
/// zero (`subject_transform.go`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MappingFunction {
    /// `$1`, `{{wildcard(1)}}`: the token itself.
    Wildcard(i64),
    /// `{{partition(buckets, index…)}}`: a bucket by hash, of these tokens or
    /// of the whole subject when none are named.
    Partition {
        /// Number of buckets.
        buckets: i32,
        /// Which tokens are hashed.
        positions: Vec<i64>,
    },
    /// `{{splitFromLeft(index, at)}}`: the token in two, `at` bytes from the left.
    SplitFromLeft {
        /// Which token.
        index: i64,
        /// Where, in bytes.
        at: i32,
    },
    /// `{{splitFromRight(index, at)}}`: the token in two, `at` bytes from the right.
    SplitFromRight {
        /// Which token.
        index: i64,
        /// Where, in bytes.
        at: i32,
    },
    /// `{{sliceFromLeft(index, size)}}`: the token in pieces, the last may be short.
    SliceFromLeft {
        /// Which token.
        index: i64,
        /// Bytes in a piece.
        size: i32,
    },
    /// `{{sliceFromRight(index, size)}}`: the token in pieces, the first may be short.
    SliceFromRight {
        /// Which token.
        index: i64,
        /// Bytes in a piece.
        size: i32,
    },
    /// `{{split(index, delimiter)}}`: the token at every delimiter.
    Split {
        /// Which token.
        index: i64,
        /// What separates the parts.
        delimiter: String,
    },
    /// `{{left(index, len)}}`: the first bytes of the token.
    Left {
        /// Which token.
        index: i64,
        /// How many bytes.
        len: i32,
    },
    /// `{{right(index, len)}}`: the last bytes of the token.
    Right {
        /// Which token.
        index: i64,
        /// How many bytes.
        len: i32,
    },
    /// `{{random(ceiling)}}`: a number below the ceiling.
    Random {
        /// One more than the largest number.
        ceiling: i32,
    },
}

impl MappingFunction {
    /// The source wildcards it uses.
    pub(super) fn indexes_mut(&mut self) -> &mut [i64] {
        match self {
            Self::Wildcard(index)
            | Self::SplitFromLeft { index, .. }
            | Self::SplitFromRight { index, .. }
            | Self::SliceFromLeft { index, .. }
            | Self::SliceFromRight { index, .. }
            | Self::Split { index, .. }
            | Self::Left { index, .. }
            | Self::Right { index, .. } => std::slice::from_mut(index),
            Self::Partition { positions, .. } => positions,
            Self::Random { .. } => &mut [],
        }
    }

    /// Appends its value for the source `tokens`. A token that is not there
    /// counts as empty.
    pub(super) fn write(&self, tokens: &[&[u8]], out: &mut Vec<u8>) {
        let token = |index: &i64| token_at(tokens, *index);
        match self {
            Self::Wildcard(index) => out.extend_from_slice(token(index)),
            Self::Partition { buckets, positions } => {
                let bucket = if positions.is_empty() {
                    let separated = tokens.iter().enumerate().flat_map(|(number, token)| {
                        let separator: &[u8] = if number == 0 { b"" } else { b"." };
                        separator.iter().chain(*token)
                    });
                    hash_partition(separated, *buckets)
                } else {
                    hash_partition(positions.iter().flat_map(token), *buckets)
                };
                write_number(bucket, out);
            }
            Self::SplitFromLeft { index, at } => {
                let token = token(index);
                split_at(token, position(token, *at), out);
            }
            Self::SplitFromRight { index, at } => {
                let token = token(index);
                split_at(token, position(token, *at).map(|at| token.len() - at), out);
            }
            Self::SliceFromLeft { index, size } => {
                let token = token(index);
                let size = position(token, *size).unwrap_or(token.len());
                join(token.chunks(size.max(1)), out);
            }
            Self::SliceFromRight { index, size } => {
                let token = token(index);
                let size = position(token, *size).unwrap_or(token.len()).max(1);
                let (short, full) = token.split_at(token.len() % size);
                let short = (!short.is_empty()).then_some(short);
                join(short.into_iter().chain(full.chunks(size)), out);
            }
            Self::Split { index, delimiter } => split_by(token(index), delimiter.as_bytes(), out),
            Self::Left { index, len } => {
                let token = token(index);
                let len = position(token, *len).unwrap_or(token.len());
                out.extend_from_slice(&token[..len]);
            }
            Self::Right { index, len } => {
                let token = token(index);
                let len = position(token, *len).unwrap_or(token.len());
                out.extend_from_slice(&token[token.len() - len..]);
            }
            Self::Random { ceiling } => write_number(random_partition(*ceiling), out),
        }
    }
}

fn token_at<'a>(tokens: &[&'a [u8]], index: i64) -> &'a [u8] {
    usize::try_from(index)
        .ok()
        .and_then(|index| tokens.get(index))
        .copied()
        .unwrap_or_default()
}

/// A place inside `token`, neither at its start nor at or beyond its end.
fn position(token: &[u8], at: i32) -> Option<usize> {
    usize::try_from(at)
        .ok()
        .filter(|&at| at > 0 && at < token.len())
}

fn split_at(token: &[u8], at: Option<usize>, out: &mut Vec<u8>) {
    match at {
        None => out.extend_from_slice(token),
        Some(at) => {
            let (left, right) = token.split_at(at);
            join([left, right], out);
        }
    }
}

/// The parts between delimiters, the empty ones left out. An empty delimiter
/// separates every character, so that each is a token.
fn split_by(token: &[u8], delimiter: &[u8], out: &mut Vec<u8>) {
    if delimiter.is_empty() {
        let mut rest = token;
        let parts = std::iter::from_fn(|| {
            let head = &rest[..rest.len().min(4)];
            let chunk = head.utf8_chunks().next()?;
            let len = chunk.valid().chars().next().map_or(1, char::len_utf8);
            let (part, tail) = rest.split_at_checked(len)?;
            rest = tail;
            Some(part)
        });
        return join(parts, out);
    }
    let mut parts = Vec::new();
    let mut start = 0;
    for at in memchr::memmem::find_iter(token, delimiter) {
        parts.push(&token[start..at]);
        start = at + delimiter.len();
    }
    parts.push(&token[start..]);
    for (number, part) in parts.iter().enumerate() {
        out.extend_from_slice(part);
        let followed = parts.get(number + 1).is_some_and(|next| !next.is_empty());
        if followed && !(number == 0 && part.is_empty()) {
            out.push(b'.');
        }
    }
}

fn join<'a>(parts: impl IntoIterator<Item = &'a [u8]>, out: &mut Vec<u8>) {
    for (number, part) in parts.into_iter().enumerate() {
        if number > 0 {
            out.push(b'.');
        }
        out.extend_from_slice(part);
    }
}

/// FNV-1a of the bytes, modulo the number of buckets. Part of the contract:
/// clients and other servers work out the same bucket.
fn hash_partition<'a>(bytes: impl Iterator<Item = &'a u8>, buckets: i32) -> i64 {
    const OFFSET: u32 = 0x811c_9dc5;
    const PRIME: u32 = 0x0100_0193;
    let hash = bytes.fold(OFFSET, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(PRIME)
    });
    hash.checked_rem(buckets.cast_unsigned())
        .map_or(0, i64::from)
}

/// A random number below `ceiling`, or zero when that is zero.
fn random_partition(ceiling: i32) -> i64 {
    let number = i64::from(rand::rng().random_range(0..i32::MAX));
    number.checked_rem(i64::from(ceiling)).unwrap_or(0)
}

fn write_number(number: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(number.to_string().as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(function: &MappingFunction, token: &str) -> String {
        let mut out = Vec::new();
        function.write(&[token.as_bytes()], &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn sizes_beyond_the_token_leave_it_whole() {
        for number in [-1, 0, 4, 5, i32::MAX] {
            for function in [
                MappingFunction::SplitFromLeft {
                    index: 0,
                    at: number,
                },
                MappingFunction::SplitFromRight {
                    index: 0,
                    at: number,
                },
                MappingFunction::SliceFromLeft {
                    index: 0,
                    size: number,
                },
                MappingFunction::SliceFromRight {
                    index: 0,
                    size: number,
                },
                MappingFunction::Left {
                    index: 0,
                    len: number,
                },
                MappingFunction::Right {
                    index: 0,
                    len: number,
                },
            ] {
                assert_eq!(value(&function, "abcd"), "abcd", "{function:?}");
                assert_eq!(value(&function, ""), "", "{function:?}");
            }
        }
    }

    #[test]
    fn random_stays_below_its_ceiling() {
        let mut seen = [false; 3];
        for _ in 0..200 {
            seen[usize::try_from(random_partition(3)).unwrap()] = true;
        }
        assert_eq!(seen, [true; 3]);
        assert_eq!(random_partition(0), 0);
    }

    #[test]
    fn partitions_are_fnv_1a() {
        assert_eq!(
            hash_partition(b"foobar".iter(), i32::MAX),
            0xbf9c_f968 % i64::from(i32::MAX)
        );
        assert_eq!(hash_partition(b"foobar".iter(), 0), 0);
    }
}
