//! State files whose checksum is right and that say what cannot be.

use std::path::Path;

use nats_server::jetstream::model::StreamState;
use nats_server::jetstream::store::StreamStore;
use nats_server::jetstream::store::disk::{Disk, OpenMode, SimDisk};
use nats_server::jetstream::store::file::checksum::Checksummer;

use super::{on, open_unlimited};

fn put_varint(out: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// A state of one block with these figures, for which `last_checksum` vouches.
fn state(bytes: u64, first_seq: u64, last_seq: u64, last_checksum: &[u8]) -> Vec<u8> {
    let mut file = vec![11, 3];
    let msgs = last_seq.saturating_sub(first_seq).saturating_add(1);
    let totals = [msgs, bytes, first_seq, 0, last_seq, 0];
    let subjects = [0];
    let block = [1, 1, bytes, first_seq, 0, last_seq, 0, 0, 0, 0];
    let last = [1];
    for number in [&totals[..], &subjects, &block, &last].concat() {
        put_varint(&mut file, number);
    }
    file.extend_from_slice(last_checksum);
    let sum = Checksummer::new(b"S").sum(&[&file]);
    file.extend_from_slice(&sum);
    file
}

#[test]
fn what_a_state_file_claims_is_bounded_by_what_the_files_hold() {
    let whole = SimDisk::new(1);
    let store = open_unlimited(on(&whole));
    for _ in 0..3 {
        store
            .store_msg(b"a", b"", b"payload", 0)
            .expect("a message");
    }
    store.stop().expect("it stops");
    let block = whole.read(Path::new("/S/msgs/1.blk")).expect("a block");
    let (_, sum) = block.split_last_chunk::<8>().expect("a checksum");
    for (bytes, last_seq) in [
        (block.len() as u64, 1 << 60),
        (1 << 61, 1 << 60),
        (u64::MAX, u64::MAX),
        (0, u64::MAX - 1),
    ] {
        // One that is taken for that of the present, and one for that of the past.
        for sum in [&sum[..], &[7; 8]] {
            for is_damaged in [false, true] {
                let disk = whole.copy(1);
                let path = Path::new("/S/msgs/index.db");
                let file = disk.open(path, OpenMode::Truncate).expect("a file");
                let forged = state(bytes, 1, last_seq, sum);
                file.write_at(&forged, 0).expect("it is written");
                if is_damaged {
                    let damage = |bytes: &mut Vec<u8>| bytes[30] ^= 1;
                    disk.damage(Path::new("/S/msgs/1.blk"), damage)
                        .expect("a block");
                }
                let store = open_unlimited(on(&disk));
                let mut state = StreamState::default();
                assert!(store.check_msgs().is_ok());
                store.fast_state(&mut state);
                let msgs = 3 - u64::from(is_damaged);
                assert_eq!(state.msgs, msgs, "{bytes} {last_seq} {sum:?}");
                store.stop().expect("it stops");
            }
        }
    }
}
