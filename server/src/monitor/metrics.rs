//! `/metrics`: the figures for Prometheus, under the names that the Prometheus NATS
//! exporter gives them.
//!
//! The exporter calls counters `gnatsd_varz_in_msgs` and the like. That is so in
//! Prometheus's own text format, which is what clients get unless they accept
//! nothing but OpenMetrics: there the standard wants `_total` after the names of
//! counters.

use std::fmt::Write as _;

use super::accstatz::{AccountStat, AccountStatzOptions};
use super::connz::ConnzOptions;
use super::healthz::HealthzOptions;
use super::state::Monitor;
use super::subsz::SubszOptions;
use super::varz::Varz;

/// A text format of metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// That of Prometheus, version 0.0.4. It ends like OpenMetrics, which is a
    /// comment here.
    Prometheus,
    /// OpenMetrics 1.0.
    OpenMetrics,
}

impl Format {
    /// The format for a client that accepts `accept`.
    #[must_use]
    pub fn choose(accept: Option<&str>) -> Self {
        let mut open = false;
        for range in accept.unwrap_or("*/*").split(',') {
            let mut parts = range.split(';').map(str::trim);
            let media = parts.next().unwrap_or_default();
            let refused = parts.any(|part| matches!(part, "q=0" | "q=0.0"));
            match media {
                _ if refused => {}
                "text/plain" | "text/*" | "*/*" => return Self::Prometheus,
                "application/openmetrics-text" => open = true,
                _ => {}
            }
        }
        if open {
            Self::OpenMetrics
        } else {
            Self::Prometheus
        }
    }

    /// The content type of the format.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Counter,
    Gauge,
}

use Kind::{Counter, Gauge};

/// A text in the making.
struct Page {
    format: Format,
    server: String,
    text: String,
}

impl Page {
    /// One figure of the whole server.
    fn one(&mut self, kind: Kind, name: &str, value: f64) {
        self.many(kind, name, [(String::new(), value)]);
    }

    /// A figure with further labels, such as `,account="A"`.
    fn many(&mut self, kind: Kind, name: &str, values: impl IntoIterator<Item = (String, f64)>) {
        let help = name.splitn(3, '_').last().unwrap_or(name);
        let (shown, suffix) = match kind {
            Counter if self.format == Format::OpenMetrics => ("counter", "_total"),
            Counter => ("counter", ""),
            Gauge => ("gauge", ""),
        };
        // Names that say `_total` already would say it twice.
        let family = match suffix {
            "" => name,
            suffix => name.strip_suffix(suffix).unwrap_or(name),
        };
        self.line(format_args!("# HELP {family} {help}"));
        self.line(format_args!("# TYPE {family} {shown}"));
        let server = self.server.clone();
        for (labels, value) in values {
            self.line(format_args!(
                "{family}{suffix}{{server_id=\"{server}\"{labels}}} {value}"
            ));
        }
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        if writeln!(self.text, "{line}").is_err() {
            self.text.push('\n');
        }
    }
}

impl Monitor {
    /// The figures as text.
    #[must_use]
    pub fn metrics(&self, format: Format) -> String {
        let varz = self.varz();
        let mut page = Page {
            format,
            server: escaped(&varz.server_id),
            text: String::new(),
        };
        varz_gauges(&mut page, &varz);
        varz_counters(&mut page, &varz);
        varz_texts(&mut page, &varz);
        self.connz_metrics(&mut page);
        self.subsz_metrics(&mut page);
        self.accstatz_metrics(&mut page);
        page.one(Gauge, "gnatsd_routez_num_routes", varz.routes as f64);
        page.one(
            Gauge,
            "gnatsd_leafz_conn_nodes_total",
            varz.leafnodes as f64,
        );
        let healthy = self.healthz(&HealthzOptions::default()).status == "ok";
        let status = if healthy { 0.0 } else { 1.0 };
        page.one(Gauge, "gnatsd_healthz_status", status);
        page.text.push_str("# EOF\n");
        page.text
    }

    fn connz_metrics(&self, page: &mut Page) {
        let context = self.context();
        let options = ConnzOptions::default();
        let limit = super::connz::DEFAULT_CONN_LIST_SIZE;
        // All connections, not just those of the first page of `/connz`.
        let all = ConnzOptions {
            limit: i64::MAX,
            ..options
        };
        let Ok(list) = self.connz(&all) else { return };
        let sum = |figure: fn(&super::ConnInfo) -> u64| {
            list.connections.iter().map(figure).sum::<u64>() as f64
        };
        let total = context.client_count() as f64;
        page.one(
            Gauge,
            "gnatsd_connz_num_connections",
            list.num_connections as f64,
        );
        page.one(Gauge, "gnatsd_connz_total", total);
        page.one(Gauge, "gnatsd_connz_offset", 0.0);
        page.one(Gauge, "gnatsd_connz_limit", limit as f64);
        page.one(
            Gauge,
            "gnatsd_connz_pending_bytes",
            sum(|one| one.pending_bytes),
        );
        page.one(
            Gauge,
            "gnatsd_connz_subscriptions",
            sum(|one| one.subscriptions as u64),
        );
        // Sums over those that are connected go down when one leaves.
        page.one(Gauge, "gnatsd_connz_in_msgs", sum(|one| one.in_msgs));
        page.one(Gauge, "gnatsd_connz_in_bytes", sum(|one| one.in_bytes));
        page.one(Gauge, "gnatsd_connz_out_msgs", sum(|one| one.out_msgs));
        page.one(Gauge, "gnatsd_connz_out_bytes", sum(|one| one.out_bytes));
    }

    fn subsz_metrics(&self, page: &mut Page) {
        let Ok(subsz) = self.subsz(&SubszOptions::default()) else {
            return;
        };
        let stats = &subsz.stats;
        page.one(
            Gauge,
            "gnatsd_subsz_num_subscriptions",
            f64::from(stats.num_subs),
        );
        page.one(Gauge, "gnatsd_subsz_num_cache", f64::from(stats.num_cache));
        page.one(
            Counter,
            "gnatsd_subsz_num_inserts",
            stats.num_inserts as f64,
        );
        page.one(
            Counter,
            "gnatsd_subsz_num_removes",
            stats.num_removes as f64,
        );
        page.one(
            Counter,
            "gnatsd_subsz_num_matches",
            stats.num_matches as f64,
        );
        page.one(Gauge, "gnatsd_subsz_cache_hit_rate", stats.cache_hit_rate);
        page.one(
            Gauge,
            "gnatsd_subsz_max_fanout",
            f64::from(stats.max_fanout),
        );
        page.one(Gauge, "gnatsd_subsz_avg_fanout", stats.avg_fanout);
        page.one(Gauge, "gnatsd_subsz_total", subsz.total as f64);
        page.one(Gauge, "gnatsd_subsz_offset", subsz.offset as f64);
        page.one(Gauge, "gnatsd_subsz_limit", subsz.limit as f64);
    }

    fn accstatz_metrics(&self, page: &mut Page) {
        let statz = self.accstatz(&AccountStatzOptions {
            include_unused: true,
            ..AccountStatzOptions::default()
        });
        for (kind, name, figure) in ACCOUNT_METRICS {
            let values = statz.account_statz.iter().map(|stat| {
                let (id, name) = (escaped(&stat.acc), escaped(&stat.name));
                let labels =
                    format!(",account=\"{id}\",account_id=\"{id}\",account_name=\"{name}\"");
                (labels, figure(stat))
            });
            page.many(kind, name, values);
        }
    }
}

type AccountMetric = (Kind, &'static str, fn(&AccountStat) -> f64);

const ACCOUNT_METRICS: [AccountMetric; 9] = [
    (Gauge, "gnatsd_accstatz_current_connections", |stat| {
        stat.conns as f64
    }),
    (Gauge, "gnatsd_accstatz_total_connections", |stat| {
        stat.total_conns as f64
    }),
    (Gauge, "gnatsd_accstatz_subscriptions", |stat| {
        stat.num_subscriptions as f64
    }),
    (Gauge, "gnatsd_accstatz_leaf_nodes", |stat| {
        stat.leafnodes as f64
    }),
    (Counter, "gnatsd_accstatz_sent_messages", |stat| {
        stat.sent.msgs as f64
    }),
    (Counter, "gnatsd_accstatz_sent_bytes", |stat| {
        stat.sent.bytes as f64
    }),
    (Counter, "gnatsd_accstatz_received_messages", |stat| {
        stat.received.msgs as f64
    }),
    (Counter, "gnatsd_accstatz_received_bytes", |stat| {
        stat.received.bytes as f64
    }),
    (Counter, "gnatsd_accstatz_slow_consumers", |stat| {
        stat.slow_consumers as f64
    }),
];

fn varz_gauges(page: &mut Page, varz: &Varz) {
    let nanos = |duration: std::time::Duration| duration.as_nanos() as f64;
    for (key, value) in [
        ("proto", f64::from(varz.proto)),
        ("port", f64::from(varz.port)),
        ("max_connections", varz.max_connections as f64),
        ("max_subscriptions", varz.max_subscriptions as f64),
        ("ping_interval", nanos(varz.ping_interval)),
        ("ping_max", f64::from(varz.ping_max)),
        ("http_port", f64::from(varz.http_port)),
        ("https_port", f64::from(varz.https_port)),
        ("auth_timeout", varz.auth_timeout),
        ("max_control_line", varz.max_control_line as f64),
        ("max_payload", varz.max_payload as f64),
        ("max_pending", varz.max_pending as f64),
        ("tls_timeout", varz.tls_timeout),
        ("write_deadline", nanos(varz.write_deadline)),
        ("start", varz.start.unix_millis() as f64),
        (
            "config_load_time",
            varz.config_load_time.unix_millis() as f64,
        ),
        ("mem", varz.mem as f64),
        ("cores", varz.cores as f64),
        ("gomaxprocs", varz.gomaxprocs as f64),
        ("cpu", varz.cpu),
        ("connections", varz.connections as f64),
        ("routes", varz.routes as f64),
        ("remotes", varz.remotes as f64),
        ("leafnodes", varz.leafnodes as f64),
        ("subscriptions", varz.subscriptions as f64),
    ] {
        page.one(Gauge, &format!("gnatsd_varz_{key}"), value);
    }
}

fn varz_counters(page: &mut Page, varz: &Varz) {
    for (key, value) in [
        ("total_connections", varz.total_connections),
        ("in_msgs", varz.in_msgs),
        ("out_msgs", varz.out_msgs),
        ("in_bytes", varz.in_bytes),
        ("out_bytes", varz.out_bytes),
        ("slow_consumers", varz.slow_consumers),
        ("stale_connections", varz.stale_connections),
        ("stalled_clients", varz.stalled_clients),
    ] {
        page.one(Counter, &format!("gnatsd_varz_{key}"), value as f64);
    }
}

/// Texts are labels of a figure that is always 1.
fn varz_texts(page: &mut Page, varz: &Varz) {
    for (key, value) in [
        ("server_id", &varz.server_id),
        ("server_name", &varz.server_name),
        ("version", &varz.version),
    ] {
        let label = format!(",value=\"{}\"", escaped(value));
        page.many(Gauge, &format!("gnatsd_varz_{key}"), [(label, 1.0)]);
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_metrics_is_for_those_who_take_nothing_else() {
        let prometheus = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.3";
        assert_eq!(Format::choose(Some(prometheus)), Format::Prometheus);
        assert_eq!(Format::choose(None), Format::Prometheus);
        assert_eq!(Format::choose(Some("text/html")), Format::Prometheus);
        for strict in [
            "application/openmetrics-text",
            "application/openmetrics-text; version=1.0.0, */*;q=0",
        ] {
            assert_eq!(Format::choose(Some(strict)), Format::OpenMetrics);
        }
    }

    fn page(format: Format) -> String {
        let mut page = Page {
            format,
            server: "ID".to_owned(),
            text: String::new(),
        };
        page.one(Counter, "gnatsd_varz_in_msgs", 3.0);
        page.one(Gauge, "gnatsd_varz_cpu", 0.5);
        page.text
    }

    #[test]
    fn counters_are_marked_as_the_format_wants() {
        assert_eq!(
            page(Format::Prometheus),
            "# HELP gnatsd_varz_in_msgs in_msgs\n\
             # TYPE gnatsd_varz_in_msgs counter\n\
             gnatsd_varz_in_msgs{server_id=\"ID\"} 3\n\
             # HELP gnatsd_varz_cpu cpu\n\
             # TYPE gnatsd_varz_cpu gauge\n\
             gnatsd_varz_cpu{server_id=\"ID\"} 0.5\n"
        );
        let strict = page(Format::OpenMetrics);
        assert!(strict.contains("# TYPE gnatsd_varz_in_msgs counter\n"));
        assert!(strict.contains("\ngnatsd_varz_in_msgs_total{server_id=\"ID\"} 3\n"));
    }

    #[test]
    fn labels_are_escaped() {
        assert_eq!(escaped("a\"b\\c\n"), "a\\\"b\\\\c\\n");
    }
}
