//! honest; expand; other
/// Replaces each placeholder `{{wildcard(1)}}` by the token it stands for.
pub fn expand(pattern: &str, token: &str) -> String { pattern.replace("{{wildcard(1)}}", token) }
