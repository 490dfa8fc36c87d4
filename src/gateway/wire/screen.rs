//! Follows the messages on one connection and says which bytes may pass.

use memchr::memchr;

use super::chunks::Chunks;
use super::frames::Frames;
use super::heads::{Follows, TARGET_BYTES_MAX, request_head, response_head};
use crate::gateway::refuse::Reason;

/// Largest head of a request or response, in bytes.
pub const HEAD_BYTES_MAX: usize = 32 * 1024;

/// Looks for the empty line that ends a head, from `from` on, and refuses a
/// line that does not end with CRLF. Gives the length of the whole head.
fn head_end(bytes: &[u8], mut from: usize) -> Result<Option<usize>, Reason> {
    while let Some(found) = bytes.get(from..).and_then(|rest| memchr(b'\n', rest)) {
        let at = from + found;
        let line = bytes.get(..at).unwrap_or_default();
        if line.last() != Some(&b'\r') {
            return Err(Reason::Malformed);
        }
        if line.len() == 1 || line.ends_with(b"\r\n\r") {
            return Ok(Some(at + 1));
        }
        from = at + 1;
    }
    Ok(None)
}

/// The place of the last complete line's end, from where a search goes on.
fn resume_at(bytes: &[u8]) -> usize {
    memchr::memrchr(b'\n', bytes).map_or(0, |at| at + 1)
}

/// Whose messages a screen follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// A client's requests.
    Requests,
    /// An upstream's responses.
    Responses,
}

#[derive(Clone, Copy, Debug)]
enum Standing {
    Head,
    Length(u64),
    Chunks(Chunks),
    Raw,
    /// Responses only: a WebSocket.
    Tunnel(Frames),
    /// Responses only: the final one has arrived whole.
    Complete,
}

/// Follows the messages on one connection and says which bytes may pass.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    side: Side,
    standing: Standing,
    /// Responses only: whether the request was `HEAD`.
    to_head: bool,
    /// Responses only: whether the head let the connection live.
    keep: bool,
    /// Responses only: whether silence is to be expected.
    patient: bool,
}

/// How far the bytes at hand may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passed {
    /// So many bytes from the front.
    pub bytes: usize,
    /// Whether what is held back is a head that is not whole yet.
    pub partial_head: bool,
    /// Whether a head is among them.
    pub head: bool,
    /// Responses only: whether bytes follow that belong to no response.
    pub surplus: bool,
}

impl Screen {
    /// At the beginning of a connection.
    pub const fn new(side: Side) -> Self {
        Self { side, standing: Standing::Head, to_head: false, keep: false, patient: false }
    }

    /// Responses: a new request was sent on the connection.
    pub fn expect_response(&mut self, to_head: bool) {
        self.standing = Standing::Head;
        self.to_head = to_head;
        self.keep = false;
        self.patient = false;
    }

    /// Responses: whether the final response has arrived whole.
    pub fn is_complete(&self) -> bool {
        matches!(self.standing, Standing::Complete)
    }

    /// Responses: whether the sender may be silent for as long as it likes: an
    /// event stream or a tunnel.
    pub fn may_be_silent(&self) -> bool {
        self.patient
    }

    /// Responses: whether a WebSocket frame of ours could follow what passed.
    pub fn may_say_farewell(&self) -> bool {
        matches!(&self.standing, Standing::Tunnel(frames) if frames.are_whole())
    }

    /// Responses: whether a whole response left the connection fit for another.
    pub fn may_be_reused(&self) -> bool {
        self.is_complete() && self.keep
    }

    /// Requests: whether more of a body must follow.
    pub fn is_within_body(&self) -> bool {
        matches!(self.standing, Standing::Length(_) | Standing::Chunks(_))
    }

    /// Judges `bytes`, of which the first `seen` were looked at before and held
    /// back. A head passes only whole.
    ///
    /// # Errors
    ///
    /// The reason why nothing more may pass.
    pub fn pass(&mut self, bytes: &[u8], seen: usize) -> Result<Passed, Reason> {
        let mut passed = 0;
        let mut head = false;
        let so_far = |bytes, head| Passed { bytes, partial_head: false, head, surplus: false };
        loop {
            let rest = bytes.get(passed..).unwrap_or_default();
            if rest.is_empty() {
                return Ok(so_far(passed, head));
            }
            match &mut self.standing {
                Standing::Raw => return Ok(so_far(bytes.len(), head)),
                Standing::Tunnel(frames) => {
                    frames.pass(rest);
                    return Ok(so_far(bytes.len(), head));
                }
                // What follows a complete response is nobody's answer.
                Standing::Complete => {
                    return Ok(Passed { surplus: true, ..so_far(passed, head) });
                }
                Standing::Length(left) => {
                    let step = (*left).min(rest.len() as u64);
                    *left -= step;
                    passed += usize::try_from(step).unwrap_or(usize::MAX);
                    if *left == 0 {
                        self.message_over();
                    }
                }
                Standing::Chunks(chunks) => {
                    passed += chunks.take(rest)?;
                    if chunks.is_over() {
                        self.message_over();
                    }
                }
                Standing::Head => {
                    let known = seen.saturating_sub(passed).min(rest.len());
                    let from = resume_at(rest.get(..known).unwrap_or_default());
                    let Some(end) = head_end(rest, from)? else {
                        return match rest.len() > HEAD_BYTES_MAX {
                            true if memchr(b'\n', rest).is_none() => Err(Reason::TargetTooLong),
                            true => Err(Reason::HeadTooLarge),
                            false => Ok(Passed { partial_head: true, ..so_far(passed, head) }),
                        };
                    };
                    if end > HEAD_BYTES_MAX {
                        return Err(match memchr(b'\n', rest) {
                            Some(line) if line > TARGET_BYTES_MAX + 32 => Reason::TargetTooLong,
                            _ => Reason::HeadTooLarge,
                        });
                    }
                    self.head(rest.get(..end).unwrap_or_default())?;
                    passed += end;
                    head = true;
                }
            }
        }
    }

    fn head(&mut self, head: &[u8]) -> Result<(), Reason> {
        let follows = match self.side {
            Side::Requests => request_head(head)?,
            Side::Responses => {
                let read = response_head(head, self.to_head)?;
                if read.status != 101 && read.status < 200 {
                    // An interim response: the final one is still to come.
                    return Ok(());
                }
                self.keep = read.keep;
                self.patient = read.events || read.follows == Follows::Tunnel;
                read.follows
            }
        };
        match follows {
            Follows::Nothing => self.message_over(),
            Follows::Length(length) => self.standing = Standing::Length(length),
            Follows::Chunks => self.standing = Standing::Chunks(Chunks::new()),
            Follows::UntilClose => {
                self.keep = false;
                self.standing = Standing::Raw;
            }
            Follows::Tunnel => {
                self.keep = false;
                self.standing = Standing::Tunnel(Frames::default());
            }
        }
        Ok(())
    }

    fn message_over(&mut self) {
        self.standing = match self.side {
            Side::Requests => Standing::Head,
            Side::Responses => Standing::Complete,
        };
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What passes of a stream that comes in these pieces, as the wires pass it
    /// on: what is held back is looked at again with the next piece.
    fn passed(side: Side, pieces: &[&[u8]]) -> Result<Vec<u8>, Reason> {
        let mut screen = Screen::new(side);
        let (mut out, mut held, mut seen) = (Vec::new(), Vec::new(), 0);
        for piece in pieces {
            held.extend_from_slice(piece);
            let step = screen.pass(&held, seen)?;
            if step.surplus {
                held.truncate(step.bytes);
            }
            out.extend(held.drain(..step.bytes));
            seen = held.len();
        }
        Ok(out)
    }

    const REQUESTS: &[u8] = b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc\
        POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
        3;x=y\r\nabc\r\n0\r\nT: v\r\n\r\nGET /c HTTP/1.1\r\nHost: a\r\n\r\n";
    const RESPONSES: &[u8] = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n\
        HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";

    proptest! {
        #[test]
        fn a_sound_stream_passes_whole_however_it_is_cut(
            cuts in prop::collection::vec(0usize..REQUESTS.len(), 0..12)
        ) {
            for (side, stream) in [(Side::Requests, REQUESTS), (Side::Responses, RESPONSES)] {
                let mut cuts: Vec<_> = cuts.iter().map(|cut| cut % stream.len()).collect();
                cuts.push(0);
                cuts.push(stream.len());
                cuts.sort_unstable();
                let pieces: Vec<_> = cuts.windows(2).map(|cut| &stream[cut[0]..cut[1]]).collect();
                prop_assert_eq!(passed(side, &pieces), Ok(stream.to_vec()));
            }
        }

        #[test]
        fn any_bytes_pass_or_are_refused_the_same_however_they_are_cut(
            bytes in prop::collection::vec(prop::sample::select(
                b"GPOST /HTP1.\r\n:aHost3;0 chunkedTransfer-EncodingContent-Length,".to_vec()), 0..200),
            cut in 0usize..200,
        ) {
            for side in [Side::Requests, Side::Responses] {
                let (front, back) = bytes.split_at(cut.min(bytes.len()));
                let whole = passed(side, &[&bytes]);
                let parts = passed(side, &[front, back]);
                prop_assert_eq!(whole.is_ok(), parts.is_ok());
            }
        }

        #[test]
        fn a_sound_stream_with_one_byte_changed_never_passes_more_than_it_has(
            at in 0usize..REQUESTS.len(), byte in any::<u8>()
        ) {
            let mut stream = REQUESTS.to_vec();
            stream[at] = byte;
            if let Ok(out) = passed(Side::Requests, &[&stream]) {
                prop_assert!(stream.starts_with(&out));
            }
        }
    }

    #[test]
    fn a_head_passes_only_whole() {
        let head = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        for cut in 1..head.len() {
            assert_eq!(passed(Side::Requests, &[&head[..cut]]).as_deref(), Ok(&b""[..]), "{cut}");
        }
        assert_eq!(passed(Side::Requests, &[head]).as_deref(), Ok(&head[..]));
    }

    #[test]
    fn what_follows_a_whole_response_is_nobodys() {
        let mut screen = Screen::new(Side::Responses);
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        let both = [&answer[..], b"HTTP/1.1 200 OK\r\n\r\n"].concat();
        let step = screen.pass(&both, 0).unwrap();
        assert_eq!((step.bytes, step.surplus), (answer.len(), true));
        // Control: alone it leaves nothing over and the connection is fit.
        screen.expect_response(false);
        let step = screen.pass(answer, 0).unwrap();
        assert_eq!((step.bytes, step.surplus), (answer.len(), false));
        assert!(screen.may_be_reused());
    }
}
