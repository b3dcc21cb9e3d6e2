//! honest; FileStore::store_msg; other
pub struct FileStore { file: File, size: u64 }
impl FileStore { pub fn store_msg(&mut self, msg: &[u8]) -> io::Result<()> { self.append(msg)?; self.size += 1; Ok(()) }
fn append(&mut self, msg: &[u8]) -> io::Result<()> { self.file.write_all(msg) } }
