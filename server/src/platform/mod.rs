//! What the operating system and plain text formats give: time, memory,
//! sockets, numbers, versions, addresses.

pub mod access_time;
pub mod address;
pub mod decimal;
pub mod go_duration;
pub mod interfaces;
pub mod memory;
pub mod net;
pub mod os_error;
pub mod process;
mod server_url;
mod task_queue;
mod url_set;
pub mod version;

pub use server_url::{ServerUrl, UrlError, redact_url};
pub use task_queue::TaskQueue;
pub use url_set::UrlSet;
