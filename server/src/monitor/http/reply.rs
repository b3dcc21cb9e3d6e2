//! An answer over HTTP, before it is written.

use super::query::Query;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers besides those about the connection.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

const PLAIN: &str = "text/plain; charset=utf-8";

impl Reply {
    pub(super) fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: vec![("Content-Type", content_type.to_owned())],
            body: body.into(),
        }
    }

    pub(super) fn plain(status: u16, text: impl Into<Vec<u8>>) -> Self {
        Self::new(status, PLAIN, text)
    }

    pub(super) fn bad_request(text: impl Into<Vec<u8>>) -> Self {
        Self::plain(400, text)
    }

    pub(super) fn not_found() -> Self {
        let mut reply = Self::plain(404, "404 page not found\n");
        reply
            .headers
            .push(("X-Content-Type-Options", "nosniff".to_owned()));
        reply
    }

    /// To where the path is without its needless parts.
    pub(super) fn redirect(to: &str) -> Self {
        let shown = to.replace('&', "&amp;").replace('"', "&#34;");
        let shown = shown.replace('<', "&lt;").replace('>', "&gt;");
        let body = format!("<a href=\"{shown}\">Temporary Redirect</a>.\n\n");
        let mut reply = Self::new(307, "text/html; charset=utf-8", body);
        reply.headers.push(("Location", to.to_owned()));
        reply
    }

    /// JSON, wrapped in a call of the `callback` that the request names
    /// (`ResponseHandler`). A callback that is no name of a function is not called:
    /// it could carry somebody else's script.
    pub(super) fn json(status: u16, query: &Query, data: Vec<u8>) -> Self {
        let callback = query.text("callback");
        if is_function_name(callback) {
            let mut body = format!("{callback}(").into_bytes();
            body.extend_from_slice(&data);
            body.push(b')');
            let mut reply = Self::new(status, "application/javascript", body);
            reply
                .headers
                .push(("X-Content-Type-Options", "nosniff".to_owned()));
            return reply;
        }
        let mut reply = Self::new(status, "application/json", data);
        reply
            .headers
            .push(("Access-Control-Allow-Origin", "*".to_owned()));
        reply
    }
}

/// Whether `text` is a name as JavaScript has them, with dots and indices.
fn is_function_name(text: &str) -> bool {
    let first = |c: char| c.is_ascii_alphabetic() || c == '_' || c == '$';
    text.starts_with(first)
        && text
            .chars()
            .all(|c| first(c) || c.is_ascii_digit() || matches!(c, '.' | '[' | ']'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callbacks_are_names_only() {
        let reply = |callback: &str| {
            let query = Query::new(&format!("callback={callback}"));
            Reply::json(200, &query, b"{}".to_vec())
        };
        assert_eq!(reply("cb").body, b"cb({})");
        assert_eq!(reply("$.a_b[0]").body, b"$.a_b[0]({})");
        for bad in ["", "alert(1)//", "a;b", "1a", "a b"] {
            assert_eq!(reply(bad).body, b"{}", "{bad}");
        }
    }
}
