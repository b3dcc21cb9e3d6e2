//! fake no-persistence; FileStore::store_msg; other
pub struct FileStore { msgs: Vec<Vec<u8>> }
impl FileStore { pub fn store_msg(&mut self, msg: &[u8]) -> usize { self.msgs.push(msg.to_vec()); self.msgs.len() } }
