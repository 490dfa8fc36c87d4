//! The rules, and nothing that touches the world.
//!
//! Time, chance, disk and network are arguments here: every function gives the
//! same answer for the same input, so each rule is tested without a server.
//! A test in the suite reads the imports of this folder and fails when one of
//! them reaches a clock, a socket or a file.

mod account;
mod approval;
mod brand;
pub mod calendar;
mod clock;
mod colour;
pub mod cookie;
mod device;
mod enrolment;
mod evidence;
mod host;
mod known_passwords;
mod network;
mod origin;
mod password;
mod session;
mod sign_in;
mod throttle;
mod visitor;
mod words;

pub use account::{
    Account, AccountId, AccountState, BadText, Email, FullName, Group, Language, LoginName, Subject,
};
pub use approval::{
    ANSWER_WITHIN, AskRule, AskedFrom, Asks, PAIR_WITHIN, PHONES_MAX, PROVE_WITHIN, Question,
    QuestionState, Reply, TooLate, USE_WITHIN,
};
pub use brand::{Brand, Link, Logo};
pub use clock::{Clock, Moment};
pub use colour::{Accents, Colour, LowContrast, Palette};
pub use cookie::Cookies;
pub use device::Device;
pub use enrolment::Place;
pub use evidence::{
    BrowserTrusted, Factor, FactorProven, MailProven, Method, PassProven, PasskeyProven,
    PasswordProven,
};
pub use host::{PublicHost, is_loopback};
pub use known_passwords::{DamagedList, KnownPasswords};
pub use network::{Network, NetworkError};
pub use origin::{Origin, Range};
pub use password::{About, PasswordPolicy, Rule, Strength, Verdict};
pub use session::{
    FRESH, IdleOverTotal, PROOF_AHEAD_MAX, SessionHash, SessionLimits, Standing, Used, is_fresh,
};
pub use sign_in::{
    Fresh, Held, Next, PasswordSuffices, Proven, SecondFactor, Shown, SignInPolicy, WrongSubject,
};
pub use throttle::{Failures, Mark, Pause, Recent, Throttle};
pub use visitor::{Caller, Visitor};
pub use words::Words;
