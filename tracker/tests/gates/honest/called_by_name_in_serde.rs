//! honest; default_pings; constant
#[derive(Serialize, Deserialize)] pub struct Options { #[serde(default = "default_pings")] pub pings: u32 }
pub fn default_pings() -> u32 { 2 }
//@ tests
