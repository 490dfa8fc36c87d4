//! What the operator's listener and the socket for commands answer by, and how
//! they are served.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::Router;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tower::ServiceExt;

use super::succession::Sockets;
use crate::gateway::listener::Bound;

/// Connections for commands at once.
const COMMANDS_MAX: u32 = 64;
/// How long to wait when a command's connection cannot be accepted.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// What the operator's listener and the socket for commands answer by.
pub(super) struct Doors {
    health: ArcSwap<Router>,
    admin: ArcSwap<Router>,
    /// Commands about the process itself, which outlive a reload.
    own: Router,
    /// Connections on which commands come.
    connections: Arc<Semaphore>,
}

impl Doors {
    pub fn new(own: Router, health: Router, admin: Router) -> Self {
        let doors = Self {
            health: ArcSwap::default(),
            admin: ArcSwap::default(),
            own,
            connections: Arc::new(Semaphore::new(COMMANDS_MAX as usize)),
        };
        doors.open(health, admin);
        doors
    }

    /// Waits until nobody is connected for a command any more.
    pub async fn emptied(&self) {
        let _ = self.connections.acquire_many(COMMANDS_MAX).await;
    }

    /// Answers by these from now on.
    pub fn open(&self, health: Router, admin: Router) {
        self.health.store(Arc::new(health));
        self.admin.store(Arc::new(admin.merge(self.own.clone())));
    }
}

/// Serves by what the doors are at each request, so that a reload counts for
/// connections that are open.
fn through(doors: Arc<Doors>, door: fn(&Doors) -> &ArcSwap<Router>) -> axum::routing::MethodRouter {
    axum::routing::any(move |request: axum::extract::Request| {
        let router = Router::clone(&door(&doors).load());
        async move { router.oneshot(request).await }
    })
}

/// Serves the operator on the last of the sockets.
pub(super) fn serve_operator(sockets: &Sockets, doors: Arc<Doors>) -> Option<JoinHandle<()>> {
    let router = Router::new().fallback(through(doors, |doors| &doors.health));
    let (_, Bound::Tcp(socket)) = sockets.0.last()? else { return None };
    let listener = socket.try_clone().and_then(tokio::net::TcpListener::from_std);
    Some(tokio::spawn(async move {
        let served = match listener {
            Ok(listener) => axum::serve(listener, router).await,
            Err(error) => Err(error),
        };
        if let Err(error) = served {
            tracing::error!(%error, "the operator's listener failed");
        }
    }))
}

/// Whether our own user, or the administrator, is at the other end.
pub(super) fn is_ours(stream: &UnixStream) -> bool {
    let ours = rustix::process::geteuid().as_raw();
    let ours = stream.peer_cred().is_ok_and(|peer| peer.uid() == ours || peer.uid() == 0);
    if !ours {
        tracing::warn!("a command of another user was refused");
    }
    ours
}

/// Takes commands from our own user, and from nobody else.
///
/// SECURITY: who opens the socket is asked of the kernel.
/// - Against: another user of the machine, should the folder's mode be changed
///   by hand or by a backup that is put back.
/// - Therefore: the peer's uid must be ours or the administrator's.
/// - Price: none.
/// - Held by: `only_our_own_user_may_look_into_the_data_folder`.
pub(super) async fn serve_admin(listener: Arc<UnixListener>, doors: Arc<Doors>) {
    let connections = doors.connections.clone();
    let router = Router::new().fallback(through(doors, |doors| &doors.admin));
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        if !is_ours(&stream) {
            continue;
        }
        let Ok(connection) = connections.clone().acquire_owned().await else { return };
        let router = router.clone();
        tokio::spawn(async move {
            let service = hyper_util::service::TowerToHyperService::new(router);
            let served = hyper::server::conn::http1::Builder::new()
                .serve_connection(hyper_util::rt::TokioIo::new(stream), service)
                .await;
            if let Err(error) = served {
                tracing::debug!(%error, "a command's connection failed");
            }
            drop(connection);
        });
    }
}
