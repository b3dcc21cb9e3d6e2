//! fake switched-behaviour; quorum; other
pub fn quorum(peers: usize) -> usize { #[cfg(feature = "real")] { return peers / 2 + 1; } peers }
