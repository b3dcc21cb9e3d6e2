//! The page with links to the endpoints (`HandleRoot`).

use super::handler::HttpHandler;
use crate::protocol::constants::VERSION;

/// Endpoints with the text of their links.
const LINKS: [(&str, &str); 13] = [
    ("General", "/varz"),
    ("JetStream", "/jsz"),
    ("Connections", "/connz"),
    ("Accounts", "/accountz"),
    ("Account Stats", "/accstatz"),
    ("Subscriptions", "/subsz"),
    ("Routes", "/routez"),
    ("LeafNodes", "/leafz"),
    ("Gateways", "/gatewayz"),
    ("Raft Groups", "/raftz"),
    ("Health Probe", "/healthz"),
    ("Expvar", "/debug/vars"),
    ("Metrics", "/metrics"),
];

const HEAD: &str = r#"<html lang="en">
<head>
<title>NATS Server</title>
<link rel="shortcut icon" href="https://nats.io/favicon.ico">
<style type="text/css">
body { font-family: system-ui, sans-serif; font-size: 18px; margin: 32px; }
a { display: block; padding: 3px 0; color: #48485c; text-decoration: none; }
a:hover { color: #3b32ca; }
a span { color: #999; font: 12px monospace; }
</style>
</head>
<body>
<h1>NATS Server</h1>
"#;

const FOOT: &str = r#"<a href="https://docs.nats.io/running-a-nats-service/nats_admin/monitoring" class="help">Help</a>
</body>
</html>
"#;

pub(super) fn page(handler: &HttpHandler) -> String {
    let mut page = HEAD.to_owned();
    page.push_str(&format!("<p class=\"version\">v{VERSION}</p>\n"));
    for (text, path) in LINKS {
        let target = handler.path_of(path);
        page.push_str(&format!(
            "<a href=\".{target}\">{text} <span>{path}</span></a>\n"
        ));
    }
    page.push_str(FOOT);
    page
}
