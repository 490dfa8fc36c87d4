//! A rule that is open to everyone takes request bodies only where it says so,
//! and then on a connection that serves nobody else.

use crate::support::client::Client;
use crate::support::gateway::{Gateway, Setup};
use crate::support::raw;
use crate::support::recorder::Recorder;

#[test]
fn a_body_on_an_open_path_has_a_connection_to_the_app_of_its_own() {
    let upstream = Recorder::start();
    let app = format!(
        "[[app]]\nname = \"form\"\nhosts = [\"form.test\"]\nupstreams = [\"http://{}\"]\n  \
         [[app.rule]]\n  path = \"/takes/\"\n  allow = \"everyone\"\n  bodies = true\n  \
         [[app.rule]]\n  path = \"/\"\n  allow = \"everyone\"\n",
        upstream.addr()
    );
    let gateway = Gateway::start(Setup { extra: app, ..Setup::new(upstream.addr()) });
    let mut visitor = Client::new(gateway.addr, &gateway.public_url);
    visitor.host = "form.test".to_string();

    // Control: without the word the body goes nowhere.
    let refused = visitor.send("POST", "/other", &[], b"a=refused");
    assert_eq!(refused.status(), 403, "{}", refused.shown());
    assert!(!upstream.saw(b"/other"), "{}", upstream.shown());

    assert_eq!(visitor.get("/before").status(), 200);
    let taken = visitor.send("POST", "/takes/it", &[], b"a=taken");
    assert_eq!(taken.status(), 200, "{}", taken.shown());
    assert_eq!(visitor.get("/after").status(), 200);

    let connections = upstream.connections();
    let with_body: Vec<_> =
        connections.iter().filter(|bytes| raw::holds(bytes, b"POST /takes/it")).collect();
    let [alone] = with_body.as_slice() else { panic!("{}", upstream.shown()) };
    assert!(raw::holds(alone, b"a=taken"), "{}", upstream.shown());
    assert!(raw::lossy(alone).to_lowercase().contains("connection: close"));
    for other in [&b"/before"[..], b"/after"] {
        assert!(!raw::holds(alone, other), "it was shared: {}", upstream.shown());
        assert!(upstream.saw(other), "{}", upstream.shown());
    }
}
