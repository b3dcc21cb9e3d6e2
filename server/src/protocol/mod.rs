//! The NATS wire protocol: parsing, encoding and its constants, without I/O.
//!
//! Answers to `parser.go`, `const.go`, `proto.go` and the header functions of
//! `client.go`.

mod args;
mod closed_state;
mod connect;
pub mod constants;
mod encode;
mod error;
mod header;
mod info;
mod parser;
mod proxy_header;
pub mod s2;

pub use args::{parse_size, split_args};
pub use closed_state::ClosedState;
pub use connect::{ConnectError, ConnectOptions};
pub use encode::{MessageHead, push_decimal};
pub use error::ProtocolError;
pub use header::{
    generate_header, header_key_index, header_value, remove_header, remove_headers_named,
    remove_headers_with_prefix, set_header,
};
pub use info::Info;
pub use parser::{Op, Parser, ParserLimits, Publish, Step, protocol_snippet};
pub use proxy_header::{ProxiedAddresses, ProxyHeader, ProxyHeaderError};
