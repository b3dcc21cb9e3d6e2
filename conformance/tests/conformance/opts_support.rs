//! A working folder with the configuration files and certificates that the Go tests
//! name by relative paths.

use std::fs;
use std::path::{Path, PathBuf};

use conformance::files::temp_dir;
use nats_server::Options;
use nats_server::config::LoadError;
use rcgen::{CertificateParams, KeyPair};
use tempfile::TempDir;

/// A folder that the test's process works in. Every test has a process of its own, so
/// this disturbs no other.
pub struct Folder {
    dir: TempDir,
}

/// The configuration files that several tests load.
const CONFIGS: &[(&str, &str)] = &[
    ("srv_a", include_str!("configs/srv_a.conf")),
    ("test", include_str!("configs/test.conf")),
    ("tls", include_str!("configs/tls.conf")),
];

impl Folder {
    /// Makes the folder and works in it from now on.
    pub fn enter() -> Self {
        let dir = temp_dir();
        let configs = dir.path().join("configs");
        let certs = configs.join("certs");
        fs::create_dir_all(&certs).unwrap();
        for (name, text) in CONFIGS {
            fs::write(configs.join(format!("{name}.conf")), text).unwrap();
        }
        for (cert, key) in [("server.pem", "key.pem"), ("cert.new.pem", "key.new.pem")] {
            let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
            let pair = KeyPair::generate().unwrap();
            let made = CertificateParams::new(names).unwrap();
            let made = made.self_signed(&pair).unwrap();
            fs::write(certs.join(cert), made.pem()).unwrap();
            fs::write(certs.join(key), pair.serialize_pem()).unwrap();
        }
        std::env::set_current_dir(dir.path()).unwrap();
        Self { dir }
    }

    /// Writes a configuration file and returns its path.
    pub fn write(&self, text: &str) -> PathBuf {
        let path = self.dir.path().join("own.conf");
        fs::write(&path, text).unwrap();
        path
    }

    /// Loads a configuration that stands in a file of its own.
    pub fn load(&self, text: &str) -> Result<Options, LoadError> {
        Options::from_file(&self.write(text))
    }
}

/// Loads one of the configuration files.
pub fn load(name: &str) -> Result<Options, LoadError> {
    Options::from_file(Path::new(&path(name)))
}

/// How the Go tests name a configuration file.
pub fn path(name: &str) -> String {
    format!("./configs/{name}.conf")
}
