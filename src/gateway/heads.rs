//! Small things about the heads of messages.

use http::StatusCode;
use pingora::http::RequestHeader;

/// The bare parts of a request, out of the library's wrapper, which keeps a
/// second map for the letter case of names and lets them be changed one by one
/// only. HTTP names have no case; apps get them in lower case.
pub(super) fn take_parts(request: &mut RequestHeader) -> http::request::Parts {
    let (empty, ()) = http::Request::new(()).into_parts();
    std::mem::replace(request, RequestHeader::from(empty)).into()
}

/// Whether the answer is still to come. After 101 none is: what is written
/// then goes into the tunnel.
pub(super) fn is_interim(status: StatusCode) -> bool {
    status.is_informational() && status != StatusCode::SWITCHING_PROTOCOLS
}

/// Prefix and number in hexadecimal.
pub(super) fn request_id(prefix: &str, number: u64) -> String {
    let mut id = String::with_capacity(prefix.len() + 16);
    id.push_str(prefix);
    let digits = (16 - number.leading_zeros() / 4).max(1);
    for digit in (0..digits).rev() {
        let nibble = u32::try_from(number >> (4 * digit) & 0xf).unwrap_or(0);
        id.push(char::from_digit(nibble, 16).unwrap_or('0'));
    }
    id
}
