//! Header blocks: reading and changing any bytes, and what was set is found.

#![no_main]

use libfuzzer_sys::fuzz_target;
use nats_server::protocol::{
    generate_header, header_key_index, header_value, remove_header, remove_headers_with_prefix,
    set_header,
};

fuzz_target!(|input: &[u8]| {
    // A key, a value and a block, with NUL between them.
    let mut parts = input.splitn(3, |byte| *byte == 0);
    let (Some(key), Some(value), Some(block)) = (parts.next(), parts.next(), parts.next()) else {
        return;
    };
    let at = header_key_index(key, block);
    assert!(at.is_none_or(|at| block[at..].starts_with(key)));
    let _ = header_value(key, block);
    if let Some(rest) = remove_header(key, block) {
        assert!(rest.len() <= block.len());
    }
    if let Some(rest) = remove_headers_with_prefix(key, block) {
        assert!(rest.len() <= block.len());
    }
    let _ = set_header(key, value, block);
    let is_word = |bytes: &[u8]| !bytes.is_empty() && bytes.iter().all(u8::is_ascii_alphanumeric);
    if is_word(key) && is_word(value) {
        let made = generate_header(None, key, value);
        assert_eq!(header_value(key, &made), Some(value));
        let changed = set_header(key, b"other", &made);
        assert_eq!(header_value(key, &changed), Some(&b"other"[..]));
        assert!(remove_header(key, &made).is_none_or(|rest| header_value(key, &rest).is_none()));
    }
});
