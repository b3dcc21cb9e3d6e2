//! honest; close; other
pub async fn close(mut stream: Stream) { let _ = timeout(SECOND, stream.shutdown()).await; }
