//! The writer task of a connection.

use std::io::{self, IoSlice};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt;
use tokio::time::{sleep_until, timeout};

use super::link::{Link, SlowConsumer};
use super::outbound::{PIECES_MAX, Work};
use super::staged::Chunk;
use super::stream::WriteHalf;
use crate::protocol::ClosedState;

/// Sends what waits on `link` until the connection closes, and watches its
/// owner's deadlines. One write may take `write_deadline`; with `retry` it is tried
/// again as long as something was sent within that time (`handleWriteTimeout`).
pub async fn run_write_loop(
    link: Arc<Link>,
    mut to: WriteHalf,
    write_deadline: Duration,
    retry: bool,
) {
    let mut deadline = link
        .owner()
        .and_then(|owner| owner.on_deadline(Instant::now()));
    loop {
        // Registered before looking, so that no wake-up is missed.
        let woken = link.outbound().wake.notified();
        if link.take_deadline_changed() {
            deadline = link
                .owner()
                .and_then(|owner| owner.on_deadline(Instant::now()));
        }
        match link.outbound().take_work() {
            Work::Write(chunks) => {
                let written = write_chunks(&link, &mut to, chunks, write_deadline, retry).await;
                link.outbound().work_done();
                if let Err(reason) = written {
                    link.close(reason);
                    break;
                }
            }
            Work::Finished => break,
            Work::Idle => match deadline {
                Some(at) => {
                    tokio::select! {
                        () = woken => {}
                        () = sleep_until(at.into()) => {
                            deadline = link.owner().and_then(|owner| owner.on_deadline(Instant::now()));
                        }
                    }
                }
                None => woken.await,
            },
        }
    }
    shut_down(to).await;
}

async fn write_chunks(
    link: &Link,
    to: &mut WriteHalf,
    chunks: Vec<Chunk>,
    write_deadline: Duration,
    retry: bool,
) -> Result<(), ClosedState> {
    let attempted: u64 = chunks.iter().map(|chunk| chunk.bytes().len() as u64).sum();
    let mut progress = false;
    let mut first = 0;
    let mut offset = 0;
    while first < chunks.len() {
        let slices: Vec<IoSlice<'_>> = chunks
            .iter()
            .skip(first)
            .take(PIECES_MAX)
            .enumerate()
            .map(|(n, chunk)| {
                let from = if n == 0 { offset } else { 0 };
                IoSlice::new(chunk.bytes().get(from..).unwrap_or_default())
            })
            .collect();
        let mut written = loop {
            match timeout(write_deadline, write_some(to, &slices)).await {
                Ok(Ok(0)) | Ok(Err(_)) => return Err(ClosedState::WriteError),
                Ok(Ok(written)) => break written,
                Err(_) => {
                    let closing = !retry || !progress;
                    progress = false;
                    if let Some(owner) = link.owner() {
                        owner.on_slow_consumer(SlowConsumer::WriteDeadline {
                            pieces: chunks.len(),
                            bytes: attempted,
                            closing,
                        });
                    }
                    if closing {
                        return Err(ClosedState::SlowConsumerWriteDeadline);
                    }
                }
            }
        };
        progress = true;
        link.outbound().wrote(written as u64);
        while let Some(chunk) = chunks.get(first) {
            let left = chunk.bytes().len() - offset;
            if written < left {
                offset += written;
                break;
            }
            written -= left;
            offset = 0;
            first += 1;
        }
    }
    if let WriteHalf::Boxed(stream) = to {
        // TLS keeps what it encrypted until it is told to send it.
        stream.flush().await.map_err(|_| ClosedState::WriteError)?;
    }
    Ok(())
}

async fn write_some(to: &mut WriteHalf, slices: &[IoSlice<'_>]) -> io::Result<usize> {
    match to {
        WriteHalf::Tcp(socket) => loop {
            socket.writable().await?;
            match socket.try_write_vectored(slices) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                other => return other,
            }
        },
        WriteHalf::Boxed(stream) => stream.write_vectored(slices).await,
    }
}

async fn shut_down(to: WriteHalf) {
    match to {
        WriteHalf::Tcp(socket) => {
            // Also wakes the reader, which then cleans up. An error means that the
            // socket is gone already.
            let _ =
                socket2::SockRef::from(socket.as_ref().as_ref()).shutdown(std::net::Shutdown::Both);
        }
        WriteHalf::Boxed(mut stream) => {
            let _ = timeout(Duration::from_secs(1), stream.shutdown()).await;
        }
    }
}
