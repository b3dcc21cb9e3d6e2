//! The endpoints: parameters in, JSON out.

use std::fmt::Display;

use serde::Serialize;

use super::query::Query;
use super::reply::Reply;
use crate::monitor::{
    AccountStatzOptions, AccountzOptions, ConnzOptions, HealthzOptions, IpqueueszOptions,
    JszOptions, Monitor, SubszOptions, json, metrics,
};

/// An answer, or the answer to a request that can not be served.
type Answer = Result<Reply, Reply>;

pub(super) fn answer(monitor: &Monitor, endpoint: &str, query: &Query) -> Answer {
    match endpoint {
        "/varz" => varz(monitor, query),
        "/connz" => connz(monitor, query),
        "/routez" => routez(monitor, query),
        "/gatewayz" => gatewayz(monitor, query),
        "/leafz" => leafz(monitor, query),
        "/subsz" | "/subscriptionsz" => subsz(monitor, query),
        "/accountz" => accountz(monitor, query),
        "/accstatz" => accstatz(monitor, query),
        "/jsz" => jsz(monitor, query),
        "/healthz" => healthz(monitor, query),
        "/ipqueuesz" => ipqueuesz(monitor, query),
        "/raftz" => Err(Reply::plain(404, "No Raft nodes registered")),
        "/stacksz" => stacksz(monitor, query),
        "/debug/vars" => expvarz(monitor),
        _ => Err(Reply::not_found()),
    }
}

/// All figures in the format that the client prefers.
pub(super) fn metrics(monitor: &Monitor, accept: Option<&str>) -> Answer {
    let format = metrics::Format::choose(accept);
    Ok(Reply::new(
        200,
        format.content_type(),
        monitor.metrics(format),
    ))
}

fn varz(monitor: &Monitor, query: &Query) -> Answer {
    monitor.count_request("/varz");
    pretty(query, &monitor.varz())
}

fn connz(monitor: &Monitor, query: &Query) -> Answer {
    let auth = query.flag("auth")?;
    let (subscriptions, subscriptions_detail) = query.subscriptions()?;
    let mut options = ConnzOptions {
        auth,
        subscriptions,
        subscriptions_detail,
        offset: query.int("offset")?,
        limit: query.int("limit")?,
        cid: query.unsigned("cid")?,
        mqtt_client: query.text("mqtt_client").to_owned(),
        state: query.text("state").parse().map_err(refusal)?,
        user: query.text("user").to_owned(),
        account: query.text("acc").to_owned(),
        ..ConnzOptions::default()
    };
    monitor.count_request("/connz");
    options.sort = query.text("sort").parse().map_err(refusal)?;
    pretty(query, &monitor.connz(&options).map_err(refusal)?)
}

fn routez(monitor: &Monitor, query: &Query) -> Answer {
    query.subscriptions()?;
    monitor.count_request("/routez");
    pretty(query, &monitor.routez())
}

fn gatewayz(monitor: &Monitor, query: &Query) -> Answer {
    monitor.count_request("/gatewayz");
    query.subscriptions()?;
    query.flag("accs")?;
    pretty(query, &monitor.gatewayz())
}

fn leafz(monitor: &Monitor, query: &Query) -> Answer {
    monitor.count_request("/leafz");
    query.flag("subs")?;
    pretty(query, &monitor.leafz())
}

fn subsz(monitor: &Monitor, query: &Query) -> Answer {
    monitor.count_request("/subsz");
    let options = SubszOptions {
        subscriptions: query.flag("subs")?,
        offset: query.int("offset")?,
        limit: query.int("limit")?,
        account: query.text("acc").to_owned(),
        test: query.text("test").to_owned(),
    };
    pretty(query, &monitor.subsz(&options).map_err(refusal)?)
}

fn accountz(monitor: &Monitor, query: &Query) -> Answer {
    monitor.count_request("/accountz");
    let account = query.text("acc").to_owned();
    let tell = monitor.accountz(&AccountzOptions { account });
    pretty(query, &tell.map_err(refusal)?)
}

fn accstatz(monitor: &Monitor, query: &Query) -> Answer {
    monitor.count_request("/accstatz");
    let options = AccountStatzOptions {
        accounts: Vec::new(),
        include_unused: query.flag("unused")?,
    };
    pretty(query, &monitor.accstatz(&options))
}

fn jsz(monitor: &Monitor, query: &Query) -> Answer {
    monitor.count_request("/jsz");
    let options = JszOptions {
        account: query.text("acc").to_owned(),
        accounts: query.flag("accounts")?,
        streams: query.flag("streams")?,
        consumers: query.flag("consumers")?,
        direct_consumers: query.flag("direct-consumers")?,
        config: query.flag("config")?,
        offset: query.int("offset")?,
        limit: query.int("limit")?,
        leader_only: query.flag("leader-only")?,
        raft_groups: query.flag("raft")?,
        stream_leader_only: query.flag("stream-leader-only")?,
    };
    pretty(query, &monitor.jsz(&options).map_err(refusal)?)
}

fn healthz(monitor: &Monitor, query: &Query) -> Answer {
    monitor.count_request("/healthz");
    let js_enabled = query.flag("js-enabled")?;
    if js_enabled {
        monitor.logger().warn(format_args!(
            "Healthcheck: js-enabled deprecated, use js-enabled-only instead"
        ));
    }
    let options = HealthzOptions {
        js_enabled,
        js_enabled_only: query.flag("js-enabled-only")?,
        js_server_only: query.flag("js-server-only")?,
        js_meta_only: query.flag("js-meta-only")?,
        details: query.flag("details")?,
        account: query.text("account").to_owned(),
        stream: query.text("stream").to_owned(),
        consumer: query.text("consumer").to_owned(),
    };
    let mut health = monitor.healthz(&options);
    if !health.error.is_empty() {
        monitor
            .logger()
            .warn(format_args!("Healthcheck failed: {:?}", health.error));
    } else if !health.errors.is_empty() {
        monitor.logger().warn(format_args!(
            "Healthcheck failed: {} errors",
            health.errors.len()
        ));
    }
    // The answer has it as its own status.
    let status = std::mem::take(&mut health.status_code);
    let body = json::compact(&health).map_err(failure)?;
    Ok(Reply::json(status, query, body))
}

fn ipqueuesz(monitor: &Monitor, query: &Query) -> Answer {
    let options = IpqueueszOptions {
        all: query.flag("all")?,
        filter: query.text("queues").to_owned(),
    };
    let body = json::wide(&monitor.ipqueuesz(&options)).map_err(failure)?;
    Ok(Reply::json(200, query, body))
}

fn stacksz(monitor: &Monitor, query: &Query) -> Answer {
    let stacks = monitor.stacksz().map_err(failure)?;
    Ok(Reply::json(200, query, stacks.into_bytes()))
}

fn expvarz(monitor: &Monitor) -> Answer {
    let body = monitor.expvarz().map_err(failure)?;
    Ok(Reply::new(200, "application/json; charset=utf-8", body))
}

fn pretty(query: &Query, value: &impl Serialize) -> Answer {
    let body = json::pretty(value).map_err(failure)?;
    Ok(Reply::json(200, query, body))
}

fn refusal(error: impl Display) -> Reply {
    Reply::bad_request(error.to_string())
}

fn failure(error: impl Display) -> Reply {
    Reply::plain(500, error.to_string())
}
