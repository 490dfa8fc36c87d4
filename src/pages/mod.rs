//! The gateway's own pages, in the order a visitor meets them.
//!
//! A handler reads a form, asks a flow and draws a template; it decides
//! nothing. Screen, template, handler and flow of one thing share one word.
//! `visit` is what every handler begins with, `form` judges what is sent.

mod account;
mod approve;
mod assets;
mod browser;
mod code;
mod confirm;
mod done;
mod events;
mod forgotten;
mod form;
mod frame;
pub mod guide;
mod handover;
mod home;
mod kept_post;
mod language;
mod lost_phone;
mod mail_code;
mod new_password;
mod own_password;
mod pair;
mod passkey;
mod password;
mod phone;
mod picker;
mod problem;
mod prove;
mod recovery;
mod refused;
mod reset;
mod set_up;
mod sign_in;
mod sign_out;
mod success;
mod visit;
mod whoami;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::domain::Brand;
use crate::flow::key::Keys;
use crate::flow::{Browsers, Handovers, KeptPosts, Sessions, SignIn, WayBacks};
use crate::observe::Metrics;

pub use language::{LanguageLink, accepted};
pub use refused::{Refusal, draw};

/// What the pages work with.
#[derive(Debug)]
pub struct Pages {
    /// Signs people in.
    pub sign_in: SignIn,
    /// Ends sessions.
    pub sessions: Sessions,
    /// Knows where people were going.
    pub way_backs: WayBacks,
    /// Takes sign-ins to other hosts.
    pub handovers: Handovers,
    /// Keeps forms that met an expired session.
    pub kept_posts: KeptPosts,
    /// Knows who was in a browser before.
    pub browsers: Browsers,
    /// Publishes keys.
    pub keys: Arc<Keys>,
    /// Counts.
    pub metrics: Arc<Metrics>,
    /// The guide as documents.
    pub guides: guide::Guides,
    /// The operator's name and numbers.
    pub brand: Brand,
    /// The public address, without a slash at its end.
    pub public_url: String,
    /// The key by which phones know our pushes, base64url; empty where nothing is
    /// pushed.
    pub application_server_key: String,
    /// Where people go who were not going anywhere in particular.
    pub portal: Option<String>,
}

/// The routes of all pages.
pub fn router(pages: Arc<Pages>) -> Router {
    let mut router = Router::new()
        .route("/.vestibule", get(home::show))
        .route("/.vestibule/", get(home::show))
        .route("/.vestibule/guide", get(guide::show))
        .route("/.vestibule/guide.pdf", get(guide::pdf))
        .route("/.vestibule/guide/{language}/{picture}", get(guide::picture))
        .route("/.vestibule/picker", get(picker::show).post(picker::submit))
        .route("/.vestibule/sign-in", get(sign_in::show).post(sign_in::submit))
        .route("/.vestibule/password", get(password::show).post(password::submit))
        .route("/.vestibule/forgotten", get(forgotten::show).post(forgotten::submit))
        .route("/.vestibule/mail-code", get(mail_code::show).post(mail_code::submit))
        .route("/.vestibule/reset", get(reset::show).post(reset::submit))
        .route("/.vestibule/code", get(code::show).post(code::submit))
        .route("/.vestibule/pair", get(pair::show).post(pair::submit))
        .route("/.vestibule/approve", get(approve::show).post(approve::submit))
        .route("/.vestibule/approve/events", get(events::stream))
        .route("/.vestibule/approve/state", get(events::state))
        .route("/.vestibule/approved", get(approve::show_approved).post(approve::leave_approved))
        .route("/.vestibule/phone", get(phone::show))
        .route("/.vestibule/phone/manifest.webmanifest", get(phone::manifest))
        .route("/.vestibule/phone/worker.js", get(phone::worker))
        .route("/.vestibule/phone/challenge", post(phone::challenge))
        .route("/.vestibule/phone/pair", post(phone::pair))
        .route("/.vestibule/phone/requests", post(phone::requests))
        .route("/.vestibule/phone/answer", post(phone::answer))
        .route("/.vestibule/passkey", get(passkey::show).post(passkey::submit))
        .route("/.vestibule/passkey/options", post(passkey::ask))
        .route("/.vestibule/passkey/sign-in", post(passkey::sign_in))
        .route("/.vestibule/passkey/sign-in/options", post(passkey::ask_to_sign_in))
        .route("/.vestibule/lost-phone", get(lost_phone::show).post(lost_phone::submit))
        .route("/.vestibule/recovery", get(recovery::show).post(recovery::submit))
        .route("/.vestibule/recovery-codes", get(recovery::give).post(recovery::keep))
        .route("/.vestibule/recovery-codes.txt", get(recovery::download))
        .route("/.vestibule/secure", get(set_up::secure).post(set_up::leave_secure))
        .route("/.vestibule/get-app", get(set_up::get_app).post(set_up::leave_get_app))
        .route("/.vestibule/set-up-app", get(set_up::set_up_app).post(set_up::leave_set_up_app))
        .route("/.vestibule/scan", get(set_up::scan).post(set_up::leave_scan))
        .route("/.vestibule/prove", get(prove::show).post(prove::submit))
        .route("/.vestibule/set-up-elsewhere", get(set_up::set_up_elsewhere))
        .route("/.vestibule/success", get(success::show).post(success::submit))
        .route("/.vestibule/new-password", get(new_password::show).post(new_password::submit))
        .route("/.vestibule/new-password/check", post(new_password::check))
        .route("/.vestibule/done", get(done::show).post(done::submit))
        .route("/.vestibule/more-time", post(sign_in::more_time))
        .route(handover::PATH, get(handover::go_on))
        .route(kept_post::PATH, get(kept_post::show).post(kept_post::submit))
        .route("/.vestibule/sign-out", get(sign_out::show).post(sign_out::submit))
        .route("/.vestibule/confirm", get(confirm::show).post(confirm::submit))
        .route("/.vestibule/account", get(account::show))
        .route("/.vestibule/account/rename", get(account::back).post(account::rename))
        .route("/.vestibule/account/remove", get(account::back).post(account::remove))
        .route("/.vestibule/account/ask-first", get(account::back).post(account::ask_first))
        .route("/.vestibule/account/add", get(account::back).post(account::add))
        .route("/.vestibule/account/spare-codes", get(account::back).post(account::spare_codes))
        .route("/.vestibule/account/end", get(account::back).post(account::end))
        .route("/.vestibule/account/end-others", get(account::back).post(account::end_others))
        .route("/.vestibule/account/language", get(account::back).post(account::set_language))
        .route("/.vestibule/account/password", get(own_password::show).post(own_password::submit))
        .route("/.vestibule/account/password/check", post(own_password::check))
        .route("/.vestibule/whoami", get(whoami::show))
        .route("/.vestibule/asset/{name}", get(assets::show));
    for path in JWKS_PATHS {
        router = router.route(path, get(whoami::jwks));
    }
    dressed(router.fallback(refused::not_found), pages)
}

/// What is answered on the hosts of apps; an app's script shares them with us, so
/// nobody signs in there.
pub fn router_on_app_hosts(pages: Arc<Pages>) -> Router {
    let mut router = Router::new()
        .route(handover::PATH, get(handover::arrive))
        .route(kept_post::PATH, get(kept_post::show).post(kept_post::submit))
        .route("/.vestibule/sign-out", get(sign_out::show).post(sign_out::submit))
        .route("/.vestibule/whoami", get(whoami::show))
        .route("/.vestibule/asset/{name}", get(assets::show));
    for path in JWKS_PATHS {
        router = router.route(path, get(whoami::jwks));
    }
    dressed(router.fallback(handover::elsewhere), pages)
}

fn dressed(router: Router<Arc<Pages>>, pages: Arc<Pages>) -> Router {
    router
        .method_not_allowed_fallback(refused::method)
        .layer(axum::middleware::from_fn_with_state(pages.clone(), refused::in_our_words))
        .with_state(pages)
}

/// Where the key set is found: ours, and where the libraries of apps that once
/// stood behind another gateway look.
pub const JWKS_PATHS: [&str; 3] =
    ["/.vestibule/jwks.json", "/.well-known/pomerium/jwks.json", "/cdn-cgi/access/certs"];
