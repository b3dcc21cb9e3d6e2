//! PROXY protocol headers of both versions: an address or an error, and no more
//! bytes taken than there are.

#![no_main]

use libfuzzer_sys::fuzz_target;
use nats_server::protocol::ProxyHeader;

fuzz_target!(|input: &[u8]| {
    match ProxyHeader::decode(input) {
        Ok(ProxyHeader::Incomplete(need)) => assert!(need > input.len()),
        Ok(ProxyHeader::Local(used) | ProxyHeader::Proxied(_, used)) => {
            assert!(used > 0 && used <= input.len());
        }
        Err(_) => {}
    }
});
