//! A connection that remembers one thing of its first line: hyper drops a fragment before anybody can refuse it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A connection, and whether a `#` stood in its first line.
pub struct FirstLine<'a> {
    stream: &'a mut TcpStream,
    fragment: Arc<AtomicBool>,
    over: bool,
}

impl<'a> FirstLine<'a> {
    /// Of a connection of which nothing has been read.
    pub fn of(stream: &'a mut TcpStream) -> Self {
        FirstLine { stream, fragment: Arc::default(), over: false }
    }

    /// Whether a `#` stood in the first line, as far as it was read.
    pub fn fragment(&self) -> Arc<AtomicBool> {
        self.fragment.clone()
    }
}

impl AsyncRead for FirstLine<'_> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let read = Pin::new(&mut *this.stream).poll_read(context, buffer);
        if !this.over {
            let new = buffer.filled().get(before..).unwrap_or(&[]);
            let line = new.split(|byte| *byte == b'\n').next().unwrap_or(&[]);
            this.over = line.len() < new.len();
            if line.contains(&b'#') {
                this.fragment.store(true, Relaxed);
            }
        }
        read
    }
}

impl AsyncWrite for FirstLine<'_> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.get_mut().stream).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.get_mut().stream).poll_shutdown(context)
    }
}
