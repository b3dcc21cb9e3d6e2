//! Consumers: who has got which message, and who gets the next.
//!
//! A consumer has one task. It takes what has happened - acknowledgements, pull
//! requests, new messages, time passing - and then delivers a run of messages, which
//! the receivers get in one write. Answers to `consumer.go`.
//!
//! All state is in `Inner` behind one lock, which stands after those
//! of the stream; under it only the store is read and subscriptions are looked up.
//! What follows for the stream from an acknowledgement is done after it is released.

mod ack;
mod advisories;
mod config;
mod deliver;
mod flow_control;
mod groups;
mod inactive;
mod info;
mod inner;
mod lifecycle;
mod pull;
mod purge;
mod push;
mod redeliver;
mod redeliver_queue;
mod reset;
mod signal;
mod start;
mod task;
mod update;

pub use config::filters_of;
pub use config::{ConsumerContext, check_consumer, is_valid_group, set_consumer_defaults};
pub use info::{ConsumerInfo, PriorityGroupState, SequenceInfo};
pub use lifecycle::{Consumer, ConsumerParts};
