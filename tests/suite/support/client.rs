//! A small HTTP/1.1 client that does nothing wrong: one connection for each request, cookies kept,
//! header lines sent in the order given.

use std::net::SocketAddr;

use super::raw::{self, Reply};
use super::walk::support_code;

/// A browser as far as these tests need one.
#[derive(Clone)]
pub struct Client {
    addr: SocketAddr,
    /// What the `Host` line says; the host of the public address unless a test changes it.
    pub host: String,
    /// What the `Origin` line of a form post says.
    pub origin: String,
    /// Cookies in order, name and value.
    pub cookies: Vec<(String, String)>,
}

impl Client {
    /// A client that visits `public_url`, which the gateway at `addr` answers for.
    pub fn new(addr: SocketAddr, public_url: &str) -> Self {
        let host = public_url.split("://").nth(1).unwrap_or(public_url);
        let host = host.split('/').next().unwrap_or(host).to_string();
        let origin = public_url.trim_end_matches('/').to_string();
        Self { addr, host, origin, cookies: Vec::new() }
    }

    /// Asks for a page, as a browser's address bar does.
    pub fn get(&mut self, target: &str) -> Reply {
        self.send("GET", target, &[("Accept", "text/html,*/*;q=0.8")], b"")
    }

    /// Asks for data, as a page's script does.
    pub fn fetch(&mut self, target: &str) -> Reply {
        self.send("GET", target, &[("Accept", "application/json")], b"")
    }

    /// Posts a form from a page of the same origin.
    pub fn post_form(&mut self, target: &str, fields: &[(&str, &str)]) -> Reply {
        let body: Vec<String> =
            fields.iter().map(|(name, value)| format!("{}={}", form(name), form(value))).collect();
        let origin = self.origin.clone();
        let headers = [
            ("Accept", "text/html,*/*;q=0.8"),
            ("Origin", origin.as_str()),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ];
        self.send("POST", target, &headers, body.join("&").as_bytes())
    }

    /// Sends one request with these header lines after `Host` and `Cookie`, and keeps the cookies
    /// of the answer.
    pub fn send(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Reply {
        let mut head = format!("{method} {target} HTTP/1.1\r\nHost: {}\r\n", self.host);
        if !self.cookies.is_empty() {
            head.push_str(&format!("Cookie: {}\r\n", self.cookie_line()));
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() || method == "POST" {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        head.push_str("Connection: close\r\n\r\n");
        let reply = raw::exchange(self.addr, &[head.as_bytes(), body].concat());
        for line in reply.headers("set-cookie") {
            self.keep(&line);
        }
        reply
    }

    /// The value of a cookie that is held.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.iter().find(|(held, _)| held == name).map(|(_, value)| value.as_str())
    }

    /// The cookies as one line.
    pub fn cookie_line(&self) -> String {
        let pairs: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    /// Takes the steps of a sign-in up to the answer to the password.
    pub fn walk_sign_in(&mut self, name: &str, password: &str) -> Reply {
        let csrf = self.walk_to_password(name);
        self.give_password(&csrf, password)
    }

    /// Takes the steps of a sign-in up to the password page, and gives the token of its form.
    pub fn walk_to_password(&mut self, name: &str) -> String {
        // A browser that knows accounts would be shown those first.
        let page = self.get("/.vestibule/sign-in?other");
        assert_eq!(page.status(), 200, "sign-in page: {}", page.shown());
        let csrf = hidden(&page.text(), "csrf");
        let step = self.post_form("/.vestibule/sign-in", &[("csrf", &csrf), ("name", name)]);
        assert_eq!(step.status(), 303, "name step: {}", step.shown());
        let page = self.get("/.vestibule/password");
        assert_eq!(page.status(), 200, "password page: {}", page.shown());
        hidden(&page.text(), "csrf")
    }

    /// Sends the form of the password page.
    pub fn give_password(&mut self, csrf: &str, password: &str) -> Reply {
        self.post_form("/.vestibule/password", &[("csrf", csrf), ("password", password)])
    }

    fn keep(&mut self, line: &str) {
        let mut parts = line.split(';');
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
            return;
        };
        let (name, value) = (name.trim().to_string(), value.trim().to_string());
        let ends = parts.any(|part| part.trim().eq_ignore_ascii_case("max-age=0"));
        self.cookies.retain(|(held, _)| *held != name);
        if !ends && !value.is_empty() {
            self.cookies.push((name, value));
        }
    }
}

/// The value of a hidden input of a page.
pub fn hidden(page: &str, name: &str) -> String {
    let start = format!("<input type=\"hidden\" name=\"{name}\" value=\"");
    let value = page.split(&start).nth(1).and_then(|rest| rest.split('"').next());
    value.unwrap_or_else(|| panic!("no hidden input {name} in {page}")).to_string()
}

/// A value as a form field carries it.
pub fn form(value: &str) -> String {
    let mut text = String::new();
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
                text.push(char::from(byte));
            }
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

/// An answer without what differs between any two: ids, dates, random values, the seconds that are
/// left and the typed name. Names that are compared have one length, so that `Content-Length` counts
/// too.
pub fn comparable(reply: &Reply, csrf: &str, name: &str) -> String {
    let support = support_code(reply).unwrap_or_default();
    let head = reply.head();
    let lines = head.lines().filter_map(|line| {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        match field.to_ascii_lowercase().as_str() {
            "x-request-id" | "date" => None,
            "retry-after" => Some("retry-after".to_string()),
            "content-length" => {
                let length: usize = value.trim().parse().expect("a length");
                Some(format!("content-length: {}", length - support.len()))
            }
            "set-cookie" => {
                let (pair, marks) = value.split_once(';').unwrap_or((value, ""));
                Some(format!("set-cookie: {}=…;{marks}", pair.split('=').next().unwrap_or(pair)))
            }
            _ => Some(line.to_string()),
        }
    });
    let lines: Vec<String> = lines.collect();
    let mut body = reply.text().replace(csrf, "{csrf}").replace(name, "{name}");
    if !support.is_empty() {
        body = body.replace(&support, "{support}");
    }
    let ends = body.split("data-ends=\"").nth(1).and_then(|rest| rest.split('"').next());
    if let Some(seconds) = ends.map(str::to_string) {
        body = body.replace(&format!("data-ends=\"{seconds}\""), "data-ends");
    }
    format!("{}\n{body}", lines.join("\n"))
}
