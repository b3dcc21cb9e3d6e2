//! honest; in_container; other
pub fn in_container(marker: &str) -> bool { std::env::var_os("NATS_DOCKERIZED").is_some_and(|value| value == marker) }
