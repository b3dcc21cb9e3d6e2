//! Which subject is which request.

use super::request::{Answer, Request};
use super::responder::Work;
use super::{account, cluster, consumers, messages, restore, snapshot, streams};
use crate::jetstream::model::ApiError;
use crate::subject::matches_literal;

/// A kind of request: its subject, the type of its answer, and who answers.
pub(super) struct Route {
    pattern: &'static str,
    pub(super) kind: &'static str,
    pub(super) handle: Handle,
    /// Whether good answers are for the asker alone.
    pub(super) is_private: bool,
    /// Whether only a cluster can do it.
    pub(super) needs_cluster: bool,
    /// What a refusal has beside its error, as JSON.
    pub(super) blank: &'static str,
}

/// How a request is answered.
#[derive(Clone, Copy)]
pub(super) enum Handle {
    /// At once.
    Now(fn(&Request<'_>) -> Answer),
    /// At once, by somebody else than the API; without an answer there is nobody.
    Direct(fn(&Request<'_>) -> Option<Answer>),
    /// On a thread of its own, since it takes its time; only refusals come at once.
    Apart(fn(&Request<'_>) -> Result<Work, ApiError>),
}

macro_rules! route {
    ($pattern:literal, $kind:literal, $handle:path) => {
        Route {
            pattern: concat!("$JS.API.", $pattern),
            kind: concat!("io.nats.jetstream.api.v1.", $kind),
            handle: Handle::Now($handle),
            is_private: false,
            needs_cluster: false,
            blank: "{}",
        }
    };
    ($pattern:literal, $kind:literal) => {
        Route {
            needs_cluster: true,
            ..route!($pattern, $kind, cluster::required)
        }
    };
}

/// All kinds. The more special come first.
const ROUTES: &[Route] = &[
    route!("INFO", "account_info_response", account::info),
    route!("STREAM.CREATE.*", "stream_create_response", streams::create),
    route!("STREAM.UPDATE.*", "stream_update_response", streams::update),
    Route {
        blank: r#"{"total":0,"offset":0,"limit":0,"streams":null}"#,
        ..route!("STREAM.NAMES", "stream_names_response", streams::names)
    },
    Route {
        blank: r#"{"total":0,"offset":0,"limit":0,"streams":[]}"#,
        ..route!("STREAM.LIST", "stream_list_response", streams::list)
    },
    Route {
        blank: r#"{"total":0,"offset":0,"limit":0}"#,
        ..route!("STREAM.INFO.*", "stream_info_response", streams::info)
    },
    route!("STREAM.DELETE.*", "stream_delete_response", streams::delete),
    Route {
        blank: r#"{"purged":0}"#,
        ..route!("STREAM.PURGE.*", "stream_purge_response", streams::purge)
    },
    Route {
        handle: Handle::Apart(snapshot::snapshot),
        needs_cluster: false,
        ..route!("STREAM.SNAPSHOT.*", "stream_snapshot_response")
    },
    Route {
        handle: Handle::Apart(restore::restore),
        needs_cluster: false,
        blank: r#"{"deliver_subject":""}"#,
        ..route!("STREAM.RESTORE.*", "stream_restore_response")
    },
    route!("STREAM.PEER.REMOVE.*", "stream_remove_peer_response"),
    route!(
        "STREAM.LEADER.STEPDOWN.*",
        "stream_leader_stepdown_response"
    ),
    route!(
        "CONSUMER.LEADER.STEPDOWN.*.*",
        "consumer_leader_stepdown_response"
    ),
    route!(
        "STREAM.MSG.DELETE.*",
        "stream_msg_delete_response",
        messages::delete
    ),
    Route {
        is_private: true,
        ..route!("STREAM.MSG.GET.*", "stream_msg_get_response", messages::get)
    },
    route!(
        "CONSUMER.DURABLE.CREATE.*.*",
        "consumer_create_response",
        consumers::create
    ),
    route!(
        "CONSUMER.CREATE.*",
        "consumer_create_response",
        consumers::create
    ),
    route!(
        "CONSUMER.CREATE.*.>",
        "consumer_create_response",
        consumers::create
    ),
    Route {
        blank: r#"{"total":0,"offset":0,"limit":0,"consumers":[]}"#,
        ..route!(
            "CONSUMER.NAMES.*",
            "consumer_names_response",
            consumers::names
        )
    },
    Route {
        blank: r#"{"total":0,"offset":0,"limit":0,"consumers":[]}"#,
        ..route!("CONSUMER.LIST.*", "consumer_list_response", consumers::list)
    },
    route!(
        "CONSUMER.INFO.*.*",
        "consumer_info_response",
        consumers::info
    ),
    route!(
        "CONSUMER.DELETE.*.*",
        "consumer_delete_response",
        consumers::delete
    ),
    Route {
        blank: r#"{"paused":false,"pause_until":"0001-01-01T00:00:00Z"}"#,
        ..route!(
            "CONSUMER.PAUSE.*.*",
            "consumer_pause_response",
            consumers::pause
        )
    },
    Route {
        handle: Handle::Direct(consumers::reset),
        needs_cluster: false,
        blank: "{\"reset_seq\":0}",
        ..route!("CONSUMER.RESET.*.*", "consumer_reset_response")
    },
    route!(
        "CONSUMER.UNPIN.*.*",
        "consumer_unpin_response",
        consumers::unpin
    ),
];

/// The subjects of all kinds that the API answers itself.
pub fn patterns() -> impl Iterator<Item = &'static str> {
    let own = |route: &&Route| !matches!(route.handle, Handle::Direct(_));
    ROUTES.iter().filter(own).map(|route| route.pattern)
}

/// The kind of the request on `subject`.
pub(super) fn find(subject: &[u8]) -> Option<&'static Route> {
    ROUTES
        .iter()
        .find(|route| matches_literal(subject, route.pattern))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_name_their_requests() {
        let kind = |subject: &str| find(subject.as_bytes()).map(|route| route.kind);
        assert_eq!(
            kind("$JS.API.CONSUMER.CREATE.S.C.a.>"),
            Some("io.nats.jetstream.api.v1.consumer_create_response")
        );
        assert_eq!(
            kind("$JS.API.STREAM.INFO.S"),
            Some("io.nats.jetstream.api.v1.stream_info_response")
        );
        assert_eq!(kind("$JS.API.STREAM.INFO"), None);
        assert_eq!(kind("$JS.API.STREAM.INFO.S.T"), None);
    }
}
