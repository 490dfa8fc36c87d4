//! Who is believed, and what is made of what they say.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::gateway::listener::Marks;

fn proxies() -> TrustedProxies {
    let networks = ["10.0.0.0/8", "fd00::/8"].map(|text| Network::parse(text).unwrap());
    TrustedProxies { networks: networks.to_vec(), unix: false }
}

fn from(peer: &str) -> Connection {
    let peer = match peer {
        "unix" => Peer::Unix,
        address => Peer::Address(SocketAddr::new(address.parse().unwrap(), 4321)),
    };
    Connection { cut: Arc::default(), peer, told: None, tls: None, marks: Marks::default() }
}

fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(*name, value.parse().unwrap());
    }
    headers
}

fn client(peer: &str, lines: &[(&'static str, &str)]) -> Option<String> {
    let found = whence(Some(&from(peer)), &headers(lines), &proxies(), Cookies::Secure);
    found.client().map(|address| address.to_string())
}

const LIST: &str = "x-forwarded-for";
const STANDARD: &str = "forwarded";

#[test]
fn an_address_is_believed_of_a_listed_proxy_alone() {
    for name in [LIST, STANDARD] {
        let value = if name == LIST { "203.0.113.7" } else { "for=203.0.113.7" };
        let asked = |peer| {
            whence(Some(&from(peer)), &headers(&[(name, value)]), &proxies(), Cookies::Loopback)
        };
        let stranger = asked("198.51.100.1");
        assert_eq!(stranger.address.to_string(), "198.51.100.1", "{name}");
        // Control: the same words of a proxy are believed.
        assert_eq!(asked("10.0.0.1").client().unwrap().to_string(), "203.0.113.7", "{name}");
    }
}

#[test]
fn behind_a_proxy_nobody_is_known_by_address() {
    let none = HeaderMap::new();
    let asked = |peer, cookies| whence(Some(&from(peer)), &none, &proxies(), cookies);
    assert_eq!(asked("198.51.100.1", Cookies::Secure).client(), None);
    assert_eq!(asked("10.0.0.1", Cookies::Secure).client(), None);
    assert_eq!(asked("10.0.0.1", Cookies::Loopback).client(), None);
    // Control: without one in front the address is the client's.
    let near = asked("198.51.100.1", Cookies::Loopback).client();
    assert_eq!(near.unwrap().to_string(), "198.51.100.1");
}

#[test]
fn the_right_most_hop_that_is_not_listed_is_the_client() {
    for (value, expected) in [
        ("203.0.113.7", "203.0.113.7"),
        ("1.1.1.1, 203.0.113.7", "203.0.113.7"),
        ("forged nonsense, 203.0.113.7, 10.1.1.1", "203.0.113.7"),
        ("203.0.113.7:4711", "203.0.113.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("[2001:db8::7]:443, 10.0.0.2", "2001:db8::7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("10.0.0.3, 10.0.0.2", "10.0.0.3"),
    ] {
        assert_eq!(client("10.0.0.1", &[(LIST, value)]).as_deref(), Some(expected), "{value}");
    }
    // The last line is the nearest hop.
    let lines = [(LIST, "1.1.1.1"), (LIST, "203.0.113.7")];
    assert_eq!(client("10.0.0.1", &lines).as_deref(), Some("203.0.113.7"));
}

#[test]
fn the_standard_header_is_read_as_it_is_written() {
    for (value, expected) in [
        ("for=203.0.113.7", "203.0.113.7"),
        ("For=\"[2001:db8::7]:4711\"; proto=https", "2001:db8::7"),
        ("for=1.1.1.1, for=203.0.113.7;by=10.0.0.1", "203.0.113.7"),
    ] {
        assert_eq!(client("10.0.0.1", &[(STANDARD, value)]).as_deref(), Some(expected), "{value}");
    }
}

#[test]
fn what_cannot_be_read_leaves_the_address_of_the_proxy() {
    let long = "10.0.0.9,".repeat(1000);
    let unreadable = [
        (LIST, "a"),
        (LIST, ", ,"),
        (LIST, "[::1]:x"),
        (LIST, "[::1"),
        (LIST, "203.0.113.7,"),
        (LIST, "203.0.113.7:99999"),
        (LIST, "unknown"),
        (LIST, long.trim_end_matches(',')),
        (STANDARD, "for=unknown"),
        (STANDARD, "for=_hidden"),
        (STANDARD, "203.0.113.7"),
        (STANDARD, "for=1.1.1.1;for=203.0.113.7"),
        (STANDARD, "for=\"203.0.113.7"),
        (STANDARD, "proto=https"),
        // A quoted `by` that holds marks of division, read otherwise by who knows quotes.
        (STANDARD, "by=\"a;for=1.1.1.1;x=\";for=203.0.113.7"),
        (STANDARD, "for = 1.1.1.1;for=203.0.113.7"),
        (STANDARD, "x= for=1.1.1.1;for=203.0.113.7"),
    ];
    for line in unreadable {
        let found = whence(Some(&from("10.0.0.1")), &headers(&[line]), &proxies(), Cookies::Secure);
        assert_eq!(found.client(), None, "{line:?}");
        assert_eq!(found.address.to_string(), "10.0.0.1", "{line:?}");
    }
}

#[test]
fn two_headers_count_only_where_they_agree() {
    let both = |list, standard| client("10.0.0.1", &[(LIST, list), (STANDARD, standard)]);
    assert_eq!(both("203.0.113.7", "for=1.1.1.1"), None);
    assert_eq!(both("203.0.113.7", "for=unknown"), None);
    // Control: one and the same word twice.
    assert_eq!(both("203.0.113.7", "for=203.0.113.7").as_deref(), Some("203.0.113.7"));
}

#[test]
fn a_socket_file_speaks_for_clients_only_where_it_is_listed() {
    let lines = headers(&[(LIST, "203.0.113.7")]);
    let ask = |proxies: &TrustedProxies| {
        whence(Some(&from("unix")), &lines, proxies, Cookies::Loopback).client()
    };
    assert_eq!(ask(&proxies()), None);
    let listed = TrustedProxies { unix: true, ..proxies() };
    assert_eq!(ask(&listed).unwrap().to_string(), "203.0.113.7");
}

#[test]
fn an_address_told_before_the_first_request_is_the_nearest() {
    let mut connection = from("10.0.0.1");
    connection.told = Some("198.51.100.1".parse().unwrap());
    let lines = headers(&[(LIST, "203.0.113.7")]);
    let found = whence(Some(&connection), &lines, &proxies(), Cookies::Secure);
    assert_eq!(found.client().unwrap().to_string(), "198.51.100.1");
    // Control: where it is a proxy's too, that one may go on speaking.
    connection.told = Some("10.0.0.2".parse().unwrap());
    let found = whence(Some(&connection), &lines, &proxies(), Cookies::Secure);
    assert_eq!(found.client().unwrap().to_string(), "203.0.113.7");
}

proptest! {
    #[test]
    fn no_value_breaks_the_readers(value in "[ -~]{0,200}") {
        let _ = client("10.0.0.1", &[(LIST, &value)]);
        let _ = client("10.0.0.1", &[(STANDARD, &value)]);
    }

    #[test]
    fn an_address_is_read_back_however_it_is_written(octets: [u8; 16], port in 1_u16..) {
        let v6 = IpAddr::from(octets).to_canonical();
        let v4 = IpAddr::from([octets[0], octets[1], octets[2], octets[3]]);
        for ip in [v4, v6] {
            prop_assert_eq!(address_of(&ip.to_string()), Some(ip));
            prop_assert_eq!(address_of(&SocketAddr::new(ip, port).to_string()), Some(ip));
        }
    }
}
