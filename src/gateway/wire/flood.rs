//! Counts the frames of an HTTP/2 connection that ask for work and bring
//! nothing.

use std::time::Duration;

use tokio::time::Instant;

/// What a connection may send at once.
const BURST: u64 = 1000;
/// What it may send each second for as long as it likes.
const PER_SECOND: u64 = 200;
/// What each request earns: browsers give it a priority and a window.
const PER_REQUEST: u64 = 4;
/// For so many bytes sent to it a client may tell once that it has read them.
const BYTES_PER_UPDATE: u64 = 1024;
/// How many requests it may take back at once: a page with pictures that is left.
const RESETS: u64 = 100;
/// How many each second for as long as it likes.
const RESETS_PER_SECOND: u64 = 20;
/// Length of a frame's head (RFC 9113 section 4.1).
const HEAD: usize = 9;
/// Length of the beginning of a connection.
const PREFACE: usize = 24;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// More frames than anybody needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flooded;

/// Follows the frames of one connection.
///
/// SECURITY: frames that bring nothing are rationed.
/// - Against: floods of PING, SETTINGS, PRIORITY, WINDOW_UPDATE, RST_STREAM, of
///   empty DATA and CONTINUATION frames: each costs the client nine bytes and us
///   an answer or a search.
/// - Therefore: a connection has a store of them that fills up with time, with
///   requests and with what was sent to it; one that empties it is closed.
/// - Price: none for browsers, which need a few for each request.
/// - Held by: `a_flood_of_frames_ends_the_connection`.
///
/// SECURITY: requests that are taken back are rationed.
/// - Against: request and reset in turn (CVE-2023-44487): no limit of requests at once is met,
///   and each reaches an app.
/// - Therefore: resets have a store of their own that fills up with time alone.
/// - Price: a proxy in front that takes back more for long loses its connection.
/// - Held by: `requests_that_are_taken_back_at_once_are_rationed`.
#[derive(Debug)]
pub struct Flood {
    /// Bytes of what is under way that are not looked at.
    skip: usize,
    head: [u8; HEAD],
    have: usize,
    /// How many messages have begun: frames, or fields with all that continues them.
    begun: u64,
    /// Whether the bytes that are not looked at are those of a body.
    body: bool,
    /// Whether the fields of a request go on in the next frame.
    continued: bool,
    left: u64,
    resets_left: u64,
    resets_filled: Instant,
    /// Bytes sent that have not earned anything yet.
    sent: u64,
    filled: Instant,
}

impl Flood {
    /// At the beginning of a connection.
    pub fn new() -> Self {
        Self {
            skip: PREFACE,
            head: [0; HEAD],
            have: 0,
            begun: 0,
            body: true,
            continued: false,
            left: BURST,
            resets_left: RESETS,
            resets_filled: Instant::now(),
            sent: 0,
            filled: Instant::now(),
        }
    }

    /// Some bytes were sent to the client.
    pub fn sent(&mut self, bytes: usize) {
        self.sent = self.sent.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
    }

    /// The number of the message that has begun and is not whole. A body is none: it may take its
    /// time.
    pub fn under_way(&self) -> Option<u64> {
        let within = self.have > 0 || self.continued || (self.skip > 0 && !self.body);
        within.then_some(self.begun)
    }

    /// Looks at bytes in the order they came.
    ///
    /// # Errors
    ///
    /// [`Flooded`], where the connection must be closed.
    pub fn pass(&mut self, mut bytes: &[u8]) -> Result<(), Flooded> {
        loop {
            let step = self.skip.min(bytes.len());
            self.skip -= step;
            bytes = bytes.get(step..).unwrap_or_default();
            let step = bytes.len().min(HEAD - self.have);
            if step == 0 {
                return Ok(());
            }
            if self.have == 0 && !self.continued {
                self.begun += 1;
            }
            let (taken, rest) = bytes.split_at(step);
            if let Some(place) = self.head.get_mut(self.have..self.have + step) {
                place.copy_from_slice(taken);
            }
            self.have += step;
            bytes = rest;
            if self.have == HEAD {
                self.have = 0;
                let [a, b, c, kind, flags, ..] = self.head;
                self.skip = usize::try_from(u32::from_be_bytes([0, a, b, c])).unwrap_or(0);
                self.frame(kind, flags)?;
            }
        }
    }

    fn frame(&mut self, kind: u8, flags: u8) -> Result<(), Flooded> {
        self.body = kind == DATA;
        if matches!(kind, HEADERS | CONTINUATION) {
            self.continued = flags & END_HEADERS == 0;
        }
        match kind {
            DATA if self.skip > 0 || flags & END_STREAM != 0 => return Ok(()),
            HEADERS => {
                self.left = BURST.min(self.left + PER_REQUEST);
                return Ok(());
            }
            RST_STREAM => return self.reset(),
            _ => {}
        }
        if self.left == 0 {
            self.fill();
        }
        self.left = self.left.checked_sub(1).ok_or(Flooded)?;
        Ok(())
    }

    fn reset(&mut self) -> Result<(), Flooded> {
        if self.resets_left == 0 {
            self.resets_left = RESETS.min(earned(&mut self.resets_filled, RESETS_PER_SECOND));
        }
        self.resets_left = self.resets_left.checked_sub(1).ok_or(Flooded)?;
        Ok(())
    }

    /// Looked at only when the store is empty: most never get there.
    fn fill(&mut self) {
        let by_time = earned(&mut self.filled, PER_SECOND);
        let by_bytes = self.sent / BYTES_PER_UPDATE;
        self.sent %= BYTES_PER_UPDATE;
        self.left = BURST.min(by_time.saturating_add(by_bytes));
    }
}

/// What time has brought since then.
fn earned(since: &mut Instant, per_second: u64) -> u64 {
    let millis = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
    let earned = millis.saturating_mul(per_second) / 1000;
    if earned > 0 {
        *since += Duration::from_millis(earned.saturating_mul(1000) / per_second);
    }
    earned
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const PING: u8 = 6;
    const WINDOW_UPDATE: u8 = 8;

    fn frame(kind: u8, flags: u8, length: u8) -> Vec<u8> {
        let mut bytes = vec![0, 0, length, kind, flags, 0, 0, 0, 1];
        bytes.resize(HEAD + usize::from(length), 7);
        bytes
    }

    fn begun() -> Flood {
        let mut flood = Flood::new();
        flood.pass(&[0; PREFACE]).unwrap();
        flood
    }

    /// How many of these frames pass.
    fn passing(flood: &mut Flood, bytes: &[u8], most: usize) -> usize {
        (0..most).take_while(|_| flood.pass(bytes).is_ok()).count()
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_of_frames_empties_the_store() {
        for kind in [2, 4, PING, WINDOW_UPDATE, 9, 0x10, 200] {
            assert_eq!(passing(&mut begun(), &frame(kind, 0, 8), 20_000), 1000, "{kind}");
        }
        assert_eq!(passing(&mut begun(), &frame(DATA, 0, 0), 20_000), 1000);
        // Control: what brings something is not counted.
        assert_eq!(passing(&mut begun(), &frame(DATA, 0, 1), 20_000), 20_000);
        assert_eq!(passing(&mut begun(), &frame(DATA, END_STREAM, 0), 20_000), 20_000);
        assert_eq!(passing(&mut begun(), &frame(HEADERS, 4, 20), 20_000), 20_000);
    }

    #[tokio::test(start_paused = true)]
    async fn requests_that_are_taken_back_at_once_are_rationed() {
        let burst = usize::try_from(RESETS).unwrap();
        let pair = [frame(HEADERS, 5, 20), frame(RST_STREAM, 0, 4)].concat();
        assert_eq!(passing(&mut begun(), &pair, 20_000), burst);
        // As it was tried: eight at a time, each 30 milliseconds, for 20 seconds.
        let mut flood = begun();
        let mut passed = 0;
        for _ in 0..666 {
            let now = passing(&mut flood, &pair, 8);
            passed += now;
            if now < 8 {
                break;
            }
            advance(Duration::from_millis(30)).await;
        }
        assert!(passed < 2 * burst, "{passed}");
        // Control: a page with a hundred pictures that is left, again and again.
        let mut flood = begun();
        for _ in 0..10 {
            assert_eq!(passing(&mut flood, &frame(HEADERS, 5, 20), burst), burst);
            assert_eq!(passing(&mut flood, &frame(RST_STREAM, 0, 4), burst), burst);
            advance(Duration::from_secs(5)).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn time_requests_and_bytes_sent_fill_the_store_again() {
        let mut flood = begun();
        // Without a payload, so that it goes on at the next frame after a refusal.
        let ping = frame(PING, 0, 0);
        assert_eq!(passing(&mut flood, &ping, 20_000), 1000);
        advance(Duration::from_secs(1)).await;
        assert_eq!(passing(&mut flood, &ping, 20_000), 200);
        flood.sent(10 * 1024);
        assert_eq!(passing(&mut flood, &frame(WINDOW_UPDATE, 0, 0), 20_000), 10);
        flood.pass(&frame(HEADERS, 4, 20)).unwrap();
        assert_eq!(passing(&mut flood, &ping, 20_000), 4);
        advance(Duration::from_secs(3600)).await;
        assert_eq!(passing(&mut flood, &ping, 20_000), 1000);
    }

    #[tokio::test(start_paused = true)]
    async fn a_message_is_under_way_until_it_is_whole() {
        let mut flood = begun();
        assert_eq!(flood.under_way(), None);
        let fields = frame(HEADERS, 0, 3);
        for byte in &fields {
            flood.pass(&[*byte]).unwrap();
            assert_eq!(flood.under_way(), Some(1));
        }
        // What continues the fields belongs to them, the last of it included.
        flood.pass(&frame(CONTINUATION, 0, 3)).unwrap();
        assert_eq!(flood.under_way(), Some(1));
        flood.pass(&frame(CONTINUATION, END_HEADERS, 3)).unwrap();
        assert_eq!(flood.under_way(), None);
        // The next is another; a body may stop anywhere but in the head of its frame.
        flood.pass(&frame(DATA, 0, 9)[..4]).unwrap();
        assert_eq!(flood.under_way(), Some(2));
        flood.pass(&frame(DATA, 0, 9)[4..12]).unwrap();
        assert_eq!(flood.under_way(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn frames_are_followed_however_their_bytes_come() {
        let mut bytes = vec![0; PREFACE];
        for _ in 0..50 {
            bytes.extend([frame(PING, 0, 8), frame(DATA, 0, 100), frame(HEADERS, 5, 30)].concat());
        }
        let left = |step: usize| {
            let mut flood = Flood::new();
            for piece in bytes.chunks(step) {
                flood.pass(piece).unwrap();
            }
            flood.left
        };
        for step in [1, 2, 7, 9, 10, 64, bytes.len()] {
            assert_eq!(left(step), BURST, "{step}");
        }
        let mut flood = Flood::new();
        for piece in [&vec![0; PREFACE][..], &frame(PING, 0, 8)].concat().chunks(1) {
            flood.pass(piece).unwrap();
        }
        assert_eq!(flood.left, BURST - 1);
    }
}
