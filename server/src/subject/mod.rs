//! Subjects: tokens, validity, wildcard matching, transforms and interest.
//!
//! A subject is a byte string of tokens separated by `.`. In a pattern the
//! token `*` stands for exactly one token and a last token `>` for one or
//! more. Wildcard characters inside longer tokens are ordinary characters.
//! Subjects arrive from sockets, so everything here takes bytes and accepts
//! any byte. Answers to `sublist.go`, `subject_transform.go` and `gsl/gsl.go`.

mod matching;
pub mod sublist;
mod tokens;
pub mod transform;
mod validity;

pub use matching::{intersection, is_subset_match, matches_literal, subjects_collide};
pub use tokens::{
    FULL_WILDCARD, PARTIAL_WILDCARD, SEPARATOR, Tokens, token_at, token_count, tokens,
};
pub use validity::{
    has_wildcard, is_literal, is_valid_literal_subject, is_valid_publish_subject, is_valid_subject,
    is_valid_subject_strict,
};
