//! Every Go test by its ID. One module per Go test file.

mod client_header_test;
mod client_proxyproto_test;
mod client_test;
mod closed_conns_test;
mod log_test;
mod monitor_support;
mod monitor_test;
mod monitor_test_closed;
mod monitor_test_connz;
mod monitor_test_sort;
mod monitor_test_subsz;
mod monitor_test_tls;
mod nkey_test;
mod parser_test;
mod ping_test;
mod service_test;
mod signal_test;
mod split_test;

use std::process::ExitCode;

mod ats_test;
mod filestore_support;
mod filestore_test;
mod filestore_test_blocks;
mod filestore_test_consumers;
mod gsl_test;
mod ipqueue_test;
mod jetstream_errors_test;
mod memstore_test;
mod memstore_test_benchmarks;
mod norace_test_avl;
mod pse_test;
mod rate_counter_test;
mod ring_test;
mod seqset_test;
mod store_test;
mod stree_test;
mod subject_transform_test;
mod sublist_support;
mod sublist_test;
mod sublist_test_benchmarks;
mod sublist_test_notifications;
mod sublist_test_subjects;
mod thw_test;
mod util_test;

fn main() -> ExitCode {
    conformance::harness::main()
}
