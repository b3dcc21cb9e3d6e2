//! Go: `server/client_proxyproto_test.go`.

use std::net::SocketAddr;

use conformance::go_test;
use conformance::raw::RawClient;
use conformance::server::RunningServer;
use conformance::wait::wait_until;
use nats_server::client::ClientAddress;
use nats_server::protocol::{ProxiedAddresses, ProxyHeader, ProxyHeaderError};

const SIGNATURE: &[u8] = b"\r\n\r\n\x00\r\nQUIT\n";
const CONNECT: &str = "CONNECT {\"verbose\":false,\"pedantic\":false,\"protocol\":1}\r\nPING\r\n";

fn v2(source: &str, destination: &str) -> Vec<u8> {
    let (source, destination): (SocketAddr, SocketAddr) =
        (source.parse().unwrap(), destination.parse().unwrap());
    let mut data = Vec::new();
    let family = match (source, destination) {
        (SocketAddr::V4(source), SocketAddr::V4(destination)) => {
            data.extend_from_slice(&source.ip().octets());
            data.extend_from_slice(&destination.ip().octets());
            0x10
        }
        (SocketAddr::V6(source), SocketAddr::V6(destination)) => {
            data.extend_from_slice(&source.ip().octets());
            data.extend_from_slice(&destination.ip().octets());
            0x20
        }
        _ => panic!("both ends have one family"),
    };
    data.extend_from_slice(&source.port().to_be_bytes());
    data.extend_from_slice(&destination.port().to_be_bytes());
    v2_with(0x21, family | 1, u16::try_from(data.len()).unwrap(), &data)
}

fn v2_with(version_command: u8, family_protocol: u8, length: u16, data: &[u8]) -> Vec<u8> {
    let mut header = SIGNATURE.to_vec();
    header.extend_from_slice(&[version_command, family_protocol]);
    header.extend_from_slice(&length.to_be_bytes());
    header.extend_from_slice(data);
    header
}

fn v2_local() -> Vec<u8> {
    v2_with(0x20, 0, 0, &[])
}

#[track_caller]
fn proxied(header: &[u8]) -> ProxiedAddresses {
    match ProxyHeader::decode(header) {
        Ok(ProxyHeader::Proxied(addresses, used)) if used == header.len() => addresses,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn assert_addresses(header: &[u8], source: &str, destination: &str) {
    let addresses = proxied(header);
    assert_eq!(addresses.source, source.parse().unwrap());
    assert_eq!(addresses.destination, destination.parse().unwrap());
}

#[track_caller]
fn assert_invalid(header: &[u8]) {
    let decoded = ProxyHeader::decode(header);
    assert!(
        matches!(decoded, Err(ProxyHeaderError::Invalid(_))),
        "{decoded:?}"
    );
}

#[track_caller]
fn assert_unsupported(header: &[u8]) {
    let decoded = ProxyHeader::decode(header);
    assert!(
        matches!(decoded, Err(ProxyHeaderError::Unsupported(_))),
        "{decoded:?}"
    );
}

go_test!(
    159,
    "client_proxyproto_test",
    "TestClientProxyProtoV2ParseIPv4",
    v2_parse_ipv4
);
fn v2_parse_ipv4() {
    let addresses = proxied(&v2("192.168.1.50:12345", "10.0.0.1:4222"));
    assert_eq!(addresses.source.to_string(), "192.168.1.50:12345");
    assert_eq!(addresses.destination.to_string(), "10.0.0.1:4222");
    assert!(addresses.source.is_ipv4());
}

go_test!(
    160,
    "client_proxyproto_test",
    "TestClientProxyProtoV2ParseIPv6",
    v2_parse_ipv6
);
fn v2_parse_ipv6() {
    let addresses = proxied(&v2("[2001:db8::1]:54321", "[2001:db8::2]:4222"));
    assert_eq!(addresses.source.to_string(), "[2001:db8::1]:54321");
    assert_eq!(addresses.destination.to_string(), "[2001:db8::2]:4222");
    assert!(addresses.source.is_ipv6());
}

go_test!(
    161,
    "client_proxyproto_test",
    "TestClientProxyProtoV2ParseLocalCommand",
    v2_local_command
);
fn v2_local_command() {
    assert_eq!(ProxyHeader::decode(&v2_local()), Ok(ProxyHeader::Local(16)));
}

go_test!(
    162,
    "client_proxyproto_test",
    "TestClientProxyProtoV2InvalidSignature",
    v2_bad_signature
);
fn v2_bad_signature() {
    // Nothing like a header is unrecognised; what begins as one must go on as one.
    let mut header = b"INVALID_SIG_".to_vec();
    header.extend_from_slice(&[0x20, 0x11, 0, 12]);
    assert_eq!(
        ProxyHeader::decode(&header),
        Err(ProxyHeaderError::Unrecognized)
    );
    let mut header = v2("192.168.1.50:12345", "10.0.0.1:4222");
    header[8] = b'X';
    assert_invalid(&header);
}

go_test!(
    163,
    "client_proxyproto_test",
    "TestClientProxyProtoV2InvalidVersion",
    v2_bad_version
);
fn v2_bad_version() {
    assert_invalid(&v2_with(0x11, 0x11, 0, &[]));
}

go_test!(
    164,
    "client_proxyproto_test",
    "TestClientProxyProtoV2UnsupportedFamily",
    v2_family
);
fn v2_family() {
    assert_unsupported(&v2_with(0x21, 0x31, 0, &[]));
}

go_test!(
    165,
    "client_proxyproto_test",
    "TestClientProxyProtoV2UnsupportedProtocol",
    v2_protocol
);
fn v2_protocol() {
    assert_unsupported(&v2_with(0x21, 0x12, 12, &[]));
}

/// A connection that ends within its header is closed and leaves no client.
fn ends_within(header: &[u8]) {
    let server = RunningServer::with(|options| options.proxy_protocol = true);
    let mut client = RawClient::connect(server.address());
    client.info();
    client.send_bytes(header);
    client.stream().shutdown(std::net::Shutdown::Write).unwrap();
    client.until_closed();
    wait_until("the client is gone", || server.server().client_count() == 0);
}

go_test!(
    166,
    "client_proxyproto_test",
    "TestClientProxyProtoV2TruncatedHeader",
    v2_truncated
);
fn v2_truncated() {
    let header = v2("192.168.1.50:12345", "10.0.0.1:4222");
    assert_eq!(
        ProxyHeader::decode(&header[..10]),
        Ok(ProxyHeader::Incomplete(16))
    );
    ends_within(&header[..10]);
}

go_test!(
    167,
    "client_proxyproto_test",
    "TestClientProxyProtoV2ShortAddressData",
    v2_short_data
);
fn v2_short_data() {
    let header = v2_with(0x21, 0x11, 12, &[1, 2, 3, 4, 5]);
    assert_eq!(
        ProxyHeader::decode(&header),
        Ok(ProxyHeader::Incomplete(28))
    );
    ends_within(&header);
}

/// Connects through a proxy that sends `header`; returns where the server thinks
/// the client is.
fn seen_address(header: &[u8]) -> (SocketAddr, ClientAddress) {
    let server = RunningServer::with(|options| options.proxy_protocol = true);
    let mut client = RawClient::connect(server.address());
    assert!(
        client.info().get("client_ip").is_none(),
        "the proxy's address is not shown"
    );
    client.send_bytes(header);
    client.send(CONNECT);
    client.expect("PONG");
    let info = client.info();
    let seen = server.server().context().clients();
    assert_eq!(seen.len(), 1);
    let address = seen[0].address;
    let shown = info["client_ip"].as_str().unwrap_or_default().to_owned();
    assert_eq!(shown, address.ip().unwrap().to_string());
    (client.stream().local_addr().unwrap(), address)
}

go_test!(
    168,
    "client_proxyproto_test",
    "TestProxyConnRemoteAddr",
    proxied_remote_address
);
fn proxied_remote_address() {
    let (own, seen) = seen_address(&v2("10.0.0.50:12345", "10.0.0.1:4222"));
    assert_eq!(
        seen,
        ClientAddress::Network("10.0.0.50:12345".parse().unwrap())
    );
    assert_eq!(seen.to_string(), "10.0.0.50:12345");
    assert_eq!(own.ip().to_string(), "127.0.0.1");
}

go_test!(
    169,
    "client_proxyproto_test",
    "TestClientProxyProtoV2EndToEnd",
    v2_end_to_end
);
fn v2_end_to_end() {
    let (_, seen) = seen_address(&v2("203.0.113.50:54321", "127.0.0.1:4222"));
    assert_eq!(
        seen,
        ClientAddress::Network("203.0.113.50:54321".parse().unwrap())
    );
}

go_test!(
    170,
    "client_proxyproto_test",
    "TestClientProxyProtoV2LocalCommandEndToEnd",
    v2_local_e2e
);
fn v2_local_e2e() {
    let (own, seen) = seen_address(&v2_local());
    assert_eq!(seen, ClientAddress::Network(own));
}

go_test!(
    171,
    "client_proxyproto_test",
    "TestClientProxyProtoV1ParseTCP4",
    v1_tcp4
);
fn v1_tcp4() {
    let header = b"PROXY TCP4 192.168.1.50 10.0.0.1 12345 4222\r\n";
    assert_addresses(header, "192.168.1.50:12345", "10.0.0.1:4222");
}

go_test!(
    172,
    "client_proxyproto_test",
    "TestClientProxyProtoV1ParseTCP6",
    v1_tcp6
);
fn v1_tcp6() {
    let header = b"PROXY TCP6 2001:db8::1 2001:db8::2 54321 4222\r\n";
    assert_addresses(header, "[2001:db8::1]:54321", "[2001:db8::2]:4222");
}

go_test!(
    173,
    "client_proxyproto_test",
    "TestClientProxyProtoV1ParseUnknown",
    v1_unknown
);
fn v1_unknown() {
    assert_eq!(
        ProxyHeader::decode(b"PROXY UNKNOWN\r\n"),
        Ok(ProxyHeader::Local(15))
    );
}

go_test!(
    174,
    "client_proxyproto_test",
    "TestClientProxyProtoV1InvalidFormat",
    v1_bad_format
);
fn v1_bad_format() {
    assert_invalid(b"PROXY TCP4 192.168.1.1\r\n");
}

go_test!(
    175,
    "client_proxyproto_test",
    "TestClientProxyProtoV1LineTooLong",
    v1_too_long
);
fn v1_too_long() {
    let address = "1234567890".repeat(12);
    assert_invalid(format!("PROXY TCP4 {address} 10.0.0.1 12345 443\r\n").as_bytes());
}

go_test!(
    176,
    "client_proxyproto_test",
    "TestClientProxyProtoV1InvalidIP",
    v1_bad_ip
);
fn v1_bad_ip() {
    assert_invalid(b"PROXY TCP4 not.an.ip.addr 10.0.0.1 12345 443\r\n");
}

go_test!(
    177,
    "client_proxyproto_test",
    "TestClientProxyProtoV1MismatchedProtocol",
    v1_mismatch
);
fn v1_mismatch() {
    assert_invalid(b"PROXY TCP4 2001:db8::1 2001:db8::2 12345 443\r\n");
    assert_invalid(b"PROXY TCP6 192.168.1.1 10.0.0.1 12345 443\r\n");
}

go_test!(
    178,
    "client_proxyproto_test",
    "TestClientProxyProtoV1InvalidPort",
    v1_bad_port
);
fn v1_bad_port() {
    assert_invalid(b"PROXY TCP4 192.168.1.1 10.0.0.1 99999 443\r\n");
}

go_test!(
    179,
    "client_proxyproto_test",
    "TestClientProxyProtoV1EndToEnd",
    v1_end_to_end
);
fn v1_end_to_end() {
    let (_, seen) = seen_address(b"PROXY TCP4 203.0.113.50 127.0.0.1 54321 4222\r\n");
    assert_eq!(
        seen,
        ClientAddress::Network("203.0.113.50:54321".parse().unwrap())
    );
}

go_test!(
    180,
    "client_proxyproto_test",
    "TestClientProxyProtoVersionDetection",
    version_detection
);
fn version_detection() {
    let v1 = b"PROXY TCP4 192.168.1.1 10.0.0.1 12345 443\r\n";
    assert_eq!(proxied(v1).source.ip().to_string(), "192.168.1.1");
    let v2 = v2("192.168.1.2:54321", "10.0.0.1:443");
    assert_eq!(proxied(&v2).source.ip().to_string(), "192.168.1.2");
}

go_test!(
    181,
    "client_proxyproto_test",
    "TestClientProxyProtoUnrecognizedVersion",
    unrecognized
);
fn unrecognized() {
    let decoded = ProxyHeader::decode(b"HELLO WORLD\r\n");
    assert_eq!(decoded, Err(ProxyHeaderError::Unrecognized));
}
