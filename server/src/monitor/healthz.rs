//! `/healthz`: whether the server is fit to serve.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::json::is_default;
use super::state::Monitor;
use crate::jetstream::assets::JetStream;

/// What to look at.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "the names are those of the parameters")]
pub struct HealthzOptions {
    pub js_enabled: bool,
    pub js_enabled_only: bool,
    pub js_server_only: bool,
    pub js_meta_only: bool,
    pub account: String,
    pub stream: String,
    pub consumer: String,
    /// Tell all that is wrong, each with its kind.
    pub details: bool,
}

/// How the server is (`HealthStatus`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HealthStatus {
    /// `ok`, `error` or `unavailable`.
    pub status: String,
    /// The HTTP status that goes with it.
    #[serde(skip_serializing_if = "is_default")]
    pub status_code: u16,
    /// What is wrong.
    #[serde(skip_serializing_if = "is_default")]
    pub error: String,
    /// The same with details.
    #[serde(skip_serializing_if = "is_default")]
    pub errors: Vec<HealthzError>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthzError {
    /// What it concerns.
    #[serde(rename = "type")]
    pub kind: HealthzErrorKind,
    /// The account.
    #[serde(default, skip_serializing_if = "is_default")]
    pub account: String,
    /// The stream.
    #[serde(default, skip_serializing_if = "is_default")]
    pub stream: String,
    /// The consumer.
    #[serde(default, skip_serializing_if = "is_default")]
    pub consumer: String,
    /// What is wrong.
    #[serde(default, skip_serializing_if = "is_default")]
    pub error: String,
}

/// What an error of the health check concerns (`HealthZErrorType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are those of the endpoint")]
pub enum HealthzErrorKind {
    #[serde(rename = "CONNECTION")]
    Conn,
    BadRequest,
    #[serde(rename = "JETSTREAM")]
    JetStream,
    Account,
    Stream,
    Consumer,
}

impl HealthStatus {
    fn ok() -> Self {
        Self {
            status: "ok".to_owned(),
            status_code: 200,
            ..Self::default()
        }
    }

    /// With details the status says no more than that something is wrong.
    fn wrong(
        status: &str,
        status_code: u16,
        kind: HealthzErrorKind,
        error: String,
        details: bool,
    ) -> Self {
        if !details {
            return Self {
                status: status.to_owned(),
                status_code,
                error,
                errors: Vec::new(),
            };
        }
        let error = HealthzError {
            kind,
            account: String::new(),
            stream: String::new(),
            consumer: String::new(),
            error,
        };
        Self {
            status: "error".to_owned(),
            status_code,
            error: String::new(),
            errors: vec![error],
        }
    }
}

impl Monitor {
    /// Tells how the server is (`Healthz`).
    #[must_use]
    pub fn healthz(&self, options: &HealthzOptions) -> HealthStatus {
        let bad_request = |missing: &str, whose: &str| {
            HealthStatus::wrong(
                "error",
                400,
                HealthzErrorKind::BadRequest,
                format!("\"{missing}\" must not be empty when checking {whose} health"),
                options.details,
            )
        };
        if options.account.is_empty() && !options.stream.is_empty() {
            return bad_request("account", "stream");
        }
        if options.stream.is_empty() && !options.consumer.is_empty() {
            return bad_request("stream", "consumer");
        }
        if !self.is_listening() {
            return HealthStatus::wrong(
                "error",
                500,
                HealthzErrorKind::Conn,
                "failed to be ready for connections after 1ms: server".to_owned(),
                options.details,
            );
        }
        if options.js_server_only || !self.context().options().jetstream {
            return HealthStatus::ok();
        }
        let Some(js) = self.jetstream() else {
            return HealthStatus::wrong(
                "unavailable",
                503,
                HealthzErrorKind::JetStream,
                "JetStream not enabled (10076)".to_owned(),
                options.details,
            );
        };
        if options.js_enabled || options.js_enabled_only {
            return HealthStatus::ok();
        }
        let lost = self.not_recovered(&js, options);
        if let Some(first) = lost.first() {
            if options.details {
                return HealthStatus {
                    status: "error".to_owned(),
                    status_code: 503,
                    error: String::new(),
                    errors: lost,
                };
            }
            return HealthStatus {
                status: "unavailable".to_owned(),
                status_code: 503,
                error: first.error.clone(),
                errors: Vec::new(),
            };
        }
        check_assets(&js, options)
    }
}

impl Monitor {
    /// What of the streams on disk is not in use: only what is asked for, if anything.
    fn not_recovered(&self, js: &JetStream, options: &HealthzOptions) -> Vec<HealthzError> {
        let asked = |wanted: &str, name: &str| wanted.is_empty() || wanted == name;
        let mut lost = Vec::new();
        let mut note = |kind, account: &str, stream: &str, error: String| {
            lost.push(HealthzError {
                kind,
                account: account.to_owned(),
                stream: stream.to_owned(),
                consumer: String::new(),
                error,
            });
        };
        let root = &js.host().config.store_dir;
        for account in directories(root) {
            if account.starts_with('.') || !asked(&options.account, &account) {
                continue;
            }
            if self.context().accounts().lookup(&account).is_none() {
                let error = format!("JetStream account '{account}' could not be resolved");
                note(HealthzErrorKind::Account, &account, "", error);
                continue;
            }
            let assets = js.account(&account);
            let streams = directories(&root.join(&account).join("streams"));
            // Those with a dot are being deleted.
            for stream in streams.into_iter().filter(|name| !name.starts_with('.')) {
                // Those that are not served were found all the same.
                let is_there = assets.as_ref().is_some_and(|assets| {
                    assets.stream(&stream).is_ok() || assets.offline_stream(&stream).is_some()
                });
                if asked(&options.stream, &stream) && !is_there {
                    let error =
                        format!("JetStream stream '{account} > {stream}' could not be recovered");
                    note(HealthzErrorKind::Stream, &account, &stream, error);
                }
            }
        }
        lost
    }
}

/// The names of the directories in one, sorted. What can not be read has nothing in it
/// that could be missed.
fn directories(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}

/// Whether the account, stream and consumer that are asked for are there.
fn check_assets(js: &JetStream, options: &HealthzOptions) -> HealthStatus {
    let missing = |kind, what: &str, name: &str| {
        HealthStatus::wrong(
            "unavailable",
            404,
            kind,
            format!("JetStream {what} '{name}' not found"),
            options.details,
        )
    };
    if options.account.is_empty() {
        return HealthStatus::ok();
    }
    let Some(account) = js.account(&options.account) else {
        return missing(HealthzErrorKind::Account, "account", &options.account);
    };
    if options.stream.is_empty() {
        return HealthStatus::ok();
    }
    let Ok(stream) = account.stream(&options.stream) else {
        return missing(HealthzErrorKind::Stream, "stream", &options.stream);
    };
    if !options.consumer.is_empty() && stream.consumer(&options.consumer).is_none() {
        return missing(HealthzErrorKind::Consumer, "consumer", &options.consumer);
    }
    HealthStatus::ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_the_go_names() {
        for (kind, name) in [
            (HealthzErrorKind::Conn, "\"CONNECTION\""),
            (HealthzErrorKind::BadRequest, "\"BAD_REQUEST\""),
            (HealthzErrorKind::JetStream, "\"JETSTREAM\""),
            (HealthzErrorKind::Account, "\"ACCOUNT\""),
            (HealthzErrorKind::Stream, "\"STREAM\""),
            (HealthzErrorKind::Consumer, "\"CONSUMER\""),
        ] {
            assert_eq!(serde_json::to_string(&kind).unwrap(), name);
            assert_eq!(
                serde_json::from_str::<HealthzErrorKind>(name).unwrap(),
                kind
            );
        }
        assert!(serde_json::from_str::<HealthzErrorKind>("\"STORM\"").is_err());
    }
}
