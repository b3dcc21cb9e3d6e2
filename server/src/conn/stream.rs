//! The two directions of a connection.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

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
    Tcp(Arc<TcpStream>),
    /// Anything else.
    Boxed(Box<dyn AsyncRead + Send + Unpin>),
}

/// The writing direction.
pub enum WriteHalf {
    /// Plain TCP.
    Tcp(Arc<TcpStream>),
    /// Anything else.
    Boxed(Box<dyn AsyncWrite + Send + Unpin>),
}

impl Transport {
    /// Splits the connection. For plain TCP the socket is returned too, so that
    /// others can write to it.
    #[must_use]
    pub fn split(self) -> (ReadHalf, WriteHalf, Option<Arc<TcpStream>>) {
        match self {
            Self::Tcp(socket) => {
                let socket = Arc::new(socket);
                (
                    ReadHalf::Tcp(Arc::clone(&socket)),
                    WriteHalf::Tcp(Arc::clone(&socket)),
                    Some(socket),
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
        match self {
            Self::Tcp(socket) => loop {
                ready!(socket.poll_read_ready(cx))?;
                match socket.try_read(buffer) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    other => return Poll::Ready(other),
                }
            },
            Self::Boxed(stream) => {
                let mut read = ReadBuf::new(buffer);
                ready!(Pin::new(stream).poll_read(cx, &mut read))?;
                Poll::Ready(Ok(read.filled().len()))
            }
        }
    }
}
