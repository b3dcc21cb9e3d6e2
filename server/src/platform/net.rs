//! Listening and dialling as NATS protocols want it: without TCP keepalive,
//! as they have their own pings (`util.go`).

use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// Listens on `address` (`natsListen`).
///
/// # Errors
/// Those of the operating system.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = new_socket(address)?;
    // A port whose connections still linger can be listened on at once.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Connects to `address` within `timeout` (`natsDialTimeout`).
///
/// # Errors
/// Those of the operating system, and [`io::ErrorKind::TimedOut`].
pub async fn dial_timeout(address: SocketAddr, timeout: Duration) -> io::Result<TcpStream> {
    let stream = tokio::time::timeout(timeout, new_socket(address)?.connect(address)).await??;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn new_socket(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()
    } else {
        TcpSocket::new_v6()
    }?;
    socket.set_keepalive(false)?;
    Ok(socket)
}

/// More than any system allows; it takes what it does allow.
const BACKLOG: u32 = 65_535;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn connects_without_keepalive() {
        let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let (ours, theirs) = tokio::join!(
            dial_timeout(address, Duration::from_secs(5)),
            listener.accept()
        );
        let (ours, (theirs, _)) = (ours.unwrap(), theirs.unwrap());
        assert_eq!(ours.peer_addr().unwrap(), theirs.local_addr().unwrap());
        for stream in [&ours, &theirs] {
            assert!(!socket2::SockRef::from(stream).keepalive().unwrap());
        }
        drop(listener);
        let again = dial_timeout(address, Duration::from_secs(5)).await;
        assert_eq!(again.unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
    }
}
