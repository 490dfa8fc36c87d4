//! What goes out: mails, and knocks at people's phones.
//!
//! ```text
//! Letter --compose--> Mail --Post::send--> the operator's mail server
//! Knock --payload--> Pusher::send --> the push service of a phone's browser
//! ```
//!
//! A [`Letter`] is what there is to say and what it needs; [`compose`] writes
//! it in a person's language and the operator's colours; [`Post`] hands it
//! over. A phone is woken by [`push`]. Nothing here keeps a message, tries again
//! or changes an account: when to send, and what follows where that fails, is
//! decided by the caller.

mod letter;
mod paragraph;
mod post;
pub mod push;
mod refusal;
mod told;

pub use letter::{ComposeError, Letter, Mail, compose};
pub use post::{Post, PostSettings, PostSettingsError, Tls};
pub use refusal::SendError;
pub use told::Notice;
