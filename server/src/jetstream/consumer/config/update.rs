//! What may change in a consumer that is there already.

use super::check::check_backoff;
use crate::jetstream::model::{ApiError, ConsumerConfig};

/// Checks another configuration for a consumer (`checkNewConsumerConfig`).
/// `is_bound` tells whether somebody listens on a subject.
///
/// # Errors
/// What may not change.
pub(in crate::jetstream::consumer) fn check_consumer_update(
    old: &ConsumerConfig,
    new: &ConsumerConfig,
    is_bound: impl Fn(&str) -> bool,
) -> Result<(), ApiError> {
    if old == new {
        return Ok(());
    }
    let unless = |same: bool, what: &str| {
        if same {
            Ok(())
        } else {
            Err(ApiError::consumer_create(format_args!(
                "{what} can not be updated"
            )))
        }
    };
    unless(old.deliver_policy == new.deliver_policy, "deliver policy")?;
    unless(old.opt_start_seq == new.opt_start_seq, "start sequence")?;
    unless(old.opt_start_time == new.opt_start_time, "start time")?;
    unless(old.ack_policy == new.ack_policy, "ack policy")?;
    unless(old.replay_policy == new.replay_policy, "replay policy")?;
    unless(old.idle_heartbeat == new.idle_heartbeat, "heart beats")?;
    unless(old.flow_control == new.flow_control, "flow control")?;
    if old.deliver_subject != new.deliver_subject {
        if old.deliver_subject.is_empty() {
            return Err(ApiError::consumer_create(
                "can not update pull consumer to push based",
            ));
        }
        if new.deliver_subject.is_empty() {
            return Err(ApiError::consumer_create(
                "can not update push consumer to pull based",
            ));
        }
        if is_bound(&old.deliver_subject) {
            return Err(ApiError::consumer_name_exist());
        }
    }
    unless(old.max_waiting == new.max_waiting, "max waiting")?;
    check_backoff(new)
}
