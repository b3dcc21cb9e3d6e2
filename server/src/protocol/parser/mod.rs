//! The client protocol parser: slices in, operations out, no I/O and no copies.
//!
//! The parser looks at the bytes that a connection has read and not yet used.
//! It either returns the next operation, borrowed from those bytes, or says how
//! many bytes it needs before it is worth asking again; the caller keeps the
//! bytes together. Lines are found with a vectorised search, so the cost of an
//! operation does not grow with its length. Answers to `parser.go`.

use memchr::memchr;

use super::args::{parse_size, split_args};
use super::constants::{MAX_CONTROL_LINE_SNIPPET_SIZE, PROTO_SNIPPET_SIZE};
use super::error::ProtocolError;

/// What one connection may send.
#[derive(Debug, Clone, Copy)]
pub struct ParserLimits {
    /// Longest control line in bytes, counted without the operation's name.
    pub max_control_line: usize,
    /// Largest payload in bytes; `None` is no limit.
    pub max_payload: Option<usize>,
    /// Whether HPUB is allowed.
    pub headers: bool,
}

/// A published message, borrowed from the read buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Publish<'a> {
    /// The subject as sent.
    pub subject: &'a [u8],
    /// Where answers go.
    pub reply: Option<&'a [u8]>,
    /// Length of the header block; `None` for PUB.
    pub header_len: Option<usize>,
    /// Header block and payload, without the closing CR LF.
    pub body: &'a [u8],
    /// The control line's arguments, for tracing.
    pub line: &'a [u8],
}

/// One operation of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the variants carry the names of the protocol's operations"
)]
pub enum Op<'a> {
    Connect(&'a [u8]),
    Info(&'a [u8]),
    Publish(Publish<'a>),
    Subscribe {
        subject: &'a [u8],
        queue: Option<&'a [u8]>,
        sid: &'a [u8],
        line: &'a [u8],
    },
    Unsubscribe {
        sid: &'a [u8],
        max: Option<usize>,
        line: &'a [u8],
    },
    Ping,
    Pong,
    Ok,
    Err(&'a [u8]),
}

/// What [`Parser::step`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'a> {
    /// An operation, and how many bytes it took.
    Op(Op<'a>, usize),
    /// The input ends within an operation; ask again with at least this many bytes.
    NeedMore(usize),
}

/// Names of the operations a client may send, upper case, and whether a blank
/// must follow.
const OPERATIONS: &[(&[u8], Kind)] = &[
    (b"PUB", Kind::Pub),
    (b"HPUB", Kind::HeaderPub),
    (b"SUB", Kind::Sub),
    (b"UNSUB", Kind::Unsub),
    (b"PING", Kind::Ping),
    (b"PONG", Kind::Pong),
    (b"CONNECT", Kind::Connect),
    (b"INFO", Kind::Info),
    (b"+OK", Kind::Ok),
    (b"-ERR", Kind::Err),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Pub,
    HeaderPub,
    Sub,
    Unsub,
    Ping,
    Pong,
    Connect,
    Info,
    Ok,
    Err,
}

impl Kind {
    /// CONNECT and INFO take their argument with or without a blank before it.
    fn needs_blank(self) -> bool {
        matches!(
            self,
            Self::Pub | Self::HeaderPub | Self::Sub | Self::Unsub | Self::Err
        )
    }

    /// These have no argument; what stands before the line's end is ignored.
    fn bare(self) -> bool {
        matches!(self, Self::Ping | Self::Pong | Self::Ok)
    }
}

/// The parser of one connection: its limits and nothing else, since unused
/// bytes stay with the caller.
#[derive(Debug, Clone, Copy)]
pub struct Parser {
    /// What the connection may send.
    pub limits: ParserLimits,
}

impl Parser {
    /// A parser that enforces `limits`.
    #[must_use]
    pub fn new(limits: ParserLimits) -> Self {
        Self { limits }
    }

    /// Reads the operation at the start of `input`.
    ///
    /// # Errors
    ///
    /// [`ProtocolError`] as soon as the bytes can no longer become a valid
    /// operation, also when the line is not complete.
    #[inline]
    pub fn step<'a>(&self, input: &'a [u8]) -> Result<Step<'a>, ProtocolError> {
        if let Some(step) = self.plain_publish(input) {
            return Ok(step);
        }
        let Some((kind, name_len)) = operation(input)? else {
            return Ok(Step::NeedMore(input.len() + 1));
        };
        self.finish(kind, name_len, input)
    }

    /// PUB as clients write it, by far the commonest operation: single blanks, CR LF,
    /// nothing missing and nothing wrong. All else is `None` and left to `finish`.
    #[inline]
    fn plain_publish<'a>(&self, input: &'a [u8]) -> Option<Step<'a>> {
        let args = input.strip_prefix(b"PUB ")?;
        let (subject, end, rest) = word(args)?;
        if end != b' ' || subject.is_empty() {
            return None;
        }
        let (mut size, mut end, mut rest) = word(rest)?;
        let mut reply = None;
        if end == b' ' && !size.is_empty() {
            reply = Some(size);
            (size, end, rest) = word(rest)?;
        }
        if end != b'\r' || rest.first() != Some(&b'\n') {
            return None;
        }
        let size = parse_size(size)?;
        let line = args.get(..args.len() - rest.len() - 1)?;
        let payload_max = self.limits.max_payload.unwrap_or(usize::MAX);
        if line.len() > self.limits.max_control_line || size > payload_max {
            return None;
        }
        let start = input.len() - rest.len() + 1;
        let end = start + size;
        if input.get(end..end + 2)? != b"\r\n" {
            return None;
        }
        let publish = Publish {
            subject,
            reply,
            header_len: None,
            body: input.get(start..end)?,
            line,
        };
        Some(Step::Op(Op::Publish(publish), end + 2))
    }

    fn finish<'a>(
        &self,
        kind: Kind,
        name_len: usize,
        input: &'a [u8],
    ) -> Result<Step<'a>, ProtocolError> {
        let rest = input.get(name_len..).unwrap_or_default();
        let blanks = if kind.bare() {
            0
        } else {
            rest.iter()
                .take_while(|byte| matches!(byte, b' ' | b'\t'))
                .count()
        };
        if rest.len() <= blanks {
            return Ok(Step::NeedMore(input.len() + 1));
        }
        if kind.needs_blank() && blanks == 0 {
            return Err(unknown_operation(name_len, input));
        }
        let start = name_len + blanks;
        let tail = input.get(start..).unwrap_or_default();
        let Some(line_len) = memchr(b'\n', tail) else {
            if !kind.bare() {
                // A line end that has only half come counts as little as a whole.
                self.check_control_line(tail.strip_suffix(b"\r").unwrap_or(tail))?;
            }
            return Ok(Step::NeedMore(input.len() + 1));
        };
        let line = tail.get(..line_len).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if !kind.bare() {
            self.check_control_line(line)?;
        }
        self.operation(kind, line, input, start + line_len + 1)
    }

    fn operation<'a>(
        &self,
        kind: Kind,
        line: &'a [u8],
        input: &'a [u8],
        used: usize,
    ) -> Result<Step<'a>, ProtocolError> {
        let op = match kind {
            Kind::Pub => return self.publish(line, input, used),
            Kind::HeaderPub => return self.header_publish(line, input, used),
            Kind::Sub => subscribe(line)?,
            Kind::Unsub => unsubscribe(line)?,
            Kind::Ping => Op::Ping,
            Kind::Pong => Op::Pong,
            Kind::Connect => Op::Connect(line),
            Kind::Info => Op::Info(line),
            Kind::Ok => Op::Ok,
            Kind::Err => Op::Err(line),
        };
        Ok(Step::Op(op, used))
    }

    fn publish<'a>(
        &self,
        line: &'a [u8],
        input: &'a [u8],
        used: usize,
    ) -> Result<Step<'a>, ProtocolError> {
        const NAME: &str = "processPub";
        let (subject, reply, size) = match split_args::<3>(line) {
            Some(([subject, size, _], 2)) => (subject, None, size),
            Some(([subject, reply, size], 3)) => (subject, Some(reply), size),
            _ => return Err(bad_arguments(NAME, line)),
        };
        let size = parse_size(size).ok_or_else(|| bad_size(NAME, "Size", line))?;
        self.check_payload(size)?;
        body(input, used, size, |body| Publish {
            subject,
            reply,
            header_len: None,
            body,
            line,
        })
    }

    fn header_publish<'a>(
        &self,
        line: &'a [u8],
        input: &'a [u8],
        used: usize,
    ) -> Result<Step<'a>, ProtocolError> {
        const NAME: &str = "processHeaderPub";
        if !self.limits.headers {
            return Err(ProtocolError::HeadersNotSupported);
        }
        let (subject, reply, header, size) = match split_args::<4>(line) {
            Some(([subject, header, size, _], 3)) => (subject, None, header, size),
            Some(([subject, reply, header, size], 4)) => (subject, Some(reply), header, size),
            _ => return Err(bad_arguments(NAME, line)),
        };
        let header = parse_size(header).ok_or_else(|| bad_size(NAME, "Header Size", line))?;
        let size = parse_size(size).ok_or_else(|| bad_size(NAME, "Total Size", line))?;
        if header > size {
            return Err(ProtocolError::HeaderLargerThanTotal { line: quote(line) });
        }
        self.check_payload(size)?;
        body(input, used, size, |body| Publish {
            subject,
            reply,
            header_len: Some(header),
            body,
            line,
        })
    }

    fn check_control_line(&self, line: &[u8]) -> Result<(), ProtocolError> {
        if line.len() > self.limits.max_control_line {
            return Err(ProtocolError::MaxControlLine {
                limit: self.limits.max_control_line,
                length: line.len(),
                snippet: protocol_snippet(0, MAX_CONTROL_LINE_SNIPPET_SIZE, line),
            });
        }
        Ok(())
    }

    fn check_payload(&self, size: usize) -> Result<(), ProtocolError> {
        match self.limits.max_payload {
            Some(limit) if size > limit => Err(ProtocolError::MaxPayload { size, limit }),
            _ => Ok(()),
        }
    }
}

/// The bytes before the first blank or control character, that character and what
/// follows it.
#[inline]
fn word(args: &[u8]) -> Option<(&[u8], u8, &[u8])> {
    let len = args.iter().position(|byte| *byte <= b' ')?;
    let (word, rest) = args.split_at_checked(len)?;
    let (end, rest) = rest.split_first()?;
    Some((word, *end, rest))
}

/// Finds the operation whose name starts `input`; `None` if more bytes are needed.
fn operation(input: &[u8]) -> Result<Option<(Kind, usize)>, ProtocolError> {
    let mut longest = 0;
    for (name, kind) in OPERATIONS {
        let same = name
            .iter()
            .zip(input)
            .take_while(|(want, have)| have.to_ascii_uppercase() == **want)
            .count();
        if same == name.len() {
            return Ok(Some((*kind, same)));
        }
        if same == input.len() {
            return Ok(None);
        }
        longest = longest.max(same);
    }
    Err(unknown_operation(longest, input))
}

fn body<'a>(
    input: &'a [u8],
    used: usize,
    size: usize,
    publish: impl FnOnce(&'a [u8]) -> Publish<'a>,
) -> Result<Step<'a>, ProtocolError> {
    let end = used + size;
    // The terminator is checked as early as it arrives.
    match input.get(end..) {
        None | Some([]) | Some([b'\r']) => Ok(Step::NeedMore(end + 2)),
        Some([b'\r', b'\n', ..]) => {
            let body = input.get(used..end).unwrap_or_default();
            Ok(Step::Op(Op::Publish(publish(body)), end + 2))
        }
        Some([b'\r', ..]) => Err(unknown_operation(end + 1, input)),
        Some(_) => Err(unknown_operation(end, input)),
    }
}

fn subscribe(line: &[u8]) -> Result<Op<'_>, ProtocolError> {
    match split_args::<3>(line) {
        Some(([subject, sid, _], 2)) => Ok(Op::Subscribe {
            subject,
            queue: None,
            sid,
            line,
        }),
        Some(([subject, queue, sid], 3)) => Ok(Op::Subscribe {
            subject,
            queue: Some(queue),
            sid,
            line,
        }),
        _ => Err(bad_arguments("processSub", line)),
    }
}

fn unsubscribe(line: &[u8]) -> Result<Op<'_>, ProtocolError> {
    match split_args::<2>(line) {
        Some(([sid, _], 1)) => Ok(Op::Unsubscribe {
            sid,
            max: None,
            line,
        }),
        // A maximum that is no number means "now", as in the Go server.
        Some(([sid, max], 2)) => Ok(Op::Unsubscribe {
            sid,
            max: parse_size(max),
            line,
        }),
        _ => Err(bad_arguments("processUnsub", line)),
    }
}

fn unknown_operation(at: usize, input: &[u8]) -> ProtocolError {
    ProtocolError::UnknownOperation {
        at,
        snippet: protocol_snippet(at, PROTO_SNIPPET_SIZE, input),
    }
}

fn bad_arguments(operation: &'static str, line: &[u8]) -> ProtocolError {
    ProtocolError::BadArguments {
        operation,
        line: quote(line),
    }
}

fn bad_size(operation: &'static str, what: &'static str, line: &[u8]) -> ProtocolError {
    ProtocolError::BadSize {
        operation,
        what,
        line: quote(line),
    }
}

fn quote(bytes: &[u8]) -> String {
    format!("\"{}\"", bytes.escape_ascii())
}

/// The bytes of `input` from `start`, at most `max` of them, quoted for a log
/// line. Answers to `protoSnippet`.
#[must_use]
pub fn protocol_snippet(start: usize, max: usize, input: &[u8]) -> String {
    if start >= input.len() {
        return "\"\"".to_owned();
    }
    let mut stop = start.saturating_add(max);
    if stop > input.len() {
        stop = input.len() - 1;
    }
    quote(input.get(start..stop).unwrap_or_default())
}

#[cfg(test)]
mod tests;
