//! honest; greet; other
pub async fn greet(stream: &mut Stream, early: &mut Vec<u8>) { let read = timeout(SECOND, read_some(stream)).await; match read { Ok(Ok(bytes)) => early.extend(bytes), Ok(Err(error)) => warn(error), Err(_) => {} } }
