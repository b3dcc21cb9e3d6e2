//! honest; Info; other
#[derive(Serialize)] pub struct Info { pub version: String, pub proto: u32 }
pub fn info(version: String) -> Info { Info { version, proto: 1 } }
