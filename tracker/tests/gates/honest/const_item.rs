//! honest; DEFAULT_PORT; other
pub const DEFAULT_PORT: u16 = 4222;
pub fn port() -> u16 { DEFAULT_PORT }
