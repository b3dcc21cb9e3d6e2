//! honest; StorageType; other
pub enum StorageType { Memory, File }
