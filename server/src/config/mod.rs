//! Options of the server: their types, defaults and the configuration language.
//!
//! Answers to `opts.go` and the `conf` package.

pub mod diff;
pub mod flags;
mod load;
pub mod options;
pub mod overrides;
pub mod syntax;
mod tls_files;
mod tls_help;
mod unsupported;
mod validate;

pub use load::{ConfigWarning, LoadError, ValueError, no_error_on_unknown_fields};
pub use options::Options;
pub use overrides::Overrides;
pub use tls_files::{FileProblem, TlsFileError, TlsFiles};
pub use unsupported::unsupported;
