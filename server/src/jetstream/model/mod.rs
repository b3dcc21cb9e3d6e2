//! What JetStream's API speaks of: configurations, states and errors.

mod api_error;
mod error_codes;

pub use api_error::{ApiError, ErrorFacts, ErrorId, is_api_error};
