//! `vestibule demo`: a gateway, a small portal behind it and one account, to
//! try everything without a line of configuration.

mod portal;

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::SecretString;
use tokio::signal::unix::{SignalKind, signal};

use crate::app::{self, Running, StartError};
use crate::config;
use crate::crypto::{Chance, SystemChance};
use crate::flow::account::{AccountError, NewAccount};
use crate::observe::log::{self, LogFormat};

/// The demo's one account.
const ACCOUNT: &str = "demo";

fn failed(error: impl std::fmt::Display) -> StartError {
    StartError::Failed(error.to_string())
}

fn runtime() -> Result<tokio::runtime::Runtime, StartError> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)
}

/// Waits until the program is told to stop (SIGTERM or SIGINT).
///
/// # Errors
///
/// Where signals cannot be listened to.
pub fn wait_for_signal() -> Result<(), StartError> {
    runtime()?.block_on(async {
        let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
        // Unheard, it would end the program when a terminal closes.
        let mut hangup = signal(SignalKind::hangup()).map_err(failed)?;
        loop {
            tokio::select! {
                _ = terminate.recv() => return Ok(()),
                _ = interrupt.recv() => return Ok(()),
                _ = hangup.recv() => {
                    tracing::warn!("SIGHUP changes nothing; restart to read the configuration");
                }
            }
        }
    })
}

fn configuration(listen: SocketAddr, data: &Path, portal: SocketAddr) -> String {
    let data = data.display().to_string();
    format!(
        r#"[server]
listen = ["{listen}"]
public_url = "http://localhost:{port}"
data_dir = {data:?}
[operator]
listen = "127.0.0.1:0"
[sign_in]
second_factor = "optional"
[brand]
name = "Vestibule demo"
support_phone = "0800 00 000"
language = "en"
[[app]]
name = "portal"
hosts = ["localhost"]
upstreams = ["http://{portal}"]
headers = "remote"
  [[app.rule]]
  path = "/public/"
  allow = "everyone"
  [[app.rule]]
  path = "/portal.css"
  allow = "everyone"
  [[app.rule]]
  path = "/"
  allow = "signed-in"
"#,
        port = listen.port(),
    )
}

/// Runs the demo until it is told to stop.
///
/// # Errors
///
/// Why it did not start.
pub fn run(listen: SocketAddr, data: &Path) -> Result<(), StartError> {
    log::start(LogFormat::Text, app::clock());
    let runtime = runtime()?;
    let listener = runtime.block_on(tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
    let listener = listener.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let text = configuration(listen, data, address);
    let here = std::env::current_dir().map_err(failed)?;
    let config = config::parse(Path::new("the demo's configuration"), &text, &here);
    let running = app::start(config.map_err(StartError::Config)?)?;
    let portal = portal::Portal {
        jwks_url: format!("{}/.vestibule/jwks.json", running.ready.public_url),
        issuer: running.ready.public_url.clone(),
        audience: "portal".to_owned(),
    };
    std::thread::Builder::new()
        .name("portal".to_owned())
        .spawn(move || {
            if let Err(error) = runtime.block_on(portal::serve(listener, portal)) {
                tracing::error!(%error, "the demo's portal failed");
            }
        })
        .map_err(failed)?;
    let told = tell(&running, data);
    let waited = told.and_then(|()| wait_for_signal());
    running.stop();
    waited
}

/// Makes the account at the first start and says how to get in.
fn tell(running: &Running, data: &Path) -> Result<(), StartError> {
    let mut random = [0; 12];
    SystemChance::default().fill(&mut random).map_err(failed)?;
    let password = URL_SAFE_NO_PAD.encode(random);
    let new = NewAccount {
        name: ACCOUNT.to_owned(),
        email: "demo@example.test".to_owned(),
        full_name: Some("Dana Demo".to_owned()),
        language: Some("en".to_owned()),
        groups: vec!["visitors".to_owned()],
        password: Some(SecretString::from(password.clone())),
    };
    let made = runtime()?.block_on(running.accounts.add(new));
    let password = match made {
        Ok(_) => password,
        // Only its hash is left; nobody can say it again.
        Err(AccountError::Taken { .. }) => format!(
            "as told at the first start; for a new one: \
             echo 'NEW PASSWORD' | vestibule user set {ACCOUNT} --password-stdin --data {}",
            data.display()
        ),
        Err(error) => return Err(failed(error)),
    };
    let mut out = std::io::stdout().lock();
    let written = writeln!(
        out,
        "address   {}\naccount   {ACCOUNT}\npassword  {password}\noperator  http://{}/metrics\n\
         data      {}\n\nOpen the address in a browser. Ctrl-C stops the demo; the data stays.",
        running.ready.public_url,
        running.ready.operator,
        data.display(),
    );
    written.and_then(|()| out.flush()).map_err(failed)
}
