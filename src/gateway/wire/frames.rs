//! Where WebSocket frames of an app end (RFC 6455 section 5.2), so that a word
//! of ours can be put between two of them.

/// A close frame of a server: 1008, the message breaks a policy (RFC 6455
/// section 7.4.1).
pub const CLOSE: [u8; 4] = [0x88, 0x02, 0x03, 0xf0];

/// A close frame of a server: 1012, the service restarts (IANA WebSocket Close
/// Code Number Registry).
pub const RESTART: [u8; 4] = [0x88, 0x02, 0x03, 0xf4];

/// Longest head of a frame that is not masked.
const HEAD_MAX: usize = 10;

/// Follows the frames on the way from an app to a client. Nothing is refused:
/// who sends no frames only loses the farewell.
#[derive(Clone, Copy, Debug, Default)]
pub struct Frames {
    head: [u8; HEAD_MAX],
    /// How much of a head there is.
    have: usize,
    /// Bytes of the present frame still to come.
    left: u64,
    /// The app took its leave, or does what only clients may.
    lost: bool,
}

impl Frames {
    /// Takes notice of bytes that pass.
    pub fn pass(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while !self.lost && !rest.is_empty() {
            let step = usize::try_from(self.left).unwrap_or(usize::MAX).min(rest.len());
            self.left -= step as u64;
            rest = rest.get(step..).unwrap_or_default();
            if let (0, Some((byte, after))) = (self.left, rest.split_first()) {
                self.head_byte(*byte);
                rest = after;
            }
        }
    }

    fn head_byte(&mut self, byte: u8) {
        if let Some(place) = self.head.get_mut(self.have) {
            *place = byte;
            self.have += 1;
        }
        let [first, second, a, b, c, d, e, f, g, h] = self.head;
        let (whole, left) = match second & 0x7f {
            126 => (4, u64::from(u16::from_be_bytes([a, b]))),
            127 => (10, u64::from_be_bytes([a, b, c, d, e, f, g, h])),
            short => (2, u64::from(short)),
        };
        if self.have < 2 || self.have < whole {
            return;
        }
        // A masked frame has a longer head; an app's close frame is its last.
        self.lost = second & 0x80 != 0 || first & 0x0f == 8;
        (self.have, self.left) = (0, left);
    }

    /// Whether a frame of ours would be taken for one: no other is under way,
    /// and none was the last.
    pub fn are_whole(&self) -> bool {
        !self.lost && self.have == 0 && self.left == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame of this many bytes, written with the shortest head.
    fn frame(opcode: u8, length: usize) -> Vec<u8> {
        let mut bytes = vec![0x80 | opcode];
        match length {
            ..126 => bytes.push(u8::try_from(length).unwrap()),
            126..65_536 => {
                bytes.push(126);
                bytes.extend(u16::try_from(length).unwrap().to_be_bytes());
            }
            _ => {
                bytes.push(127);
                bytes.extend((length as u64).to_be_bytes());
            }
        }
        bytes.resize(bytes.len() + length, 0xff);
        bytes
    }

    #[test]
    fn the_end_of_a_frame_is_known_wherever_the_bytes_are_cut() {
        for length in [0, 1, 125, 126, 65_535, 65_536] {
            let bytes = [frame(1, length), frame(9, 3)].concat();
            let first = frame(1, length).len();
            for cut in [1, 2, 3, 4, 9, 10, 11, first - 1, first, first + 1, bytes.len()] {
                let cut = cut.min(bytes.len());
                let mut frames = Frames::default();
                frames.pass(&bytes[..cut]);
                let whole = cut == first || cut == bytes.len();
                assert_eq!(frames.are_whole(), whole, "{length} bytes, cut at {cut}");
                frames.pass(&bytes[cut..]);
                assert!(frames.are_whole(), "{length} bytes, cut at {cut}, then the rest");
            }
        }
    }

    #[test]
    fn nothing_follows_a_close_frame_or_what_is_no_frame_of_a_server() {
        for last in [frame(8, 2), vec![0x81, 0x85, 1, 2, 3, 4, b'h', b'e', b'l', b'l', b'o']] {
            let mut frames = Frames::default();
            // Control: before it, a frame could follow.
            assert!(frames.are_whole());
            frames.pass(&last);
            assert!(!frames.are_whole(), "{last:?}");
        }
    }
}
