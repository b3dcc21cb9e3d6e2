//! States of consumers and streams, timers and schedules: any bytes are read or refused,
//! and what was read is the same when it is written and read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use nats_server::collections::{HashWheel, SequenceSet};
use nats_server::jetstream::store::{
    Schedules, decode_consumer_state, decode_stream_state, encode_consumer_state,
};

fuzz_target!(|input: &[u8]| {
    let Some((kind, bytes)) = input.split_first() else {
        return;
    };
    match kind % 5 {
        0 => {
            if let Ok(state) = decode_consumer_state(bytes) {
                let again = encode_consumer_state(&state, 0);
                let read = decode_consumer_state(&again).expect("it was written here");
                assert_eq!(read.delivered, state.delivered);
                assert_eq!(read.ack_floor, state.ack_floor);
                assert_eq!(read.pending.len(), state.pending.len());
                assert_eq!(read.redelivered, state.redelivered);
            }
        }
        1 => {
            let _ = decode_stream_state(bytes);
        }
        2 => {
            let mut wheel = HashWheel::new();
            if let Ok(stamp) = wheel.decode(bytes) {
                let mut again = HashWheel::new();
                let read = again.decode(&wheel.encode(stamp));
                assert_eq!(read.expect("it was written here"), stamp);
                assert_eq!(again.count(), wheel.count());
            }
        }
        3 => {
            let mut schedules = Schedules::new();
            if let Ok(stamp) = schedules.decode(bytes) {
                let mut again = Schedules::new();
                let read = again.decode(&schedules.encode(stamp));
                assert_eq!(read.expect("it was written here"), stamp);
                assert_eq!(again.len(), schedules.len());
            }
        }
        _ => {
            if let Ok((set, used)) = SequenceSet::decode(bytes) {
                assert!(used <= bytes.len());
                assert_eq!(set.iter().take(10_000).count(), set.len().min(10_000));
            }
        }
    }
});
