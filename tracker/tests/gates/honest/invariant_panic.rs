//! honest; slot; other
pub fn slot(index: usize) -> u8 { match index % 4 { 0 => 1, 1 => 3, 2 => 9, 3 => 27, _ => unreachable!("a remainder of four") } }
