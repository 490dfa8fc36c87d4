//! Use cases: the only folder that changes an account, a sign-in, a factor or a
//! key.
//!
//! Each is counted and audited here, so that a page, the command line and the
//! operator's interface cannot go round that. Nothing here knows HTTP.

pub mod account;
mod answering;
mod approval;
mod arrival;
mod asking;
mod browser;
mod claim;
mod code;
mod confirm;
mod credentials;
mod delivery;
mod details;
mod failures;
#[cfg(test)]
mod first_connection;
mod forgotten;
mod guess;
mod half_done;
mod handover;
mod host_session;
mod import;
mod kept_post;
pub mod key;
mod letters;
mod lock_out;
mod neighbours;
mod new_password;
mod opening;
mod outbox;
mod own_account;
mod own_factors;
mod own_password;
mod pairing;
mod pass;
mod passkey;
mod phone;
#[cfg(test)]
mod phone_approval;
mod phone_passkey;
mod proof;
#[cfg(test)]
mod proving_ground;
mod provision;
mod purpose;
mod question;
mod recovery;
mod requests;
mod room;
mod session;
mod session_list;
mod set_up;
mod shut_out;
mod sign_in;
mod standing;
mod support;
mod ticket;
mod turns;
mod waking;
mod way_back;

use std::sync::Arc;

pub use answering::AnswerTyped;
pub use approval::Asked;
pub use asking::NotAsked;
pub use browser::{Browser, Browsers, Known, Visiting};
pub use claim::Claimed;
pub use code::CodeWrong;
pub use confirm::Asker;
pub use delivery::Pass;
pub use forgotten::MailCodeWrong;
pub use handover::{Arrived, HandoverError, Handovers, Leaving, Nonce, Onward};
pub use import::{Bad, Imported, Made, PEOPLE_MAX, Person};
pub use kept_post::{KeptPost, KeptPostError, KeptPosts, KeptValue, Post};
pub use new_password::{NewPassword, NewPasswordWrong};
pub use opening::{Opened, To};
pub use outbox::{MailSettings, Outbox, PasswordMail};
pub use own_account::{OwnAccount, OwnFactor, OwnSession, Refused, Taken};
pub use own_password::OwnPassword;
pub use pairing::{PairTyped, Paired, Pairing};
pub use pass::{PASS_MINUTES, PassError, PassGiven, PassWrong};
pub use passkey::PasskeyWrong;
pub use phone::{PhoneError, PhoneParts, PushTyped, YesNeeds};
pub use provision::Provision;
pub use purpose::What;
pub use question::Watcher;
pub use recovery::RecoveryWrong;
pub use requests::{RequestShown, Requests, RequestsTyped};
pub use session::{Sessions, SignOutError};
pub use set_up::SeedShown;
pub use sign_in::{AfterSetUp, Answer, NoMatch, SignIn, SignInError, SignInParts, Typed};
pub use standing::{At, Standing};
pub use support::{AccountView, SupportView};
pub use ticket::Ticket;
pub use waking::{Waker, Waking};
pub use way_back::{WayBacks, is_local_path};

pub use crate::crypto::one_time_code::TypedCode;
use crate::crypto::{Chance, Sealer};
use crate::domain::Clock;
use crate::observe::{Audit, Metrics};
use crate::store::Store;

/// What every use case works with.
#[derive(Clone)]
pub struct Ground {
    /// Where records are.
    pub store: Arc<dyn Store>,
    /// Where random bytes come from.
    pub chance: Arc<dyn Chance>,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// Seals secrets at rest.
    pub sealer: Arc<Sealer>,
    /// Counts.
    pub metrics: Arc<Metrics>,
    /// Records.
    pub audit: Audit,
}

impl std::fmt::Debug for Ground {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ground")
    }
}
