//! Subject transforms: mappings from one subject to another.
//!
//! Used for subject mappings, imports and exports, and stream sources and
//! republishing. Answers to `subject_transform.go` and ADR-30.

mod error;
mod function;
mod placeholder;
mod subject_transform;

pub use error::{MappingDestinationError, TransformError};
pub use function::MappingFunction;
pub use placeholder::{placeholder, tokenize_wildcards, untokenize_placeholders};
pub use subject_transform::{SubjectTransform, validate_mapping};
