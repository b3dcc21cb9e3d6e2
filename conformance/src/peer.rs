//! The Go server, where it is installed: a peer to compare with.

use std::path::PathBuf;
use std::process::Command;

/// The variable that names the Go server's binary.
pub const VARIABLE: &str = "NATS_GO_SERVER";

/// The release series whose behaviour ours is compared with.
const SERIES: &str = "v2.14.";

/// The Go server's binary: what [`VARIABLE`] names, or else `go-nats-server` or
/// `nats-server` on the search path. An older series than ours counts as none.
#[must_use]
pub fn go_server() -> Option<PathBuf> {
    let named = std::env::var_os(VARIABLE).map(PathBuf::from);
    named
        .into_iter()
        .chain(["go-nats-server", "nats-server"].map(PathBuf::from))
        .find(is_of_series)
}

fn is_of_series(program: &PathBuf) -> bool {
    Command::new(program)
        .arg("-v")
        .output()
        .is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains(SERIES))
}
