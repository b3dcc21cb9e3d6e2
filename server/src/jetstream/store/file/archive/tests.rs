use std::io::{self, Read, Write};
use std::path::Path;
use std::thread;
use std::time::Duration;

use super::{ArchiveError, ArchiveWriter, pipe, restore};
use crate::jetstream::store::disk::{Disk, SimDisk};
use crate::jetstream::store::file::consumer_store::ArchivedConsumer;
use crate::protocol::s2::FrameWriter;

const NOW: i64 = 1_700_000_000_123_456_789;
const ANY: u64 = u64::MAX;

fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ArchiveWriter::new(Vec::new(), NOW);
    for (name, bytes) in files {
        writer.file(name, bytes).unwrap();
    }
    writer.finish().unwrap()
}

fn restored(archive: &[u8]) -> Result<Vec<(String, Vec<u8>)>, ArchiveError> {
    let disk = SimDisk::new(1);
    restore(&disk, archive, Path::new("/r"), ANY)?;
    Ok(disk.files())
}

#[test]
fn what_is_written_is_restored_for_good() {
    let large: Vec<u8> = (0..3_000_000_u32).map(|i| (i >> 7) as u8).collect();
    let name = "n".repeat(200);
    let mut writer = ArchiveWriter::new(Vec::new(), NOW);
    writer.file("meta.inf", b"{}").unwrap();
    writer.file("meta.sum", b"0123456789abcdef").unwrap();
    writer.file("msgs/1.blk", &large).unwrap();
    writer.file("msgs/index.db", b"").unwrap();
    let consumer = |name: &str| ArchivedConsumer {
        name: name.to_owned(),
        meta: b"meta".to_vec(),
        sum: "sum".to_owned(),
        state: b"state".to_vec(),
    };
    writer.consumer(&consumer("C")).unwrap();
    writer.consumer(&consumer(&name)).unwrap();
    let archive = writer.finish().unwrap();
    let disk = SimDisk::new(1);
    disk.create_dir_all(Path::new("/r")).unwrap();
    disk.sync_dir(Path::new("/")).unwrap();
    let bytes = restore(&disk, archive.as_slice(), Path::new("/r"), ANY).unwrap();
    assert_eq!(bytes, 3_000_000 + 2 + 16 + 2 * 12);
    disk.power_cut();
    let mut expected = vec![
        ("/r/meta.inf".to_owned(), b"{}".to_vec()),
        ("/r/meta.sum".to_owned(), b"0123456789abcdef".to_vec()),
        ("/r/msgs/1.blk".to_owned(), large),
        ("/r/msgs/index.db".to_owned(), Vec::new()),
    ];
    for name in ["C", &name] {
        for (file, bytes) in [
            ("meta.inf", "meta"),
            ("meta.sum", "sum"),
            ("o.dat", "state"),
        ] {
            expected.push((format!("/r/obs/{name}/{file}"), bytes.into()));
        }
    }
    assert!(disk.files() == expected);
    let error = restore(&disk, archive.as_slice(), Path::new("/s"), 1_000).unwrap_err();
    assert_eq!(error.to_string(), "archive is larger than 1000 bytes");
}

#[test]
fn nothing_but_a_stream_is_taken() {
    for name in [
        "a",
        "msgs",
        "msgs/a/b",
        "obs/C",
        "obs/C/other",
        "obs/C/D/o.dat",
        "meta.key",
        "obs/C/meta.key",
    ] {
        let error = restored(&archive(&[(name, b"x")])).unwrap_err();
        assert!(matches!(error, ArchiveError::UnexpectedContent), "{name}");
    }
}

/// A tar file with one entry, whatever its name and kind.
fn raw(name: &str, kind: u8) -> Vec<u8> {
    let mut header = vec![0; 512];
    header[..name.len()].copy_from_slice(name.as_bytes());
    header[100..108].copy_from_slice(b"0000600\0");
    header[124..136].copy_from_slice(b"00000000000\0");
    header[156] = kind;
    header[257..265].copy_from_slice(b"ustar\x0000");
    header[148..156].copy_from_slice(b"        ");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header.extend([0; 1024]);
    let mut frame = FrameWriter::new(Vec::new());
    frame.write_all(&header).unwrap();
    frame.finish().unwrap()
}

#[test]
fn nothing_is_written_elsewhere() {
    assert_eq!(restored(&raw("./meta.inf", b'0')).unwrap().len(), 1);
    for name in [
        "../meta.inf",
        "/meta.inf",
        "msgs/../../x",
        "obs/../msgs/1.blk",
        "msgs/..",
        "",
    ] {
        let error = restored(&raw(name, b'0')).unwrap_err();
        assert!(matches!(error, ArchiveError::UnexpectedContent), "{name}");
    }
    for kind in [b'1', b'2', b'3', b'5', b'6'] {
        let error = restored(&raw("msgs/1.blk", kind)).unwrap_err();
        assert!(matches!(error, ArchiveError::UnexpectedContent), "{kind}");
    }
}

#[test]
fn a_long_name_does_not_take_all_memory() {
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::GNULongName);
    header.set_size(4 << 30);
    header.set_cksum();
    // As much as is said never comes, and is not waited for.
    tar.append(&header, io::repeat(b'n').take(1 << 20)).unwrap();
    let mut packed = FrameWriter::new(Vec::new());
    packed.write_all(&tar.into_inner().unwrap()).unwrap();
    let error = restored(&packed.finish().unwrap()).unwrap_err();
    assert_eq!(error.to_string(), "a name is too long");
}

#[test]
fn an_archive_that_is_not_whole_is_refused() {
    let mut writer = ArchiveWriter::new(Vec::new(), NOW);
    writer.file("meta.inf", b"{}").unwrap();
    writer
        .fail("Could not read message block [1]: gone")
        .unwrap();
    let error = restored(&writer.finish().unwrap()).unwrap_err();
    let text = "archive is not whole: Could not read message block [1]: gone";
    assert_eq!(error.to_string(), text);
    let whole = archive(&[("meta.inf", b"{}"), ("msgs/1.blk", &[7; 5_000])]);
    let files = restored(&whole).unwrap();
    for len in 0..whole.len() {
        assert!(restored(&whole[..len]).is_err(), "{len}");
    }
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        if let Ok(found) = restored(&damaged) {
            // Among equal bytes it may not matter from where they are repeated.
            assert!(found == files, "{at}");
        }
    }
}

#[test]
fn a_pipe_passes_everything_on() {
    let (mut writer, mut reader) = pipe(None);
    let sent: Vec<u8> = (0..20_000_000_u32).map(|i| (i >> 5) as u8).collect();
    let copy = sent.clone();
    let thread = thread::spawn(move || {
        for part in copy.chunks(700_001) {
            writer.write_all(part).unwrap();
        }
        writer.flush().unwrap();
        writer.finish();
    });
    let mut read = Vec::new();
    reader.read_to_end(&mut read).unwrap();
    thread.join().unwrap();
    assert!(read == sent);
}

#[test]
fn a_pipe_tells_when_the_other_end_is_gone() {
    let (mut writer, reader) = pipe(None);
    drop(reader);
    let error = writer.write(b"x").unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    let (mut writer, mut reader) = pipe(None);
    writer.write_all(b"some").unwrap();
    drop(writer);
    let mut read = Vec::new();
    let error = reader.read_to_end(&mut read).unwrap_err();
    assert_eq!(
        (error.kind(), read.as_slice()),
        (io::ErrorKind::UnexpectedEof, b"some".as_slice())
    );
    let (mut writer, _reader) = pipe(Some(Duration::from_millis(20)));
    let part = vec![0; 1 << 20];
    let error = (0..100)
        .find_map(|_| writer.write_all(&part).err())
        .unwrap();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
}
