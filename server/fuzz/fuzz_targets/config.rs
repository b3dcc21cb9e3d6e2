//! The configuration language: any text is a tree or an error.

#![no_main]

use libfuzzer_sys::fuzz_target;
use nats_server::config::syntax;

fuzz_target!(|text: &str| {
    // Files and environment are not for a fuzzer to read.
    if !text.contains("include") {
        let _ = syntax::parse_text(text);
    }
});
