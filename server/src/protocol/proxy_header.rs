//! The PROXY protocol, versions 1 and 2: who a proxied connection really is.
//!
//! The decoder looks at the first bytes of a connection and does no I/O. Answers
//! to `client_proxyproto.go`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use memchr::memmem;
use thiserror::Error;

/// First bytes of a version 2 header.
const V2_SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
/// First bytes of a version 1 header.
const V1_PREFIX: &[u8] = b"PROXY ";
/// Bytes that decide which version it is.
const VERSION_LENGTH: usize = 6;
/// Longest version 1 header with its line end.
const V1_LENGTH_MAX: usize = 107;
/// Fixed part of a version 2 header.
const V2_FIXED_LENGTH: usize = 16;

/// A PROXY header that can not be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProxyHeaderError {
    /// It breaks the format.
    #[error("invalid PROXY protocol header: {0}")]
    Invalid(String),
    /// It asks for something that is not supported.
    #[error("unsupported PROXY protocol feature: {0}")]
    Unsupported(String),
    /// It is none.
    #[error("unrecognized PROXY protocol format")]
    Unrecognized,
}

/// Both ends of a proxied connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProxiedAddresses {
    /// Where the client is.
    pub source: SocketAddr,
    /// Where the client connected to.
    pub destination: SocketAddr,
}

/// A decoded header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProxyHeader {
    /// More bytes are needed, at least this many in all.
    Incomplete(usize),
    /// The proxy speaks for itself, as in a health check. The header took this
    /// many bytes.
    Local(usize),
    /// The proxy speaks for a client. The header took this many bytes.
    Proxied(ProxiedAddresses, usize),
}

impl ProxyHeader {
    /// Decodes the header at the start of `input`.
    ///
    /// # Errors
    ///
    /// [`ProxyHeaderError`] for a header that can not be used and for bytes that
    /// are no header.
    pub fn decode(input: &[u8]) -> Result<Self, ProxyHeaderError> {
        let Some(start) = input.get(..VERSION_LENGTH) else {
            let may_be = V1_PREFIX.starts_with(input) || V2_SIGNATURE.starts_with(input);
            return if may_be {
                Ok(Self::Incomplete(VERSION_LENGTH))
            } else {
                Err(ProxyHeaderError::Unrecognized)
            };
        };
        if start == V1_PREFIX {
            decode_v1(input)
        } else if V2_SIGNATURE.starts_with(start) {
            decode_v2(input)
        } else {
            Err(ProxyHeaderError::Unrecognized)
        }
    }
}

fn invalid(what: impl Into<String>) -> ProxyHeaderError {
    ProxyHeaderError::Invalid(what.into())
}

fn decode_v1(input: &[u8]) -> Result<ProxyHeader, ProxyHeaderError> {
    let window = input.get(..V1_LENGTH_MAX).unwrap_or(input);
    let Some(end) = memmem::find(window, b"\r\n") else {
        if input.len() >= V1_LENGTH_MAX {
            return Err(invalid("v1 line too long"));
        }
        return Ok(ProxyHeader::Incomplete(input.len() + 1));
    };
    let used = end + 2;
    let line = input.get(VERSION_LENGTH..end).unwrap_or_default();
    let line = std::str::from_utf8(line).map_err(|_| invalid("invalid v1 format"))?;
    let parts: Vec<&str> = line.split_ascii_whitespace().collect();
    let (protocol, source, destination, source_port, destination_port) = match parts.as_slice() {
        ["UNKNOWN", ..] => return Ok(ProxyHeader::Local(used)),
        [protocol, source, destination, source_port, destination_port] => (
            *protocol,
            *source,
            *destination,
            *source_port,
            *destination_port,
        ),
        _ => return Err(invalid("invalid v1 format")),
    };
    let address = |text: &str| {
        text.parse::<IpAddr>()
            .map_err(|_| invalid("invalid address"))
    };
    let port = |text: &str, which: &str| {
        text.parse::<u16>()
            .map_err(|_| invalid(format!("invalid {which} port")))
    };
    let source = SocketAddr::new(address(source)?, port(source_port, "source")?);
    let destination = SocketAddr::new(address(destination)?, port(destination_port, "dest")?);
    match (protocol, source.is_ipv4()) {
        ("TCP4", true) | ("TCP6", false) => Ok(ProxyHeader::Proxied(
            ProxiedAddresses {
                source,
                destination,
            },
            used,
        )),
        ("TCP4", false) => Err(invalid("TCP4 with IPv6 address")),
        ("TCP6", true) => Err(invalid("TCP6 with IPv4 address")),
        (other, _) => Err(invalid(format!("invalid protocol {other}"))),
    }
}

fn decode_v2(input: &[u8]) -> Result<ProxyHeader, ProxyHeaderError> {
    let have = input.len().min(V2_SIGNATURE.len());
    if input.get(..have) != V2_SIGNATURE.get(..have) {
        return Err(invalid("invalid signature"));
    }
    let Some([version_command, family_protocol, high, low]) =
        input.get(V2_SIGNATURE.len()..V2_FIXED_LENGTH)
    else {
        return Ok(ProxyHeader::Incomplete(V2_FIXED_LENGTH));
    };
    if version_command & 0xf0 != 0x20 {
        return Err(invalid(format!(
            "invalid version 0x{:02x}",
            version_command & 0xf0
        )));
    }
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    let used = V2_FIXED_LENGTH + length;
    let (family, protocol) = (family_protocol & 0xf0, family_protocol & 0x0f);
    let local = match version_command & 0x0f {
        0 => true,
        1 if protocol != 1 => {
            return Err(ProxyHeaderError::Unsupported(
                "only STREAM protocol supported".to_owned(),
            ));
        }
        1 => family == 0,
        other => {
            return Err(invalid(format!(
                "unknown PROXY protocol command: 0x{other:02x}"
            )));
        }
    };
    if !local && !matches!(family, 0x10 | 0x20) {
        return Err(ProxyHeaderError::Unsupported(format!(
            "unsupported address family 0x{family:02x}"
        )));
    }
    let needed = match (local, family) {
        (true, _) => 0,
        (false, 0x10) => 12,
        (false, _) => 36,
    };
    if length < needed {
        return Err(invalid(format!("address data too short: {length} bytes")));
    }
    let Some(data) = input.get(V2_FIXED_LENGTH..used) else {
        return Ok(ProxyHeader::Incomplete(used));
    };
    if local {
        return Ok(ProxyHeader::Local(used));
    }
    let addresses = if family == 0x10 {
        ipv4_addresses(data)
    } else {
        ipv6_addresses(data)
    };
    addresses
        .map(|addresses| ProxyHeader::Proxied(addresses, used))
        .ok_or_else(|| invalid("address data too short"))
}

fn ipv4_addresses(data: &[u8]) -> Option<ProxiedAddresses> {
    let (source, rest) = data.split_first_chunk::<4>()?;
    let (destination, rest) = rest.split_first_chunk::<4>()?;
    ports(
        Ipv4Addr::from(*source).into(),
        Ipv4Addr::from(*destination).into(),
        rest,
    )
}

fn ipv6_addresses(data: &[u8]) -> Option<ProxiedAddresses> {
    let (source, rest) = data.split_first_chunk::<16>()?;
    let (destination, rest) = rest.split_first_chunk::<16>()?;
    ports(
        Ipv6Addr::from(*source).into(),
        Ipv6Addr::from(*destination).into(),
        rest,
    )
}

fn ports(source: IpAddr, destination: IpAddr, data: &[u8]) -> Option<ProxiedAddresses> {
    let (source_port, rest) = data.split_first_chunk::<2>()?;
    let (destination_port, _) = rest.split_first_chunk::<2>()?;
    Some(ProxiedAddresses {
        source: SocketAddr::new(source, u16::from_be_bytes(*source_port)),
        destination: SocketAddr::new(destination, u16::from_be_bytes(*destination_port)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_prefix_of_a_header_is_incomplete() {
        let mut v2 = V2_SIGNATURE.to_vec();
        v2.extend_from_slice(&[0x21, 0x11, 0, 12, 192, 168, 1, 50, 10, 0, 0, 1, 0, 9, 0, 8]);
        let v1 = b"PROXY TCP4 192.168.1.50 10.0.0.1 9 8\r\n";
        for whole in [&v2[..], v1] {
            for cut in 0..whole.len() {
                let decoded = ProxyHeader::decode(&whole[..cut]).unwrap();
                assert!(
                    matches!(decoded, ProxyHeader::Incomplete(need) if need > cut && need <= whole.len()),
                    "{cut}: {decoded:?}"
                );
            }
            let addresses = ProxiedAddresses {
                source: "192.168.1.50:9".parse().unwrap(),
                destination: "10.0.0.1:8".parse().unwrap(),
            };
            let mut more = whole.to_vec();
            more.extend_from_slice(b"CONNECT");
            assert_eq!(
                ProxyHeader::decode(&more).unwrap(),
                ProxyHeader::Proxied(addresses, whole.len())
            );
        }
    }

    #[test]
    fn local_headers_skip_their_data() {
        let mut header = V2_SIGNATURE.to_vec();
        header.extend_from_slice(&[0x20, 0, 0, 3, 1, 2, 3]);
        assert_eq!(
            ProxyHeader::decode(&header).unwrap(),
            ProxyHeader::Local(19)
        );
        header[12] = 0x22;
        assert!(matches!(
            ProxyHeader::decode(&header),
            Err(ProxyHeaderError::Invalid(_))
        ));
    }
}
