//! The addresses of this machine's network interfaces.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The addresses of all interfaces, in the system's order.
///
/// # Errors
///
/// Those of the operating system.
pub fn addresses() -> io::Result<Vec<IpAddr>> {
    let mut list: *mut libc::ifaddrs = std::ptr::null_mut();
    #[expect(
        unsafe_code,
        reason = "the standard library does not list network interfaces"
    )]
    // SAFETY: the system writes a pointer to a list of its own into `list`.
    let result = unsafe { libc::getifaddrs(&raw mut list) };
    if result != 0 {
        return Err(io::Error::last_os_error());
    }
    let mut found = Vec::new();
    let mut next = list;
    while !next.is_null() {
        #[expect(unsafe_code, reason = "the list is one of the C library")]
        // SAFETY: `next` is not null and points to an entry of the list, which is
        // freed only below.
        let entry = unsafe { &*next };
        found.extend(address(entry.ifa_addr));
        next = entry.ifa_next;
    }
    #[expect(unsafe_code, reason = "the list is one of the C library")]
    // SAFETY: `list` came from `getifaddrs`, is freed once, and nothing refers to it
    // any more.
    unsafe {
        libc::freeifaddrs(list);
    }
    Ok(found)
}

/// The IP address at `socket`, if it is one.
fn address(socket: *const libc::sockaddr) -> Option<IpAddr> {
    if socket.is_null() {
        return None;
    }
    #[expect(unsafe_code, reason = "socket addresses come as pointers")]
    // SAFETY: not null, and every socket address begins with its family.
    let family = i32::from(unsafe { (*socket).sa_family });
    match family {
        libc::AF_INET => {
            #[expect(unsafe_code, reason = "the family says what stands there")]
            // SAFETY: addresses of this family are `sockaddr_in`; it is read without
            // assuming alignment.
            let inet = unsafe { socket.cast::<libc::sockaddr_in>().read_unaligned() };
            let bits = u32::from_be(inet.sin_addr.s_addr);
            Some(Ipv4Addr::from_bits(bits).into())
        }
        libc::AF_INET6 => {
            #[expect(unsafe_code, reason = "the family says what stands there")]
            // SAFETY: addresses of this family are `sockaddr_in6`; it is read without
            // assuming alignment.
            let inet = unsafe { socket.cast::<libc::sockaddr_in6>().read_unaligned() };
            Some(Ipv6Addr::from(inet.sin6_addr.s6_addr).into())
        }
        _ => None,
    }
}

/// Whether others can reach the address: it is no loopback, link-local, multicast,
/// broadcast or unspecified address (`IsGlobalUnicast`).
#[must_use]
pub fn is_global_unicast(address: IpAddr) -> bool {
    let special = match address {
        IpAddr::V4(v4) => v4.is_link_local() || v4.is_broadcast(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    };
    !(special || address.is_loopback() || address.is_multicast() || address.is_unspecified())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_interface_is_there() {
        let found = addresses().unwrap();
        assert!(found.contains(&Ipv4Addr::LOCALHOST.into()), "{found:?}");
    }

    #[test]
    fn what_others_can_reach() {
        for (text, want) in [
            ("10.1.2.3", true),
            ("192.168.0.1", true),
            ("2001:db8::1", true),
            ("fd00::1", true),
            ("127.0.0.1", false),
            ("::1", false),
            ("0.0.0.0", false),
            ("::", false),
            ("169.254.1.1", false),
            ("fe80::1", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
        ] {
            assert_eq!(is_global_unicast(text.parse().unwrap()), want, "{text}");
        }
    }
}
