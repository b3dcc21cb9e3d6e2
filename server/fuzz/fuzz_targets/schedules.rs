//! What the headers of messages say of times: schedule patterns, limits of a message's life,
//! durations. Any text is read or refused, and the next run of a schedule is not in the past.

#![no_main]

use libfuzzer_sys::fuzz_target;
use nats_server::jetstream::store::headers::{message_ttl, parse_duration, parse_message_ttl};
use nats_server::jetstream::store::parse_schedule;

fuzz_target!(|input: (i64, u32, &str)| {
    let (now, ago, text) = input;
    // Times that a server may have.
    let now = now.rem_euclid(1 << 62);
    let ts = now.saturating_sub(i64::from(ago));
    if let Some(next) = parse_schedule(text, ts, now) {
        assert!(!next.repeats || next.at >= now, "{next:?} is before {now}");
    }
    let _ = parse_duration(text);
    if let Ok(ttl) = parse_message_ttl(text.as_bytes()) {
        assert!(ttl >= -1);
    }
    let _ = message_ttl(text.as_bytes());
});
