//! What goes from one account to another, beyond what the Go tests with an ID say.

mod advisories;
mod latency;
mod reload;
mod services;
mod streams;
