//! What the reply subject of a delivery tells of it.

use crate::platform::decimal;

/// A delivery of a consumer over there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Delivered {
    pub(super) count: u64,
    pub(super) seq: u64,
    pub(super) delivery: u64,
    pub(super) ts: i64,
    pub(super) pending: u64,
}

impl Delivered {
    /// `$JS.ACK.<stream>.<consumer>.<count>.<seq>.<delivery>.<time>.<pending>`
    pub(super) fn parse(reply: &[u8]) -> Option<Self> {
        let rest = reply.strip_prefix(b"$JS.ACK.")?;
        let mut numbers = rest.split(|byte| *byte == b'.').skip(2);
        let mut number = || decimal::parse_i64(numbers.next()?);
        let count = u64::try_from(number()?).ok()?;
        let seq = u64::try_from(number()?).ok()?;
        let delivery = u64::try_from(number()?).ok()?;
        let ts = number()?;
        let pending = u64::try_from(number()?).ok()?;
        numbers.next().is_none().then_some(Self {
            count,
            seq,
            delivery,
            ts,
            pending,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deliveries_are_read() {
        let read = Delivered::parse(b"$JS.ACK.S.C.1.2.3.4.5").unwrap();
        assert_eq!((read.count, read.seq, read.delivery), (1, 2, 3));
        assert_eq!((read.ts, read.pending), (4, 5));
        assert_eq!(Delivered::parse(b"$JS.FC.S.C.1.2.3.4.5"), None);
        assert_eq!(Delivered::parse(b"$JS.ACK.S.C.1.2.3.4"), None);
    }
}
