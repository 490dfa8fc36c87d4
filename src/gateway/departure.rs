//! Where a request goes whose visitor must first show who they are: to a page of
//! ours, on this host or on another one.

use http::Method;
use http::header::{self, HeaderValue};
use pingora::proxy::Session;

use super::refuse::{self, Extra, Reason};
use super::route::OWN_PREFIX;
use super::{Context, Gateway, Leaving, Shared};
use crate::crypto::Token;
use crate::domain::cookie::{self, Found};

/// Longest address that is kept as a way back.
const WAY_BACK_BYTES_MAX: usize = 2048;

impl Gateway {
    /// Answers a request whose visitor must first show who they are: a page load
    /// goes to `page` of ours with the way back kept, everything else is told
    /// 401.
    pub(super) fn to_own_page(session: &Session, page: &str, shared: &Shared) -> Extra {
        let request = session.req_header();
        let page_load = refuse::is_page_load(&request.headers);
        if !page_load || refuse::is_framed(&request.headers) {
            return Extra::default();
        }
        let cookies = shared.routes.hosts().home().cookies();
        let location = Some(format!("{}{OWN_PREFIX}{page}", shared.public_url));
        let lines = request.headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes);
        let brought = match cookie::find(lines, cookies.ticket_name()) {
            Found::One(value) => Token::parse(value),
            Found::None | Found::Several => None,
        };
        let (ticket, set_cookies) = match brought {
            Some(ticket) => (ticket, Vec::new()),
            None => match Token::new(&*shared.chance) {
                Ok(ticket) => {
                    let cookie = cookies.set_ticket(ticket.reveal());
                    (ticket, vec![cookie])
                }
                // Without a ticket the sign-in page makes its own.
                Err(_) => return Extra { location, ..Extra::default() },
            },
        };
        let path = String::from_utf8_lossy(request.raw_path()).into_owned();
        let asked_by_get = request.method == Method::GET;
        if asked_by_get && path.len() <= WAY_BACK_BYTES_MAX {
            let keeper = shared.way_back.clone();
            tokio::spawn(async move { keeper.keep(ticket, path).await });
        }
        Extra { location, set_cookies }
    }

    /// The same on a host that has none of our pages: a page load is sent to the
    /// one that has, and comes back with a session. Nothing but a GET leaves its
    /// host: an address keeps no body, and forms of ours may not lead away.
    ///
    /// # Errors
    ///
    /// Why nobody can leave from here.
    pub(super) async fn leave(
        session: &Session,
        context: &Context,
        reason: Reason,
    ) -> Result<Extra, Reason> {
        let request = session.req_header();
        let page_load = refuse::is_page_load(&request.headers);
        if !page_load || refuse::is_framed(&request.headers) || request.method != Method::GET {
            return Ok(Extra::default());
        }
        let (shared, host) = (&context.shared, &context.host);
        let lines = request.headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes);
        let brought = match cookie::find(lines, host.cookies().nonce_name()) {
            Found::One(value) => Token::parse(value),
            Found::None | Found::Several => None,
        };
        let nonce = match brought {
            Some(nonce) => nonce,
            None => Token::new(&*shared.chance).map_err(|_| Reason::Fault)?,
        };
        let path = String::from_utf8_lossy(request.raw_path()).into_owned();
        let set_cookies = vec![host.cookies().set_nonce(nonce.reveal())];
        let within = match reason {
            Reason::NotFresh { within } => Some(within),
            _ => None,
        };
        let path = if path.len() <= WAY_BACK_BYTES_MAX { path } else { "/".to_owned() };
        let others = shared.routes.hosts().others(host);
        let client = Self::whence(session, shared).address;
        let leaving = Leaving { host: host.clone(), nonce, path, within, others, client };
        let location = Some(shared.departures.depart(leaving).await?);
        Ok(Extra { location, set_cookies })
    }
}
