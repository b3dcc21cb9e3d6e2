//! The porting ledger's command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    tracker::cli::main()
}
