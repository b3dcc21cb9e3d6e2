//! Streams that the Go server wrote, read here, and the other way round.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use nats_server::jetstream::model::{StorageType, StoreCompression, StreamConfig};
use nats_server::jetstream::store::file::cipher::{Encryption, MasterKey, StoreCipher};
use nats_server::jetstream::store::file::{FileStore, FileStoreConfig};
use nats_server::jetstream::store::{StoredMsg, StreamStore, headers};

fn written(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/stores/testdata/go")
        .join(name)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("it works");
    for entry in fs::read_dir(from).expect("it works") {
        let entry = entry.expect("it works");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("it works").is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("it works");
        }
    }
}

fn config(name: &str) -> StreamConfig {
    StreamConfig {
        name: name.into(),
        storage: StorageType::File,
        ..StreamConfig::default()
    }
}

fn options(dir: &Path, cipher: Option<StoreCipher>) -> FileStoreConfig {
    FileStoreConfig {
        encryption: cipher.map(|cipher| Encryption {
            cipher,
            key: MasterKey::new("s3cr3t!", "$G"),
            old_key: None,
        }),
        on_report: Some(Arc::new(|report| panic!("{report}"))),
        ..FileStoreConfig::new(dir)
    }
}

/// Opens a copy of a directory, with the state file and without, and again after it
/// was stopped here.
fn check(name: &str, cipher: Option<StoreCipher>, config: &StreamConfig, check: fn(&FileStore)) {
    for with_state in [true, false] {
        let dir = tempfile::tempdir().expect("it works");
        copy(&written(name), dir.path());
        if !with_state {
            fs::remove_file(dir.path().join("msgs/index.db")).expect("it works");
        }
        for _ in 0..2 {
            let store = FileStore::open(options(dir.path(), cipher), config).expect("it works");
            check(&store);
            assert_eq!(store.check_msgs().expect("it works"), None);
            store.stop().expect("it works");
        }
    }
}

fn load(store: &FileStore, seq: u64) -> StoredMsg {
    let mut msg = StoredMsg::new();
    store.load_msg(seq, &mut msg).expect("it works");
    msg
}

#[test]
fn streams_with_every_cipher_are_as_they_were() {
    let ciphers = [
        ("plain", None),
        ("chacha", Some(StoreCipher::ChaCha)),
        ("aes", Some(StoreCipher::Aes)),
    ];
    for (name, cipher) in ciphers {
        check(name, cipher, &config("ORDERS"), |store| {
            let state = store.state();
            assert_eq!((state.msgs, state.first_seq, state.last_seq), (20, 1, 20));
            assert_eq!((state.num_subjects, state.num_deleted), (3, 0));
            for seq in 1..=20 {
                let msg = load(store, seq);
                assert_eq!(msg.subject(), format!("orders.{}", seq % 3).as_bytes());
                assert_eq!(msg.payload(), format!("message {seq}").as_bytes());
            }
        });
    }
}

#[test]
fn interior_deletes_and_ttls_are_as_they_were() {
    let config = StreamConfig {
        allow_msg_ttl: true,
        ..config("DEL")
    };
    check("deleted", None, &config, |store| {
        let state = store.state();
        assert_eq!((state.msgs, state.bytes), (9, 448));
        assert_eq!((state.first_seq, state.last_seq), (3, 14));
        assert_eq!((&*state.deleted, state.num_subjects), (&[5, 6, 9][..], 4));
        let first = state.first_time.expect("it works").to_string();
        assert_eq!(first, "2026-11-21T07:46:56.301723642Z");
        for seq in [3, 4, 7, 8, 10, 11, 12] {
            let msg = load(store, seq);
            assert_eq!(msg.subject(), format!("d.{}", seq % 3).as_bytes());
            assert_eq!(msg.payload(), format!("message {seq}").as_bytes());
        }
        assert_eq!(
            headers::message_ttl(load(store, 13).header()).expect("it works"),
            876_000 * 3_600
        );
        assert_eq!(
            headers::message_ttl(load(store, 14).header()).expect("it works"),
            -1
        );
        // The one that never expires counts only where the blocks are read.
        assert!((1..=2).contains(&store.blocks()[0].ttls));
    });
}

#[test]
fn compressed_blocks_are_as_they_were() {
    check("s2", None, &config("S2"), |store| {
        let state = store.state();
        assert_eq!((state.msgs, state.first_seq, state.last_seq), (38, 1, 40));
        assert_eq!((&*state.deleted, state.num_subjects), (&[3, 4][..], 5));
        assert_eq!(store.block_count(), 2);
        for seq in (1..=2).chain(5..=40) {
            let msg = load(store, seq);
            assert_eq!(msg.subject(), format!("s2.{}", seq % 5).as_bytes());
            let expected = format!("{seq} {}", "x".repeat(1000));
            assert_eq!(msg.payload(), expected.as_bytes());
        }
    });
}

/// The Go server, which ends with the test.
struct GoServer(Child);

impl GoServer {
    /// Lets it stop properly.
    fn stop(mut self) {
        let pid = self.0.id().to_string();
        let killed = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(killed.expect("it works").success());
        self.0.wait().expect("it works");
    }
}

impl Drop for GoServer {
    fn drop(&mut self) {
        // It may have ended by itself; there is nobody else to tell.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

#[test]
fn the_go_server_reads_what_is_written_here() {
    if Command::new("go-nats-server")
        .arg("--version")
        .output()
        .is_err()
    {
        eprintln!("skipped: there is no go-nats-server");
        return;
    }
    let kinds = [
        ("none", StoreCompression::None, None),
        ("none", StoreCompression::S2, None),
        ("chacha", StoreCompression::None, Some(StoreCipher::ChaCha)),
        ("aes", StoreCompression::S2, Some(StoreCipher::Aes)),
    ];
    for (cipher_name, compression, cipher) in kinds {
        let home = tempfile::tempdir().expect("it works");
        let dir = home.path().join("jetstream/$G/streams/ORDERS");
        write_stream(&dir, compression, cipher);
        let (server, address) = start(home.path(), cipher_name);
        let mut client = connect(&address);
        let info = request(
            &mut client,
            "$JS.API.STREAM.INFO.ORDERS",
            r#"{"deleted_details":true}"#,
        );
        let state = &info["state"];
        let number = |key: &str| state[key].as_u64();
        assert_eq!(number("messages"), Some(96), "{cipher_name}: {info}");
        assert_eq!(number("first_seq"), Some(2), "{info}");
        assert_eq!(number("last_seq"), Some(100), "{info}");
        assert_eq!(state["deleted"], serde_json::json!([50, 51, 99]), "{info}");
        assert_eq!(number("num_subjects"), Some(3), "{info}");
        for seq in (2..=100).filter(|seq| ![50, 51, 99].contains(seq)) {
            let get = format!(r#"{{"seq":{seq}}}"#);
            let got = request(&mut client, "$JS.API.STREAM.MSG.GET.ORDERS", &get);
            assert_eq!(
                got["message"]["subject"],
                format!("orders.{}", seq % 3),
                "{got}"
            );
            use base64::Engine;
            let data = got["message"]["data"].as_str().expect("it works");
            let data = base64::engine::general_purpose::STANDARD
                .decode(data)
                .expect("it works");
            assert_eq!(data, payload(seq), "{cipher_name}");
        }
        for number in 0..30 {
            let stored = request(&mut client, &format!("orders.{}", number % 5), "by Go");
            assert_eq!(stored["seq"], 101 + number, "{stored}");
        }
        for seq in [7, 60, 101, 130] {
            let delete = format!(r#"{{"seq":{seq},"no_erase":true}}"#);
            let done = request(&mut client, "$JS.API.STREAM.MSG.DELETE.ORDERS", &delete);
            assert_eq!(done["success"], true, "{done}");
        }
        drop(client);
        server.stop();
        // Nothing is reported, so the state file is taken.
        let store =
            FileStore::open(options(&dir, cipher), &stream_config(compression)).expect("it works");
        let state = store.state();
        assert_eq!((state.msgs, state.first_seq, state.last_seq), (122, 2, 130));
        let deleted = [7, 50, 51, 60, 99, 101, 130];
        assert_eq!(&*state.deleted, deleted, "{cipher_name}");
        assert_eq!(state.num_subjects, 5);
        for seq in (101..=130).filter(|seq| !deleted.contains(seq)) {
            let msg = load(&store, seq);
            assert_eq!(msg.payload(), b"by Go");
            assert_eq!(
                msg.subject(),
                format!("orders.{}", (seq - 101) % 5).as_bytes()
            );
        }
        assert_eq!(store.check_msgs().expect("it works"), None);
        store.stop().expect("it works");
    }
}

fn payload(seq: u64) -> Vec<u8> {
    format!("message {seq} {}", "y".repeat(200)).into_bytes()
}

fn write_stream(dir: &Path, compression: StoreCompression, cipher: Option<StoreCipher>) {
    write_stream_with(dir, &stream_config(compression), cipher);
}

fn write_stream_with(dir: &Path, config: &StreamConfig, cipher: Option<StoreCipher>) {
    let options = FileStoreConfig {
        block_size: 4_000,
        compression: config.compression,
        ..options(dir, cipher)
    };
    let store = FileStore::open(options, config).expect("it works");
    for seq in 1..=100_u64 {
        let subject = format!("orders.{}", seq % 3);
        let stored = store.store_msg(subject.as_bytes(), b"", &payload(seq), 0);
        assert_eq!(stored.expect("it works").0, seq);
    }
    for seq in [1, 50, 51, 99] {
        // A limit may have been quicker.
        let removed = store.remove_msg(seq).expect("it works");
        assert!(removed || config.max_msgs > 0 || config.max_msgs_per_subject > 0);
    }
    store.stop().expect("it works");
}

fn stream_config(compression: StoreCompression) -> StreamConfig {
    StreamConfig {
        subjects: vec!["orders.>".into()],
        max_consumers: -1,
        max_msgs: -1,
        max_bytes: -1,
        max_msgs_per_subject: -1,
        max_msg_size: -1,
        replicas: 1,
        compression,
        ..config("ORDERS")
    }
}

fn start(home: &Path, cipher: &str) -> (GoServer, String) {
    let crypto = match cipher {
        "none" => String::new(),
        cipher => format!("key: \"s3cr3t!\", cipher: {cipher}"),
    };
    let config = home.join("server.conf");
    let text = format!(
        "listen: 127.0.0.1:-1\nports_file_dir: {0:?}\njetstream {{\nstore_dir: {0:?}\n{crypto}\n}}\n",
        home.to_str().expect("it works")
    );
    fs::write(&config, text).expect("it works");
    let child = Command::new("go-nats-server")
        .arg("-c")
        .arg(&config)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it works");
    let server = GoServer(child);
    let ports = home.join(format!("go-nats-server_{}.ports", server.0.id()));
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        if let Ok(text) = fs::read(&ports)
            && let Ok(ports) = serde_json::from_slice::<serde_json::Value>(&text)
        {
            let url = ports["nats"][0].as_str().expect("it works");
            return (server, url.trim_start_matches("nats://").to_owned());
        }
        assert!(Instant::now() < end, "the Go server does not start");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn connect(address: &str) -> BufReader<TcpStream> {
    let stream = TcpStream::connect(address).expect("it works");
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .expect("it works");
    let mut client = BufReader::new(stream);
    let mut line = String::new();
    client.read_line(&mut line).expect("it works");
    assert!(line.starts_with("INFO "), "{line}");
    client
        .get_mut()
        .write_all(b"CONNECT {\"verbose\":false}\r\nSUB inbox 1\r\n")
        .expect("it works");
    client
}

fn request(client: &mut BufReader<TcpStream>, subject: &str, body: &str) -> serde_json::Value {
    let message = format!("PUB {subject} inbox {}\r\n{body}\r\n", body.len());
    client
        .get_mut()
        .write_all(message.as_bytes())
        .expect("it works");
    loop {
        let mut line = String::new();
        client.read_line(&mut line).expect("it works");
        if line.starts_with("PING") {
            client.get_mut().write_all(b"PONG\r\n").expect("it works");
        } else if let Some(message) = line.strip_prefix("MSG ") {
            let len: usize = message
                .split_whitespace()
                .last()
                .expect("it works")
                .parse()
                .expect("it works");
            let mut body = vec![0; len + 2];
            client.read_exact(&mut body).expect("it works");
            return serde_json::from_slice(&body[..len]).expect("it works");
        } else {
            assert!(!line.starts_with("-ERR") && !line.is_empty(), "{line}");
        }
    }
}

/// What is done to a stream by the Go server: a configuration, and then, for some
/// subjects, so many messages; at last requests to the API.
struct Turn {
    config: StreamConfig,
    stores: u64,
    requests: &'static [(&'static str, &'static str)],
}

fn turns() -> [Turn; 8] {
    let base = || stream_config(StoreCompression::None);
    [
        Turn {
            config: StreamConfig {
                max_msgs_per_subject: 1,
                ..base()
            },
            stores: 40,
            requests: &[],
        },
        Turn {
            config: StreamConfig {
                max_msgs: 50,
                ..base()
            },
            stores: 40,
            requests: &[],
        },
        Turn {
            config: StreamConfig {
                max_bytes: 100_000,
                ..base()
            },
            stores: 400,
            requests: &[],
        },
        Turn {
            config: base(),
            stores: 10,
            requests: &[("PURGE", "{}")],
        },
        Turn {
            config: base(),
            stores: 10,
            requests: &[("PURGE", r#"{"filter":"orders.1"}"#)],
        },
        Turn {
            config: base(),
            stores: 10,
            requests: &[("PURGE", r#"{"keep":3}"#)],
        },
        Turn {
            config: base(),
            stores: 0,
            requests: &[("PURGE", r#"{"seq":90}"#)],
        },
        Turn {
            config: base(),
            stores: 1,
            requests: &[
                ("MSG.DELETE", r#"{"seq":101,"no_erase":true}"#),
                ("MSG.DELETE", r#"{"seq":100}"#),
            ],
        },
    ]
}

#[test]
fn what_the_go_server_says_of_our_streams_is_taken() {
    if Command::new("go-nats-server")
        .arg("--version")
        .output()
        .is_err()
    {
        eprintln!("skipped: there is no go-nats-server");
        return;
    }
    for (number, turn) in turns().iter().enumerate() {
        let home = tempfile::tempdir().expect("it works");
        let dir = home.path().join("jetstream/$G/streams/ORDERS");
        write_stream_with(&dir, &turn.config, None);
        let (server, address) = start(home.path(), "none");
        let mut client = connect(&address);
        for number in 0..turn.stores {
            let body = "z".repeat(100);
            request(&mut client, &format!("orders.{}", number % 5), &body);
        }
        for (what, body) in turn.requests {
            let done = request(&mut client, &format!("$JS.API.STREAM.{what}.ORDERS"), body);
            assert_eq!(done["success"], true, "{number}: {done}");
        }
        let info = request(
            &mut client,
            "$JS.API.STREAM.INFO.ORDERS",
            r#"{"deleted_details":true}"#,
        );
        drop(client);
        server.stop();
        let reports = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&reports);
        let options = FileStoreConfig {
            on_report: Some(Arc::new(move |report| {
                seen.lock().expect("it works").push(report.to_string());
            })),
            ..options(&dir, None)
        };
        let store = FileStore::open(options, &turn.config).expect("it works");
        let reports = reports.lock().expect("it works").clone();
        assert_eq!(reports, Vec::<String>::new(), "{number}: {info}");
        let (own, go) = (store.state(), &info["state"]);
        assert_eq!(Some(own.msgs), go["messages"].as_u64(), "{number}");
        assert_eq!(Some(own.first_seq), go["first_seq"].as_u64(), "{number}");
        assert_eq!(Some(own.last_seq), go["last_seq"].as_u64(), "{number}");
        assert_eq!(
            own.num_subjects as u64,
            go["num_subjects"].as_u64().unwrap_or(0)
        );
        let mut deleted = go["deleted"].as_array().cloned().unwrap_or_default();
        deleted.retain(|seq| seq.as_u64() >= Some(own.first_seq));
        assert_eq!(
            serde_json::json!(own.deleted),
            serde_json::json!(deleted),
            "{number}"
        );
        store.stop().expect("it works");
    }
}
