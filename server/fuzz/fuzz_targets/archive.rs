//! Archives of streams: any bytes are restored or refused, and nothing is written
//! outside of the directory. The tar is packed here, for whoever guesses S2 gets no
//! further.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use nats_server::jetstream::store::disk::{Disk, SimDisk};
use nats_server::jetstream::store::file::archive::restore;
use nats_server::protocol::s2::compress;

fuzz_target!(|input: &[u8]| {
    let Some((kind, bytes)) = input.split_first() else {
        return;
    };
    let packed;
    let archive = if kind % 2 == 0 {
        packed = compress(bytes);
        &packed
    } else {
        bytes
    };
    let disk = SimDisk::new(1);
    disk.create_dir_all(Path::new("/")).expect("it is there");
    if let Ok(total) = restore(&disk, archive, Path::new("/streams/S"), 1 << 16) {
        assert!(total <= 1 << 16);
    }
    for (path, _) in disk.files() {
        assert!(path.starts_with("/streams/S/"), "{path}");
    }
});
