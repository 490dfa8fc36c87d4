//! Whether a form really came from our own page.

use axum::http::header::{self, HeaderMap};

use crate::flow::Ticket;

/// Where a form post came from.
#[derive(Debug)]
pub enum Judged {
    /// From our page in this browser.
    Ours(Ticket),
    /// From our page, but the browser's ticket is gone: it was signed in in
    /// another tab, or waited too long. Nothing is changed; it starts again.
    Late,
    /// From elsewhere.
    Foreign,
}

/// Judges a form post.
///
/// SECURITY: three independent signs, of which the token is always one.
/// - Against: another site's page that posts in the visitor's name, a sibling
///   host's page, and a sign-in with the attacker's own name (login CSRF).
/// - Therefore: the browser must say `same-origin` where it says anything,
///   `Origin` must be ours where it does not, and the form must carry the token
///   of this browser's ticket.
/// - Price: a browser without cookies cannot sign in.
/// - Held by: `a_form_from_elsewhere_changes_nothing`.
pub fn judge(
    headers: &HeaderMap,
    public_url: &str,
    ticket: Option<Ticket>,
    token: Option<&str>,
) -> Judged {
    let one = |name: &str| {
        let mut values = headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (value, None) => Ok(value.and_then(|value| value.to_str().ok())),
            _ => Err(()),
        }
    };
    let same_origin = match (one("sec-fetch-site"), one(header::ORIGIN.as_str())) {
        (Ok(Some("same-origin")), Ok(None | Some("null"))) => true,
        (Ok(Some("same-origin") | None), Ok(Some(origin))) => origin == public_url,
        _ => false,
    };
    match (same_origin, ticket, token) {
        (true, None, _) => Judged::Late,
        (true, Some(ticket), Some(token)) if ticket.is_form_token(token) => Judged::Ours(ticket),
        _ => Judged::Foreign,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "https://app.test";

    fn judged(lines: &[(&'static str, &str)], token: &str) -> bool {
        let ticket = Ticket::parse(&"A".repeat(43)).unwrap();
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        let token = if token == "right" { ticket.form_token() } else { token.to_owned() };
        matches!(judge(&headers, OURS, Some(ticket), Some(&token)), Judged::Ours(_))
    }

    #[test]
    fn a_form_from_elsewhere_changes_nothing() {
        let site = "sec-fetch-site";
        for from in [
            vec![(site, "cross-site"), ("origin", "https://evil.test")],
            vec![(site, "same-site"), ("origin", "https://evil.app.test")],
            vec![(site, "none")],
            vec![("origin", "https://evil.test")],
            vec![("origin", "null")],
            vec![("origin", OURS), ("origin", "https://evil.test")],
            vec![(site, "same-origin"), ("origin", "https://evil.test")],
            vec![],
        ] {
            assert!(!judged(&from, "right"), "{from:?}");
        }
        assert!(!judged(&[("origin", OURS)], "wrong"));
        assert!(!judged(&[("origin", OURS)], ""));
        let late = judge(
            &[("origin", OURS)]
                .into_iter()
                .map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap()))
                .collect::<HeaderMap>(),
            OURS,
            None,
            Some("x"),
        );
        assert!(matches!(late, Judged::Late), "{late:?}");
        // Control: our own form passes, with either sign.
        assert!(judged(&[("origin", OURS)], "right"));
        assert!(judged(&[(site, "same-origin"), ("origin", OURS)], "right"));
        assert!(judged(&[(site, "same-origin")], "right"));
    }
}
