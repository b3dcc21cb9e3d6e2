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
        let response = match export.response() {
            ResponseKind::Singleton => "Singleton",
            ResponseKind::Stream => "Streamed",
            ResponseKind::Chunked => "Chunked",
        };
        let auth = export.auth();
        Self {
            subject: export.subject().to_owned(),
            kind: SERVICE.to_owned(),
            token_req: auth.token_required,
            response_type: response.to_owned(),
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
