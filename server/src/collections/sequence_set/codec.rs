//! The encoding of a set.
//!
//! ```text
//! magic 22 | version 2 | nodes u32 | numbers u32
//! per node, each before those below it: base u64 | 32 x bits u64 | height u16
//! ```
//!
//! All little-endian. Version 1 had 64 masks a node and can still be read.

use super::node::{BITS_PER_BUCKET, BUCKET_COUNT, Link, Node, height, set_bits};
use super::set::SequenceSet;
use std::cmp::Ordering;
use thiserror::Error;

/// Why bytes are not an encoded set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// Too short, or not a set at all.
    #[error("ss: bad encoding")]
    BadEncoding,
    /// A version not known here.
    #[error("ss: bad version")]
    BadVersion,
}

const MAGIC: u8 = 22;
const VERSION: u8 = 2;
/// Magic, version, number of nodes, number of entries.
const HEADER_LEN: usize = 10;
const NODE_LEN: usize = node_len(BUCKET_COUNT);
const V1_BUCKET_COUNT: usize = 64;
const V1_NODE_LEN: usize = node_len(V1_BUCKET_COUNT);
/// A tree that is deeper was not written by us and is built anew.
const DEPTH_MAX: usize = 64;

impl SequenceSet {
    /// How many bytes [`encode`](Self::encode) appends.
    pub const fn encoded_len(&self) -> usize {
        HEADER_LEN + self.node_count * NODE_LEN
    }

    /// Appends the encoded set to `out`.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.reserve(self.encoded_len());
        out.extend_from_slice(&[MAGIC, VERSION]);
        out.extend_from_slice(&(self.node_count as u32).to_le_bytes());
        out.extend_from_slice(&(self.len as u32).to_le_bytes());
        for node in self.nodes() {
            out.extend_from_slice(&node.base.to_le_bytes());
            for bits in node.bits {
                out.extend_from_slice(&bits.to_le_bytes());
            }
            out.extend_from_slice(&node.height.to_le_bytes());
        }
    }

    /// Reads a set from the beginning of `bytes`. Returns it and how many
    /// bytes it took.
    ///
    /// # Errors
    /// [`DecodeError`]. The numbers in the set are counted, not believed.
    pub fn decode(bytes: &[u8]) -> Result<(Self, usize), DecodeError> {
        let (header, nodes) = bytes
            .split_first_chunk::<HEADER_LEN>()
            .ok_or(DecodeError::BadEncoding)?;
        let [MAGIC, version, n0, n1, n2, n3, s0, s1, s2, s3] = *header else {
            return Err(DecodeError::BadEncoding);
        };
        let node_count = u32::from_le_bytes([n0, n1, n2, n3]) as usize;
        let len = u32::from_le_bytes([s0, s1, s2, s3]) as usize;
        let node_len = match version {
            1 => V1_NODE_LEN,
            VERSION => NODE_LEN,
            _ => return Err(DecodeError::BadVersion),
        };
        let nodes_len = node_count
            .checked_mul(node_len)
            .ok_or(DecodeError::BadEncoding)?;
        let nodes = nodes.get(..nodes_len).ok_or(DecodeError::BadEncoding)?;
        let set = match version {
            1 => decode_v1(nodes, len)?,
            _ => decode_v2(nodes)?,
        };
        Ok((set, HEADER_LEN + nodes_len))
    }
}

/// Nodes of twice the size: the numbers are inserted one by one.
fn decode_v1(nodes: &[u8], len: usize) -> Result<SequenceSet, DecodeError> {
    let mut set = SequenceSet::new();
    for encoded in nodes.chunks_exact(V1_NODE_LEN) {
        let (base, buckets) = base_and_buckets(encoded, V1_BUCKET_COUNT)?;
        for (bucket, bits) in buckets.enumerate() {
            let first = base.checked_add(bucket as u64 * BITS_PER_BUCKET);
            let first = first.ok_or(DecodeError::BadEncoding)?;
            set.extend(set_bits(bits).filter_map(|bit| first.checked_add(bit)));
        }
    }
    if set.len != len {
        return Err(DecodeError::BadEncoding);
    }
    Ok(set)
}

/// Nodes are put where their order says, which needs no rebalancing.
fn decode_v2(nodes: &[u8]) -> Result<SequenceSet, DecodeError> {
    let mut set = SequenceSet::new();
    for encoded in nodes.chunks_exact(NODE_LEN) {
        let (base, buckets) = base_and_buckets(encoded, BUCKET_COUNT)?;
        let mut node = Node::new(base);
        for (bits, bucket) in node.bits.iter_mut().zip(buckets) {
            *bits = bucket;
        }
        let count = node.len();
        if !place(&mut set.root, node)? {
            return rebuild(nodes);
        }
        set.len += count;
        set.node_count += 1;
    }
    measure(&mut set.root);
    Ok(set)
}

/// Hangs `node` below `link`; false if it would hang too deep.
fn place(mut link: &mut Link, node: Box<Node>) -> Result<bool, DecodeError> {
    for _ in 0..DEPTH_MAX {
        let Some(parent) = link else {
            *link = Some(node);
            return Ok(true);
        };
        link = match node.base.cmp(&parent.base) {
            Ordering::Less => &mut parent.left,
            Ordering::Greater => &mut parent.right,
            Ordering::Equal => return Err(DecodeError::BadEncoding),
        };
    }
    Ok(false)
}

/// Works out the heights, bottom up. The tree is at most [`DEPTH_MAX`] deep.
fn measure(link: &mut Link) {
    if let Some(node) = link {
        measure(&mut node.left);
        measure(&mut node.right);
        node.height = 1 + height(&node.left).max(height(&node.right));
    }
}

/// Takes the numbers out of nodes in a hopeless order.
fn rebuild(nodes: &[u8]) -> Result<SequenceSet, DecodeError> {
    let mut set = SequenceSet::new();
    for encoded in nodes.chunks_exact(NODE_LEN) {
        let (base, buckets) = base_and_buckets(encoded, BUCKET_COUNT)?;
        let mut node = Node::new(base);
        for (bits, bucket) in node.bits.iter_mut().zip(buckets) {
            *bits = bucket;
        }
        set.extend(node.own());
    }
    Ok(set)
}

fn base_and_buckets(
    encoded: &[u8],
    bucket_count: usize,
) -> Result<(u64, impl Iterator<Item = u64>), DecodeError> {
    let (numbers, _) = encoded.as_chunks::<8>();
    let mut numbers = numbers.iter().map(|number| u64::from_le_bytes(*number));
    let base = numbers.next().ok_or(DecodeError::BadEncoding)?;
    Ok((base, numbers.take(bucket_count)))
}

const fn node_len(bucket_count: usize) -> usize {
    (bucket_count + 1) * 8 + 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(set: &SequenceSet) -> Vec<u8> {
        let mut out = Vec::new();
        set.encode(&mut out);
        assert_eq!(out.len(), set.encoded_len());
        out
    }

    #[test]
    fn bytes_are_fixed() {
        let set: SequenceSet = [3, 2048 + 64].into_iter().collect();
        let bytes = encoded(&set);
        assert_eq!(bytes[..10], [22, 2, 2, 0, 0, 0, 2, 0, 0, 0]);
        assert_eq!(bytes[10..18], [0; 8], "base of the first node");
        assert_eq!(bytes[18..26], [8, 0, 0, 0, 0, 0, 0, 0], "its first mask");
        assert_eq!(bytes[274..276], [2, 0], "its height");
        assert_eq!(
            bytes[276..284],
            [0, 8, 0, 0, 0, 0, 0, 0],
            "base of the second node"
        );
        assert_eq!(bytes[292..300], [1, 0, 0, 0, 0, 0, 0, 0], "its second mask");
    }

    #[test]
    fn survives_a_round_trip_with_what_follows() {
        let set: SequenceSet = (0..50_000).step_by(7).chain([u64::MAX]).collect();
        let mut bytes = encoded(&set);
        let len = bytes.len();
        bytes.extend_from_slice(b"more");
        let (again, used) = SequenceSet::decode(&bytes).unwrap();
        assert_eq!(used, len);
        assert!(again.iter().eq(set.iter()));
        assert!(again.is_balanced());
        assert_eq!(encoded(&again), bytes[..len]);
    }

    #[test]
    fn broken_bytes_are_refused() {
        let set: SequenceSet = [1, 5_000, 10_000].into_iter().collect();
        let bytes = encoded(&set);
        for len in 0..bytes.len() {
            assert_eq!(
                SequenceSet::decode(&bytes[..len]).err(),
                Some(DecodeError::BadEncoding)
            );
        }
        let mut other = bytes.clone();
        other[1] = 3;
        assert_eq!(
            SequenceSet::decode(&other).err(),
            Some(DecodeError::BadVersion)
        );
        other[..2].copy_from_slice(&[21, 2]);
        assert_eq!(
            SequenceSet::decode(&other).err(),
            Some(DecodeError::BadEncoding)
        );
        let mut huge = bytes.clone();
        huge[2..6].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(
            SequenceSet::decode(&huge).err(),
            Some(DecodeError::BadEncoding)
        );
        let mut twice = bytes[..HEADER_LEN + NODE_LEN].to_vec();
        twice.extend_from_within(HEADER_LEN..);
        twice[2] = 2;
        assert_eq!(
            SequenceSet::decode(&twice).err(),
            Some(DecodeError::BadEncoding)
        );
    }

    /// Nodes in ascending order would make a list of a tree.
    #[test]
    fn a_degenerate_tree_is_built_anew() {
        let mut bytes = vec![22, 2];
        bytes.extend_from_slice(&1_000_u32.to_le_bytes());
        bytes.extend_from_slice(&1_000_u32.to_le_bytes());
        for number in 0..1_000_u64 {
            bytes.extend_from_slice(&(number * 2_048).to_le_bytes());
            bytes.push(1);
            bytes.extend_from_slice(&[0; 257]);
        }
        let (set, _) = SequenceSet::decode(&bytes).unwrap();
        assert_eq!((set.len(), set.node_count()), (1_000, 1_000));
        assert!(set.is_balanced());
    }
}
