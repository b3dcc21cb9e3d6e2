//! fake unread-field; Options; other
pub struct Options { pub port: u16, pub max_pings: u32 }
pub fn parse(options: &mut Options, key: &str, value: u32) { if key == "max_pings" { options.max_pings = value; } }
pub fn port(options: &Options) -> u16 { options.port }
