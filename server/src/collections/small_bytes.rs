//! Short byte strings without an allocation.

use std::fmt;

/// An immutable byte string. Up to 22 bytes lie inline; most subject tokens
/// and tree fragments are that short.
pub struct SmallBytes(Repr);

enum Repr {
    Inline { len: u8, bytes: [u8; INLINE_MAX] },
    Heap(Box<[u8]>),
}

const INLINE_MAX: usize = 22;

impl SmallBytes {
    /// A copy of `bytes`.
    pub fn new(bytes: &[u8]) -> Self {
        Self::concat(bytes, &[])
    }

    /// The two parts, one after the other.
    pub fn concat(first: &[u8], second: &[u8]) -> Self {
        let total = first.len() + second.len();
        let mut bytes = [0; INLINE_MAX];
        let Some(start) = bytes.get_mut(..total) else {
            return Self(Repr::Heap([first, second].concat().into()));
        };
        let (head, tail) = start.split_at_mut(first.len());
        head.copy_from_slice(first);
        tail.copy_from_slice(second);
        Self(Repr::Inline {
            len: total as u8,
            bytes,
        })
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Repr::Inline { len, bytes } => &bytes[..usize::from(*len)],
            Repr::Heap(bytes) => bytes,
        }
    }
}

impl fmt::Debug for SmallBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_bytes().escape_ascii().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_short_and_long_strings() {
        for len in [0, 1, 21, 22, 23, 255, 256, 300] {
            let bytes = vec![b'x'; len];
            assert_eq!(SmallBytes::new(&bytes).as_bytes(), bytes);
            let both = SmallBytes::concat(&bytes, b"yz");
            assert_eq!(both.as_bytes(), [&bytes, b"yz".as_slice()].concat());
        }
        assert_eq!(size_of::<SmallBytes>(), 24);
    }
}
