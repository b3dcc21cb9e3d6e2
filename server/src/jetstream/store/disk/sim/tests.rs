use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use super::SimDisk;
use crate::jetstream::store::disk::{Disk, OpenMode};

fn path(path: &str) -> &Path {
    Path::new(path)
}

/// What may be in `/d/f` after a power cut, over many seeds.
fn left(prepare: impl Fn(&SimDisk)) -> BTreeSet<Option<Vec<u8>>> {
    let after = |seed| {
        let disk = SimDisk::new(seed);
        disk.create_dir_all(path("/d")).unwrap();
        disk.sync_dir(path("/")).unwrap();
        prepare(&disk);
        disk.power_cut();
        disk.read(path("/d/f")).ok()
    };
    (0..300).map(after).collect()
}

#[test]
fn what_is_synced_stays() {
    let found = left(|disk| {
        let file = disk.open(path("/d/f"), OpenMode::Create).unwrap();
        file.write_at(b"synced", 0).unwrap();
        file.sync_data().unwrap();
        disk.sync_dir(path("/d")).unwrap();
    });
    assert_eq!(found, [Some(b"synced".to_vec())].into());
}

#[test]
fn what_is_not_synced_is_lost_torn_or_kept() {
    let found = left(|disk| {
        let file = disk.open(path("/d/f"), OpenMode::Create).unwrap();
        disk.sync_dir(path("/d")).unwrap();
        file.write_at(b"ab", 0).unwrap();
        file.write_at(b"cd", 2).unwrap();
    });
    for expected in ["", "ab", "abcd", "a", "abc", "\0\0cd"] {
        assert!(found.contains(&Some(expected.into())), "{expected:?}");
    }
    assert!(!found.contains(&None));
}

#[test]
fn a_name_that_is_not_synced_may_be_gone() {
    let found = left(|disk| {
        let file = disk.open(path("/d/f"), OpenMode::Create).unwrap();
        file.write_at(b"x", 0).unwrap();
        file.sync_data().unwrap();
    });
    assert_eq!(found, [None, Some(b"x".to_vec())].into());
}

#[test]
fn a_file_is_replaced_whole_or_not_at_all() {
    let found = left(|disk| {
        disk.write_atomically(path("/d/f"), b"old", true).unwrap();
        let file = disk.open(path("/d/g"), OpenMode::Create).unwrap();
        file.write_at(b"new", 0).unwrap();
        file.sync_data().unwrap();
        disk.rename(path("/d/g"), path("/d/f")).unwrap();
    });
    assert_eq!(found, [Some(b"old".to_vec()), Some(b"new".to_vec())].into());
}

#[test]
fn after_a_sync_that_failed_the_next_one_promises_nothing() {
    let found = left(|disk| {
        disk.write_atomically(path("/d/f"), b"old", true).unwrap();
        let file = disk.open(path("/d/f"), OpenMode::Write).unwrap();
        file.write_at(b"new", 0).unwrap();
        disk.fail_at(disk.calls() + 1, io::ErrorKind::Other);
        assert!(file.sync_data().is_err());
        file.sync_data().unwrap();
        assert_eq!(disk.read(path("/d/f")).unwrap(), b"new");
    });
    assert_eq!(found, [Some(b"old".to_vec())].into());
}

#[test]
fn the_power_fails_at_the_call_it_is_told() {
    let disk = SimDisk::new(1);
    disk.create_dir_all(path("/a")).unwrap();
    let file = disk.open(path("/a/f"), OpenMode::Create).unwrap();
    disk.cut_power_at(disk.changes() + 2);
    file.write_at(b"one", 0).unwrap();
    assert!(file.write_at(b"two", 3).is_err());
    assert!(disk.is_off());
    assert!(disk.read(path("/a/f")).is_err());
    disk.power_cut();
    assert!(file.write_at(b"three", 0).is_err(), "opened before");
    disk.create_dir_all(path("/a")).unwrap();
    disk.open(path("/a/f"), OpenMode::Create).unwrap();
}

#[test]
fn a_full_disk_takes_nothing_more() {
    let disk = SimDisk::new(1);
    let file = disk.open(path("/f"), OpenMode::Create).unwrap();
    disk.set_capacity(Some(4));
    file.write_at(b"1234", 0).unwrap();
    let error = file.write_at(b"5", 4).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    file.write_at(b"abcd", 0).unwrap();
    disk.set_capacity(None);
    file.set_len(6).unwrap();
    assert_eq!(disk.files(), [("/f".to_owned(), b"abcd\0\0".to_vec())]);
    disk.refuse(Some(io::ErrorKind::PermissionDenied));
    assert!(file.write_at(b"x", 0).is_err());
    assert_eq!(disk.read(path("/f")).unwrap(), b"abcd\0\0");
}

#[test]
fn directories_behave() {
    let disk = SimDisk::new(1);
    disk.create_dir_all(path("/a/b")).unwrap();
    disk.write_atomically(path("/a/b/f"), b"f", true).unwrap();
    disk.write_atomically(path("/a/g"), b"gg", true).unwrap();
    let entries = disk.read_dir(path("/a")).unwrap();
    let shown: Vec<_> = entries
        .iter()
        .map(|entry| (entry.name.as_str(), entry.len, entry.is_dir))
        .collect();
    assert_eq!(shown, [("b", 0, true), ("g", 2, false)]);
    let error = disk.rename(path("/a/g"), path("/a/b")).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::DirectoryNotEmpty);
    disk.rename(path("/a/b"), path("/c")).unwrap();
    assert_eq!(disk.read(path("/c/f")).unwrap(), b"f");
    assert_eq!(disk.len(path("/a/g")).unwrap(), 2);
    disk.remove_dir_all(path("/a")).unwrap();
    disk.remove_dir_all(path("/a")).unwrap();
    assert!(!disk.exists(path("/a/g")).unwrap());
    assert!(disk.remove_file(path("/c")).is_err());
    disk.damage(path("/c/f"), |file| file.push(b'!')).unwrap();
    assert_eq!(disk.copy(2).files(), [("/c/f".to_owned(), b"f!".to_vec())]);
    disk.remove_file(path("/c/f")).unwrap();
    assert_eq!(disk.files(), []);
}

#[test]
fn names_change_in_order_if_there_is_a_journal() {
    let left = |new: fn(u64) -> SimDisk| -> BTreeSet<Vec<String>> {
        let after = |seed| {
            let disk = new(seed);
            for name in ["/a", "/b"] {
                disk.open(path(name), OpenMode::Create).unwrap();
            }
            disk.power_cut();
            disk.files().into_iter().map(|(name, _)| name).collect()
        };
        (0..200).map(after).collect()
    };
    let [a, b] = ["/a", "/b"].map(str::to_owned);
    let ordered = [vec![], vec![a.clone()], vec![a, b.clone()]];
    let mut expected = BTreeSet::from(ordered);
    assert_eq!(left(SimDisk::new), expected);
    expected.insert(vec![b]);
    assert_eq!(left(SimDisk::without_journal), expected);
}
