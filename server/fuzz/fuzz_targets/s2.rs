//! S2: any bytes are unpacked or refused within bounds, as blocks, as frames and as the
//! compressed blocks of a stream; what is packed here is unpacked again.

#![no_main]

use std::io::Read;

use libfuzzer_sys::fuzz_target;
use nats_server::jetstream::store::file::compress::{
    CompressionHead, decompress_block, salvage_block,
};
use nats_server::protocol::s2::{
    FrameReader, compress, decode, decoded_len, decompress, encode, salvage,
};

const MAX: usize = 1 << 20;

fuzz_target!(|input: &[u8]| {
    let _ = decoded_len(input);
    if let Ok(plain) = decode(input, MAX) {
        assert!(plain.len() <= MAX);
    }
    if let Ok(plain) = decompress(input, MAX) {
        assert!(plain.len() <= MAX);
        let mut read = Vec::new();
        let mut reader = FrameReader::new(input);
        if reader.read_to_end(&mut read).is_ok() {
            assert_eq!(read, plain);
        }
    }
    let _ = salvage(input, MAX);
    if matches!(CompressionHead::decode(input), Ok(Some((head, _))) if head.plain_len <= MAX as u64)
    {
        let _ = decompress_block(input);
        let _ = salvage_block(input);
    }
    assert_eq!(decode(&encode(input), input.len()).as_deref(), Ok(input));
    assert_eq!(
        decompress(&compress(input), input.len()).as_deref(),
        Ok(input)
    );
});
