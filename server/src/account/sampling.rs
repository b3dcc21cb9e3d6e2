//! Which requests are measured: a share of them, or those whose headers say that
//! they are traced (`shouldSample`).

use std::collections::BTreeMap;

use rand::Rng;

use crate::config::options::LatencyOptions;

/// Headers by their names in canonical form.
pub type Headers = BTreeMap<String, Vec<String>>;

/// Jaeger: everything in one value, `trace:span:parent:flags`.
const UBER: &str = "Uber-Trace-Id";
const UBER_CONTEXT_PREFIX: &str = "Uberctx-";
/// W3C trace context.
const TRACE_PARENT: &str = "Traceparent";
const TRACE_STATE: &str = "Tracestate";
/// Zipkin: everything in one value, or a header for each.
const B3: &str = "B3";
const B3_SAMPLED: &str = "X-B3-Sampled";
const B3_TRACE: &str = "X-B3-Traceid";
const B3_PARENT: &str = "X-B3-Parentspanid";
const B3_SPAN: &str = "X-B3-Spanid";

/// Whether a request with the header block `header` is measured. Returns the headers
/// that asked for it, if it was they.
#[must_use]
pub fn sample(latency: &LatencyOptions, header: Option<&[u8]>) -> Option<Headers> {
    if latency.sampling >= 100 {
        return Some(Headers::new());
    }
    if latency.sampling > 0 && rand::rng().random_range(0..100) < latency.sampling {
        return Some(Headers::new());
    }
    sampled_by_header(&headers(header?))
}

fn sampled_by_header(all: &Headers) -> Option<Headers> {
    let first = |name: &str| all.get(name).and_then(|values| values.first());
    if let Some(id) = first(UBER) {
        return uber_flags(id)
            .is_some_and(|flags| flags & 1 == 1)
            .then(|| with_prefix(all, UBER, UBER_CONTEXT_PREFIX));
    }
    let b3_parts = [B3_SAMPLED, B3_TRACE, B3_PARENT, B3_SPAN];
    match first(B3_SAMPLED).map(String::as_str) {
        Some("1") => return Some(only(all, &b3_parts)),
        Some("0") => return None,
        _ => {}
    }
    if all.contains_key(B3_TRACE) {
        // Whoever gets it may decide.
        return Some(only(all, &b3_parts));
    }
    if let Some(b3) = first(B3) {
        let parts: Vec<&str> = b3.split('-').collect();
        let denied = match parts.as_slice() {
            [one] => *one == "0",
            [_, _, decision, ..] => *decision == "0",
            _ => false,
        };
        return (!denied).then(|| only(all, &[B3]));
    }
    let parent = first(TRACE_PARENT)?;
    let parts: Vec<&str> = parent.split('-').collect();
    let [_, _, _, flags] = parts.as_slice() else {
        return None;
    };
    let flags = (flags.len() == 2).then(|| u8::from_str_radix(flags, 16).ok())??;
    (flags & 1 == 1).then(|| only(all, &[TRACE_PARENT, TRACE_STATE]))
}

/// The flags at the end of a Jaeger id: one or two hexadecimal digits.
fn uber_flags(id: &str) -> Option<u8> {
    let parts: Vec<&str> = id.split(':').collect();
    match parts.as_slice() {
        [_, _, _, flags] if (1..=2).contains(&flags.len()) => u8::from_str_radix(flags, 16).ok(),
        _ => None,
    }
}

fn only(all: &Headers, names: &[&str]) -> Headers {
    let wanted = all
        .iter()
        .filter(|(name, _)| names.contains(&name.as_str()));
    wanted
        .map(|(name, values)| (name.clone(), values.clone()))
        .collect()
}

fn with_prefix(all: &Headers, name: &str, prefix: &str) -> Headers {
    let wanted = all
        .iter()
        .filter(|(key, _)| *key == name || key.starts_with(prefix));
    wanted
        .map(|(key, values)| (key.clone(), values.clone()))
        .collect()
}

/// Reads a header block; lines that are no headers are left out.
fn headers(block: &[u8]) -> Headers {
    let mut all = Headers::new();
    let text = String::from_utf8_lossy(block);
    for line in text.split("\r\n").skip(1) {
        if let Some((name, value)) = line.split_once(':') {
            all.entry(canonical(name.trim()))
                .or_default()
                .push(value.trim().to_owned());
        }
    }
    all
}

/// A header's name with capitals at the start and after each hyphen.
fn canonical(name: &str) -> String {
    let mut start = true;
    name.chars()
        .map(|letter| {
            let cased = if start {
                letter.to_ascii_uppercase()
            } else {
                letter.to_ascii_lowercase()
            };
            start = letter == '-';
            cased
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_header(lines: &str) -> Option<Headers> {
        let latency = LatencyOptions {
            sampling: 0,
            subject: "results".to_owned(),
        };
        sample(
            &latency,
            Some(format!("NATS/1.0\r\n{lines}\r\n").as_bytes()),
        )
    }

    #[test]
    fn context_that_belongs_to_a_trace_is_kept() {
        let kept = by_header("uber-trace-id: 1:2:3:1\r\nUberctx-A: b\r\nOther: c\r\n").unwrap();
        assert_eq!(
            kept.keys().collect::<Vec<_>>(),
            ["Uber-Trace-Id", "Uberctx-A"]
        );
        let kept = by_header("traceparent: 00-a-b-01\r\ntracestate: x=y\r\n").unwrap();
        assert_eq!(kept.keys().collect::<Vec<_>>(), [TRACE_PARENT, TRACE_STATE]);
        let kept = by_header("X-B3-TraceId: a\r\nX-B3-SpanId: b\r\nX-B3-ParentSpanId: c\r\n");
        assert_eq!(kept.unwrap().len(), 3);
    }

    #[test]
    fn without_a_sign_nothing_is_measured() {
        assert_eq!(by_header("Foo: bar\r\n"), None);
        assert_eq!(by_header("traceparent: 00-a-b-x1\r\n"), None);
        assert_eq!(by_header("uber-trace-id: 1:2:3\r\n"), None);
        let latency = LatencyOptions {
            sampling: 0,
            subject: "results".to_owned(),
        };
        assert_eq!(sample(&latency, None), None);
        let all = LatencyOptions {
            sampling: 100,
            ..latency
        };
        assert_eq!(sample(&all, None), Some(Headers::new()));
    }

    #[test]
    fn a_share_is_a_share() {
        let half = LatencyOptions {
            sampling: 50,
            subject: "results".to_owned(),
        };
        let hits = (0..2000).filter(|_| sample(&half, None).is_some()).count();
        assert!((800..1200).contains(&hits), "{hits}");
    }
}
