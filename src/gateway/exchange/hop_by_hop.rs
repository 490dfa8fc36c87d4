//! Fields that go no further than one connection.

use http::header::{self, HeaderMap, HeaderName, HeaderValue};

/// Names that are about one connection alone (RFC 9110 section 7.6.1), and not
/// allowed in HTTP/2.
const HOP_BY_HOP: [HeaderName; 6] = [
    header::CONNECTION,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    HeaderName::from_static("http2-settings"),
];

/// Takes out what is about the client's connection alone. That trailers are
/// welcome is passed on: gRPC asks for it.
pub(super) fn strip_hop_by_hop(headers: &mut HeaderMap) {
    let nominated: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .filter_map(|name| HeaderName::try_from(name.trim()).ok())
        .collect();
    let trailers = headers.get_all(header::TE).iter().any(|value| {
        value.to_str().is_ok_and(|te| te.split(',').any(|part| part.trim() == "trailers"))
    });
    for name in HOP_BY_HOP.iter().chain(&nominated) {
        headers.remove(name);
    }
    headers.remove(header::TE);
    headers.remove(header::EXPECT);
    if trailers {
        headers.insert(header::TE, HeaderValue::from_static("trailers"));
    }
}
