//! A consumer in a stream's archive.

/// What an archive holds of a consumer, encrypted or not on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchivedConsumer {
    /// Its name.
    pub name: String,
    /// What `meta.inf` holds.
    pub meta: Vec<u8>,
    /// What `meta.sum` holds.
    pub sum: String,
    /// What `o.dat` holds.
    pub state: Vec<u8>,
}
