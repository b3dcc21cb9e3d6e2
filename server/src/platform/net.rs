//! Listening and dialling as NATS protocols want it: without TCP keepalive,
//! as they have their own pings (`util.go`).

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// Listens on `address` (`natsListen`). Where that is all addresses of IPv4, those of
/// IPv6 are listened on as well if the system has any, as Go does.
///
/// # Errors
/// Those of the operating system.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    if address.ip() == Ipv4Addr::UNSPECIFIED {
        let both = SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), address.port());
        match listen_on(both) {
            // Without IPv6 the other half is all there is.
            Err(error) if error.kind() != io::ErrorKind::AddrInUse => {}
            listening => return listening,
        }
    }
    listen_on(address)
}

fn listen_on(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = new_socket(address)?;
    if address.ip() == Ipv6Addr::UNSPECIFIED {
        socket2::SockRef::from(&socket).set_only_v6(false)?;
    }
    // A port whose connections still linger can be listened on at once.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// The address of a peer, as IPv4 where it came by that.
#[must_use]
pub fn canonical(peer: SocketAddr) -> SocketAddr {
    SocketAddr::new(peer.ip().to_canonical(), peer.port())
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
    async fn all_addresses_of_ipv4_are_those_of_ipv6_too() {
        let listener = listen("0.0.0.0:0".parse().unwrap()).unwrap();
        let port = listener.local_addr().unwrap().port();
        let has_ipv6 = listener.local_addr().unwrap().is_ipv6();
        let hosts: &[&str] = if has_ipv6 {
            &["127.0.0.1", "[::1]"]
        } else {
            &["127.0.0.1"]
        };
        for host in hosts {
            let to = format!("{host}:{port}").parse().unwrap();
            let dial = dial_timeout(to, Duration::from_secs(5));
            let (ours, accepted) = tokio::join!(dial, listener.accept());
            let peer = canonical(accepted.unwrap().1);
            assert_eq!(peer, ours.unwrap().local_addr().unwrap());
        }
    }

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
