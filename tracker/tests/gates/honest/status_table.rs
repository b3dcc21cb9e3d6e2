//! honest; status_text; other
pub fn status_text(code: u16) -> &'static str { match code { 100 => "Idle Heartbeat", 404 => "No Messages", 408 => "Request Timeout", 409 => "Message Size", _ => "" } }
//@ tests
go_test!(1, "case_test", "TestStatusText", status);
fn status() { assert_eq!(nats_server::case::status_text(404), "No Messages"); }
