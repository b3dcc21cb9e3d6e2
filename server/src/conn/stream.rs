//! The two directions of a connection.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

/// A connection before it is split.
pub enum Transport {
    /// Plain TCP.
    Tcp(TcpStream),
    /// Anything else: TLS, a pipe inside the process.
    Boxed(Box<dyn ReadWrite>),
}

/// Both directions of a connection that is not plain TCP.
pub trait ReadWrite: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> ReadWrite for T {}

/// The reading direction.
pub enum ReadHalf {
    /// Plain TCP.
    Tcp(OwnedReadHalf),
    /// Anything else.
    Boxed(Box<dyn AsyncRead + Send + Unpin>),
}

/// The writing direction.
pub enum WriteHalf {
    /// Plain TCP.
    Tcp(Arc<OwnedWriteHalf>),
    /// Anything else.
    Boxed(Box<dyn AsyncWrite + Send + Unpin>),
}

impl Transport {
    /// Splits the connection. For plain TCP the writing direction is returned once
    /// more, so that others can write to it.
    #[must_use]
    pub fn split(self) -> (ReadHalf, WriteHalf, Option<Arc<OwnedWriteHalf>>) {
        match self {
            Self::Tcp(socket) => {
                let (read, write) = socket.into_split();
                let write = Arc::new(write);
                (
                    ReadHalf::Tcp(read),
                    WriteHalf::Tcp(Arc::clone(&write)),
                    Some(write),
                )
            }
            Self::Boxed(stream) => {
                let (read, write) = tokio::io::split(stream);
                (
                    ReadHalf::Boxed(Box::new(read)),
                    WriteHalf::Boxed(Box::new(write)),
                    None,
                )
            }
        }
    }
}

impl ReadHalf {
    /// Reads into `buffer` what is there. `Ok(0)` is the end.
    pub fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let mut read = ReadBuf::new(buffer);
        match self {
            // A read that does not fill the buffer has emptied the socket, which the
            // runtime knows: it waits for more without asking the system again.
            Self::Tcp(socket) => ready!(Pin::new(socket).poll_read(cx, &mut read))?,
            Self::Boxed(stream) => ready!(Pin::new(stream).poll_read(cx, &mut read))?,
        }
        Poll::Ready(Ok(read.filled().len()))
    }
}
