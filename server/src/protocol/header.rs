//! Message headers as they stand in a message: reading and changing them in place.
//!
//! A header block is the line `NATS/1.0`, lines of `Key: value` and an empty line.
//! Keys are compared byte by byte. Answers to the header functions of `client.go`
//! and ADR-4.

use memchr::memmem;

use super::constants::HEADER_LINE;

/// Where the line of `key` starts in `header`.
#[must_use]
pub fn header_key_index(key: &[u8], header: &[u8]) -> Option<usize> {
    if key.is_empty() {
        return None;
    }
    memmem::find_iter(header, key).find(|at| {
        let starts_line = header
            .get(..*at)
            .is_some_and(|before| before.ends_with(b"\r\n"));
        starts_line && header.get(at + key.len()) == Some(&b':')
    })
}

/// The value of the first header `key`, without the blanks before it.
#[must_use]
pub fn header_value<'a>(key: &[u8], header: &'a [u8]) -> Option<&'a [u8]> {
    let start = header_key_index(key, header)? + key.len() + 1;
    let rest = header.get(start..)?;
    let blanks = rest.iter().take_while(|byte| **byte == b' ').count();
    let rest = rest.get(blanks..)?;
    let end = memmem::find(rest, b"\r\n").unwrap_or(rest.len());
    rest.get(..end)
}

/// Takes the first header `key` out. `None` is returned when no header is left.
#[must_use]
pub fn remove_header(key: &[u8], header: &[u8]) -> Option<Vec<u8>> {
    let Some(start) = header_key_index(key, header) else {
        return Some(header.to_vec());
    };
    without_line(header, start)
}

/// Takes out every header called `key`, in whatever case and with blanks around it.
/// `None` is returned when no header is left after that.
#[must_use]
pub fn remove_headers_named(key: &[u8], header: &[u8]) -> Option<Vec<u8>> {
    let mut kept = Vec::with_capacity(header.len());
    let mut rest = header;
    let (mut first, mut others, mut removed) = (true, false, false);
    while !rest.is_empty() {
        // A lone line feed ends a line for lenient readers.
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        let (line, after) = rest.split_at(end);
        rest = after;
        let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
        let is_header = !first && name.len() < line.len();
        if is_header && name.trim_ascii().eq_ignore_ascii_case(key) {
            removed = true;
            continue;
        }
        others |= is_header;
        first = false;
        kept.extend_from_slice(line);
    }
    (others || !removed).then_some(kept)
}

/// Takes out every header whose key starts with `prefix`. `None` is returned when
/// no header is left.
#[must_use]
pub fn remove_headers_with_prefix(prefix: &[u8], header: &[u8]) -> Option<Vec<u8>> {
    let mut kept = header.to_vec();
    let mut from = 0;
    while let Some(found) = kept.get(from..).and_then(|rest| memmem::find(rest, prefix)) {
        let at = from + found;
        if at == 0 || kept.get(at - 1) != Some(&b'\n') {
            return Some(kept);
        }
        if memmem::find(kept.get(at..).unwrap_or_default(), b"\r\n").is_none() {
            return Some(kept);
        }
        kept = without_line(&kept, at)?;
        from = at;
    }
    Some(kept)
}

fn without_line(header: &[u8], start: usize) -> Option<Vec<u8>> {
    let (before, rest) = header.split_at_checked(start)?;
    let Some(end) = memmem::find(rest, b"\r\n") else {
        return Some(header.to_vec());
    };
    let mut kept = before.to_vec();
    kept.extend_from_slice(rest.get(end + 2..).unwrap_or_default());
    // What is left of an emptied block is its first line and the empty line.
    (kept.len() > HEADER_LINE.len() + 2).then_some(kept)
}

/// The header block with the first `key` set to `value`, or with the header added
/// at its end.
#[must_use]
pub fn set_header(key: &[u8], value: &[u8], header: &[u8]) -> Vec<u8> {
    if let Some(start) = header_key_index(key, header) {
        let mut value_start = start + key.len() + 1;
        if header.get(value_start) == Some(&b' ') {
            value_start += 1;
        }
        let (before, rest) = header.split_at(value_start.min(header.len()));
        let Some(end) = memchr::memchr(b'\r', rest) else {
            return header.to_vec();
        };
        let mut changed = before.to_vec();
        changed.extend_from_slice(value);
        changed.extend_from_slice(rest.get(end..).unwrap_or_default());
        return changed;
    }
    let (body, closing) = match header.strip_suffix(b"\r\n") {
        Some(body) => (body, &b"\r\n"[..]),
        None => (header, &b""[..]),
    };
    let mut changed = body.to_vec();
    push_line(&mut changed, key, value);
    changed.extend_from_slice(closing);
    changed
}

/// A header block with `key` added to `header`, or a new block if there is none.
#[must_use]
pub fn generate_header(header: Option<&[u8]>, key: &[u8], value: &[u8]) -> Vec<u8> {
    let mut block = match header {
        Some(header) if header.len() > 2 => {
            header.get(..header.len() - 2).unwrap_or_default().to_vec()
        }
        _ => HEADER_LINE.to_vec(),
    };
    push_line(&mut block, key, value);
    block.extend_from_slice(b"\r\n");
    block
}

fn push_line(block: &mut Vec<u8>, key: &[u8], value: &[u8]) {
    block.extend_from_slice(key);
    block.extend_from_slice(b": ");
    block.extend_from_slice(value);
    block.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: &[u8] = b"NATS/1.0\r\nFoo-Bar: no\r\nFoo: yes\r\nA:  b c\r\n\r\n";

    #[test]
    fn keys_match_whole_names_only() {
        assert_eq!(header_value(b"Foo", BLOCK), Some(&b"yes"[..]));
        assert_eq!(header_value(b"A", BLOCK), Some(&b"b c"[..]));
        assert_eq!(header_value(b"foo", BLOCK), None);
        assert_eq!(header_value(b"Bar", BLOCK), None);
        assert_eq!(header_value(b"", BLOCK), None);
    }

    #[test]
    fn removal_keeps_the_others_and_drops_an_empty_block() {
        assert_eq!(
            remove_header(b"Foo", BLOCK).unwrap(),
            b"NATS/1.0\r\nFoo-Bar: no\r\nA:  b c\r\n\r\n"
        );
        assert_eq!(remove_header(b"X", b"NATS/1.0\r\nX: 1\r\n\r\n"), None);
        assert_eq!(
            remove_headers_with_prefix(b"Foo", BLOCK).unwrap(),
            b"NATS/1.0\r\nA:  b c\r\n\r\n"
        );
    }

    #[test]
    fn all_spellings_of_a_name_go() {
        let block = b"NATS/1.0\r\nInfo: 1\r\nA: b\r\ninfo:2\r\n Info : 3\nINFO: 4\r\n\r\n";
        assert_eq!(
            remove_headers_named(b"Info", block).unwrap(),
            b"NATS/1.0\r\nA: b\r\n\r\n"
        );
        assert_eq!(
            remove_headers_named(b"Info", b"NATS/1.0\r\nInfo: 1\r\n\r\n"),
            None
        );
        let status = b"NATS/1.0 503\r\n\r\n";
        assert_eq!(remove_headers_named(b"Info", status).unwrap(), status);
    }

    #[test]
    fn setting_replaces_or_appends() {
        assert_eq!(
            set_header(b"Foo", b"a longer value", b"NATS/1.0\r\nFoo: x\r\n\r\n"),
            b"NATS/1.0\r\nFoo: a longer value\r\n\r\n"
        );
        assert_eq!(
            set_header(b"B", b"1", b"NATS/1.0\r\nFoo: x\r\n\r\n"),
            b"NATS/1.0\r\nFoo: x\r\nB: 1\r\n\r\n"
        );
        assert_eq!(
            generate_header(None, b"K", b"v"),
            b"NATS/1.0\r\nK: v\r\n\r\n"
        );
    }
}
