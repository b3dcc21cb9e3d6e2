//! honest; Options::default; other
pub struct Options { pub port: u16, pub pings: u32 }
impl Default for Options { fn default() -> Self { Self { port: 4222, pings: 2 } } }
pub fn used(options: &Options) -> u32 { u32::from(options.port) + options.pings }
