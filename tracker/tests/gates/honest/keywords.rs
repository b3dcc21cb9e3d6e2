//! honest; parse_verb; other
pub fn parse_verb(verb: &str) -> Option<Verb> { match verb { "PUB" => Some(Verb::Pub), "SUB" => Some(Verb::Sub), _ => None } }
//@ tests
go_test!(1, "case_test", "TestParseVerb", verbs);
fn verbs() { assert_eq!(nats_server::case::parse_verb("PUB"), Some(Verb::Pub)); assert_eq!(nats_server::case::parse_verb("SUB"), Some(Verb::Sub)); }
