//! Who a connection is and what it may do.
//!
//! Everything here is data and decisions: no connection is touched. Answers to
//! `auth.go` and the permission checks of `client.go`.

mod certificate;
mod nkey;
mod password;
mod permissions;
mod refusal;
mod table;

pub use certificate::certificate_names;
pub use nkey::{NONCE_LENGTH, SignatureError, check_signature, nonce, verify_raw_signature};
pub use password::{is_bcrypt, password_matches};
pub use permissions::{ClientPermissions, DenyFilter, PermissionsError};
pub use refusal::Refusal;
pub use table::{AuthTable, Credentials, Identity};
