//! The protocol parser: whatever comes, it finds the same operations in pieces as
//! in one, and never asks for less than it has.

#![no_main]

use libfuzzer_sys::fuzz_target;
use nats_server::protocol::{Parser, ParserLimits, Step};

/// The operations of `input`, and where they end; the second is false for input
/// that is no protocol.
fn operations(parser: &Parser, input: &[u8], piece: usize) -> (Vec<String>, bool) {
    let mut found = Vec::new();
    let mut from = 0;
    let mut have = 0;
    loop {
        match parser.step(&input[from..have]) {
            Ok(Step::Op(op, used)) => {
                assert!(used > 0 && used <= have - from);
                found.push(format!("{op:?}"));
                from += used;
            }
            Ok(Step::NeedMore(need)) => {
                assert!(need > have - from);
                if have == input.len() {
                    return (found, true);
                }
                have = (have + piece).min(input.len());
            }
            Err(_) => return (found, false),
        }
    }
}

fuzz_target!(|input: &[u8]| {
    // The first byte tells the size of a piece and whether there are headers.
    let Some((first, bytes)) = input.split_first() else {
        return;
    };
    let (piece, headers) = (first >> 1, first & 1 == 1);
    let parser = Parser::new(ParserLimits {
        max_control_line: 128,
        max_payload: Some(256),
        headers,
    });
    let whole = operations(&parser, bytes, bytes.len().max(1));
    let pieces = operations(&parser, bytes, usize::from(piece).max(1));
    assert_eq!(whole, pieces);
});
