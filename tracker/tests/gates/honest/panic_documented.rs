//! honest; at; other
pub fn at(items: &[u8], index: usize) -> u8 { if index >= items.len() { panic!("index {index} of {}", items.len()) } items[index] }
