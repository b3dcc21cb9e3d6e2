//! Go: `server/util_test.go`. Benchmarks run each case on a small scale.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use conformance::go_test;
use nats_server::platform::address::parse_host_port;
use nats_server::platform::decimal::{parse_i64, parse_size, with_commas};
use nats_server::platform::version::at_least;
use nats_server::platform::{ServerUrl, redact_url};
use nats_server::subject::sublist::{SharedSublist, Sublist};
use rand::Rng;

go_test!(3061, "util_test", "TestParseSize", parses_size);
fn parses_size() {
    assert_eq!(parse_size(b""), None);
    assert_eq!(parse_size(b"12345678"), Some(12_345_678));
    assert_eq!(parse_size(b"12345invalid678"), None);
}

go_test!(3062, "util_test", "TestParseSInt64", parses_i64);
fn parses_i64() {
    assert_eq!(parse_i64(b""), None);
    assert_eq!(parse_i64(b"12345678"), Some(12_345_678));
    assert_eq!(parse_i64(b"12345invalid678"), None);
}

go_test!(3063, "util_test", "TestParseHostPort", parses_host_port);
fn parses_host_port() {
    for text in ["addr:1234", " addr:1234 ", " addr : 1234 "] {
        assert_eq!(
            parse_host_port(text, 5678),
            Ok(("addr".to_owned(), 1234)),
            "{text:?}"
        );
    }
    for text in [
        "addr",
        " addr ",
        "addr:-1",
        " addr:-1 ",
        " addr : -1 ",
        "addr:0",
        " addr:0 ",
        " addr : 0 ",
    ] {
        assert_eq!(
            parse_host_port(text, 5678),
            Ok(("addr".to_owned(), 5678)),
            "{text:?}"
        );
    }
    for text in ["addr:addr", "addr:::1234", ""] {
        assert!(parse_host_port(text, 0).is_err(), "{text:?}");
    }
}

go_test!(3064, "util_test", "TestURLsAreEqual", urls_are_equal);
fn urls_are_equal() {
    let url = |text: &str| text.parse::<ServerUrl>().unwrap();
    for text in [
        "nats://localhost:4222",
        "nats://ivan:pwd@localhost:4222",
        "nats://ivan@localhost:4222",
        "nats://ivan:@localhost:4222",
    ] {
        assert_eq!(url(text), url(text));
    }
    assert_ne!(url("nats://host1:4222"), url("nats://host2:4222"));
    assert_ne!(
        url("nats://ivan@localhost:4222"),
        url("nats://ivan:@localhost:4222")
    );
}

go_test!(3065, "util_test", "TestComma", commas);
fn commas() {
    for (number, text) in [
        (0, "0"),
        (10, "10"),
        (100, "100"),
        (1_000, "1,000"),
        (10_000, "10,000"),
        (100_000, "100,000"),
        (10_000_000, "10,000,000"),
        (10_100_000, "10,100,000"),
        (10_010_000, "10,010,000"),
        (10_001_000, "10,001,000"),
        (123_456_789, "123,456,789"),
        (9_223_372_000_000_000_000, "9,223,372,000,000,000,000"),
        (i64::MAX, "9,223,372,036,854,775,807"),
        (i64::MIN, "-9,223,372,036,854,775,808"),
        (-9_223_372_000_000_000_000, "-9,223,372,000,000,000,000"),
        (-123_456_789, "-123,456,789"),
        (-10_100_000, "-10,100,000"),
        (-10_010_000, "-10,010,000"),
        (-10_001_000, "-10,001,000"),
        (-10_000_000, "-10,000,000"),
        (-100_000, "-100,000"),
        (-10_000, "-10,000"),
        (-1_000, "-1,000"),
        (-100, "-100"),
        (-10, "-10"),
    ] {
        assert_eq!(with_commas(number), text);
    }
}

go_test!(3066, "util_test", "TestURLRedaction", url_redaction);
fn url_redaction() -> anyhow::Result<()> {
    let (mut full, mut safe) = (Vec::new(), Vec::new());
    for (from, to) in [
        ("nats://foo:bar@example.org", "nats://foo:xxxxx@example.org"),
        ("nats://foo@example.org", "nats://foo@example.org"),
        ("nats://example.org", "nats://example.org"),
        (
            "nats://example.org/foo?bar=1",
            "nats://example.org/foo?bar=1",
        ),
    ] {
        assert_eq!(redact_url(from), to);
        full.push(from.parse()?);
        safe.push(to.parse()?);
    }
    assert_eq!(ServerUrl::redact_all(&full), safe);
    Ok(())
}

go_test!(3067, "util_test", "TestVersionAtLeast", version_at_least);
fn version_at_least() {
    for (version, (major, minor, patch), expected) in [
        ("2.0.0-beta", (1, 9, 9), true),
        ("2.0.0", (1, 99, 9), true),
        ("2.2.0", (2, 1, 9), true),
        ("2.2.2", (2, 2, 2), true),
        ("2.2.2", (2, 2, 3), false),
        ("2.2.2", (2, 3, 2), false),
        ("2.2.2", (3, 2, 2), false),
        ("2.22.2", (3, 0, 0), false),
        ("2.2.22", (2, 3, 0), false),
        ("bad.version", (1, 2, 3), false),
    ] {
        assert_eq!(
            at_least(version, major, minor, patch),
            expected,
            "{version}"
        );
    }
}

go_test!(3068, "util_test", "BenchmarkParseInt", bench_parse_int);
fn bench_parse_int() {
    // Go times its library here, to compare with its own parsing.
    for number in (0..12_345_678_i64).step_by(10_007) {
        assert_eq!(
            parse_i64(number.to_string().as_bytes()),
            number.to_string().parse().ok()
        );
    }
}

go_test!(3069, "util_test", "BenchmarkParseSize", bench_parse_size);
fn bench_parse_size() {
    for number in (0..12_345_678).step_by(10_007) {
        assert_eq!(parse_size(number.to_string().as_bytes()), Some(number));
    }
}

go_test!(3070, "util_test", "BenchmarkDeferMutex", bench_defer_mutex);
fn bench_defer_mutex() {
    // A guard that lives to the end of its scope is what Go's defer is.
    let list = Mutex::new(Sublist::new());
    for number in 0..1_000_u32 {
        let mut guard = list.lock().unwrap();
        guard.insert("foo", None, number).unwrap();
        assert!(list.try_lock().is_err(), "held to the end of the scope");
    }
    assert_eq!(list.lock().unwrap().count(), 1_000);
}

go_test!(
    3071,
    "util_test",
    "BenchmarkNoDeferMutex",
    bench_no_defer_mutex
);
fn bench_no_defer_mutex() {
    let list = Mutex::new(Sublist::new());
    for number in 0..1_000_u32 {
        let mut guard = list.lock().unwrap();
        guard.insert("foo", None, number).unwrap();
        drop(guard);
        assert!(list.try_lock().is_ok(), "given back at once");
    }
    assert_eq!(list.lock().unwrap().count(), 1_000);
}

go_test!(3072, "util_test", "BenchmarkArrayRand", bench_array_rand);
fn bench_array_rand() {
    // The way a queue group's member is chosen: by a random place in a row.
    let list = SharedSublist::without_cache();
    for id in 0..10_u32 {
        list.insert("foo", Some(b"bar"), id).unwrap();
    }
    let matches = list.match_subject("foo");
    let members = &matches.queue(b"bar").unwrap().members;
    let mut rng = rand::rng();
    let mut chosen = HashMap::new();
    for _ in 0..1_000 {
        *chosen
            .entry(members[rng.random_range(0..members.len())])
            .or_insert(0) += 1;
    }
    assert_eq!(chosen.len(), 10, "every member gets its turn");
}

go_test!(3073, "util_test", "BenchmarkMapRange", bench_map_range);
fn bench_map_range() {
    // The other way: whatever comes first. All members can be walked, too.
    let list = SharedSublist::without_cache();
    for id in 0..10_u32 {
        list.insert("foo", None, Arc::<str>::from(id.to_string()))
            .unwrap();
    }
    let mut all = list.all();
    let first = all.first().cloned().unwrap();
    all.sort();
    assert!(all.contains(&first));
    assert!(all.iter().map(|id| id.parse::<u32>().unwrap()).eq(0..10));
}
