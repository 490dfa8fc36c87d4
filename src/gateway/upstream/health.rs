//! Asks the addresses of an app whether they are well.

use std::convert::Infallible;
use std::sync::{Arc, Weak};

use bytes::Bytes;
use http::{Request, Version};
use http_body_util::Empty;
use hyper_util::rt::TokioIo;
use tokio::task::JoinSet;

use super::endpoints::Endpoint;
use super::settings::UpstreamSettings;
use crate::gateway::wire::{ConnectTimes, Protocol, Transport};

/// Keeps the addresses of an app checked, for as long as there is that app. An
/// app without a setting for it is left alone.
pub async fn keep_checked(app: Weak<super::App>) {
    // What is asked ends with whoever asks.
    let mut asks = JoinSet::new();
    loop {
        let Some(there) = app.upgrade() else { return };
        let Some(health) = there.endpoints.settings().health.clone() else { return };
        let host = there.settings.hosts.iter().find(|host| !host.name.starts_with('*'));
        let host: Arc<str> = host.map_or("localhost", |host| host.name.as_str()).into();
        for endpoint in there.endpoints.list().iter() {
            // Side by side: one that hangs keeps no other waiting.
            let (there, endpoint) = (there.clone(), endpoint.clone());
            let (health, host) = (health.clone(), host.clone());
            asks.spawn(async move {
                let settings = there.endpoints.settings();
                let asked = get(&endpoint, settings, &health.path, &host);
                let status = tokio::time::timeout(health.timeout, asked).await.ok().flatten();
                let well = status.is_some_and(|status| health.status.contains(&status));
                endpoint.checked(well, health.healthy_after, health.unhealthy_after);
            });
        }
        drop(there);
        while asks.try_join_next().is_some() {}
        tokio::time::sleep(health.every.max(health.timeout)).await;
    }
}

/// Asks one address of an app with a plain GET, in the way that the app is
/// spoken with. Gives the status of the answer; `None` where none came.
pub async fn get(
    endpoint: &Endpoint,
    settings: &UpstreamSettings,
    path: &str,
    host: &str,
) -> Option<u16> {
    let times =
        ConnectTimes { connect: settings.times.connect, handshake: settings.times.handshake };
    let transport = Transport::connect(endpoint, settings.protocol, times).await.ok()?;
    let request = Request::get(path).header("user-agent", "vestibule-health");
    match settings.protocol {
        Protocol::Http1 => {
            let request = request.header("host", host).header("connection", "close");
            let request = request.body(Empty::<Bytes>::new()).ok()?;
            let io = TokioIo::new(transport);
            let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.ok()?;
            let asked = async { Some(sender.send_request(request).await.ok()?.status().as_u16()) };
            beside(connection, asked).await
        }
        Protocol::Http2 => {
            let scheme = if endpoint.tls().is_some() { "https" } else { "http" };
            let uri = format!("{scheme}://{host}{path}");
            let request = request.uri(uri).version(Version::HTTP_2).body(()).ok()?;
            let (sender, connection) = h2::client::handshake(transport).await.ok()?;
            let asked = async {
                let mut sender = sender.ready().await.ok()?;
                let (answer, _) = sender.send_request(request, true).ok()?;
                Some(answer.await.ok()?.status().as_u16())
            };
            beside(connection, asked).await
        }
    }
}

/// Drives a connection while something is asked over it. An answer that came
/// with the connection's end counts.
async fn beside<T>(connection: impl Future, asked: impl Future<Output = T>) -> T {
    let driven = async {
        connection.await;
        std::future::pending::<Infallible>().await
    };
    tokio::select! {
        answer = asked => answer,
        never = driven => match never {},
    }
}
