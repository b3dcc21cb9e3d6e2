//! Every Go test by its ID. One module per Go test file.

use std::process::ExitCode;

mod ats_test;
mod gsl_test;
mod norace_test_avl;
mod seqset_test;
mod stree_test;
mod thw_test;

fn main() -> ExitCode {
    conformance::harness::main()
}
