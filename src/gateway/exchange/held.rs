//! What was read of a request's body, for as long as it may be sent again.

use std::fmt;
use std::mem;

use bytes::{Bytes, BytesMut};

/// Largest body that is held until its app answers: forms and calls, and no files.
pub(in crate::gateway) const HELD_BYTES_MAX: usize = 16 * 1024;

/// A body, held for another attempt.
#[derive(Default)]
pub(in crate::gateway) enum HeldBody {
    /// Nothing was read of it.
    #[default]
    Unread,
    /// Its beginning.
    Begun(BytesMut),
    /// All of it.
    Whole(Bytes),
    /// It was too large, or is not needed any more.
    Gone,
}

impl HeldBody {
    /// Takes note of what was read; `whole` where that was the end.
    pub fn read(&mut self, piece: Option<&Bytes>, whole: bool) {
        let mut held = match mem::replace(self, Self::Gone) {
            Self::Unread => BytesMut::new(),
            Self::Begun(held) => held,
            Self::Whole(_) | Self::Gone => return,
        };
        let piece = piece.map_or(&[][..], Bytes::as_ref);
        if piece.len() > HELD_BYTES_MAX - held.len() {
            return;
        }
        held.extend_from_slice(piece);
        *self = if whole { Self::Whole(held.freeze()) } else { Self::Begun(held) };
    }

    /// Whether nothing of it was read.
    pub fn is_unread(&self) -> bool {
        matches!(self, Self::Unread)
    }

    /// Whether another attempt would have all of it. How fast the rest of a body comes
    /// is measured once, so one that was begun is not waited for again.
    pub fn is_there(&self) -> bool {
        matches!(self, Self::Unread | Self::Whole(_))
    }

    /// What an attempt before this one has read.
    pub fn whole(&self) -> Option<Bytes> {
        match self {
            Self::Whole(body) => Some(body.clone()),
            Self::Unread | Self::Begun(_) | Self::Gone => None,
        }
    }

    /// There is no other attempt.
    pub fn forget(&mut self) {
        *self = Self::Gone;
    }
}

/// Says how much it is, and nothing of it.
impl fmt::Debug for HeldBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unread => f.write_str("Unread"),
            Self::Begun(held) => write!(f, "Begun({} bytes)", held.len()),
            Self::Whole(held) => write!(f, "Whole({} bytes)", held.len()),
            Self::Gone => f.write_str("Gone"),
        }
    }
}
