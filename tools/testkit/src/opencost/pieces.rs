//! A body that comes piece by piece, without saying how long it is, and may end too soon.

use std::{
    io,
    iter::{once, repeat_n},
    pin::Pin,
    task::{Context, Poll},
};

use axum::body::Body;
use hyper::body::{Body as HttpBody, Bytes, Frame};

const MEBIBYTE: usize = 1 << 20;

pub struct Pieces {
    left: Box<dyn Iterator<Item = Bytes> + Send>,
    end: End,
}

enum End {
    Whole,
    /// What was sent goes out first.
    Flushed,
    Cut,
}

impl Pieces {
    /// Blanks that do not seem to end.
    pub fn long(begin: &'static str, mebibytes: usize) -> Self {
        let blanks = repeat_n(Bytes::from(vec![b' '; MEBIBYTE]), mebibytes);
        Self { left: Box::new(once(Bytes::from_static(begin.as_bytes())).chain(blanks)), end: End::Whole }
    }

    /// The first half, and then the connection ends.
    pub fn half(body: String) -> Self {
        let half = body.len().div_ceil(2);
        Self { left: Box::new(once(Bytes::from(body).slice(..half))), end: End::Flushed }
    }
}

impl From<Pieces> for Body {
    fn from(pieces: Pieces) -> Self {
        Self::new(pieces)
    }
}

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if let Some(piece) = self.left.next() {
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        match self.end {
            End::Whole => Poll::Ready(None),
            End::Flushed => {
                self.end = End::Cut;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            End::Cut => Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into()))),
        }
    }
}
