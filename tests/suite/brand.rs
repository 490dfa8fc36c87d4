//! The operator's name, colours, logo and links are on the pages, and what people
//! could not read is refused when the configuration is loaded.

use std::fs;
use std::process::Command;

use crate::support::client::Client;
use crate::support::gateway::{Gateway, Setup};
use crate::support::recorder::Recorder;

const LOGO: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1 1\"/>";

/// The example configuration with this in its `[brand]`.
fn check(folder: &tempfile::TempDir, brand: &str) -> (Option<i32>, String) {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/config/minimal.toml");
    let text = fs::read_to_string(example).unwrap();
    let config = folder.path().join("branded.toml");
    fs::write(&config, text.replace("[brand]", &format!("[brand]\n{brand}"))).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_vestibule"))
        .args(["check", "--config"])
        .arg(&config)
        .output()
        .expect("the program starts");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_brand_that_people_could_not_read_or_see_is_refused_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("logo.svg"), LOGO).unwrap();
    fs::write(folder.path().join("large.png"), vec![0; 64 * 1024]).unwrap();
    for (brand, word) in [
        ("accent = \"#ffcc00\"", "contrast"),
        ("accent = \"teal\"", "colour"),
        ("logo = \"absent.svg\"", "absent.svg"),
        ("logo = \"large.png\"", "bytes"),
        ("logo = \"logo.exe\"", "svg"),
        ("support_link = \"javascript:alert(1)\"", "https://"),
    ] {
        let (code, said) = check(&folder, brand);
        assert_eq!(code, Some(1), "{brand}: {said}");
        assert!(said.contains(word) && said.contains("branded.toml:"), "{brand}: {said}");
    }
    // Control: a sound one passes.
    let (code, said) = check(&folder, "accent = \"#7a1f5c\"\nlogo = \"logo.svg\"");
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn a_page_wears_the_operators_brand_and_without_one_asks_for_none() {
    let upstream = Recorder::start();
    let mut gateway = Gateway::start(Setup::new(upstream.addr()));
    let look = |gateway: &Gateway, path: &str| {
        Client::new(gateway.addr, &gateway.public_url).get(&format!("/.vestibule/{path}"))
    };
    // Control: without a brand nothing of it is there.
    let plain = look(&gateway, "").text();
    assert!(plain.contains("My portal"), "{plain}");
    assert!(!plain.contains("brand.css") && !plain.contains("asset/logo"), "{plain}");
    assert_eq!(look(&gateway, "asset/brand.css").status(), 404);
    assert_eq!(look(&gateway, "asset/logo").status(), 404);

    let text = fs::read_to_string(&gateway.config).unwrap();
    let brand = "[brand]\naccent = \"#7a1f5c\"\nlogo = \"logo.svg\"\n\
        legal_notice = \"A <service> of ours\"\n\
        link = [{ text = \"Privacy\", address = \"https://example.test/privacy\" }]";
    fs::write(&gateway.config, text.replace("[brand]", brand)).unwrap();
    fs::write(gateway.dir.path().join("logo.svg"), LOGO).unwrap();
    assert!(gateway.terminate().success());
    gateway.restart();

    let page = look(&gateway, "").text();
    for part in ["asset/brand.css", "asset/logo", "https://example.test/privacy"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(page.contains(" of ours") && !page.contains("<service>"), "shown as text: {page}");
    let sheet = look(&gateway, "asset/brand.css");
    assert!(sheet.text().contains("--accent: #7a1f5c"), "{}", sheet.shown());
    assert!(sheet.text().contains("prefers-color-scheme: dark"), "{}", sheet.shown());
    let logo = look(&gateway, "asset/logo");
    assert_eq!(logo.header("content-type").as_deref(), Some("image/svg+xml"));
    assert_eq!(logo.text(), LOGO);
}
