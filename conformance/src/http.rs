//! A small HTTP client for monitoring ports.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

use serde::de::DeserializeOwned;

use crate::wait::SOON;

/// An answer.
#[derive(Debug, Clone)]
pub struct HttpAnswer {
    /// The status.
    pub status: u16,
    /// The headers, their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl HttpAnswer {
    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Checks status and content type, and that JSON is open to other origins.
    #[track_caller]
    pub fn expect(self, status: u16, content_type: &str) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), Some(content_type));
        if content_type == "application/json" {
            assert_eq!(self.header("access-control-allow-origin"), Some("*"));
        }
        self
    }

    /// Reads the body, which has to be JSON that answers a request well.
    #[track_caller]
    pub fn json<T: DeserializeOwned>(self) -> T {
        let answer = self.expect(200, "application/json");
        serde_json::from_slice(&answer.body)
            .unwrap_or_else(|error| panic!("{error}: {}", answer.text()))
    }
}

/// Gets `path`, which may have parameters, from a server that speaks plain HTTP.
///
/// # Panics
///
/// If it does not answer within ten seconds.
#[track_caller]
#[must_use]
pub fn get(address: SocketAddr, path: &str) -> HttpAnswer {
    get_with(address, path, &[])
}

/// Gets `path` with further headers.
///
/// # Panics
///
/// If it does not answer within ten seconds.
#[track_caller]
#[must_use]
pub fn get_with(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> HttpAnswer {
    let stream = TcpStream::connect(address).expect("the monitoring port is open");
    stream
        .set_read_timeout(Some(SOON))
        .expect("a socket takes a timeout");
    get_over(stream, path, headers).unwrap_or_else(|error| panic!("GET {path}: {error}"))
}

/// Gets `path` over a connection that is closed afterwards.
///
/// # Errors
///
/// What the connection reports, or that the answer is not HTTP.
pub fn get_over(
    mut stream: impl Read + Write,
    path: &str,
    headers: &[(&str, &str)],
) -> io::Result<HttpAnswer> {
    let mut request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");
    stream.write_all(request.as_bytes())?;
    stream.flush()?;
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        // The end of a TLS connection need not be announced where HTTP tells it.
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => return Err(error),
        _ => {}
    }
    parse(&answer).ok_or_else(|| {
        let shown = answer.escape_ascii().to_string();
        io::Error::new(io::ErrorKind::InvalidData, shown)
    })
}

/// Reads an answer whose body has the length that its head tells.
fn parse(answer: &[u8]) -> Option<HttpAnswer> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = str::from_utf8(answer.get(..end)?).ok()?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_ascii_lowercase(), value.trim().to_owned()))
        })
        .collect::<Option<_>>()?;
    let body = answer.get(end + 4..)?.to_vec();
    let answer = HttpAnswer {
        status,
        headers,
        body,
    };
    let length: usize = answer.header("content-length")?.parse().ok()?;
    (answer.body.len() == length).then_some(answer)
}
