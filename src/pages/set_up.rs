//! The screens on the way to a second factor that are walked through: `secure`,
//! `get-app`, `set-up-app` and `scan`; and `set-up-elsewhere`, where the way was
//! cut off.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use qrcode::{Color, EcLevel, QrCode};
use serde::Deserialize;

use super::form::{Pressed, Sent};
use super::frame::Frame;
use super::refused;
use super::visit::{Visit, path_of};
use crate::domain::{Factor, Place, Words};
use crate::flow::{At, SeedShown, Standing, Ticket};

#[derive(Template)]
#[template(path = "secure.html", config = "pages/askama.toml")]
struct Secure<'a> {
    t: &'a Words,
    frame: &'a Frame<'a>,
    ways: &'a [Offer],
}

/// A way to secure the account.
struct Offer {
    word: &'static str,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "get_app.html", config = "pages/askama.toml")]
struct GetApp<'a> {
    t: &'a Words,
    frame: &'a Frame<'a>,
    phone: bool,
    stores: &'a [Store],
}

/// Where Microsoft Authenticator is to be had.
struct Store {
    name: &'static str,
    device: &'static str,
    url: &'static str,
    qr: String,
}

#[derive(Template)]
#[template(path = "set_up_app.html", config = "pages/askama.toml")]
struct SetUpApp<'a> {
    t: &'a Words,
    frame: &'a Frame<'a>,
    phone: bool,
}

#[derive(Template)]
#[template(path = "scan.html", config = "pages/askama.toml")]
struct Scan<'a> {
    t: &'a Words,
    frame: &'a Frame<'a>,
    phone: bool,
    qr: &'a str,
    link: &'a str,
    secret: &'a str,
    account: &'a str,
}

#[derive(Template)]
#[template(path = "set_up_elsewhere.html", config = "pages/askama.toml")]
struct SetUpElsewhere<'a> {
    t: &'a Words,
    frame: &'a Frame<'a>,
}

const APP_STORE: &str = "https://apps.apple.com/app/microsoft-authenticator/id983156458";
const GOOGLE_PLAY: &str = "https://play.google.com/store/apps/details?id=com.azure.authenticator";

/// A square of dots as SVG for the page's own markup, with its quiet zone. Dots
/// side by side are drawn as one, which is a quarter of what the library's own
/// drawing weighs.
///
/// # Errors
///
/// What the library says where the text is too long for one.
pub fn picture(text: &str) -> Result<String, qrcode::types::QrError> {
    /// Light dots around it (ISO/IEC 18004 section 6.3.8).
    const QUIET: usize = 4;
    let code = QrCode::with_error_correction_level(text, EcLevel::M)?;
    let (width, colors) = (code.width(), code.to_colors());
    let mut path = String::new();
    for (y, row) in colors.chunks(width).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|one, next| one == next) {
            if run.first() == Some(&Color::Dark) {
                let (left, top, length) = (x + QUIET, y + QUIET, run.len());
                path.push_str(&format!("M{left} {top}h{length}v1H{left}z"));
            }
            x += run.len();
        }
    }
    let side = width + 2 * QUIET;
    Ok(format!(
        "<svg viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\" focusable=\"false\">\
         <rect width=\"{side}\" height=\"{side}\" fill=\"#fff\" stroke=\"none\"/>\
         <path d=\"{path}\" fill=\"#000\" stroke=\"none\"/></svg>"
    ))
}

/// Why a second factor, and which.
pub async fn secure(visit: Visit) -> Response {
    let at = At::SetUp(Place::Secure);
    let draw = |ticket: &Ticket, stand: &Standing| {
        let frame = visit.frame_at(path_of(at), ticket, stand);
        let offers = visit.pages.sign_in.offers();
        // Without script a passkey cannot be made, so another way is chosen first.
        let first = offers.iter().find(|way| **way != Factor::Passkey);
        let offer = |way: &Factor| Offer { word: way.word(), chosen: Some(way) == first };
        let ways: Vec<_> = offers.iter().map(offer).collect();
        let screen = Secure { t: visit.words_at(stand), frame: &frame, ways: &ways };
        visit.draw(StatusCode::OK, &screen, &[])
    };
    visit.show_at(at, draw).await
}

/// Where the app comes from.
pub async fn get_app(visit: Visit) -> Response {
    let at = At::SetUp(Place::GetApp);
    let (ticket, stand) = match visit.standing_at(at).await {
        Ok(standing) => standing,
        Err(elsewhere) => return elsewhere,
    };
    let (Ok(apple), Ok(google)) = (picture(APP_STORE), picture(GOOGLE_PLAY)) else {
        return refused::fault(&visit);
    };
    let stores = [
        Store { name: "App Store", device: "get-app-iphone", url: APP_STORE, qr: apple },
        Store { name: "Google Play", device: "get-app-android", url: GOOGLE_PLAY, qr: google },
    ];
    let frame = visit.frame_at(path_of(at), &ticket, &stand);
    let phone = visit.on_phone();
    let screen = GetApp { t: visit.words_at(&stand), frame: &frame, phone, stores: &stores };
    visit.draw(StatusCode::OK, &screen, &[])
}

/// What to press in the app.
pub async fn set_up_app(visit: Visit) -> Response {
    let at = At::SetUp(Place::SetUpApp);
    let draw = |ticket: &Ticket, stand: &Standing| {
        let frame = visit.frame_at(path_of(at), ticket, stand);
        let screen = SetUpApp { t: visit.words_at(stand), frame: &frame, phone: visit.on_phone() };
        visit.draw(StatusCode::OK, &screen, &[])
    };
    visit.show_at(at, draw).await
}

/// The secret, as a picture, a link and text.
pub async fn scan(visit: Visit) -> Response {
    let at = At::SetUp(Place::Scan);
    let (ticket, stand) = match visit.standing_at(at).await {
        Ok(standing) => standing,
        Err(elsewhere) => return elsewhere,
    };
    let SeedShown { link, secret, account } = match visit.pages.sign_in.seed(&ticket).await {
        Ok(Some(shown)) => shown,
        // Another tab proved it this moment.
        Ok(None) => return visit.go_to_due().await,
        Err(error) => return visit.failed(&error),
    };
    let Ok(qr) = picture(&link) else { return refused::fault(&visit) };
    let screen = Scan {
        t: visit.words_at(&stand),
        frame: &visit.frame_at(path_of(at), &ticket, &stand),
        phone: visit.on_phone(),
        qr: &qr,
        link: &link,
        secret: &secret,
        account: &account,
    };
    visit.draw(StatusCode::OK, &screen, &[])
}

/// Another browser was faster.
pub async fn set_up_elsewhere(visit: Visit) -> Response {
    match visit.standing_at(At::SetUpElsewhere).await {
        Ok((ticket, stand)) => {
            let heard = visit.pages.sign_in.hear_of_race(&ticket, visit.around()).await;
            if let Err(error) = heard {
                return visit.failed(&error);
            }
            let frame = visit.frame_at(path_of(At::SetUpElsewhere), &ticket, &stand);
            let screen = SetUpElsewhere { t: visit.words_at(&stand), frame: &frame };
            visit.draw(StatusCode::CONFLICT, &screen, &[])
        }
        Err(elsewhere) => elsewhere,
    }
}

/// The way that was chosen.
#[derive(Debug, Deserialize)]
pub struct Chosen {
    way: Option<String>,
}

/// On to the first screen of the way that was chosen.
pub async fn leave_secure(sent: Sent<Chosen>) -> Response {
    let Sent { visit, ticket, form } = sent;
    let offers = visit.pages.sign_in.offers();
    let chosen = match form.way.as_deref() {
        Some(word) => Factor::from_word(word),
        None => offers.iter().copied().find(|way| *way != Factor::Passkey),
    };
    let Some(way) = chosen else { return visit.go_to_due().await };
    match visit.pages.sign_in.choose(&ticket, way).await {
        Ok(at) => visit.go_on(at, None),
        Err(error) => visit.failed(&error),
    }
}

/// On to `set-up-app`.
pub async fn leave_get_app(sent: Sent<Pressed>) -> Response {
    advance(sent, Place::GetApp).await
}

/// On to `scan`.
pub async fn leave_set_up_app(sent: Sent<Pressed>) -> Response {
    advance(sent, Place::SetUpApp).await
}

/// On to `prove`.
pub async fn leave_scan(sent: Sent<Pressed>) -> Response {
    advance(sent, Place::Scan).await
}

async fn advance(sent: Sent<Pressed>, from: Place) -> Response {
    match sent.visit.pages.sign_in.advance(&sent.ticket, from).await {
        Ok(at) => sent.visit.go_on(at, None),
        Err(error) => sent.visit.failed(&error),
    }
}
