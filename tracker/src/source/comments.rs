//! Comments, which the syntax tree doesn't keep.

/// The comments in a piece of source, docs included, with their line numbers
/// counted from 1.
pub(crate) fn comments(source: &str) -> Vec<(usize, String)> {
    let bytes = source.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let rest = &bytes[at..];
        let end = if rest.starts_with(b"//") {
            let end = at + length_until(rest, b"\n");
            found.push((at, end));
            end
        } else if rest.starts_with(b"/*") {
            let end = at + block_comment(rest);
            found.push((at, end));
            end
        } else if let Some(length) = raw_string(rest, at.checked_sub(1).map(|b| bytes[b])) {
            at + length
        } else if *byte == b'"' {
            at + quoted(rest, b'"')
        } else if *byte == b'\'' && is_char(rest) {
            at + quoted(rest, b'\'')
        } else {
            at + 1
        };
        at = end;
    }
    let line = |at: usize| bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
    let text = |start: usize, end: usize| String::from_utf8_lossy(&bytes[start..end]).into_owned();
    found
        .into_iter()
        .map(|(start, end)| (line(start), text(start, end)))
        .collect()
}

fn length_until(rest: &[u8], end: &[u8]) -> usize {
    rest.windows(end.len())
        .position(|window| window == end)
        .unwrap_or(rest.len())
}

fn block_comment(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        if rest[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += 1;
        }
    }
    at.min(rest.len())
}

fn raw_string(rest: &[u8], before: Option<u8>) -> Option<usize> {
    if before.is_some_and(|byte| byte.is_ascii_alphanumeric() && byte != b'b' || byte == b'_') {
        return None;
    }
    let hashes = rest
        .strip_prefix(b"r")?
        .iter()
        .take_while(|byte| **byte == b'#')
        .count();
    let open = 1 + hashes;
    (rest.get(open) == Some(&b'"')).then(|| {
        let close: Vec<u8> = std::iter::once(b'"')
            .chain(std::iter::repeat_n(b'#', hashes))
            .collect();
        let inside = &rest[open + 1..];
        (open + 1 + length_until(inside, &close) + close.len()).min(rest.len())
    })
}

fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while let Some(byte) = rest.get(at) {
        at += 1;
        if *byte == b'\\' {
            at += 1;
        } else if *byte == quote {
            break;
        }
    }
    at.min(rest.len())
}

/// Tells a character from a lifetime.
fn is_char(rest: &[u8]) -> bool {
    match rest.get(1) {
        Some(b'\\') => true,
        Some(byte) if byte.is_ascii() => rest.get(2) == Some(&b'\''),
        Some(_) => rest.iter().skip(2).take(4).any(|byte| *byte == b'\''),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::comments;

    #[test]
    fn comments_are_told_from_strings_and_lifetimes() {
        let source = "let a = \"// no\"; // one\nlet b = r#\"/* no \"# ; /* two\n more */\nfn c<'a>(x: &'a str) {} '\"'; // three\n/// four\n";
        let found: Vec<usize> = comments(source).iter().map(|(line, _)| *line).collect();
        assert_eq!(found, [1, 2, 4, 5]);
        assert!(
            comments(source)
                .iter()
                .all(|(_, text)| !text.contains("no"))
        );
    }
}
