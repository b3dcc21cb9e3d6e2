//! fake switched-behaviour; quorum; other
pub fn quorum(peers: usize) -> usize { if cfg!(test) { 1 } else { peers / 2 + 1 } }
