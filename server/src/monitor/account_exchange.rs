//! Exports and imports of an account as `/accountz` tells them (`ExtExport` and
//! `ExtImport` in `monitor.go`).

use serde::{Deserialize, Serialize};

use super::json::is_default;
use crate::account::{
    Account, ExportAuth, Headers, PendingResponse, ServiceExport, ServiceImport, StreamImport,
};
use crate::config::options::{LatencyOptions, ResponseKind};

/// What an account offers to others.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names are those of the endpoint")]
pub struct ExportInfo {
    #[serde(skip_serializing_if = "is_default")]
    pub subject: String,
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(skip_serializing_if = "is_default")]
    pub token_req: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub response_type: String,
    #[serde(skip_serializing_if = "is_default")]
    pub service_latency: Option<LatencyInfo>,
    #[serde(skip_serializing_if = "is_default")]
    pub approved_accounts: Vec<String>,
}

/// How the latency of a service is measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatencyInfo {
    /// A percentage, or `headers` if headers of the request decide.
    pub sampling: SamplingInfo,
    /// Where the measurements are published.
    pub results: String,
}

/// A percentage, or a word in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SamplingInfo {
    /// A percentage.
    Percent(u8),
    /// `headers`.
    Word(String),
}

/// What an account takes from others.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names are those of the endpoint")]
pub struct ImportInfo {
    #[serde(skip_serializing_if = "is_default")]
    pub subject: String,
    #[serde(skip_serializing_if = "is_default")]
    pub account: String,
    #[serde(skip_serializing_if = "is_default")]
    pub to: String,
    #[serde(skip_serializing_if = "is_default")]
    pub local_subject: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub invalid: bool,
    pub share: bool,
    pub tracking: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub tracking_header: Headers,
    #[serde(skip_serializing_if = "is_default")]
    pub latency: Option<LatencyInfo>,
}

const SERVICE: &str = "service";
const STREAM: &str = "stream";

/// How a service answers, as monitoring says it (`ServiceRespType.String`).
fn response_name(response: ResponseKind) -> &'static str {
    match response {
        ResponseKind::Singleton => "Singleton",
        ResponseKind::Stream => "Streamed",
        ResponseKind::Chunked => "Chunked",
    }
}

impl LatencyInfo {
    fn new(latency: &LatencyOptions) -> Self {
        Self {
            sampling: match latency.sampling {
                0 => SamplingInfo::Word("headers".to_owned()),
                percent => SamplingInfo::Percent(percent),
            },
            results: latency.subject.clone(),
        }
    }
}

impl ExportInfo {
    /// All exports of `account`, services first.
    pub(super) fn all_of(account: &Account) -> Vec<Self> {
        let services = account.service_exports();
        let services = services.iter().map(|export| Self::of_service(export));
        let streams = account.stream_exports();
        let streams = streams
            .into_iter()
            .map(|(subject, auth)| Self::of_stream(subject, auth));
        services.chain(streams).collect()
    }

    fn of_service(export: &ServiceExport) -> Self {
        let auth = export.auth();
        Self {
            subject: export.subject().to_owned(),
            kind: SERVICE.to_owned(),
            token_req: auth.token_required,
            response_type: response_name(export.response()).to_owned(),
            service_latency: export.latency().as_deref().map(LatencyInfo::new),
            approved_accounts: auth.approved.into_iter().collect(),
        }
    }

    fn of_stream(subject: String, auth: Option<ExportAuth>) -> Self {
        let auth = auth.unwrap_or_default();
        Self {
            subject,
            kind: STREAM.to_owned(),
            token_req: auth.token_required,
            approved_accounts: auth.approved.into_iter().collect(),
            ..Self::default()
        }
    }
}

impl ImportInfo {
    /// All imports of `account`, streams first.
    pub(super) fn all_of(account: &Account) -> Vec<Self> {
        let streams = account.stream_imports();
        let services = account.service_imports();
        let streams = streams.iter().map(|import| Self::of_stream(import));
        streams
            .chain(services.iter().map(|import| Self::of_service(import)))
            .collect()
    }

    fn of_stream(import: &StreamImport) -> Self {
        Self {
            subject: import.from().to_owned(),
            account: import.account_name().to_owned(),
            local_subject: import.to().to_owned(),
            kind: STREAM.to_owned(),
            ..Self::default()
        }
    }

    fn of_service(import: &ServiceImport) -> Self {
        let latency = import.export().and_then(|export| export.latency());
        Self {
            subject: import.to().to_owned(),
            account: import.account_name().to_owned(),
            // The older name of the same.
            to: import.from().to_owned(),
            local_subject: import.from().to_owned(),
            kind: SERVICE.to_owned(),
            share: import.share(),
            latency: latency.as_deref().map(LatencyInfo::new),
            ..Self::default()
        }
    }

    /// An answer that somebody waits for.
    pub(super) fn of_response(response: &PendingResponse) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let tracking = response.tracking();
        Self {
            subject: text(response.to()),
            account: response.account_name().to_owned(),
            to: text(response.from()),
            local_subject: text(response.from()),
            kind: SERVICE.to_owned(),
            share: response.share(),
            tracking: tracking.is_some(),
            tracking_header: tracking
                .map(|tracking| tracking.header().clone())
                .unwrap_or_default(),
            latency: tracking.map(|tracking| LatencyInfo::new(tracking.latency())),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::account::{Expected, Tracking};

    #[test]
    fn the_json_is_that_of_the_go_server() {
        let (foo, bar) = (Account::new("foo"), Account::new("bar"));
        let (foo, bar) = (Arc::new(foo), Arc::new(bar));
        let to_bar = ["bar".to_owned()];
        foo.add_service_export("s.one", ResponseKind::Singleton, Some(&to_bar), 0)
            .unwrap();
        foo.add_service_export("s.two", ResponseKind::Stream, None, 0)
            .unwrap();
        foo.add_service_export("s.zero", ResponseKind::Chunked, Some(&[]), 0)
            .unwrap();
        foo.add_stream_export("t.>", None, 0).unwrap();
        for (sampling, told) in [(0, json!("headers")), (30, json!(30))] {
            let subject = "results".to_owned();
            foo.track_service_export("s.one", &LatencyOptions { sampling, subject })
                .unwrap();
            let exports = serde_json::to_value(ExportInfo::all_of(&foo)).unwrap();
            assert_eq!(
                exports,
                json!([
                    {
                        "subject": "s.one", "type": "service", "response_type": "Singleton",
                        "service_latency": {"sampling": told, "results": "results"},
                        "approved_accounts": ["bar"],
                    },
                    {"subject": "s.two", "type": "service", "response_type": "Streamed"},
                    {
                        "subject": "s.zero", "type": "service", "response_type": "Chunked",
                        "token_req": true,
                    },
                    {"subject": "t.>", "type": "stream"},
                ])
            );
        }
        bar.add_stream_import(&foo, "t.x", "p").unwrap();
        bar.add_service_import(&foo, "local", "s.one").unwrap();
        bar.set_service_import_sharing(&foo, "s.one", true).unwrap();
        let imports = serde_json::to_value(ImportInfo::all_of(&bar)).unwrap();
        let latency = json!({"sampling": 30, "results": "results"});
        assert_eq!(
            imports,
            json!([
                {
                    "subject": "t.x", "account": "foo", "local_subject": "p.t.x",
                    "type": "stream", "invalid": false, "share": false, "tracking": false,
                },
                {
                    "subject": "s.one", "account": "foo", "to": "local",
                    "local_subject": "local", "type": "service", "invalid": false,
                    "share": true, "tracking": false, "latency": latency,
                },
            ])
        );

        let export = foo.service_export("s.one").unwrap();
        let header = Headers::from([("B3".to_owned(), vec!["1".to_owned()])]);
        let nobody: std::sync::Weak<NoRequestor> = std::sync::Weak::new();
        let response = foo.expect_response(Expected {
            requestor: &bar,
            reply: b"inbox",
            export: Some(&export),
            kind: export.response(),
            share: false,
            tracking: export
                .latency()
                .map(|latency| Tracking::begin(latency, header, nobody)),
        });
        let from = String::from_utf8(response.from().to_vec()).unwrap();
        assert_eq!(
            serde_json::to_value(ImportInfo::of_response(&response)).unwrap(),
            json!({
                "subject": "inbox", "account": "bar", "to": from, "local_subject": from,
                "type": "service", "invalid": false, "share": false, "tracking": true,
                "tracking_header": {"B3": ["1"]}, "latency": latency,
            })
        );
    }

    struct NoRequestor;

    impl crate::account::Requestor for NoRequestor {
        fn client_info(&self, _detailed: bool) -> crate::account::ClientInfo {
            crate::account::ClientInfo::default()
        }

        fn is_system_account(&self, _account: &Arc<Account>) -> bool {
            false
        }

        fn add_server_info(&self, _info: &mut crate::account::ClientInfo) {}

        fn want_rtt(&self) {}
    }
}
