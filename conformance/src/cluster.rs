//! Several servers, each in its own process, joined by routes.

use std::time::Duration;

use anyhow::ensure;

use crate::process::{ServerProcess, address_of};
use crate::wait;

/// What a server of a cluster has to have in its configuration.
#[derive(Clone, Debug)]
pub struct Node {
    /// Position in the cluster, from 1.
    pub number: usize,
    /// Server name.
    pub name: String,
    /// Cluster name.
    pub cluster: String,
    /// Routes to those already started.
    pub routes: Vec<String>,
}

impl Node {
    /// The configuration that makes it part of the cluster, on free ports.
    #[must_use]
    pub fn config(&self) -> String {
        let Self { name, cluster, .. } = self;
        let routes = self.routes.join(", ");
        format!(
            "listen: \"127.0.0.1:-1\"\nserver_name: {name}\n\
             cluster {{ name: {cluster}, listen: \"127.0.0.1:-1\", routes: [{routes}] }}\n"
        )
    }
}

/// A cluster of running servers.
#[derive(Debug)]
pub struct Cluster {
    /// Its servers.
    pub servers: Vec<ServerProcess>,
}

impl Cluster {
    /// Starts a cluster; `config` writes each server's configuration, starting
    /// from [`Node::config`].
    ///
    /// Fails if a server doesn't start or doesn't listen for routes.
    pub fn start(
        name: &str,
        size: usize,
        config: impl Fn(&Node) -> String,
    ) -> anyhow::Result<Self> {
        let mut servers: Vec<ServerProcess> = Vec::new();
        let mut routes = Vec::new();
        for number in 1..=size {
            let node = Node {
                number,
                name: format!("{name}-S{number}"),
                cluster: name.to_owned(),
                routes: routes.clone(),
            };
            let server = ServerProcess::builder()
                .config(&config(&node))
                .try_start()?;
            let listening: Vec<String> = server.ports().cluster.clone();
            ensure!(
                !listening.is_empty(),
                "{} doesn't listen for routes",
                node.name
            );
            for url in listening {
                routes.push(format!("\"nats-route://{}\"", address_of(&url)?));
            }
            servers.push(server);
        }
        Ok(Self { servers })
    }

    /// Waits until every server has logged a route to each of the others.
    ///
    /// # Panics
    /// If that takes longer than the limit.
    #[track_caller]
    pub fn wait_for_routes(&self, limit: Duration) {
        let others = self.servers.len() - 1;
        for server in &self.servers {
            wait::wait_until_within(limit, "routes to all others", || {
                server.log().count(r"Route connection created") >= others
            });
        }
    }
}
