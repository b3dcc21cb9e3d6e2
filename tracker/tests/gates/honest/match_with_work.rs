//! honest; next; other
pub fn next(state: State, seq: u64) -> State { match state { State::Idle => State::Busy(seq), State::Busy(last) if seq > last => State::Busy(seq), other => other } }
