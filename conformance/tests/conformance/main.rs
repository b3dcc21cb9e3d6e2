//! Every Go test by its ID. One module per Go test file.

use std::process::ExitCode;

fn main() -> ExitCode {
    conformance::harness::main()
}
