//! Go: `server/client_test.go`, reading and changing headers.

use conformance::go_test;
use nats_server::protocol::{
    generate_header, header_value, remove_header, remove_headers_with_prefix, set_header,
};

const EXPECTED_STREAM: &str = "Nats-Expected-Stream";
const EXPECTED_LAST_SEQ: &str = "Nats-Expected-Last-Sequence";
const EXPECTED_LAST_SUBJECT_SEQ: &str = "Nats-Expected-Last-Subject-Sequence";
const EXPECTED_LAST_SUBJECT_SEQ_SUBJECT: &str = "Nats-Expected-Last-Subject-Sequence-Subject";
const EXPECTED_LAST_MSG_ID: &str = "Nats-Expected-Last-Msg-Id";

fn block(pairs: &[(&str, &str)]) -> Vec<u8> {
    pairs
        .iter()
        .fold(b"NATS/1.0\r\n\r\n".to_vec(), |block, (key, value)| {
            generate_header(Some(&block), key.as_bytes(), value.as_bytes())
        })
}

fn mixed() -> Vec<u8> {
    block(&[
        ("a", "1"),
        (EXPECTED_STREAM, "my-stream"),
        (EXPECTED_LAST_SEQ, "22"),
        ("b", "2"),
        (EXPECTED_LAST_SUBJECT_SEQ, "24"),
        (EXPECTED_LAST_MSG_ID, "1"),
        ("c", "3"),
    ])
}

fn shared_prefix() -> Vec<u8> {
    block(&[
        (EXPECTED_LAST_SUBJECT_SEQ_SUBJECT, "foo"),
        (EXPECTED_LAST_SUBJECT_SEQ, "24"),
    ])
}

fn shared_suffix() -> Vec<u8> {
    block(&[("Previous-Nats-Msg-Id", "user"), ("Nats-Msg-Id", "control")])
}

go_test!(
    247,
    "client_test",
    "TestRemoveHeaderIfPrefixPresent",
    remove_prefix
);
fn remove_prefix() {
    assert_eq!(
        remove_headers_with_prefix(b"Nats-Expected-", &mixed()).unwrap(),
        b"NATS/1.0\r\na: 1\r\nb: 2\r\nc: 3\r\n\r\n"
    );
}

go_test!(248, "client_test", "TestSliceHeader", slice_header);
fn slice_header() {
    let block = mixed();
    let value = header_value(EXPECTED_LAST_SUBJECT_SEQ.as_bytes(), &block).unwrap();
    assert_eq!(value, b"24");
    // The value is a part of the block, not a copy.
    assert!(block.as_ptr_range().contains(&value.as_ptr()));
}

go_test!(
    249,
    "client_test",
    "TestSliceHeaderOrderingPrefix",
    slice_prefix
);
fn slice_prefix() {
    let block = shared_prefix();
    assert_eq!(
        header_value(EXPECTED_LAST_SUBJECT_SEQ.as_bytes(), &block).unwrap(),
        b"24"
    );
}

go_test!(
    250,
    "client_test",
    "TestSliceHeaderOrderingSuffix",
    slice_suffix
);
fn slice_suffix() {
    assert_eq!(
        header_value(b"Nats-Msg-Id", &shared_suffix()).unwrap(),
        b"control"
    );
}

go_test!(
    251,
    "client_test",
    "TestRemoveHeaderIfPresentOrderingPrefix",
    remove_ordering_prefix
);
fn remove_ordering_prefix() {
    assert_eq!(
        remove_header(EXPECTED_LAST_SUBJECT_SEQ.as_bytes(), &shared_prefix()).unwrap(),
        generate_header(None, EXPECTED_LAST_SUBJECT_SEQ_SUBJECT.as_bytes(), b"foo")
    );
}

go_test!(
    252,
    "client_test",
    "TestRemoveHeaderIfPresentOrderingSuffix",
    remove_ordering_suffix
);
fn remove_ordering_suffix() {
    assert_eq!(
        remove_header(b"Nats-Msg-Id", &shared_suffix()).unwrap(),
        generate_header(None, b"Previous-Nats-Msg-Id", b"user")
    );
}

go_test!(
    254,
    "client_test",
    "TestSetHeaderDoesNotOverwriteUnderlyingBuffer",
    set_keeps_buffer
);
fn set_keeps_buffer() {
    const HEADER: &str = "NATS/1.0\r\nKey1: Val1\r\nKey2: Val2\r\n\r\n";
    const BODY: &str = "this is the message body\r\n";
    for (key, value, want) in [
        (
            "Key1",
            "Val1Updated",
            "NATS/1.0\r\nKey1: Val1Updated\r\nKey2: Val2\r\n\r\n",
        ),
        ("Key1", "v1", "NATS/1.0\r\nKey1: v1\r\nKey2: Val2\r\n\r\n"),
        (
            "Key3",
            "Val3",
            "NATS/1.0\r\nKey1: Val1\r\nKey2: Val2\r\nKey3: Val3\r\n\r\n",
        ),
    ] {
        let buffer = format!("{HEADER}{BODY}").into_bytes();
        let (header, body) = buffer.split_at(HEADER.len());
        let changed = set_header(key.as_bytes(), value.as_bytes(), header);
        assert_eq!(changed, want.as_bytes());
        assert_eq!(body, BODY.as_bytes());
        assert_eq!(header, HEADER.as_bytes());
    }
}

fn without_blanks(block: &[u8]) -> Vec<u8> {
    block.iter().copied().filter(|byte| *byte != b' ').collect()
}

fn check_set(block: &[u8], key: &str, value: &str, want: &[u8]) {
    assert_eq!(set_header(key.as_bytes(), value.as_bytes(), block), want);
    let trimmed = set_header(key.as_bytes(), value.as_bytes(), &without_blanks(block));
    assert_eq!(trimmed, without_blanks(want));
}

go_test!(
    255,
    "client_test",
    "TestSetHeaderOrderingPrefix",
    set_prefix
);
fn set_prefix() {
    let want = block(&[
        (EXPECTED_LAST_SUBJECT_SEQ_SUBJECT, "foo"),
        (EXPECTED_LAST_SUBJECT_SEQ, "12"),
    ]);
    check_set(&shared_prefix(), EXPECTED_LAST_SUBJECT_SEQ, "12", &want);
}

go_test!(
    256,
    "client_test",
    "TestSetHeaderOrderingSuffix",
    set_suffix
);
fn set_suffix() {
    let want = block(&[("Previous-Nats-Msg-Id", "user"), ("Nats-Msg-Id", "other")]);
    check_set(&shared_suffix(), "Nats-Msg-Id", "other", &want);
}
