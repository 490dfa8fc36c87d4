//! `vestibule demo`: a gateway, a small portal behind it, one account and the
//! inbox its mails go to, to walk the whole first connection without a line of
//! configuration.

mod inbox;
mod portal;

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::app::{self, Running, StartError};
use crate::config;
use crate::flow::account::{AccountError, Accounts, NewAccount};
use crate::observe::log::{self, LogFormat};
use crate::operator::{Reload, Upgrade};

/// The demo's one account.
const ACCOUNT: &str = "demo";

fn failed(error: impl std::fmt::Display) -> StartError {
    StartError::Failed(error.to_string())
}

fn runtime() -> Result<tokio::runtime::Runtime, StartError> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)
}

/// The signals that stop the program. From the moment this is made none of them
/// ends it without a farewell, so it is made before anybody is told that it runs.
#[derive(Debug)]
pub struct Signals {
    runtime: tokio::runtime::Runtime,
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
    second_user: Signal,
}

impl Signals {
    /// Begins to listen.
    ///
    /// # Errors
    ///
    /// Where signals cannot be listened to.
    pub fn listen() -> Result<Self, StartError> {
        let runtime = runtime()?;
        let inside = runtime.enter();
        let terminate = signal(SignalKind::terminate()).map_err(failed)?;
        let interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
        // Unheard, it would end the program when a terminal closes.
        let hangup = signal(SignalKind::hangup()).map_err(failed)?;
        let second_user = signal(SignalKind::user_defined2()).map_err(failed)?;
        // From now on a file that may not grow is an error, and not the end.
        let grown = SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw());
        drop(signal(grown).map_err(failed)?);
        drop(inside);
        Ok(Self { runtime, terminate, interrupt, hangup, second_user })
    }

    /// Waits until the program is told to stop (SIGTERM or SIGINT), and has it
    /// stop, or until another took its place. SIGHUP has it read its
    /// configuration again, SIGUSR2 start another in its place. A second signal while it leaves stops it at once.
    ///
    /// # Errors
    ///
    /// Where it gave up.
    pub fn wait(self, running: Running) -> Result<(), StartError> {
        let Self { runtime, mut terminate, mut interrupt, mut hangup, mut second_user } = self;
        let over = runtime.block_on(async {
            loop {
                tokio::select! {
                    _ = terminate.recv() => return false,
                    _ = interrupt.recv() => return false,
                    () = running.over() => return true,
                    _ = second_user.recv() => {
                        // The log tells what became of these two, and a signal to stop is heard.
                        let upgrading = running.upgrading();
                        tokio::spawn(async move { upgrading.upgrade().await });
                    }
                    _ = hangup.recv() => {
                        let reloading = running.reloading();
                        tokio::spawn(async move { reloading.reload(false).await });
                    }
                }
            }
        });
        if !over {
            return running.stop();
        }
        let stopper = running.stopper();
        let listener = std::thread::spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
            });
            stopper.stop();
        });
        let ended = running.leave();
        drop(listener);
        ended
    }
}

fn configuration(listen: SocketAddr, data: &Path, portal: SocketAddr, post: SocketAddr) -> String {
    let data = data.display().to_string();
    format!(
        r#"[server]
listen = ["{listen}"]
public_url = "http://localhost:{port}"
data_dir = {data:?}
[operator]
listen = "127.0.0.1:0"
[sign_in]
second_factor = "required"
[mail]
server = "{post}"
tls = "none"
from = "Vestibule demo <demo@example.test>"
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

/// What runs beside the gateway, each on a free loopback port.
struct Beside {
    portal: TcpListener,
    post: TcpListener,
    inbox: TcpListener,
}

impl Beside {
    async fn bind() -> io::Result<Self> {
        let free = (Ipv4Addr::LOCALHOST, 0);
        Ok(Self {
            portal: TcpListener::bind(free).await?,
            post: TcpListener::bind(free).await?,
            inbox: TcpListener::bind(free).await?,
        })
    }
}

/// Runs the demo until it is told to stop.
///
/// # Errors
///
/// Why it did not start.
pub fn run(listen: SocketAddr, data: &Path) -> Result<(), StartError> {
    log::start(LogFormat::Text, app::clock()).map_err(failed)?;
    let signals = Signals::listen()?;
    let runtime = runtime()?;
    let beside = runtime.block_on(Beside::bind()).map_err(failed)?;
    let (at, post) = (beside.portal.local_addr(), beside.post.local_addr());
    let inbox = beside.inbox.local_addr().map_err(failed)?;
    let text = configuration(listen, data, at.map_err(failed)?, post.map_err(failed)?);
    let here = std::env::current_dir().map_err(failed)?;
    let config = config::parse(Path::new("the demo's configuration"), &text, &here);
    let running = app::start(config.map_err(StartError::Config)?, app::Start::default())?;
    let portal = portal::Portal {
        jwks_url: format!("{}/.vestibule/jwks.json", running.ready.public_url),
        issuer: running.ready.public_url.clone(),
        audience: "portal".to_owned(),
    };
    std::thread::Builder::new()
        .name("portal".to_owned())
        .spawn(move || {
            let served = runtime.block_on(async {
                tokio::try_join!(
                    portal::serve(beside.portal, portal),
                    inbox::serve(beside.post, beside.inbox, app::clock()),
                )
            });
            if let Err(error) = served {
                tracing::error!(%error, "the demo's portal or inbox failed");
            }
        })
        .map_err(failed)?;
    let told = tell(&running, inbox, data);
    match told {
        Ok(()) => signals.wait(running),
        Err(error) => running.stop().and(Err(error)),
    }
}

/// Makes the account at the first start and says how to go on.
fn tell(running: &Running, inbox: SocketAddr, data: &Path) -> Result<(), StartError> {
    let next = runtime()?.block_on(prepare(&running.accounts))?;
    let mut out = std::io::stdout().lock();
    let written = writeln!(
        out,
        "address   {}\naccount   {ACCOUNT}\ninbox     http://{inbox}/\n\
         operator  http://{}/metrics\ndata      {}\n\n{next}\n\
         Ctrl-C stops the demo; the data stays.",
        running.ready.public_url,
        running.ready.operator,
        data.display(),
    );
    written.and_then(|()| out.flush()).map_err(failed)
}

/// Makes the account, or, where its first connection is not over, a new
/// password for it: the inbox forgets its mails when the demo stops.
async fn prepare(accounts: &Accounts) -> Result<&'static str, StartError> {
    const MAILED: &str = "Open the inbox: the mail with the provisional password is there. Its button \
        leads to the\nsign-in page. An authenticator app on your phone makes the numbers, or\n\
        oathtool --totp -b SECRET with the text beside the picture.";
    let new = NewAccount {
        name: ACCOUNT.to_owned(),
        email: "demo@example.test".to_owned(),
        full_name: Some("Dana Demo".to_owned()),
        language: Some("en".to_owned()),
        groups: vec!["visitors".to_owned()],
        password: None,
    };
    match accounts.add(new).await {
        Ok(_) => return Ok(MAILED),
        Err(AccountError::Taken { .. }) => {}
        Err(error) => return Err(failed(error)),
    }
    match accounts.find(ACCOUNT).await.map_err(failed)?.password_until {
        Some(_) => accounts.provision(ACCOUNT).await.map(|_| MAILED).map_err(failed),
        None => {
            Ok("Sign in with the password that you chose and the number of your app.\nTo begin \
            anew, delete the data folder.")
        }
    }
}
