//! An app on a Unix socket.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::os::unix::net::UnixListener;

use crate::support::gateway::{Gateway, Setup};
use crate::support::raw;

#[test]
fn an_app_on_a_unix_socket_is_served_and_its_absence_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.sock");
    let mut setup = Setup::new(SocketAddr::from(([127, 0, 0, 1], 9)));
    // Each worker has connections of its own.
    setup.extra_server = "workers = 1".to_owned();
    setup.extra = format!(
        "[[app]]\nname = \"socket\"\nhosts = [\"socket.test\"]\nupstreams = [\"unix:{}\"]\n\
         [[app.rule]]\npath = \"/\"\nallow = \"everyone\"\n",
        path.display()
    );
    let gateway = Gateway::start(setup);
    let get = || {
        let request = "GET /path HTTP/1.1\r\nHost: socket.test\r\n\r\n";
        raw::exchange(gateway.addr, request.as_bytes())
    };
    assert_eq!(get().status(), 502, "nobody listens yet");

    let listener = UnixListener::bind(&path).unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || {
                for number in 1.. {
                    let mut head = Vec::new();
                    while raw::head_end(&head).is_none() {
                        let mut piece = [0; 4096];
                        let Ok(count @ 1..) = stream.read(&mut piece) else { return };
                        head.extend_from_slice(&piece[..count]);
                    }
                    assert!(head.starts_with(b"GET /path HTTP/1.1\r\n"));
                    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{number}");
                    stream.write_all(answer.as_bytes()).unwrap();
                }
            });
        }
    });
    for number in ["1", "2", "3"] {
        assert_eq!(get().text(), number, "one connection serves one request after the other");
    }
}
