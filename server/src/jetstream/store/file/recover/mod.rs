//! Finding out what a directory holds.
//!
//! If the state file matches the blocks it says everything ([`from_state`](self));
//! otherwise the blocks are read ([`from_blocks`](self)). Damage costs what is
//! damaged and nothing else: what is lost is counted, and the rest keeps its place.

mod from_blocks;
mod from_state;
mod timers;

pub(super) use from_state::Prior;
