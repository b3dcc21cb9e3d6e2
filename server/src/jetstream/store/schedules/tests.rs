use super::*;

const SECOND: i64 = 1_000_000_000;

fn header(lines: &[(&str, &str)]) -> Vec<u8> {
    let mut block = None;
    for (key, value) in lines {
        block = Some(generate_header(
            block.as_deref(),
            key.as_bytes(),
            value.as_bytes(),
        ));
    }
    block.unwrap_or_default()
}

/// The messages due at 100 s of one schedule whose message has these headers.
fn due_of(lines: &[(&str, &str)], last: Option<&[u8]>) -> (Vec<ProposedMsg>, Schedules) {
    let mut schedules = Schedules::new();
    schedules.add(7, b"plan", 90 * SECOND);
    let block = header(lines);
    let msgs = schedules.due(
        100 * SECOND,
        |seq, msg| {
            msg.fill(seq, 0, [b"plan", &block, b"own"]);
            true
        },
        |subject, msg| {
            assert_eq!(subject, b"origin");
            last.is_some_and(|payload| {
                msg.fill(3, 0, [subject, b"NATS/1.0\r\nKept: yes\r\n\r\n", payload]);
                true
            })
        },
    );
    (msgs, schedules)
}

#[test]
fn a_single_run_purges_its_schedule_and_strips_its_headers() {
    let (msgs, schedules) = due_of(
        &[
            ("Nats-Schedule", "@at 1970-01-01T00:01:30Z"),
            ("Nats-Schedule-Target", "target"),
            ("Nats-Schedule-TTL", "5m"),
            ("Nats-Expected-Last-Sequence", "1"),
            ("Nats-Msg-Id", "id"),
            ("Nats-TTL", "9"),
            ("Nats-Rollup", "sub"),
            ("Mine", "kept"),
        ],
        None,
    );
    let [msg] = &*msgs else { panic!("{msgs:?}") };
    assert_eq!(
        (msg.seq, &*msg.subject, &*msg.payload),
        (7, &b"target"[..], &b"own"[..])
    );
    let expected = "NATS/1.0\r\nMine: kept\r\nNats-Scheduler: plan\r\nNats-Schedule-Next: purge\r\nNats-TTL: 5m\r\n\r\n";
    assert_eq!(String::from_utf8_lossy(&msg.header), expected);
    assert!(schedules.is_inflight(b"plan"));
    assert_eq!(schedules.len(), 1);
}

#[test]
fn a_repeating_run_names_its_next_time() {
    let (msgs, _) = due_of(
        &[
            ("Nats-Schedule", "@every 15s"),
            ("Nats-Schedule-Target", "target"),
        ],
        None,
    );
    let expected =
        "NATS/1.0\r\nNats-Scheduler: plan\r\nNats-Schedule-Next: 1970-01-01T00:01:45Z\r\n\r\n";
    assert_eq!(String::from_utf8_lossy(&msgs[0].header), expected);
}

#[test]
fn a_source_gives_payload_and_headers() {
    let lines = [
        ("Nats-Schedule", "@every 15s"),
        ("Nats-Schedule-Target", "target"),
        ("Nats-Schedule-Source", "origin"),
    ];
    let (msgs, _) = due_of(&lines, Some(b"theirs"));
    assert_eq!((msgs[0].seq, &*msgs[0].payload), (7, &b"theirs"[..]));
    let header = String::from_utf8_lossy(&msgs[0].header);
    assert!(header.starts_with("NATS/1.0\r\nKept: yes\r\nNats-Scheduler: plan\r\n"));
    let (msgs, schedules) = due_of(&lines, None);
    assert!(msgs.is_empty() && schedules.is_empty());
}

#[test]
fn what_makes_no_sense_is_taken_off() {
    let target = ("Nats-Schedule-Target", "target");
    let every = ("Nats-Schedule", "@every 15s");
    let wrong: [&[_]; 5] = [
        &[],
        &[target],
        &[every],
        &[("Nats-Schedule", "sometimes"), target],
        &[every, target, ("Nats-Schedule-TTL", "1ms")],
    ];
    for lines in wrong {
        let (msgs, schedules) = due_of(lines, None);
        assert!(msgs.is_empty(), "{lines:?}");
        assert!(
            schedules.is_empty() && schedules.next_run().is_none(),
            "{lines:?}"
        );
    }
}

#[test]
fn nothing_is_proposed_twice_until_it_came_back() {
    let block = header(&[
        ("Nats-Schedule", "@every 15s"),
        ("Nats-Schedule-Target", "target"),
    ]);
    let mut schedules = Schedules::new();
    schedules.add(2, b"two", 10);
    schedules.add(1, b"one", 20);
    let run = |schedules: &mut Schedules| -> Vec<u64> {
        let load = |seq: u64, msg: &mut StoredMsg| {
            let subject: &[u8] = if seq == 1 { b"one" } else { b"two" };
            msg.fill(seq, 0, [subject, &block, b""]);
            true
        };
        let due = schedules.due(50, load, |_, _| false);
        due.iter().map(|msg| msg.seq).collect()
    };
    assert_eq!(run(&mut schedules), [1, 2]);
    assert_eq!(run(&mut schedules), [] as [u64; 0]);
    assert!(schedules.update(b"two", 30));
    assert!(!schedules.update(b"three", 30));
    assert_eq!(run(&mut schedules), [2]);
    schedules.clear_inflight();
    assert_eq!(run(&mut schedules), [1, 2]);
    schedules.mark_inflight(b"three");
    assert!(!schedules.is_inflight(b"three"));
    schedules.add(2, b"two", 60);
    assert!(!schedules.is_inflight(b"two"));
    schedules.remove(1);
    assert_eq!(schedules.len(), 1);
    assert_eq!(schedules.next_run().filter(|at| *at > 60), None);
}

#[test]
fn a_newer_schedule_takes_the_place_of_the_older() {
    let mut schedules = Schedules::new();
    schedules.add(1, b"a", 10);
    schedules.add(2, b"a", 30);
    schedules.remove(1);
    assert_eq!(schedules.len(), 1);
    assert!(
        schedules
            .due(20, |_, _| panic!("not due"), |_, _| false)
            .is_empty()
    );
    schedules.remove_subject(b"a");
    assert!(schedules.is_empty());
    assert!(
        schedules
            .due(99, |_, _| panic!("taken off"), |_, _| false)
            .is_empty()
    );
}

#[test]
fn snapshots_have_fixed_bytes_and_survive() {
    let mut schedules = Schedules::new();
    schedules.add(300, b"a.b", SECOND);
    let bytes = schedules.encode(9);
    let mut expected = vec![1];
    expected.extend_from_slice(&1_u64.to_le_bytes());
    expected.extend_from_slice(&9_u64.to_le_bytes());
    expected.extend_from_slice(&[
        3, 0, b'a', b'.', b'b', 0x80, 0xa8, 0xd6, 0xb9, 0x07, 0xac, 2,
    ]);
    assert_eq!(bytes, expected);

    let mut read = Schedules::new();
    for len in 0..bytes.len() {
        let error = if len < 17 {
            ScheduleError::ShortBuffer
        } else {
            ScheduleError::UnexpectedEof
        };
        assert_eq!(read.decode(&bytes[..len]), Err(error), "{len}");
    }
    assert_eq!(read.decode(&[2; 20]), Err(ScheduleError::InvalidVersion));
    assert!(read.is_empty());
    assert_eq!(read.decode(&bytes), Ok(9));
    assert_eq!((read.len(), read.next_run()), (1, Some(SECOND)));
    assert_eq!(read.encode(9), bytes);
}
