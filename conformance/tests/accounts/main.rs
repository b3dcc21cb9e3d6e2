//! What goes from one account to another, beyond what the Go tests with an ID say.

mod advisories;
mod latency;
mod services;
mod streams;
