//! From a path to an answer.

use std::sync::Arc;

use super::index;
use super::query::Query;
use super::reply::Reply;
use super::zpages;
use crate::monitor::Monitor;

/// Answers requests to the monitoring endpoints, for whatever speaks HTTP.
#[derive(Debug, Clone)]
pub struct HttpHandler {
    pub(super) monitor: Arc<Monitor>,
    /// Begins with a slash and does not end with one, except for the slash alone.
    base: String,
}

impl HttpHandler {
    /// A handler of the paths below `base`.
    #[must_use]
    pub fn new(monitor: Arc<Monitor>, base: &str) -> Self {
        let base = clean(&format!("/{base}"));
        Self { monitor, base }
    }

    /// Answers a request for `path`, with the text after `?` and what the client
    /// accepts, if it says so.
    #[must_use]
    pub fn respond(&self, path: &str, query: &str, accept: Option<&str>) -> Reply {
        let cleaned = clean(path);
        if cleaned != path && format!("{cleaned}/") != path {
            let target = if query.is_empty() {
                cleaned
            } else {
                format!("{cleaned}?{query}")
            };
            return Reply::redirect(&target);
        }
        if path == self.base {
            self.monitor.count_request("/");
            return Reply::new(200, "text/html; charset=utf-8", index::page(self));
        }
        let endpoint = if self.base == "/" {
            Some(path)
        } else {
            path.strip_prefix(&self.base)
        };
        let query = Query::new(query);
        let answer = match endpoint {
            Some("/metrics") => zpages::metrics(&self.monitor, accept),
            Some(endpoint) => zpages::answer(&self.monitor, endpoint, &query),
            None => return Reply::not_found(),
        };
        answer.unwrap_or_else(|refusal| refusal)
    }

    /// The path of an endpoint below the base.
    pub(super) fn path_of(&self, endpoint: &str) -> String {
        clean(&format!("{}/{endpoint}", self.base))
    }
}

/// A path without empty parts, `.` and `..`, and without a slash at its end.
fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned() {
        for (path, cleaned) in [
            ("", "/"),
            ("/", "/"),
            ("//varz", "/varz"),
            ("/a/./b/../varz", "/a/varz"),
            ("/../varz/", "/varz"),
        ] {
            assert_eq!(clean(path), cleaned);
        }
    }
}
