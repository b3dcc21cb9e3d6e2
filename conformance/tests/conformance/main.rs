//! Every Go test by its ID. One module per Go test file.

mod client_header_test;
mod client_proxyproto_test;
mod client_test;
mod closed_conns_test;
mod nkey_test;
mod parser_test;
mod ping_test;
mod split_test;

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
