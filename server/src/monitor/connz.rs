//! `/connz`: connections, open and closed.

use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::conn_info::ConnInfo;
use super::sort::{SortOption, SortOptionError, sort_connections};
use super::state::Monitor;
use super::time::Time;
use crate::client::{Client, ClientDetails, ClosedConnection};
use crate::subject::subjects_collide;

/// How many connections are listed if nothing is said (`DefaultConnListSize`).
pub const DEFAULT_CONN_LIST_SIZE: usize = 1024;

/// Which connections are wanted by their state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ConnState {
    /// Those that are connected.
    #[default]
    Open,
    /// Those that have ended and are still remembered.
    Closed,
    /// Both.
    All,
}

impl FromStr for ConnState {
    type Err = ConnStateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.to_lowercase().as_str() {
            "" | "open" => Ok(Self::Open),
            "closed" => Ok(Self::Closed),
            "any" | "all" => Ok(Self::All),
            _ => Err(ConnStateError(text.to_owned())),
        }
    }
}

/// A text that names no state of connections.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("Error decoding state for {0}")]
pub struct ConnStateError(String);

/// What to list.
#[derive(Debug, Clone, Default)]
pub struct ConnzOptions {
    /// The order.
    pub sort: SortOption,
    /// Tell users and accounts.
    pub auth: bool,
    /// Tell the subjects subscribed to.
    pub subscriptions: bool,
    /// Tell all of the subscriptions.
    pub subscriptions_detail: bool,
    /// Leave out that many at the start; negative is none.
    pub offset: i64,
    /// List at most that many; [`DEFAULT_CONN_LIST_SIZE`] if not positive.
    pub limit: i64,
    /// Only this connection, if not 0.
    pub cid: u64,
    /// Only this MQTT client, if not empty.
    pub mqtt_client: String,
    /// Open or closed ones.
    pub state: ConnState,
    /// Only of this user, if not empty.
    pub user: String,
    /// Only of this account, if not empty.
    pub account: String,
    /// Only with a subscription that overlaps this subject; needs `account`.
    pub filter_subject: String,
}

/// The list.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Connz {
    /// The server.
    pub server_id: String,
    /// When it was made.
    pub now: Time,
    /// Connections listed.
    pub num_connections: usize,
    /// Connections there are.
    pub total: usize,
    /// Connections left out at the start.
    pub offset: usize,
    /// Most connections that are listed.
    pub limit: usize,
    /// The connections.
    pub connections: Vec<ConnInfo>,
}

/// Options that contradict each other.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ConnzError {
    /// A sort option that does not exist.
    #[error(transparent)]
    Sort(#[from] SortOptionError),
    /// Only what is closed has a stop time.
    #[error("sort by stop only valid on closed connections")]
    Stop,
    /// Only what is closed has a reason.
    #[error("sort by reason only valid on closed connections")]
    Reason,
    /// A subject means something in an account only.
    #[error("filter by subject only valid with account filtering")]
    SubjectWithoutAccount,
}

impl Monitor {
    /// Lists connections (`Connz`).
    ///
    /// # Errors
    ///
    /// [`ConnzError`] for options that contradict each other.
    pub fn connz(&self, options: &ConnzOptions) -> Result<Connz, ConnzError> {
        if options.state != ConnState::Closed {
            match options.sort {
                SortOption::Stop => return Err(ConnzError::Stop),
                SortOption::Reason => return Err(ConnzError::Reason),
                _ => {}
            }
        }
        let filter = Some(options.filter_subject.as_str())
            .filter(|subject| !subject.is_empty() && *subject != ">");
        if filter.is_some() && options.account.is_empty() {
            return Err(ConnzError::SubjectWithoutAccount);
        }
        let limit = match usize::try_from(options.limit) {
            _ if options.cid > 0 => 1,
            Ok(limit) if limit > 0 => limit,
            _ => DEFAULT_CONN_LIST_SIZE,
        };
        let now = Time::now();
        let mut list = Connz {
            server_id: self.server_id(),
            now,
            offset: usize::try_from(options.offset).unwrap_or(0),
            limit,
            ..Connz::default()
        };
        if !options.account.is_empty()
            && self.context().accounts().lookup(&options.account).is_none()
        {
            return Ok(list);
        }
        let (open, closed) = self.candidates(options);
        list.total = open.len() + closed.len();
        let mut infos = self.open_infos(&open, options, filter, now);
        // An open connection hides a closed one of the same id.
        if options.cid == 0 || infos.is_empty() {
            infos.extend(self.closed_infos(&closed, options));
        }
        sort_connections(&mut infos, options.sort, now);
        list.connections = infos.into_iter().skip(list.offset).take(limit).collect();
        list.num_connections = list.connections.len();
        Ok(list)
    }

    /// All connections of the wanted state and account.
    fn candidates(&self, options: &ConnzOptions) -> (Vec<Arc<Client>>, Vec<ClosedConnection>) {
        let context = self.context();
        let mut open = Vec::new();
        if options.state != ConnState::Closed {
            open = context.clients();
            if !options.account.is_empty() {
                open.retain(|client| client.account_name().as_deref() == Some(&*options.account));
            }
        }
        let mut closed = Vec::new();
        if options.state != ConnState::Open {
            closed = context.closed_connections();
            if !options.account.is_empty() {
                closed.retain(|closed| closed_account(&closed.details) == options.account);
            }
        }
        (open, closed)
    }

    fn open_infos(
        &self,
        open: &[Arc<Client>],
        options: &ConnzOptions,
        filter: Option<&str>,
        now: Time,
    ) -> Vec<ConnInfo> {
        let with_subscriptions =
            options.subscriptions || options.subscriptions_detail || filter.is_some();
        let subscriptions_max = if with_subscriptions { usize::MAX } else { 0 };
        open.iter()
            .filter(|client| options.cid == 0 || client.link.id == options.cid)
            .map(|client| client.details(subscriptions_max))
            .filter(|details| options.cid > 0 || is_wanted(details, options))
            .filter(|details| filter.is_none_or(|subject| overlaps(details, subject)))
            .map(|details| {
                let mut info = ConnInfo::new(&details, now);
                info.show_subscriptions(&details, options);
                if options.auth {
                    let account = details.account.as_deref().unwrap_or_default();
                    info.show_peer_certificates(&details);
                    self.show_user(&mut info, &details, account);
                }
                info
            })
            .collect()
    }

    fn closed_infos(&self, closed: &[ClosedConnection], options: &ConnzOptions) -> Vec<ConnInfo> {
        closed
            .iter()
            .filter(|closed| options.cid == 0 || closed.details.id == options.cid)
            .filter(|closed| is_wanted(&closed.details, options))
            .map(|closed| {
                let details = &closed.details;
                let mut info = ConnInfo::closed(closed);
                info.show_subscriptions(details, options);
                if options.auth {
                    self.show_user(&mut info, details, closed_account(details));
                }
                info
            })
            .collect()
    }

    fn show_user(&self, info: &mut ConnInfo, details: &ClientDetails, account: &str) {
        let global = self.context().accounts().global().name().to_owned();
        info.authorized_user = details.raw_user();
        if account != global {
            account.clone_into(&mut info.account);
        }
        account.clone_into(&mut info.name_tag);
    }
}

/// The account of a closed connection, as the list of closed connections has it:
/// empty if it is the global one.
fn closed_account(details: &ClientDetails) -> &str {
    match details.account.as_deref() {
        Some(crate::protocol::constants::DEFAULT_GLOBAL_ACCOUNT) | None => "",
        Some(name) => name,
    }
}

fn is_wanted(details: &ClientDetails, options: &ConnzOptions) -> bool {
    (options.user.is_empty() || details.raw_user() == options.user)
        // No connection speaks MQTT, so none has the id of an MQTT client.
        && options.mqtt_client.is_empty()
}

fn overlaps(details: &ClientDetails, subject: &str) -> bool {
    details
        .subscriptions
        .iter()
        .any(|subscription| subjects_collide(subject, &subscription.subject))
}
