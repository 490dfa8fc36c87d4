//! The way of log lines to where they are written: nobody waits for it.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::time::Duration;

use prometheus::IntCounter;
use tracing_subscriber::fmt::MakeWriter;

/// Lines that may wait to be written.
pub(super) const LINES_MAX: usize = 4096;

enum Queued {
    Line(Vec<u8>),
    /// Told when everything before it is written.
    Flush(SyncSender<()>),
}

/// The door to the log.
///
/// SECURITY: a log that is not read holds nobody.
/// - Against: a full pipe or a slow disk behind standard error, which would hold
///   every thread at its next line, and with it every visitor.
/// - Therefore: lines wait in a queue with an end, and a thread of its own writes
///   them. What does not fit is counted, and told when there is room again.
/// - Price: lines are lost where the log is slower than what happens; what must
///   not be lost is in the audit log.
/// - Held by: `requests_are_answered_while_nobody_reads_the_log`.
#[derive(Clone, Debug)]
pub(super) struct Lines {
    queue: SyncSender<Queued>,
    dropped: IntCounter,
}

impl Lines {
    /// Starts the thread that writes.
    pub fn start(target: impl Write + Send + 'static, dropped: IntCounter) -> io::Result<Self> {
        let (queue, lines) = sync_channel(LINES_MAX);
        let lost = dropped.clone();
        std::thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || write_lines(target, &lines, &lost))?;
        Ok(Self { queue, dropped })
    }

    /// Waits until everything so far is written, at most `wait`.
    pub fn flush(&self, wait: Duration) {
        let (tell, told) = sync_channel(1);
        // Where the queue is full nobody reads, and waiting is no use.
        if self.queue.try_send(Queued::Flush(tell)).is_ok() {
            let _ = told.recv_timeout(wait);
        }
    }
}

fn write_lines(mut target: impl Write, queue: &Receiver<Queued>, dropped: &IntCounter) {
    let mut told = 0;
    loop {
        let next = match queue.try_recv() {
            Err(TryRecvError::Empty) => {
                let lost = dropped.get();
                if lost > told {
                    // Goes the way of every line, so it waits for nobody either.
                    tracing::warn!(lost = lost - told, "log lines were lost: nobody took them");
                    told = lost;
                }
                queue.recv().map_err(|_| TryRecvError::Disconnected)
            }
            next => next,
        };
        match next {
            Ok(Queued::Line(line)) => {
                if target.write_all(&line).is_err() {
                    dropped.inc();
                    // Said into a log that fails it would come round for ever.
                    told = dropped.get();
                }
            }
            Ok(Queued::Flush(tell)) => drop(tell.try_send(())),
            Err(_) => return,
        }
    }
}

/// Takes one line; the library writes each whole, with one call.
impl Write for &Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.queue.try_send(Queued::Line(line.to_vec())).is_err() {
            self.dropped.inc();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = &'a Self;

    fn make_writer(&'a self) -> &'a Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};

    use super::*;

    /// Takes a line only when the test lets it, and shows it.
    struct Gate {
        pass: Receiver<()>,
        shown: Sender<String>,
    }

    impl Write for Gate {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            self.pass.recv().map_err(|_| io::ErrorKind::BrokenPipe)?;
            let _ = self.shown.send(String::from_utf8_lossy(line).into_owned());
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_log_that_takes_nothing_holds_nobody_and_what_is_lost_is_counted() {
        let (open, pass) = channel();
        let (shown, seen) = channel();
        let dropped = IntCounter::new("dropped", "dropped").unwrap();
        let lines = Lines::start(Gate { pass, shown }, dropped.clone()).unwrap();
        let more = 2 * LINES_MAX;
        for number in 0..more {
            (&lines).write_all(format!("{number}\n").as_bytes()).unwrap();
        }
        // One may be in the writer's hands beside those that wait.
        let lost = usize::try_from(dropped.get()).unwrap();
        let kept = more - lost;
        assert!((LINES_MAX..=LINES_MAX + 1).contains(&kept), "{lost} were lost of {more}");
        // A full queue is not waited for at the end either.
        lines.flush(Duration::from_secs(3600));

        // What was taken comes whole and in order.
        for _ in 0..kept {
            open.send(()).unwrap();
        }
        let seen_next = || seen.recv_timeout(Duration::from_secs(30)).unwrap();
        for number in 0..LINES_MAX {
            assert_eq!(seen_next(), format!("{number}\n"));
        }
        if kept > LINES_MAX {
            // The writer may have taken the first in hand after others were lost.
            let last: usize = seen_next().trim().parse().unwrap();
            assert!((LINES_MAX..more).contains(&last), "{last}");
        }
        // Control: with room again nothing more is lost, and the end is waited for.
        open.send(()).unwrap();
        (&lines).write_all(b"room again\n").unwrap();
        lines.flush(Duration::from_secs(30));
        assert_eq!(seen.try_recv().unwrap(), "room again\n");
        assert_eq!(usize::try_from(dropped.get()).unwrap(), lost);
    }

    #[test]
    fn lines_that_cannot_be_written_are_counted_as_lost() {
        let (open, pass) = channel();
        let (shown, _seen) = channel();
        drop(open);
        let dropped = IntCounter::new("dropped", "dropped").unwrap();
        let lines = Lines::start(Gate { pass, shown }, dropped.clone()).unwrap();
        (&lines).write_all(b"into nothing\n").unwrap();
        lines.flush(Duration::from_secs(30));
        assert_eq!(dropped.get(), 1);
    }
}
