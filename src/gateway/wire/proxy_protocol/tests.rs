//! What is taken for a header, what is not, and that nothing breaks the reader.

use proptest::prelude::*;

use super::*;

/// What was read, and what was left for others.
fn read_all(bytes: &[u8]) -> (Option<Option<IpAddr>>, Vec<u8>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut rest = bytes;
    let told = runtime.block_on(read(&mut rest)).ok();
    (told, rest.to_vec())
}

fn v2(command: u8, family: u8, said: &[u8]) -> Vec<u8> {
    let length = u16::try_from(said.len()).unwrap().to_be_bytes();
    [&SIGNATURE[..], &[command, family], &length, said].concat()
}

fn text(ip: &str) -> Option<Option<IpAddr>> {
    Some(Some(ip.parse().unwrap()))
}

#[test]
fn a_line_tells_the_client_and_leaves_what_follows() {
    for (line, told) in [
        ("PROXY TCP4 203.0.113.7 10.0.0.1 4711 443\r\n", text("203.0.113.7")),
        ("PROXY TCP6 2001:db8::7 ::1 4711 443\r\n", text("2001:db8::7")),
        ("PROXY TCP6 ::ffff:203.0.113.7 ::1 0 443\r\n", text("203.0.113.7")),
        ("PROXY UNKNOWN\r\n", Some(None)),
        ("PROXY UNKNOWN whatever 1 2\r\n", Some(None)),
    ] {
        let (read, rest) = read_all(format!("{line}GET /").as_bytes());
        assert_eq!(read, told, "{line}");
        assert_eq!(rest, b"GET /", "{line}");
    }
}

#[test]
fn a_line_that_is_none_is_refused() {
    let endless = format!("PROXY UNKNOWN {}\r\n", "x".repeat(LINE_BYTES_MAX));
    for line in [
        "GET / HTTP/1.1\r\nHost: app.test\r\n\r\n",
        "PROXY TCP4 203.0.113.7 10.0.0.1 4711 443\n",
        "PROXY TCP4 203.0.113.7 10.0.0.1 4711\r\n",
        "PROXY TCP4 203.0.113.7 10.0.0.1 4711 443 1\r\n",
        "PROXY TCP4 203.0.113.7 10.0.0.1 65536 443\r\n",
        "PROXY TCP4 203.0.113.7 10.0.0.1 +1 443\r\n",
        "PROXY TCP4 203.0.113.7 10.0.0.1 01 443\r\n",
        "PROXY TCP4  203.0.113.7 10.0.0.1 4711 443\r\n",
        "PROXY TCP4 2001:db8::7 ::1 4711 443\r\n",
        "PROXY TCP6 203.0.113.7 10.0.0.1 4711 443\r\n",
        "PROXY UDP4 203.0.113.7 10.0.0.1 4711 443\r\n",
        "proxy TCP4 203.0.113.7 10.0.0.1 4711 443\r\n",
        "PROXY UNKNOWNX\r\n",
        "PROXY TCP4 203.0.113",
        endless.as_str(),
    ] {
        assert_eq!(read_all(line.as_bytes()).0, None, "{line}");
    }
}

#[test]
fn a_block_tells_the_client_and_leaves_what_follows() {
    let v4 = [203, 0, 113, 7, 10, 0, 0, 1, 1, 2, 3, 4];
    let with_more = [&v4[..], &[0; 508]].concat();
    let unix = [0; 216];
    for (label, block, told) in [
        ("v4", v2(0x21, 0x11, &v4), text("203.0.113.7")),
        ("v4 and more", v2(0x21, 0x11, &with_more), text("203.0.113.7")),
        ("local", v2(0x20, 0x11, &v4), Some(None)),
        ("local, bare", v2(0x20, 0, &[]), Some(None)),
        ("unspecified", v2(0x21, 0, &[]), Some(None)),
        ("a file", v2(0x21, 0x31, &unix), Some(None)),
    ] {
        let (read, rest) = read_all(&[&block[..], b"GET /"].concat());
        assert_eq!(read, told, "{label}");
        assert_eq!(rest, b"GET /", "{label}");
    }
}

#[test]
fn a_block_that_is_none_is_refused() {
    let v4 = [203, 0, 113, 7, 10, 0, 0, 1, 1, 2, 3, 4];
    for (label, block) in [
        ("version 1", v2(0x11, 0x11, &v4)),
        ("version 3", v2(0x31, 0x11, &v4)),
        ("unknown command", v2(0x22, 0x11, &v4)),
        ("unknown family", v2(0x21, 0x41, &v4)),
        ("datagrams", v2(0x21, 0x12, &v4)),
        ("too short", v2(0x21, 0x11, &v4[..11])),
        ("v6 too short", v2(0x21, 0x21, &[0; 35])),
        ("too long", v2(0x21, 0x11, &[0; BLOCK_BYTES_MAX - FIXED + 1])),
        ("cut off", v2(0x21, 0x11, &v4)[..20].to_vec()),
    ] {
        assert_eq!(read_all(&block).0, None, "{label}");
    }
}

proptest! {
    #[test]
    fn no_bytes_break_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..700)) {
        let _ = read_all(&bytes);
        let _ = read_all(&[&SIGNATURE[..], &bytes].concat());
        let _ = read_all(&[&b"PROXY TCP4 "[..], &bytes].concat());
        let _ = line(&bytes);
        let _ = block(&bytes);
    }

    #[test]
    fn what_is_written_is_read_back(octets: [u8; 16], port: u16) {
        let v6 = Ipv6Addr::from(octets);
        let v4 = Ipv4Addr::new(octets[0], octets[1], octets[2], octets[3]);
        let (line4, line6) = (
            format!("PROXY TCP4 {v4} {v4} {port} {port}\r\n"),
            format!("PROXY TCP6 {v6} {v6} {port} {port}\r\n"),
        );
        let ports = [port.to_be_bytes(), port.to_be_bytes()].concat();
        let block4 = v2(0x21, 0x11, &[&v4.octets()[..], &v4.octets(), &ports].concat());
        let block6 = v2(0x21, 0x21, &[&octets[..], &octets, &ports].concat());
        prop_assert_eq!(read_all(line4.as_bytes()).0, Some(Some(IpAddr::from(v4))));
        prop_assert_eq!(read_all(&block4).0, Some(Some(IpAddr::from(v4))));
        let v6 = IpAddr::from(v6).to_canonical();
        prop_assert_eq!(read_all(line6.as_bytes()).0, Some(Some(v6)));
        prop_assert_eq!(read_all(&block6).0, Some(Some(v6)));
    }
}
