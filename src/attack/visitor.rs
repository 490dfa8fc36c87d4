//! The visitors of an attack: they sign in by the same pages as people do.

use std::net::SocketAddr;

use super::wire::{Reply, exchange};
use crate::gateway::route::OWN_PREFIX;

/// A browser that visits one host.
#[derive(Debug)]
struct Browser<'a> {
    address: SocketAddr,
    public_url: &'a str,
    cookies: Vec<(String, String)>,
}

impl Browser<'_> {
    fn send(&mut self, method: &str, page: &str, body: &str) -> Reply {
        let host = self.public_url.split("://").nth(1).unwrap_or_default();
        let pairs: Vec<_> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = match pairs.is_empty() {
            true => String::new(),
            false => format!("Cookie: {}\r\n", pairs.join("; ")),
        };
        let form = match method {
            "POST" => format!(
                "Origin: {}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n",
                self.public_url,
                body.len()
            ),
            _ => String::new(),
        };
        let head = format!(
            "{method} {OWN_PREFIX}{page} HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\n{cookies}{form}\
             Connection: close\r\n\r\n{body}"
        );
        let reply = exchange(self.address, head.as_bytes());
        for line in reply.values("set-cookie") {
            let pair = line.split(';').next().unwrap_or_default();
            let Some((name, value)) = pair.split_once('=') else { continue };
            self.cookies.retain(|(held, _)| held != name);
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
        reply
    }
}

/// Signs in with name and password, and gives the session's cookie as
/// `name=value`; `None` where no session came of it.
pub fn sign_in(
    address: SocketAddr,
    public_url: &str,
    session_name: &str,
    name: &str,
    password: &str,
) -> Option<String> {
    let mut browser = Browser { address, public_url, cookies: Vec::new() };
    let csrf = form_token(&browser.send("GET", "sign-in?other", "").body())?;
    browser.send("POST", "sign-in", &format!("csrf={csrf}&name={name}"));
    let csrf = form_token(&browser.send("GET", "password", "").body())?;
    browser.send("POST", "password", &format!("csrf={csrf}&password={password}"));
    let held = browser.cookies.into_iter().find(|(held, _)| held == session_name);
    held.filter(|(_, value)| !value.is_empty()).map(|(name, value)| format!("{name}={value}"))
}

fn form_token(page: &str) -> Option<String> {
    let rest = page.split("name=\"csrf\" value=\"").nth(1)?;
    rest.split('"').next().map(str::to_owned)
}
