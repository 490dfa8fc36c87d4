//! Listeners that only send people from http to https.

use http::header;
use pingora::http::ResponseHeader;
use pingora::proxy::Session;

use super::guard;
use super::refuse::{Extra, Reason};
use super::{Context, Gateway, Shared, Stage};

impl Gateway {
    /// Sends a request to the same address by https: for hosts of ours alone,
    /// and without reading more of it than that.
    pub(super) async fn to_https(
        session: &mut Session,
        context: &mut Context,
    ) -> pingora::Result<()> {
        Self::set_limits(session, false);
        let location = match Self::secure_address(session, &context.shared) {
            Ok(location) => location,
            Err(reason) => return Self::refuse_in_clear(session, reason, context).await,
        };
        context.stage = Stage::Own;
        // 308 keeps the method, so that a form is not lost on the way.
        let mut answer = ResponseHeader::build(308, Some(4))?;
        answer.insert_header(header::LOCATION, location)?;
        answer.insert_header(header::CONTENT_LENGTH, 0)?;
        answer.insert_header("X-Request-Id", context.id.as_str())?;
        // Its body, if it has one, is not waited for.
        if !session.is_body_empty() {
            session.set_keepalive(None);
        }
        session.write_response_header(Box::new(answer), true).await
    }

    fn secure_address(session: &mut Session, shared: &Shared) -> Result<String, Reason> {
        let target = guard::examine(session.req_header_mut())?;
        let routes = &shared.routes;
        if !routes.serves(&target.host) {
            return Err(Reason::UnknownHost);
        }
        let host = routes.hosts().find(&target.host).ok_or(Reason::UnknownHost)?;
        let path = String::from_utf8_lossy(session.req_header().raw_path());
        Ok(format!("{}{path}", host.https_origin()))
    }

    /// Browsers heed `Strict-Transport-Security` under TLS alone, and it must
    /// not be said elsewhere (RFC 6797 section 7.2).
    async fn refuse_in_clear(
        session: &mut Session,
        reason: Reason,
        context: &mut Context,
    ) -> pingora::Result<()> {
        context.stage = Stage::Refused(reason, None);
        let marks = (context.host.cookies(), None);
        super::refuse::answer(
            session,
            reason,
            Extra::default(),
            &context.id,
            marks,
            &context.shared.draw,
        )
        .await
    }
}
