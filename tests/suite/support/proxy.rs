//! Other people's proxies, before or behind the gateway: nginx and HAProxy as a distribution has them.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::AsRawFd;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::io::{FdFlags, fcntl_setfd};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// Whose proxy it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// nginx.
    Nginx,
    /// HAProxy.
    Haproxy,
}

/// A running proxy that passes everything on to one address. It is killed when this is dropped.
pub struct Proxy {
    /// Where it listens.
    pub addr: SocketAddr,
    folder: TempDir,
    child: Child,
}

impl Proxy {
    /// Starts one that lets pass what it can be told to let pass, and keeps its connections.
    pub fn start(kind: Kind, upstream: SocketAddr) -> Self {
        // The proxy inherits the socket, so nobody else can take the port before it is there.
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let addr = listener.local_addr().expect("an address");
        fcntl_setfd(&listener, FdFlags::empty()).expect("a socket that can be inherited");
        let folder = TempDir::new().expect("a folder for the proxy");
        let file = folder.path().join("proxy.conf");
        let text = match kind {
            Kind::Nginx => nginx(folder.path(), addr, upstream),
            Kind::Haproxy => haproxy(listener.as_raw_fd(), upstream),
        };
        fs::write(&file, text).expect("the configuration is written");
        let mut command = match kind {
            Kind::Nginx => {
                let mut command = Command::new("nginx");
                command.env("NGINX", format!("{};", listener.as_raw_fd()));
                command.arg("-p").arg(folder.path()).arg("-c").arg(&file);
                command
            }
            Kind::Haproxy => {
                let mut command = Command::new("haproxy");
                command.arg("-db").arg("-f").arg(&file);
                command
            }
        };
        // Where a distribution keeps daemons may not be where people's commands are.
        let mut path = std::env::var_os("PATH").unwrap_or_default();
        path.push(":/usr/sbin:/sbin");
        let log = fs::File::create(folder.path().join("log")).expect("a log file");
        let child = command
            .env("PATH", path)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("{kind:?} is needed for this test: {error}"));
        Self { addr, folder, child }
    }

    /// What it wrote to its error output.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // A signal that its workers hear of too.
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        let _ = self.child.wait();
    }
}

fn nginx(folder: &Path, addr: SocketAddr, upstream: SocketAddr) -> String {
    let folder = folder.display();
    // Its workers must get into the folder, whoever runs the tests.
    let user = if rustix::process::getuid().is_root() { "user root root;\n" } else { "" };
    format!(
        "daemon off;\nworker_processes 1;\n{user}pid {folder}/pid;\nerror_log stderr warn;\n\
         events {{ worker_connections 1024; }}\n\
         http {{\n  access_log off;\n\
         client_body_temp_path {folder}/body;\n  proxy_temp_path {folder}/kept;\n\
         fastcgi_temp_path {folder}/f;\n  uwsgi_temp_path {folder}/u;\n  scgi_temp_path {folder}/s;\n\
         client_header_timeout 3s;\n  client_body_timeout 3s;\n  keepalive_timeout 3s;\n\
         ignore_invalid_headers off;\n  underscores_in_headers on;\n  merge_slashes off;\n\
         upstream next {{ server {upstream}; keepalive 8; }}\n\
         server {{\n  listen {addr};\n  location / {{\n\
         proxy_pass http://next;\n  proxy_http_version 1.1;\n  proxy_set_header Connection \"\";\n\
         proxy_set_header Host $http_host;\n  proxy_request_buffering off;\n  proxy_buffering off;\n\
         proxy_ignore_client_abort on;\n  proxy_next_upstream off;\n  proxy_read_timeout 5s;\n\
         }}\n  }}\n}}\n"
    )
}

fn haproxy(descriptor: i32, upstream: SocketAddr) -> String {
    format!(
        "global\n  maxconn 1000\n\
         defaults\n  mode http\n  timeout connect 5s\n  timeout client 3s\n  timeout server 5s\n\
         \x20 timeout http-request 3s\n  timeout http-keep-alive 3s\n  retries 0\n  http-reuse always\n\
         frontend door\n  bind fd@{descriptor}\n  option accept-invalid-http-request\n\
         \x20 default_backend next\n\
         backend next\n  server next {upstream}\n"
    )
}
