//! honest; enqueue; other
pub fn enqueue(queue: &mut Vec<u64>, item: u64) {
    // Flushed later by the writer, which takes everything at once.
    queue.push(item);
}
