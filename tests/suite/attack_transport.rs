//! The rows of the framing, frame and path attacks once more, under TLS: what is refused in clear text
//! is refused there too, over HTTP/1.1 and over HTTP/2 as a browser agrees on it.

use std::ops::Deref;

use tempfile::TempDir;

use crate::attack_framing::{self, CHUNKS, LENGTHS, LINES};
use crate::attack_http2;
use crate::support::gateway::{Gateway, Setup};
use crate::support::http2::{self, Outcome, Request};
use crate::support::recorder::Recorder;
use crate::support::rig::{ANNA, Rig};
use crate::support::tls::{self, Kind};

/// A rig whose address leads to the gateway under TLS.
struct Secret {
    rig: Rig,
    _pairs: TempDir,
}

impl Secret {
    fn start() -> Self {
        let pairs = TempDir::new().expect("a folder for certificates");
        let kind = Kind { names: &["app.test", "open.test"], serial: 1, until: 2099 };
        tls::write_pair(pairs.path(), "app", &kind);
        let file = |name: &str| pairs.path().join(name).display().to_string();
        // Signing in is no part of this, and needs no TLS.
        let listen = format!(
            "[\"127.0.0.1:0\", \
             {{ address = \"127.0.0.1:0\", certificate = \"{}\", key = \"{}\" }}]",
            file("app.pem"),
            file("app.key")
        );
        let recorder = Recorder::start();
        let mut gateway = Gateway::start(Setup { listen, ..Setup::new(recorder.addr()) });
        gateway.add_account(ANNA.0, ANNA.1, &[]);
        let session = gateway.sign_in(ANNA.0, ANNA.1);
        gateway.addr = tls::bridge(gateway.others[0]);
        Self { rig: Rig { gateway, recorder, session }, _pairs: pairs }
    }
}

impl Deref for Secret {
    type Target = Rig;

    fn deref(&self) -> &Rig {
        &self.rig
    }
}

#[test]
fn what_is_refused_in_clear_text_is_refused_under_tls() {
    let secret = Secret::start();
    for rows in [LENGTHS, LINES, CHUNKS] {
        attack_framing::drive_on(&secret, rows);
    }
    // Control: these bytes were under TLS.
    let plain = crate::support::raw::exchange(
        secret.gateway.others[0],
        b"GET /public/x HTTP/1.1\r\nHost: app.test\r\n\r\n",
    );
    assert_eq!(plain.status(), 0, "the listener takes clear text: {}", plain.shown());
}

#[test]
fn frames_are_refused_under_tls_as_in_clear_text() {
    let secret = Secret::start();
    attack_http2::drive_on(&secret, Secret::start);
    attack_http2::disguise_on(&secret);
    // Control: a sound request is answered.
    let fields: [(&[u8], &[u8]); 4] = [
        (b":method", b"GET"),
        (b":scheme", b"https"),
        (b":authority", b"app.test"),
        (b":path", b"/public/x"),
    ];
    let request = Request { fields: fields.to_vec(), ..Request::default() };
    assert_eq!(http2::exchange(secret.gateway.addr, &request), Outcome::Status(200));
}
