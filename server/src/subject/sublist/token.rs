//! A token stored in the tree.

/// The bytes of one token; up to 22 of them lie inline, so that most nodes
/// need no second allocation.
#[derive(Debug)]
pub(super) struct Token(Repr);

#[derive(Debug)]
enum Repr {
    Inline { len: u8, bytes: [u8; INLINE_MAX] },
    Heap(Box<[u8]>),
}

const INLINE_MAX: usize = 22;

impl Token {
    pub(super) fn new(token: &[u8]) -> Self {
        let mut bytes = [0; INLINE_MAX];
        match (u8::try_from(token.len()), bytes.get_mut(..token.len())) {
            (Ok(len), Some(start)) => {
                start.copy_from_slice(token);
                Self(Repr::Inline { len, bytes })
            }
            _ => Self(Repr::Heap(token.into())),
        }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Repr::Inline { len, bytes } => &bytes[..usize::from(*len)],
            Repr::Heap(bytes) => bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_short_and_long_tokens() {
        for len in [0, 1, 21, 22, 23, 255, 256, 300] {
            let bytes = vec![b'x'; len];
            assert_eq!(Token::new(&bytes).as_bytes(), bytes);
        }
        assert_eq!(size_of::<Token>(), 24);
    }
}
