//! Every Go test by its ID. One module per Go test file.

mod client_proxyproto_test;
mod nkey_test;
mod parser_test;

use std::process::ExitCode;

fn main() -> ExitCode {
    conformance::harness::main()
}
