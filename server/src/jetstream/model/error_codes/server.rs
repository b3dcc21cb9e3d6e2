//! Errors about servers, clusters, accounts and requests as such.

use std::fmt::Display;

use super::super::api_error::{ApiError, ErrorId};

impl ApiError {
    /// `resource limits exceeded for account`
    /// (JSAccountResourcesExceededErr, 10002).
    pub fn account_resources_exceeded() -> Self {
        Self::known(ErrorId::ACCOUNT_RESOURCES_EXCEEDED)
    }

    /// `bad request`
    /// (JSBadRequestErr, 10003).
    pub fn bad_request() -> Self {
        Self::known(ErrorId::BAD_REQUEST)
    }

    /// `incomplete results`
    /// (JSClusterIncompleteErr, 10004).
    pub fn cluster_incomplete() -> Self {
        Self::known(ErrorId::CLUSTER_INCOMPLETE)
    }

    /// `{err}`: Error causing no peers to be available
    /// (JSClusterNoPeersErrF, 10005).
    pub fn cluster_no_peers(err: impl Display) -> Self {
        Self::filled(ErrorId::CLUSTER_NO_PEERS, &[("err", &err)])
    }

    /// `JetStream not in clustered mode`
    /// (JSClusterNotActiveErr, 10006).
    pub fn cluster_not_active() -> Self {
        Self::known(ErrorId::CLUSTER_NOT_ACTIVE)
    }

    /// `JetStream cluster not assigned to this server`
    /// (JSClusterNotAssignedErr, 10007).
    pub fn cluster_not_assigned() -> Self {
        Self::known(ErrorId::CLUSTER_NOT_ASSIGNED)
    }

    /// `JetStream system temporarily unavailable`
    /// (JSClusterNotAvailErr, 10008).
    pub fn cluster_not_avail() -> Self {
        Self::known(ErrorId::CLUSTER_NOT_AVAIL)
    }

    /// `JetStream cluster can not handle request`
    /// (JSClusterNotLeaderErr, 10009).
    pub fn cluster_not_leader() -> Self {
        Self::known(ErrorId::CLUSTER_NOT_LEADER)
    }

    /// `peer not a member`
    /// (JSClusterPeerNotMemberErr, 10040).
    pub fn cluster_peer_not_member() -> Self {
        Self::known(ErrorId::CLUSTER_PEER_NOT_MEMBER)
    }

    /// `JetStream clustering support required`
    /// (JSClusterRequiredErr, 10010).
    pub fn cluster_required() -> Self {
        Self::known(ErrorId::CLUSTER_REQUIRED)
    }

    /// `cluster member change is in progress`
    /// (JSClusterServerMemberChangeInflightErr, 10202).
    pub fn cluster_server_member_change_inflight() -> Self {
        Self::known(ErrorId::CLUSTER_SERVER_MEMBER_CHANGE_INFLIGHT)
    }

    /// `server is not a member of the cluster`
    /// (JSClusterServerNotMemberErr, 10044).
    pub fn cluster_server_not_member() -> Self {
        Self::known(ErrorId::CLUSTER_SERVER_NOT_MEMBER)
    }

    /// `tags placement not supported for operation`
    /// (JSClusterTagsErr, 10011).
    pub fn cluster_tags() -> Self {
        Self::known(ErrorId::CLUSTER_TAGS)
    }

    /// `not currently supported in clustered mode`
    /// (JSClusterUnSupportFeatureErr, 10036).
    pub fn cluster_un_support_feature() -> Self {
        Self::known(ErrorId::CLUSTER_UN_SUPPORT_FEATURE)
    }

    /// `insufficient resources`
    /// (JSInsufficientResourcesErr, 10023).
    pub fn insufficient_resources() -> Self {
        Self::known(ErrorId::INSUFFICIENT_RESOURCES)
    }

    /// `invalid JSON: {err}`
    /// (JSInvalidJSONErr, 10025).
    pub fn invalid_json(err: impl Display) -> Self {
        Self::filled(ErrorId::INVALID_JSON, &[("err", &err)])
    }

    /// `maximum consumers limit reached`
    /// (JSMaximumConsumersLimitErr, 10026).
    pub fn maximum_consumers_limit() -> Self {
        Self::known(ErrorId::MAXIMUM_CONSUMERS_LIMIT)
    }

    /// `maximum number of streams reached`
    /// (JSMaximumStreamsLimitErr, 10027).
    pub fn maximum_streams_limit() -> Self {
        Self::known(ErrorId::MAXIMUM_STREAMS_LIMIT)
    }

    /// `insufficient memory resources available`
    /// (JSMemoryResourcesExceededErr, 10028).
    pub fn memory_resources_exceeded() -> Self {
        Self::known(ErrorId::MEMORY_RESOURCES_EXCEEDED)
    }

    /// `account not found`
    /// (JSNoAccountErr, 10035).
    pub fn no_account() -> Self {
        Self::known(ErrorId::NO_ACCOUNT)
    }

    /// `no JetStream default or applicable tiered limit present`
    /// (JSNoLimitsErr, 10120).
    pub fn no_limits() -> Self {
        Self::known(ErrorId::NO_LIMITS)
    }

    /// `no message found`
    /// (JSNoMessageFoundErr, 10037).
    pub fn no_message_found() -> Self {
        Self::known(ErrorId::NO_MESSAGE_FOUND)
    }

    /// `expected an empty request payload`
    /// (JSNotEmptyRequestErr, 10038).
    pub fn not_empty_request() -> Self {
        Self::known(ErrorId::NOT_EMPTY_REQUEST)
    }

    /// `JetStream not enabled`
    /// (JSNotEnabledErr, 10076).
    pub fn not_enabled() -> Self {
        Self::known(ErrorId::NOT_ENABLED)
    }

    /// `JetStream not enabled for account`
    /// (JSNotEnabledForAccountErr, 10039).
    pub fn not_enabled_for_account() -> Self {
        Self::known(ErrorId::NOT_ENABLED_FOR_ACCOUNT)
    }

    /// `pedantic mode: {err}`
    /// (JSPedanticErrF, 10157).
    pub fn pedantic(err: impl Display) -> Self {
        Self::filled(ErrorId::PEDANTIC, &[("err", &err)])
    }

    /// `peer remap failed`
    /// (JSPeerRemapErr, 10075).
    pub fn peer_remap() -> Self {
        Self::known(ErrorId::PEER_REMAP)
    }

    /// `{err}`
    /// (JSRaftGeneralErrF, 10041).
    pub fn raft_general(err: impl Display) -> Self {
        Self::filled(ErrorId::RAFT_GENERAL, &[("err", &err)])
    }

    /// `replicas count cannot be negative`
    /// (JSReplicasCountCannotBeNegative, 10133).
    pub fn replicas_count_cannot_be_negative() -> Self {
        Self::known(ErrorId::REPLICAS_COUNT_CANNOT_BE_NEGATIVE)
    }

    /// `JetStream minimum api level required`
    /// (JSRequiredApiLevelErr, 10185).
    pub fn required_api_level() -> Self {
        Self::known(ErrorId::REQUIRED_API_LEVEL)
    }

    /// `insufficient storage resources available`
    /// (JSStorageResourcesExceededErr, 10047).
    pub fn storage_resources_exceeded() -> Self {
        Self::known(ErrorId::STORAGE_RESOURCES_EXCEEDED)
    }

    /// `JetStream unable to open temp storage for restore`
    /// (JSTempStorageFailedErr, 10072).
    pub fn temp_storage_failed() -> Self {
        Self::known(ErrorId::TEMP_STORAGE_FAILED)
    }
}
