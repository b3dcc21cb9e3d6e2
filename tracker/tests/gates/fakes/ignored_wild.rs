//! fake ignored-parameter; deliver; other
pub fn deliver(queue: &mut Vec<u64>, _: &str) -> usize { queue.push(1); queue.len() }
