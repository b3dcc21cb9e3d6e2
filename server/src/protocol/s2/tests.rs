use std::io::{Read, Write};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::{
    FrameReader, FrameWriter, S2Error, compress, decode, decoded_len, decompress, encode, salvage,
};

/// What the files in `testdata` unpack to. They were written by
/// `klauspost/compress/s2` at its three levels, with an index and padding, as
/// Snappy, and as a bare block.
fn plain() -> Vec<u8> {
    let mut plain = b"hello nats ".repeat(40);
    plain.extend(vec![0; 100_000]);
    plain.extend(b"ab".repeat(150));
    plain.extend(b"xyz".repeat(700));
    for i in 0..40 {
        let text = format!(r#"{{"id":{},"subject":"orders.{}"}}"#, i * 7919, i % 5);
        plain.extend(text.as_bytes());
    }
    plain.extend(b"hello nats ".repeat(4));
    plain
}

const FRAMES: [&[u8]; 5] = [
    include_bytes!("testdata/default.s2"),
    include_bytes!("testdata/better.s2"),
    include_bytes!("testdata/best.s2"),
    include_bytes!("testdata/padded.s2"),
    include_bytes!("testdata/snappy.s2"),
];
const BLOCK: &[u8] = include_bytes!("testdata/block.s2");
const ANY: usize = usize::MAX;

/// Bytes that can be packed well in some places and not at all in others.
fn random_plain(random: &mut StdRng, len: usize) -> Vec<u8> {
    let mut plain = Vec::new();
    while plain.len() < len {
        let run = 1 << random.random_range(0..18);
        match random.random_range(0..4) {
            0 => plain.extend((0..run).map(|_| random.random::<u8>())),
            1 => plain.extend(vec![random.random::<u8>(); run]),
            2 => plain.extend((0..run).map(|_| random.random_range(b'a'..b'e'))),
            _ if plain.is_empty() => {}
            _ => {
                let from = random.random_range(0..plain.len());
                let to = plain.len().min(from + run);
                plain.extend_from_within(from..to);
            }
        }
    }
    plain.truncate(len);
    plain
}

#[test]
fn what_go_packs_is_unpacked() {
    let plain = plain();
    for frame in FRAMES {
        assert_eq!(decompress(frame, ANY).unwrap(), plain);
        let mut read = Vec::new();
        FrameReader::new(frame).read_to_end(&mut read).unwrap();
        assert_eq!(read, plain);
    }
    assert_eq!(decoded_len(BLOCK), Ok(plain.len()));
    assert_eq!(decode(BLOCK, ANY).unwrap(), plain);
}

#[test]
fn what_is_packed_is_small_and_unpacks() {
    let plain = plain();
    assert!(compress(&plain).len() < 600, "Go takes 498");
    assert_eq!(compress(b""), b"");
    let short = compress(b"hello");
    assert_eq!(short[..14], *b"\xff\x06\x00\x00S2sTwO\x01\x09\x00\x00");
    assert_eq!(decompress(&short, ANY).unwrap(), b"hello");
    let mut random = StdRng::seed_from_u64(7);
    for len in (0..80).chain([4_096, 65_536, 70_000, 1 << 20, (1 << 20) + 1, 3_000_000]) {
        let plain = random_plain(&mut random, len);
        assert_eq!(decode(&encode(&plain), ANY).unwrap(), plain, "{len}");
        assert_eq!(decompress(&compress(&plain), ANY).unwrap(), plain, "{len}");
    }
}

#[test]
fn long_runs_need_every_form_of_a_repeat() {
    for len in [
        8,
        12,
        64,
        65,
        263,
        270,
        65_799,
        65_810,
        1 << 24,
        (1 << 25) + 5,
    ] {
        let plain = [b"head".to_vec(), vec![7; len]].concat();
        let packed = encode(&plain);
        assert!(packed.len() < 40, "{len}: {}", packed.len());
        assert_eq!(decode(&packed, ANY).unwrap(), plain, "{len}");
    }
}

#[test]
fn what_cannot_be_packed_grows_little() {
    let mut random = StdRng::seed_from_u64(8);
    let plain: Vec<u8> = (0..3 << 20).map(|_| random.random()).collect();
    assert!(encode(&plain).len() <= plain.len() + 8);
    let packed = compress(&plain);
    assert_eq!(packed.len(), 10 + 3 * 8 + plain.len(), "as plain chunks");
    assert_eq!(decompress(&packed, ANY).unwrap(), plain);
}

#[test]
fn writing_in_pieces_gives_the_same_frame() {
    let mut random = StdRng::seed_from_u64(9);
    let plain = random_plain(&mut random, 2_500_000);
    let mut writer = FrameWriter::new(Vec::new());
    let mut rest = plain.as_slice();
    while !rest.is_empty() {
        let len = random.random_range(1..300_000).min(rest.len());
        writer.write_all(&rest[..len]).unwrap();
        rest = &rest[len..];
    }
    assert_eq!(writer.finish().unwrap(), compress(&plain));
}

#[test]
fn every_flipped_byte_is_noticed() {
    // Three chunks: packed, plain and packed.
    let parts = [
        b"hello nats ".repeat(30),
        b"0123456789".to_vec(),
        vec![9; 500],
    ];
    let plain = parts.concat();
    let [first, second, third] = parts.map(|part| compress(&part));
    let frame = [&first, &second[10..], &third[10..]].concat();
    assert_eq!(decompress(&frame, ANY).unwrap(), plain);
    for at in 0..frame.len() {
        for flip in (0..8).map(|bit| 1 << bit).chain([0xff]) {
            let mut damaged = frame.clone();
            damaged[at] ^= flip;
            if let Ok(unpacked) = decompress(&damaged, 1 << 24) {
                // A chunk may have become one to be skipped.
                assert!(unpacked.len() < plain.len(), "{at}");
            }
            let left = salvage(&damaged, 1 << 24);
            assert!(left.is_cut || !left.lost.is_empty(), "{at}");
            let end = left.bytes.len();
            let first = left.lost.first().map_or(end, |lost| lost.start);
            let after = left.lost.last().map_or(end, |lost| lost.end);
            assert!(plain.starts_with(&left.bytes[..first]), "{at}");
            assert!(left.is_cut || plain.ends_with(&left.bytes[after..]), "{at}");
        }
    }
    for len in 0..frame.len() {
        let left = salvage(&frame[..len], 1 << 24);
        assert!(plain.starts_with(&left.bytes), "{len}");
        match decompress(&frame[..len], 1 << 24) {
            Ok(unpacked) => assert_eq!(unpacked, left.bytes),
            Err(_) => assert!(left.is_cut),
        }
    }
}

#[test]
fn damaged_blocks_do_no_harm() {
    let small = encode(&plain()[..2_000]);
    for block in [BLOCK, &small] {
        for at in 0..block.len() {
            for flip in [1, 4, 0x80, 0xff] {
                let mut damaged = block.to_vec();
                damaged[at] ^= flip;
                if let Ok(unpacked) = decode(&damaged, 1 << 20) {
                    assert_eq!(decoded_len(&damaged), Ok(unpacked.len()));
                }
            }
            assert!(decode(&block[..at], ANY).is_err(), "{at}");
        }
    }
    assert_eq!(decode(BLOCK, 1_000), Err(S2Error::TooLarge));
    assert_eq!(decode(&[0xff; 5], ANY), Err(S2Error::Corrupt));
    // A copy before anything was unpacked, and one of more than there is.
    assert_eq!(decode(&[8, 0b0001_0001, 1], ANY), Err(S2Error::Corrupt));
    assert_eq!(decode(&[5, 0, b'a', 0x01, 2], ANY), Err(S2Error::Corrupt));
    assert_eq!(decode(&[5, 0, b'a', 0x01, 0], ANY), Err(S2Error::Corrupt));
    assert_eq!(decode(&[5, 0, b'a', 0x01, 1], ANY).unwrap(), b"aaaaa");
    assert_eq!(decode(&[1], ANY), Err(S2Error::Corrupt));
    assert_eq!(decode(&[0], ANY).unwrap(), b"");
}

#[test]
fn unknown_chunks_are_skipped_or_refused() {
    let frame = compress(b"hello");
    let skipped = [frame.as_slice(), b"\x80\x03\x00\x00abc", &frame].concat();
    assert_eq!(decompress(&skipped, ANY).unwrap(), b"hellohello");
    let refused = [frame.as_slice(), b"\x02\x00\x00\x00"].concat();
    assert_eq!(decompress(&refused, ANY), Err(S2Error::Unsupported));
    assert_eq!(decompress(&frame[10..], ANY), Err(S2Error::Corrupt));
    assert_eq!(decompress(&frame, 4), Err(S2Error::TooLarge));
    let mut read = Vec::new();
    let error = FrameReader::new(refused.as_slice()).read_to_end(&mut read);
    assert_eq!(error.unwrap_err().to_string(), "s2: unsupported input");
    assert_eq!(read, b"hello");
}
