//! What a browser says of a form that it sends.

use http::header::{self, HeaderMap};

use crate::gateway::refuse::Reason;

/// Longest word of a browser about where a form came from.
const ORIGIN_BYTES_MAX: usize = 256;

/// How the paths of all our pages begin.
const OURS: &str = "/.vestibule";

/// What a browser says about the page that sent a form, if it says something.
pub(super) fn said_origin(headers: &HeaderMap) -> Result<Option<String>, Reason> {
    let mut said = headers.get_all(header::ORIGIN).iter();
    match (said.next(), said.next()) {
        (None, _) => Ok(None),
        (Some(origin), None) if origin.len() <= ORIGIN_BYTES_MAX => {
            origin.to_str().map(|text| Some(text.to_owned())).map_err(|_| Reason::Malformed)
        }
        _ => Err(Reason::Malformed),
    }
}

/// The plainest kind of form.
pub(super) const URLENCODED: &str = "application/x-www-form-urlencoded";

/// The kind of form, where it is one that pages send.
pub(super) fn form_type(headers: &HeaderMap) -> Option<String> {
    let mut kinds = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(kind), None) = (kinds.next(), kinds.next()) else { return None };
    let kind = kind.to_str().ok()?;
    let plain = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let known = plain == URLENCODED || plain == "multipart/form-data";
    (known && kind.len() <= 256).then(|| kind.to_owned())
}

/// Where a form was sent from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Site {
    Own,
    Other,
}

pub(super) fn comes_from(headers: &HeaderMap, own: &str) -> Site {
    let all_are = |name: &str, wanted: &str| headers.get_all(name).iter().all(|is| is == wanted);
    let one = headers.get_all(header::ORIGIN).iter().count() == 1;
    match one && all_are("origin", own) && all_are("sec-fetch-site", "same-origin") {
        true => Site::Own,
        false => Site::Other,
    }
}

/// Whether a form says that a page of the app on this host sent it. Browsers that
/// say less of a page than its path say nothing here.
pub(super) fn names_a_page_of_the_app(headers: &HeaderMap, own: &str) -> bool {
    let mut said = headers.get_all(header::REFERER).iter();
    let (Some(page), None) = (said.next(), said.next()) else { return false };
    let path = page.to_str().ok().and_then(|page| page.strip_prefix(own));
    path.is_some_and(|path| path.len() > 1 && path.starts_with('/') && !is_ours(path))
}

/// Whether this can be a path of ours, in any spelling.
fn is_ours(path: &str) -> bool {
    let begins = path.get(..OURS.len()).is_some_and(|begins| begins.eq_ignore_ascii_case(OURS));
    begins || path.contains('%')
}
