//! fake go-server; start; other
pub fn start(port: u16) -> Result<Child, Error> { Command::new("go-nats-server").arg(port.to_string()).spawn() }
