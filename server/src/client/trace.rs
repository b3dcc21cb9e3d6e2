//! Protocol traces of what a client sends.

use super::handle::Client;
use super::session::Session;
use crate::logging::Level;
use crate::protocol::Op;

/// Fields of CONNECT whose values are secret.
const SECRETS: &[&str] = &["pass", "auth_token"];

impl Session {
    pub(super) fn trace_in(&self, op: &Op<'_>) {
        let trace = |name: &str, line: &[u8]| {
            let line = String::from_utf8_lossy(line);
            self.client
                .log(Level::Trace, format_args!("<<- [{name} {line}]"));
        };
        match op {
            Op::Connect(line) => trace("CONNECT", redact(line).as_bytes()),
            Op::Publish(message) => {
                trace(
                    if message.header_len.is_some() {
                        "HPUB"
                    } else {
                        "PUB"
                    },
                    message.line,
                );
                self.client
                    .trace_payload("<<-", message.body, message.header_len);
            }
            Op::Subscribe { line, .. } => trace("SUB", line),
            Op::Unsubscribe { line, .. } => trace("UNSUB", line),
            Op::Ping => self.client.log(Level::Trace, format_args!("<<- [PING]")),
            Op::Pong => self.client.log(Level::Trace, format_args!("<<- [PONG]")),
            Op::Info(_) | Op::Ok | Op::Err(_) => {}
        }
    }
}

impl Client {
    pub(super) fn trace_payload(&self, arrow: &str, body: &[u8], header_len: Option<usize>) {
        let options = self.context.options();
        let shown = if options.trace_headers {
            // Without the empty line that ends the headers.
            match header_len {
                Some(length) if length > 4 => body.get(..length - 4).unwrap_or_default(),
                _ => return,
            }
        } else {
            body
        };
        if shown.is_empty() {
            return;
        }
        let max = options.max_traced_msg_len;
        let cut = shown.get(..max).filter(|_| max > 0 && shown.len() > max);
        match cut {
            Some(cut) => self.log(
                Level::Trace,
                format_args!("{arrow} MSG_PAYLOAD: [\"{}...\"]", cut.escape_ascii()),
            ),
            None => self.log(
                Level::Trace,
                format_args!("{arrow} MSG_PAYLOAD: [\"{}\"]", shown.escape_ascii()),
            ),
        }
    }
}

/// CONNECT without the values of passwords and tokens.
fn redact(line: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(line).into_owned();
    for name in SECRETS {
        let mut from = 0;
        while let Some((start, end)) = secret_value(&text, name, from) {
            text.replace_range(start..end, "[REDACTED]");
            from = start + "[REDACTED]".len();
        }
    }
    text
}

/// Where the value of the next field whose name starts with `name` stands.
fn secret_value(text: &str, name: &str, from: usize) -> Option<(usize, usize)> {
    let found = from + text.get(from..)?.find(name)?;
    let after = text.get(found..)?;
    let separator = after.find([':', '='])?;
    let value = after.get(separator + 1..)?;
    let blanks = value.len() - value.trim_start().len();
    let quoted = value.get(blanks..)?.starts_with('"');
    let start = found + separator + 1 + blanks + usize::from(quoted);
    let rest = text.get(start..)?;
    let end = if quoted {
        closing_quote(rest)
    } else {
        rest.find([',', '}', '\r', '\n']).unwrap_or(rest.len())
    };
    Some((start, start + end))
}

/// Where a JSON string ends, past escaped quotes.
fn closing_quote(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_never_reach_the_log() {
        for (line, want) in [
            (
                r#"{"user":"a","pass":"s3cr3t","name":"x"}"#,
                r#"{"user":"a","pass":"[REDACTED]","name":"x"}"#,
            ),
            (
                r#"{"pass" : "a\"b,c}" , "echo":true}"#,
                r#"{"pass" : "[REDACTED]" , "echo":true}"#,
            ),
            (
                r#"{"auth_token":"tok","pass":"p"}"#,
                r#"{"auth_token":"[REDACTED]","pass":"[REDACTED]"}"#,
            ),
            (
                r#"{"password":"one","pass":"two"}"#,
                r#"{"password":"[REDACTED]","pass":"[REDACTED]"}"#,
            ),
            (r#"{"verbose":false}"#, r#"{"verbose":false}"#),
            (r"pass=x,y", r"pass=[REDACTED],y"),
        ] {
            assert_eq!(redact(line.as_bytes()), want);
        }
    }
}
