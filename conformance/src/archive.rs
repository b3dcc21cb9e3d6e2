//! Archives of streams, with files in them that no server puts there.

use std::io::{Read as _, Write as _};

use nats_server::protocol::s2::{FrameReader, FrameWriter};
use tar::{Archive, Builder, EntryType, Header};

/// The archive, which may be empty, and more files behind its own: a tar file in an S2
/// frame. Names are taken as they are, wherever they lead.
///
/// # Errors
/// What is given is no archive.
pub fn with_files(archive: &[u8], files: &[(&str, &[u8])]) -> anyhow::Result<Vec<u8>> {
    let mut tar = Builder::new(Vec::new());
    if !archive.is_empty() {
        let mut own = Archive::new(FrameReader::new(archive));
        for entry in own.entries()? {
            let mut entry = entry?;
            let header = entry.header().clone();
            let mut content = Vec::new();
            entry.read_to_end(&mut content)?;
            tar.append(&header, &*content)?;
        }
    }
    for (name, content) in files {
        let mut header = Header::new_ustar();
        let place = header.as_old_mut().name.get_mut(..name.len());
        let place = place.ok_or_else(|| anyhow::anyhow!("the name is too long: {name}"))?;
        place.copy_from_slice(name.as_bytes());
        header.set_entry_type(EntryType::Regular);
        header.set_mode(0o600);
        header.set_size(content.len() as u64);
        header.set_cksum();
        tar.append(&header, *content)?;
    }
    let mut frame = FrameWriter::new(Vec::new());
    frame.write_all(&tar.into_inner()?)?;
    Ok(frame.finish()?)
}
