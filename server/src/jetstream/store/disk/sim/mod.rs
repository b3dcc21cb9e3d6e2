//! A disk that fails as it is told, for tests.
//!
//! What is written is seen at once and lost by a power cut unless it was synced:
//! of everything that was not, a power cut keeps some, in no order, and writes may
//! be torn. Names in directories are
//! kept up to some moment, or in no order too. Which is decided by a seed,
//! so that every run can be repeated.

mod names;
mod power;
mod sim_disk;
mod sim_file;
#[cfg(test)]
mod tests;
mod world;

pub use sim_disk::SimDisk;
