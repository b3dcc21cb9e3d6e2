//! Measurements of requests to exported services, as they are published.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use rand::Rng;
use rand::distr::Alphanumeric;
use serde::{Deserialize, Serialize};

use super::client_info::ClientInfo;
use super::host::Requestor;
use super::responses::{PendingResponse, Tracking};
use super::sampling::Headers;
use super::{Account, rfc3339};
use crate::config::options::LatencyOptions;

/// The type of the event (`ServiceLatencyType`).
pub const SERVICE_LATENCY_TYPE: &str = "io.nats.server.metric.v1.service_latency";

/// Length of an event's id.
const ID_LENGTH: usize = 22;

/// What one request took (`ServiceLatency`). Times are in nanoseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceLatency {
    /// [`SERVICE_LATENCY_TYPE`].
    #[serde(rename = "type")]
    pub kind: String,
    /// Unique for each event.
    pub id: String,
    /// When it was measured.
    #[serde(with = "rfc3339")]
    pub timestamp: SystemTime,
    /// As in HTTP: 200, 400, 408, 503 or 504.
    pub status: u16,
    /// What went wrong.
    #[serde(
        rename = "description",
        default,
        skip_serializing_if = "String::is_empty"
    )]
    pub error: String,
    /// Who asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requestor: Option<ClientInfo>,
    /// Who answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responder: Option<ClientInfo>,
    /// The headers that asked for the measurement.
    #[serde(rename = "header", default, skip_serializing_if = "Headers::is_empty")]
    pub request_header: Headers,
    /// When the requestor sent the request, as far as is known.
    #[serde(rename = "start", with = "rfc3339")]
    pub request_start: SystemTime,
    /// The service's time.
    #[serde(rename = "service")]
    pub service_ns: u64,
    /// The servers' time.
    #[serde(rename = "system")]
    pub system_ns: u64,
    /// All of it.
    #[serde(rename = "total")]
    pub total_ns: u64,
}

/// Why a request was not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// It had no reply subject.
    BadRequest,
    /// Nobody waits for the answer any more.
    InterestLost,
    /// Nobody took the request.
    NoDelivery,
    /// The service took too long.
    Timeout,
}

impl Failure {
    fn status(self) -> (u16, &'static str) {
        match self {
            Self::BadRequest => (400, "Bad Request"),
            Self::InterestLost => (408, "Request Timeout"),
            Self::NoDelivery => (503, "Service Unavailable"),
            Self::Timeout => (504, "Service Timeout"),
        }
    }
}

impl ServiceLatency {
    fn new(requestor: Option<ClientInfo>, header: Headers, arrived: SystemTime) -> Self {
        let rtt = requestor.as_ref().map_or(0, |info| info.rtt_ns);
        Self {
            kind: SERVICE_LATENCY_TYPE.to_owned(),
            id: event_id(),
            timestamp: SystemTime::now(),
            status: 200,
            error: String::new(),
            requestor,
            responder: None,
            request_header: header,
            request_start: arrived
                .checked_sub(Duration::from_nanos(rtt))
                .unwrap_or(arrived),
            service_ns: 0,
            system_ns: 0,
            total_ns: 0,
        }
    }

    fn failed(mut self, failure: Failure) -> Self {
        let (status, text) = failure.status();
        self.status = status;
        text.clone_into(&mut self.error);
        self
    }

    /// The time that was not the service's (`NATSTotalTime`).
    #[must_use]
    pub fn nats_total_ns(&self) -> u64 {
        let rtt = |info: &Option<ClientInfo>| info.as_ref().map_or(0, |info| info.rtt_ns);
        rtt(&self.requestor) + rtt(&self.responder) + self.system_ns
    }
}

impl Account {
    /// Publishes that a request came without a reply subject
    /// (`sendBadRequestTrackingLatency`).
    pub fn report_bad_request(
        self: &Arc<Self>,
        latency: &LatencyOptions,
        requestor: Option<&dyn Requestor>,
        share: bool,
        header: Headers,
    ) {
        let requestor = requestor.map(|requestor| requestor.client_info(share));
        let measured = ServiceLatency::new(requestor, header, SystemTime::now());
        self.publish_latency(latency, &measured.failed(Failure::BadRequest));
    }

    /// Publishes that a request was not answered, and why
    /// (`sendBackendErrorTrackingLatency`, `sendReplyInterestLostTrackLatency`).
    pub(super) fn report_failure(
        self: &Arc<Self>,
        response: &PendingResponse,
        tracking: &Tracking,
        failure: Failure,
    ) {
        let requestor = tracking.requestor(response.share());
        let measured = ServiceLatency::new(requestor, tracking.header.clone(), tracking.arrived_at);
        self.publish_latency(&tracking.latency, &measured.failed(failure));
    }

    /// Publishes what an answered request took, if it is measured and was not
    /// reported before (`sendTrackingLatency`).
    pub fn report_answer(
        self: &Arc<Self>,
        response: &PendingResponse,
        responder: Option<&dyn Requestor>,
    ) {
        let Some(tracking) = response.tracking() else {
            return;
        };
        if !tracking.first_answer() {
            return;
        }
        let now = Instant::now();
        let took = nanos(now.saturating_duration_since(tracking.arrived));
        let requestor = tracking.requestor(response.share());
        let request_rtt = requestor.as_ref().map_or(0, |info| info.rtt_ns);
        let mut measured =
            ServiceLatency::new(requestor, tracking.header.clone(), tracking.arrived_at);
        measured.responder = responder.map(|responder| responder.client_info(true));
        let response_rtt = measured.responder.as_ref().map_or(0, |info| info.rtt_ns);
        // Round-trip times are estimates and may exceed what was measured.
        measured.service_ns = took.saturating_sub(response_rtt);
        measured.total_ns = request_rtt + took;
        if response_rtt > 0 {
            measured.system_ns = nanos(now.elapsed());
            measured.total_ns += measured.system_ns;
        }
        self.publish_latency(&tracking.latency, &measured);
    }

    fn publish_latency(self: &Arc<Self>, latency: &LatencyOptions, measured: &ServiceLatency) {
        let Some(host) = self.host() else { return };
        // The type has nothing that JSON can not tell but a time before year 1.
        if let Ok(payload) = serde_json::to_vec(measured) {
            host.publish(Arc::clone(self), latency.subject.clone(), payload);
        }
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

fn event_id() -> String {
    rand::rng()
        .sample_iter(Alphanumeric)
        .take(ID_LENGTH)
        .map(char::from)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_has_the_names_of_the_event() {
        let info = ClientInfo {
            account: "A".to_owned(),
            rtt_ns: 5,
            ..ClientInfo::default()
        };
        let at = SystemTime::UNIX_EPOCH + Duration::from_nanos(1_500_000_000);
        let mut measured = ServiceLatency::new(Some(info), Headers::new(), at);
        measured.system_ns = 7;
        measured.timestamp = at;
        measured.id = "x".to_owned();
        assert_eq!(measured.nats_total_ns(), 12);
        let json = serde_json::to_value(&measured).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "type": "io.nats.server.metric.v1.service_latency",
                "id": "x",
                "timestamp": "1970-01-01T00:00:01.5Z",
                "status": 200,
                "requestor": {"acc": "A", "rtt": 5},
                "start": "1970-01-01T00:00:01.499999995Z",
                "service": 0,
                "system": 7,
                "total": 0,
            })
        );
        let back: ServiceLatency = serde_json::from_value(json).unwrap();
        assert_eq!(back, measured);
        let failed = measured.failed(Failure::Timeout);
        assert_eq!(
            (failed.status, failed.error.as_str()),
            (504, "Service Timeout")
        );
    }
}
