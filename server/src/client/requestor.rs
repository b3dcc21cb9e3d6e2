//! What services and measurements are told of a client.

use std::sync::Arc;

use super::handle::{Client, ClientAddress};
use crate::account::{Account, ClientInfo, Requestor};

impl Requestor for Client {
    fn client_info(&self, detailed: bool) -> ClientInfo {
        let mut info = {
            let state = self.lock();
            let account = state.account.as_ref();
            ClientInfo {
                account: account.map_or_else(String::new, |account| account.name().to_owned()),
                rtt_ns: state
                    .rtt
                    .map_or(0, |rtt| u64::try_from(rtt.as_nanos()).unwrap_or(u64::MAX)),
                ..ClientInfo::default()
            }
        };
        if detailed {
            let details = self.details(0);
            self.add_server_info(&mut info);
            info.start = Some(details.start);
            info.host = match details.address {
                ClientAddress::Network(address) => address.ip().to_string(),
                ClientAddress::InProcess => "pipe".to_owned(),
            };
            info.id = details.id;
            info.user = details.raw_user();
            info.name.clone_from(&details.connect.name);
            info.lang.clone_from(&details.connect.lang);
            info.version.clone_from(&details.connect.version);
            details.kind.name().clone_into(&mut info.kind);
            "nats".clone_into(&mut info.client_type);
        }
        info
    }

    fn is_system_account(&self, account: &Arc<Account>) -> bool {
        self.context.is_system_account(account)
    }

    fn add_server_info(&self, info: &mut ClientInfo) {
        info.server.clone_from(&self.context.options().server_name);
    }

    fn want_rtt(&self) {
        if self.lock().rtt.is_none() {
            self.send_rtt_ping();
        }
    }
}
