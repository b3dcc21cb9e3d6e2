//! fake swallowed-error; load; other
pub fn load(path: &Path, out: &mut Vec<u8>) { match read(path) { Ok(text) => out.extend(text), Err(_e) => {} } }
