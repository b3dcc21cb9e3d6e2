//! The monitoring endpoints over HTTP.

mod handler;
mod index;
mod listener;
mod query;
mod reply;
mod zpages;

pub use handler::HttpHandler;
pub use listener::{MonitorListenError, Monitoring, listen, monitoring_tls};
pub use reply::Reply;
