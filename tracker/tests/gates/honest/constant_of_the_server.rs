//! honest; tests
go_test!(1, "case_test", "TestDefaultPort", default_port);
fn default_port() { assert_eq!(nats_server::collections::SequenceSet::MAX_ENTRY, 2048); }
