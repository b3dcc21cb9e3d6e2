//! `/routez`, `/gatewayz` and `/leafz`: connections to other servers. This server
//! has none, and that is what they tell.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::conn_info::ConnInfo;
use super::state::Monitor;
use super::time::Time;

/// Routes to servers of the same cluster (`Routez`).
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the endpoint")]
pub struct Routez {
    pub server_id: String,
    pub server_name: String,
    pub now: Time,
    pub num_routes: usize,
    pub routes: Vec<ConnInfo>,
}

/// Connections to other clusters (`Gatewayz`).
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the endpoint")]
pub struct Gatewayz {
    pub server_id: String,
    pub now: Time,
    pub outbound_gateways: BTreeMap<String, ConnInfo>,
    pub inbound_gateways: BTreeMap<String, Vec<ConnInfo>>,
}

/// Leafnode connections (`Leafz`).
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the endpoint")]
pub struct Leafz {
    pub server_id: String,
    pub now: Time,
    pub leafnodes: usize,
    pub leafs: Vec<ConnInfo>,
}

impl Monitor {
    /// Tells of routes, of which there are none.
    #[must_use]
    pub fn routez(&self) -> Routez {
        Routez {
            server_id: self.server_id(),
            server_name: self.context().info().server_name.clone(),
            now: Time::now(),
            ..Routez::default()
        }
    }

    /// Tells of gateways, of which there are none.
    #[must_use]
    pub fn gatewayz(&self) -> Gatewayz {
        Gatewayz {
            server_id: self.server_id(),
            now: Time::now(),
            ..Gatewayz::default()
        }
    }

    /// Tells of leafnodes, of which there are none.
    #[must_use]
    pub fn leafz(&self) -> Leafz {
        Leafz {
            server_id: self.server_id(),
            now: Time::now(),
            ..Leafz::default()
        }
    }
}
