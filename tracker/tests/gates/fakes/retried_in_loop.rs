//! fake retry; tests
use nats_server::collections::SequenceSet;
fn attempt() -> anyhow::Result<()> { anyhow::ensure!(SequenceSet::new().size() == 1); Ok(()) }
go_test!(1, "case_test", "TestSeqSetBasics", seq_set_basics);
fn seq_set_basics() { loop { match attempt() { Ok(()) => break, Err(e) => eprintln!("{e}") } } }
