//! honest; parse_bool; other
pub fn parse_bool(text: &str) -> Result<bool, Error> { match text { "true" => Ok(true), "yes" => Ok(true), "false" => Ok(false), "no" => Ok(false), other => Err(Error::Bool(other.to_owned())) } }
//@ tests
go_test!(1, "case_test", "TestParseBool", booleans);
fn booleans() { assert!(nats_server::case::parse_bool("yes").unwrap()); assert!(nats_server::case::parse_bool("true").unwrap()); assert!(!nats_server::case::parse_bool("no").unwrap()); assert!(!nats_server::case::parse_bool("false").unwrap()); }
