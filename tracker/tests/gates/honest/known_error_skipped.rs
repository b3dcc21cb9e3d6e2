//! honest; drain; other
pub fn drain(rx: &Receiver<u64>) -> Vec<u64> { let mut out = vec![]; loop { match rx.try_recv() { Ok(item) => out.push(item), Err(TryRecvError::Empty) => return out, Err(TryRecvError::Disconnected) => return out } } }
