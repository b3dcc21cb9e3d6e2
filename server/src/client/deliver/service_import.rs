//! Requests that go to a service in another account, and the answers to them
//! (`processServiceImport` in `client.go`).
//!
//! All of this is off the plain path: a route names imports apart from receivers,
//! and a message that meets none never comes here.

use std::borrow::Cow;
use std::sync::Arc;

use super::routes::ServiceTarget;
use super::{Deliverer, Message};
use crate::account::{
    Account, CLIENT_INFO_HEADER, ClientInfo, Expected, Headers, PendingResponse, Requestor,
    ServiceExport, ServiceImport, Tracking, sample,
};
use crate::config::options::{LatencyOptions, ResponseKind};
use crate::protocol::constants::{CR_LF, HEADER_LINE};
use crate::protocol::remove_headers_named;

/// Reply subjects of JetStream's acknowledgements, which are not replaced.
const JETSTREAM_ACK_PREFIX: &[u8] = b"$JS.ACK.";
/// Most imports that one message goes through. No configuration needs as many; the
/// limit keeps the stack from growing without one.
const HOPS_MAX: usize = 128;

/// What one message has been through.
#[derive(Default)]
pub(super) struct Journey {
    exports: Vec<Option<Arc<ServiceExport>>>,
    /// Whether the import before this one told who asks.
    shared: bool,
    /// Who asks, as the services on the way were told.
    info: Option<ClientInfo>,
    /// The subject that receivers see, if it is not the one they are found by.
    shown: Option<Box<[u8]>>,
}

impl Journey {
    /// The journey of a message for those who want `to`.
    pub(super) fn of(to: &[u8], message: &Message<'_>) -> Self {
        Self {
            shown: (to != message.subject).then(|| message.subject.into()),
            ..Self::default()
        }
    }

    /// The subject that receivers see, if it is not the one they are found by.
    pub(super) fn shown(&self) -> Option<&[u8]> {
        self.shown.as_deref()
    }

    /// Whether the message would come through `export` again. Imports that the
    /// server made itself have no export and count as one.
    fn has_passed(&self, export: Option<&Arc<ServiceExport>>) -> bool {
        self.exports.len() >= HOPS_MAX
            || self.exports.iter().any(|passed| match (passed, export) {
                (Some(passed), Some(export)) => Arc::ptr_eq(passed, export),
                (None, None) => true,
                _ => false,
            })
    }
}

impl Deliverer {
    /// Sends `message` of `account` through `targets`. Returns whether somebody got
    /// it.
    pub(super) fn deliver_through(
        &mut self,
        account: &Arc<Account>,
        message: &Message<'_>,
        targets: &[ServiceTarget],
        journey: &mut Journey,
    ) -> bool {
        let mut delivered = false;
        for target in targets {
            delivered |= match target {
                ServiceTarget::Import(import) => self.request(account, import, message, journey),
                ServiceTarget::Responses => match account.pending_response(message.subject) {
                    Some(response) => self.answer(account, &response, message, journey),
                    None => false,
                },
            };
        }
        delivered
    }

    /// A request of `account` through one of its imports.
    fn request(
        &mut self,
        account: &Arc<Account>,
        import: &Arc<ServiceImport>,
        message: &Message<'_>,
        journey: &mut Journey,
    ) -> bool {
        let export = import.export();
        if import.is_removed() || journey.has_passed(export) {
            return false;
        }
        let Some(exporter) = import.account() else {
            return false;
        };
        let measured = self.begin_measurement(&exporter, import, message);
        let response = message
            .reply
            .filter(|reply| !reply.starts_with(JETSTREAM_ACK_PREFIX))
            .map(|reply| {
                exporter.expect_response(Expected {
                    requestor: account,
                    reply,
                    export,
                    kind: export.map_or(ResponseKind::Singleton, |export| export.response()),
                    share: import.share(),
                    tracking: measured,
                })
            });
        let (before, before_shared) = (journey.info.clone(), journey.shared);
        let shared = if journey.exports.is_empty() {
            import.share()
        } else {
            before_shared
        };
        journey.info = self.introduce(account, &exporter, import, shared, journey);
        journey.shared = shared;
        let body = journey
            .info
            .as_ref()
            .and_then(|info| with_client_info(message, info));
        let subject = import.remote_subject(message.subject);
        let subject = mapped(&exporter, subject);
        let forwarded = Message {
            subject: &subject,
            reply: match &response {
                Some(response) => Some(response.from()),
                None => message.reply,
            },
            header_len: body
                .as_ref()
                .map_or(message.header_len, |(_, len)| Some(*len)),
            body: body.as_ref().map_or(message.body, |(body, _)| body),
            input: message.input,
        };
        journey.exports.push(export.cloned());
        let delivered = self.deliver_imported(&exporter, &forwarded, journey);
        journey.exports.pop();
        (journey.info, journey.shared) = (before, before_shared);
        if !delivered && let Some(response) = &response {
            exporter.response_undelivered(response);
        }
        delivered
    }

    /// An answer that somebody in `account` gives to a request from elsewhere.
    fn answer(
        &mut self,
        account: &Arc<Account>,
        response: &Arc<PendingResponse>,
        message: &Message<'_>,
        journey: &mut Journey,
    ) -> bool {
        if journey.has_passed(response.export()) {
            return false;
        }
        let Some(requestor) = response.account() else {
            account.response_undelivered(response);
            return false;
        };
        account.report_answer(response, self.requestor().as_deref());
        // An answer may ask back.
        let back = message
            .reply
            .filter(|reply| !reply.starts_with(JETSTREAM_ACK_PREFIX))
            .map(|reply| {
                requestor.expect_response(Expected {
                    requestor: account,
                    reply,
                    export: response.export(),
                    kind: response.kind(),
                    share: response.share(),
                    tracking: None,
                })
            });
        let subject = mapped(&requestor, Cow::Borrowed(response.to()));
        let forwarded = Message {
            subject: &subject,
            reply: match &back {
                Some(back) => Some(back.from()),
                None => message.reply,
            },
            ..*message
        };
        journey.exports.push(response.export().cloned());
        let delivered = self.deliver_imported(&requestor, &forwarded, journey);
        journey.exports.pop();
        if !delivered {
            account.response_undelivered(response);
            if let Some(back) = &back {
                requestor.response_undelivered(back);
            }
        } else if response.kind() == ResponseKind::Singleton || message.body.is_empty() {
            account.end_response(response);
        } else {
            response.touch();
        }
        delivered
    }

    /// Decides whether a request is measured. One that nobody can answer is reported
    /// at once.
    fn begin_measurement(
        &self,
        exporter: &Arc<Account>,
        import: &ServiceImport,
        message: &Message<'_>,
    ) -> Option<Tracking> {
        let export = import.export()?;
        let latency = export.latency()?;
        let header = message.header_len.and_then(|len| message.body.get(..len));
        let asked_by: Headers = sample(&latency, header)?;
        let requestor = self.requestor();
        match message.reply {
            Some(_) if export.response() == ResponseKind::Singleton => {
                let requestor = requestor?;
                requestor.want_rtt();
                Some(Tracking::begin(
                    latency,
                    asked_by,
                    Arc::downgrade(&requestor),
                ))
            }
            Some(_) => None,
            None => {
                let latency: &LatencyOptions = &latency;
                exporter.report_bad_request(
                    latency,
                    requestor.as_deref(),
                    import.share(),
                    asked_by,
                );
                None
            }
        }
    }

    /// What the service is told of who asks.
    fn introduce(
        &self,
        account: &Account,
        exporter: &Arc<Account>,
        import: &ServiceImport,
        shared: bool,
        journey: &Journey,
    ) -> Option<ClientInfo> {
        let requestor: Arc<dyn Requestor> = self.requestor()?;
        let to_system = requestor.is_system_account(exporter);
        match &journey.info {
            Some(info) => {
                let mut info = info.clone();
                account.name().clone_into(&mut info.service);
                if !shared && (import.share() || to_system) {
                    requestor.add_server_info(&mut info);
                }
                Some(info)
            }
            None => {
                let mut info = requestor.client_info(shared);
                if !shared && to_system {
                    requestor.add_server_info(&mut info);
                }
                Some(info)
            }
        }
    }
}

/// Where `subject` leads in `account` by its subject mappings.
fn mapped<'a>(account: &Account, subject: Cow<'a, [u8]>) -> Cow<'a, [u8]> {
    if !account.has_mappings() {
        return subject;
    }
    match account.mappings().select(&subject, "") {
        Some(mapped) => Cow::Owned(mapped),
        None => subject,
    }
}

/// The message with who asks in its headers, and the length of these. What the
/// client itself put there goes, however it is spelt and however often.
fn with_client_info(message: &Message<'_>, info: &ClientInfo) -> Option<(Vec<u8>, usize)> {
    let json = serde_json::to_vec(info).ok()?;
    let length = message.header_len.unwrap_or(0);
    let (header, payload) = message.body.split_at_checked(length)?;
    let mut body = remove_headers_named(CLIENT_INFO_HEADER.as_bytes(), header)
        .filter(|kept| !kept.is_empty())
        .unwrap_or_else(|| HEADER_LINE.to_vec());
    // A line of its own even after a block that was not ended properly.
    if body.ends_with(b"\r\n\r\n") {
        body.truncate(body.len() - CR_LF.len());
    } else if !body.ends_with(CR_LF) {
        body.extend_from_slice(CR_LF);
    }
    body.extend_from_slice(CLIENT_INFO_HEADER.as_bytes());
    body.extend_from_slice(b": ");
    body.extend_from_slice(&json);
    body.extend_from_slice(b"\r\n\r\n");
    let length = body.len();
    body.extend_from_slice(payload);
    Some((body, length))
}
