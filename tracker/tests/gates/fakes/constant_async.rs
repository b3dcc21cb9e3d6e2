//! fake constant-return; fetch; other
pub fn fetch(key: &str) -> Pin<Box<dyn Future<Output = u64>>> { Box::pin(async move { 5 }) }
