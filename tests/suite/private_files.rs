//! Hashes, keys and the door for commands lie where nobody else may look.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::gateway::{Gateway, Setup};
use crate::support::recorder::Recorder;

fn mode(path: &Path) -> u32 {
    let found = fs::metadata(path).unwrap_or_else(|_| panic!("no {}", path.display()));
    found.permissions().mode() & 0o777
}

#[test]
fn only_our_own_user_may_look_into_the_data_folder() {
    let upstream = Recorder::start();
    let gateway = Gateway::start(Setup::new(upstream.addr()));
    let data = gateway.dir.path().join("data");
    assert_eq!(mode(&data), 0o700);
    for file in ["admin.sock", "seal.key", "audit.jsonl"] {
        assert_eq!(mode(&data.join(file)), 0o600, "{file}");
    }
    // Control: an open mode is seen, and mended at the next start.
    assert!(gateway.terminate().success());
    fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(mode(&data), 0o755);
    assert!(gateway.cli(&["user", "list"], "").status.success());
    assert_eq!(mode(&data), 0o700);
}
