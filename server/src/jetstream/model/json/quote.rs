//! Text in quotes as Go writes it (`strconv.Quote`).

/// Bytes in double quotes.
pub(super) fn quoted(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    for chunk in bytes.utf8_chunks() {
        for char in chunk.valid().chars() {
            push(&mut text, char, '"');
        }
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text.push('"');
    text
}

/// One byte in single quotes, taken for the character of that number.
pub(super) fn quoted_byte(byte: u8) -> String {
    let mut text = String::from("'");
    match byte {
        b'\'' => text.push_str("\\'"),
        b'"' => text.push('"'),
        byte => push(&mut text, char::from(byte), '"'),
    }
    text.push('\'');
    text
}

fn push(text: &mut String, char: char, quote: char) {
    match char {
        '\u{7}' => text.push_str("\\a"),
        '\u{8}' => text.push_str("\\b"),
        '\u{c}' => text.push_str("\\f"),
        '\n' => text.push_str("\\n"),
        '\r' => text.push_str("\\r"),
        '\t' => text.push_str("\\t"),
        '\u{b}' => text.push_str("\\v"),
        '\\' => text.push_str("\\\\"),
        char if char == quote => text.extend(['\\', char]),
        char if char < ' ' || char == '\u{7f}' => {
            text.push_str(&format!("\\x{:02x}", u32::from(char)));
        }
        char if is_printable(char) => text.push(char),
        char if u32::from(char) < 0x1_0000 => {
            text.push_str(&format!("\\u{:04x}", u32::from(char)));
        }
        char => text.push_str(&format!("\\U{:08x}", u32::from(char))),
    }
}

/// Roughly what Go prints as it is: neither control characters nor spaces other than
/// the usual one, nor what shows nothing.
fn is_printable(char: char) -> bool {
    let hidden = matches!(char,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{e000}'..='\u{f8ff}');
    !char.is_control() && (char == ' ' || !char.is_whitespace()) && !hidden
}
