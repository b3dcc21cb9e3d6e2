//! honest; compact; other
pub fn compact(blocks: &mut Vec<u64>, _held: &MutexGuard<'_, ()>) { blocks.retain(|block| *block > 0); }
