//! The orders in which connections can be listed (`monitor_sort_opts.go`).

use std::cmp::{Ordering, Reverse};
use std::str::FromStr;

use thiserror::Error;

use super::conn_info::ConnInfo;
use super::time::Time;

/// An order of connections. `Cid`, `Start`, `Uptime` and `Reason` ascend, all
/// others descend.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SortOption {
    /// By connection id.
    #[default]
    Cid,
    /// By start, which is the same.
    Start,
    /// By number of subscriptions.
    Subs,
    /// By bytes that wait to be sent.
    Pending,
    /// By messages sent to them.
    OutMsgs,
    /// By messages received from them.
    InMsgs,
    /// By bytes sent to them.
    OutBytes,
    /// By bytes received from them.
    InBytes,
    /// By last activity.
    Last,
    /// By time since the last activity.
    Idle,
    /// By time since the start, until the end if there was one.
    Uptime,
    /// By end.
    Stop,
    /// By reason of the end.
    Reason,
    /// By round-trip time.
    Rtt,
}

/// A text that names no order.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("invalid sorting option: {0}")]
pub struct SortOptionError(String);

impl FromStr for SortOption {
    type Err = SortOptionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "" | "cid" => Self::Cid,
            "start" => Self::Start,
            "subs" => Self::Subs,
            "pending" => Self::Pending,
            "msgs_to" => Self::OutMsgs,
            "msgs_from" => Self::InMsgs,
            "bytes_to" => Self::OutBytes,
            "bytes_from" => Self::InBytes,
            "last" => Self::Last,
            "idle" => Self::Idle,
            "uptime" => Self::Uptime,
            "stop" => Self::Stop,
            "reason" => Self::Reason,
            "rtt" => Self::Rtt,
            _ => return Err(SortOptionError(text.to_owned())),
        })
    }
}

/// Puts connections in order. Those that are equal in it are ordered by their id.
pub fn sort_connections(connections: &mut [ConnInfo], by: SortOption, now: Time) {
    connections.sort_by(|a, b| compare(a, b, by, now).then(a.cid.cmp(&b.cid)));
}

fn compare(a: &ConnInfo, b: &ConnInfo, by: SortOption, now: Time) -> Ordering {
    fn down<K: Ord>(a: K, b: K) -> Ordering {
        Reverse(a).cmp(&Reverse(b))
    }
    match by {
        SortOption::Cid | SortOption::Start => a.cid.cmp(&b.cid),
        SortOption::Subs => down(a.subscriptions, b.subscriptions),
        SortOption::Pending => down(a.pending_bytes, b.pending_bytes),
        SortOption::OutMsgs => down(a.out_msgs, b.out_msgs),
        SortOption::InMsgs => down(a.in_msgs, b.in_msgs),
        SortOption::OutBytes => down(a.out_bytes, b.out_bytes),
        SortOption::InBytes => down(a.in_bytes, b.in_bytes),
        SortOption::Last => down(a.last_activity, b.last_activity),
        SortOption::Idle => down(
            now.nanos_since(a.last_activity),
            now.nanos_since(b.last_activity),
        ),
        SortOption::Uptime => lifetime(a, now).cmp(&lifetime(b, now)),
        SortOption::Stop => down(a.stop, b.stop),
        SortOption::Reason => a.reason.cmp(&b.reason),
        SortOption::Rtt => down(a.round_trip, b.round_trip),
    }
}

fn lifetime(connection: &ConnInfo, now: Time) -> i128 {
    connection
        .stop
        .filter(|stop| !stop.is_zero())
        .unwrap_or(now)
        .nanos_since(connection.start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn ids(by: &str, change: impl Fn(u64, &mut ConnInfo)) -> Vec<u64> {
        let mut connections: Vec<ConnInfo> = [3, 1, 2]
            .map(|cid| {
                let mut info = ConnInfo {
                    cid,
                    ..ConnInfo::default()
                };
                change(cid, &mut info);
                info
            })
            .into();
        let now = Time::from_unix_nanos(100);
        sort_connections(&mut connections, by.parse().unwrap(), now);
        connections.iter().map(|info| info.cid).collect()
    }

    #[test]
    fn each_order_has_its_direction() {
        assert_eq!(ids("", |_, _| {}), [1, 2, 3]);
        assert_eq!(ids("start", |_, _| {}), [1, 2, 3]);
        assert_eq!(ids("subs", |n, i| i.subscriptions = n as usize), [3, 2, 1]);
        assert_eq!(ids("pending", |n, i| i.pending_bytes = n), [3, 2, 1]);
        assert_eq!(ids("msgs_to", |n, i| i.out_msgs = n), [3, 2, 1]);
        assert_eq!(ids("msgs_from", |n, i| i.in_msgs = n), [3, 2, 1]);
        assert_eq!(ids("bytes_to", |n, i| i.out_bytes = n), [3, 2, 1]);
        assert_eq!(ids("bytes_from", |n, i| i.in_bytes = n), [3, 2, 1]);
        let at = |n: u64| Time::from_unix_nanos(i64::try_from(n).unwrap());
        assert_eq!(ids("last", |n, i| i.last_activity = at(n)), [3, 2, 1]);
        assert_eq!(ids("idle", |n, i| i.last_activity = at(n)), [1, 2, 3]);
        assert_eq!(ids("uptime", |n, i| i.start = at(n)), [3, 2, 1]);
        assert_eq!(
            ids("uptime", |n, i| {
                i.start = at(0);
                i.stop = Some(at(n));
            }),
            [1, 2, 3]
        );
        assert_eq!(ids("stop", |n, i| i.stop = Some(at(n))), [3, 2, 1]);
        assert_eq!(ids("reason", |n, i| i.reason = n.to_string()), [1, 2, 3]);
        assert_eq!(
            ids("rtt", |n, i| i.round_trip = Duration::from_nanos(n)),
            [3, 2, 1]
        );
        let error = "foo".parse::<SortOption>().unwrap_err();
        assert_eq!(error.to_string(), "invalid sorting option: foo");
    }
}
