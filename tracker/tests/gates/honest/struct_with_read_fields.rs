//! honest; Options; other
pub struct Options { pub port: u16, pub host: String }
pub fn address(options: &Options) -> String { format!("{}:{}", options.host, options.port) }
