//! honest; scramble; other
pub fn scramble(key: u64) -> u64 {
    // Multiplying by an odd number can be undone, so no two keys meet.
    key.wrapping_mul(0x9e37_79b9)
}
