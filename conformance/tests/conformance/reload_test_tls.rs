//! Go: `server/reload_test.go`: TLS of clients that is switched on, off and changed.

use async_nats::ConnectOptions;
use bytes::Bytes;
use conformance::client::{self, block_on, next};
use conformance::files::ConfigFile;
use conformance::go_test;
use conformance::server::RunningServer;
use nats_server::Options;

use super::opts_support::Folder;

const PLAIN: &str = "listen: 127.0.0.1:-1";
const TLS: &str = "listen: 127.0.0.1:-1\ntls {\ncert_file: \"configs/certs/server.pem\"\n\
    key_file: \"configs/certs/key.pem\"\ntimeout: 2\n}";
const VERIFY: &str = "listen: 127.0.0.1:-1\ntls {\ncert_file: \"configs/certs/cert.new.pem\"\n\
    key_file: \"configs/certs/key.new.pem\"\nca_file: \"configs/certs/cert.new.pem\"\n\
    verify: true\ntimeout: 2\n}";

/// A server and the file it was started with, in a folder with certificates.
struct Reloading {
    _folder: Folder,
    file: ConfigFile,
    running: RunningServer,
}

impl Reloading {
    fn start(text: &str) -> Self {
        let folder = Folder::enter();
        let file = ConfigFile::new(text);
        let options = Options::from_file(file.path()).unwrap();
        let running = RunningServer::with(|own| {
            *own = Options {
                no_log: true,
                no_sigs: true,
                ..options
            };
        });
        Self {
            _folder: folder,
            file,
            running,
        }
    }

    fn reload(&self, text: &str) {
        self.file.rewrite(text);
        self.running.server().reload().unwrap();
    }

    fn url(&self) -> String {
        format!("localhost:{}", self.running.address().port())
    }
}

/// Trusts one certificate and asks for TLS.
fn trusting(certificate: &str) -> ConnectOptions {
    client::options()
        .require_tls(true)
        .add_root_certificates(format!("configs/certs/{certificate}").into())
}

go_test!(
    2726,
    "reload_test",
    "TestConfigReloadRotateTLS",
    other_certificate
);
fn other_certificate() {
    let running = Reloading::start(TLS);
    block_on(async {
        let url = running.url();
        let first = trusting("server.pem").connect(&url).await.unwrap();
        let mut messages = first.subscribe("foo").await.unwrap();
        first.flush().await.unwrap();
        running.reload(VERIFY);
        let unknown = trusting("cert.new.pem").connect(&url).await;
        assert!(unknown.is_err(), "clients need a certificate now");
        let old = trusting("server.pem").connect(&url).await;
        assert!(old.is_err(), "the server shows another certificate now");
        let known = trusting("cert.new.pem").add_client_certificate(
            "configs/certs/cert.new.pem".into(),
            "configs/certs/key.new.pem".into(),
        );
        known.connect(&url).await.unwrap();
        // Whoever was connected is not disturbed.
        first
            .publish("foo", Bytes::from_static(b"hello"))
            .await
            .unwrap();
        assert_eq!(next(&mut messages).await.unwrap().payload, "hello");
    });
}

go_test!(2727, "reload_test", "TestConfigReloadEnableTLS", tls_on);
fn tls_on() {
    let running = Reloading::start(PLAIN);
    block_on(async {
        let url = running.url();
        client::options().connect(&url).await.unwrap();
        running.reload(TLS);
        let info = running.running.server().context().info();
        assert!(info.tls_required);
        trusting("server.pem").connect(&url).await.unwrap();
    });
}

go_test!(2728, "reload_test", "TestConfigReloadDisableTLS", tls_off);
fn tls_off() {
    let running = Reloading::start(TLS);
    block_on(async {
        let url = running.url();
        trusting("server.pem").connect(&url).await.unwrap();
        running.reload(PLAIN);
        let secure = trusting("server.pem").connect(&url).await;
        assert!(secure.is_err(), "there is no TLS any more");
        client::options().connect(&url).await.unwrap();
    });
}
