//! Pull consumers: messages for those who ask.

mod listener;
mod request;
mod wait_queue;

pub(super) use request::{idle_heartbeat, status_with_rest};
pub(super) use wait_queue::{Served, WaitQueue};
