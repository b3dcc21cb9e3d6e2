//! Every Go test by its ID. One module per Go test file.

mod accounts_test;
mod accounts_test_latency;
mod accounts_test_mappings;
mod accounts_test_services;
mod accounts_test_streams;
mod auth_test;
mod client_proxyproto_test;
mod client_test;
mod client_test_auth;
mod client_test_header;
mod client_test_outbound;
mod client_test_ping;
mod client_test_tls;
mod client_test_trace;
mod closed_conns_test;
mod config_check_test;
mod log_test;
mod monitor_support;
mod monitor_test;
mod monitor_test_closed;
mod monitor_test_connz;
mod monitor_test_sort;
mod monitor_test_subsz;
mod monitor_test_tls;
mod nkey_test;
mod opts_support;
mod opts_test;
mod opts_test_blocks;
mod opts_test_flags;
mod opts_test_users;
mod opts_test_variables;
mod parser_test;
mod ping_test;
mod reload_test;
mod reload_test_accounts;
mod reload_test_tls;
mod server_test;
mod server_test_addresses;
mod service_test;
mod signal_test;
mod split_test;

use std::process::ExitCode;

mod ats_test;
mod filestore_support;
mod filestore_test;
mod filestore_test_blocks;
mod filestore_test_consumers;
mod filestore_test_recovery;
mod gsl_test;
mod ipqueue_test;
mod jetstream_errors_test;
mod jetstream_test;
mod jetstream_versioning_test;
mod js_support;
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
mod tls_support;
mod util_test;

fn main() -> ExitCode {
    conformance::harness::main()
}
