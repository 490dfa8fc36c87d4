//! What goes out by mail.
//!
//! ```text
//! Letter --compose--> Mail --Post::send--> the operator's mail server
//! ```
//!
//! A [`Letter`] is what there is to say and what it needs; [`compose`] writes
//! it in a person's language and the operator's colours; [`Post`] hands it
//! over. Nothing here keeps a mail, tries again or changes an account: when to
//! send, and what follows where that fails, is decided by the caller.

mod calendar;
mod letter;
mod paragraph;
mod post;
mod refusal;

pub use letter::{ComposeError, Letter, Mail, compose};
pub use post::{Post, PostSettings, PostSettingsError, Tls};
pub use refusal::SendError;
