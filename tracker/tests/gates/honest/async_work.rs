//! honest; fetch; other
pub async fn fetch(store: &Store, seq: u64) -> Option<Msg> { store.load(seq).await }
