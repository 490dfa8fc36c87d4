//! What can be written to a person, and writing it in their language.

use askama::Template;
use secrecy::{ExposeSecret, SecretString};

use super::paragraph::{one_line, wrapped};
use super::told::Notice;
use crate::domain::{Brand, Colour, Email, Language, Moment, Words, calendar};

/// The operator gave no colours: those of our style sheet, for text and for
/// what stands on it, on light and on dark screens.
const OURS: Look = Look {
    accent: Colour::new(0x0b, 0x5d, 0x66),
    ink: Colour::new(0xff, 0xff, 0xff),
    dark_accent: Colour::new(0x6c, 0xc7, 0xc8),
    dark_ink: Colour::new(0x06, 0x2a, 0x2d),
};

/// What can be written, each with what it needs.
#[derive(Clone, Copy, Debug)]
pub enum Letter<'a> {
    /// Your access: how to sign in for the first time.
    Access {
        /// The user name.
        name: &'a str,
        /// The provisional password; `None` where it comes in a mail of its own.
        password: Option<&'a SecretString>,
        /// Until when the password can be used. The mail says "before" the day
        /// of this moment, so it should lie at least a day ahead.
        until: Moment,
    },
    /// The provisional password alone, so that neither mail is enough.
    AccessPassword {
        /// The provisional password.
        password: &'a SecretString,
        /// As in [`Letter::Access`].
        until: Moment,
    },
    /// Something happened to the account.
    Notice {
        /// What.
        notice: Notice,
        /// When.
        at: Moment,
    },
    /// The way to a new password, for who forgot it.
    Reset {
        /// The user name, which goes with the code.
        name: &'a str,
        /// The code to be typed.
        code: &'a SecretString,
        /// The key in the address behind the button.
        key: &'a SecretString,
        /// For how many minutes both are valid, from when they were asked for.
        minutes: u64,
    },
    /// A new password was asked for, and the present one is still provisional.
    ResetNotYet {
        /// As in [`Letter::Access`].
        until: Moment,
    },
    /// A new password was asked for, and the present one is a provisional one
    /// that opens nothing any more.
    ResetTooLate {
        /// Until when it did.
        until: Moment,
    },
}

/// A mail, ready to be handed to [`Post::send`](super::Post::send).
///
/// `Debug` shows the subject alone: the rest may hold a password.
#[derive(Clone)]
pub struct Mail {
    to: Email,
    full_name: Option<String>,
    portal: String,
    language: Language,
    subject: String,
    text: SecretString,
    html: SecretString,
}

/// A mail could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// The moment to be shown lies beyond the calendar.
    #[error("the date in the mail lies beyond the year 9999; check the clock and the settings")]
    Date,
    /// The template did not render.
    #[error("the mail could not be written from its template")]
    Template(#[from] askama::Error),
}

/// Writes a letter to a person. `public_url` is where our pages live.
///
/// SECURITY: one link in one mail carries a secret, and opening none changes
/// anything.
/// - Against: scanners that open every link before the person does; mails
///   that are passed on, and addresses that stay in logs and histories.
/// - Therefore: links lead to a page that everybody may see, where name and
///   password are typed; notices of a change have no link to sign in at. Only the
///   button for a forgotten password carries a key, which is good for half an
///   hour and once, does nothing until a button on its page is pressed, and is
///   written into no log of ours and told to no other site (`Referrer-Policy`).
/// - Price: the person types the provisional password once; who finds a fresh
///   link in a history has what the mail says, and still lacks the factor.
/// - Held by: `only_the_link_for_a_forgotten_password_has_a_secret_in_it` and
///   `opening_the_link_of_the_mail_changes_nothing_and_its_key_is_written_nowhere`.
///
/// # Errors
///
/// [`ComposeError::Date`] for a moment after the year 9999.
pub fn compose(
    letter: Letter<'_>,
    to: &Email,
    full_name: Option<&str>,
    language: Language,
    brand: &Brand,
    public_url: &str,
) -> Result<Mail, ComposeError> {
    let t = Words::of(language);
    let full_name = full_name.map(one_line).filter(|name| !name.is_empty());
    let portal = one_line(&brand.name);
    let subject = one_line(&subject(letter, t, &portal));
    let greeting = match &full_name {
        Some(name) => t.say1("mail-greeting", "name", name),
        None => t.say("mail-greeting-nobody"),
    };
    let name;
    let letter = match letter {
        Letter::Access { name: given, password, until } => {
            name = one_line(given);
            Letter::Access { name: &name, password, until }
        }
        Letter::Reset { name: given, code, key, minutes } => {
            name = one_line(given);
            Letter::Reset { name: &name, code, key, minutes }
        }
        other => other,
    };
    let day = match letter.moment() {
        Some(moment) => calendar::day(moment, language).ok_or(ComposeError::Date)?,
        None => String::new(),
    };
    let pages = format!("{}/.vestibule/", public_url.trim_end_matches('/'));
    let start = format!("{pages}?mail");
    let guide = format!("{pages}guide");
    let (reset, minutes) = match letter {
        Letter::Reset { key, minutes, .. } => {
            (format!("{pages}reset?key={}", key.expose_secret()), minutes.to_string())
        }
        _ => (String::new(), String::new()),
    };
    let (start, guide, day) = (start.as_str(), guide.as_str(), day.as_str());
    let (reset, minutes) = (reset.as_str(), minutes.as_str());
    // A number is not broken over two lines.
    let call = brand.support_phone.as_deref().unwrap_or_default().replace(' ', "\u{a0}");
    let call = call.as_str();
    let text = Text {
        t,
        brand,
        portal: &portal,
        greeting: &greeting,
        letter,
        day,
        minutes,
        call,
        start,
        guide,
        reset,
    };
    let text = text.render()?;
    let look = Look::of(brand);
    let dark = look.dark_sheet();
    let html = Html {
        t,
        brand,
        portal: &portal,
        subject: &subject,
        greeting: &greeting,
        letter,
        day,
        minutes,
        call,
        start,
        guide,
        reset,
        phone_link: brand.support_phone.as_deref().map(dialled).unwrap_or_default(),
        look,
        dark: &dark,
    };
    let html = html.render()?;
    Ok(Mail {
        to: to.clone(),
        full_name,
        portal,
        language,
        subject,
        text: SecretString::from(wrapped(&text)),
        html: SecretString::from(html),
    })
}

impl Letter<'_> {
    /// The moment of which the letter tells the day, if it does.
    fn moment(&self) -> Option<Moment> {
        match self {
            Self::Access { until, .. }
            | Self::AccessPassword { until, .. }
            | Self::ResetNotYet { until }
            | Self::ResetTooLate { until } => Some(*until),
            Self::Notice { at, .. } => Some(*at),
            Self::Reset { .. } => None,
        }
    }
}

/// Begins with the portal, which is what people look for in a full inbox.
fn subject(letter: Letter<'_>, t: &Words, portal: &str) -> String {
    match letter {
        Letter::Access { .. } => t.say1("mail-access-subject", "portal", portal),
        Letter::AccessPassword { .. } => t.say1("mail-password-subject", "portal", portal),
        Letter::Notice { notice, .. } => notice.subject(t, portal),
        // The same for all, so that a preview on a locked screen tells none.
        Letter::Reset { .. } | Letter::ResetNotYet { .. } | Letter::ResetTooLate { .. } => {
            t.say1("mail-reset-subject", "portal", portal)
        }
    }
}

/// What a telephone dials of a number as people write it.
fn dialled(phone: &str) -> String {
    let dials = |c: &char| c.is_ascii_digit() || matches!(c, '+' | '*' | '#');
    phone.chars().filter(dials).collect()
}

impl Mail {
    /// Whom it is for.
    pub fn to(&self) -> &Email {
        &self.to
    }

    /// What the person is called, if known: one line.
    pub fn full_name(&self) -> Option<&str> {
        self.full_name.as_deref()
    }

    /// The portal's name, which stands for the sender: one line.
    pub fn portal(&self) -> &str {
        &self.portal
    }

    /// The language it is written in.
    pub fn language(&self) -> Language {
        self.language
    }

    /// The subject: one line without a secret.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// As plain text, which may hold a password.
    pub fn text(&self) -> &str {
        self.text.expose_secret()
    }

    /// As HTML, which may hold a password.
    pub fn html(&self) -> &str {
        self.html.expose_secret()
    }
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mail").field("subject", &self.subject).finish_non_exhaustive()
    }
}

#[derive(Template)]
#[template(path = "mail_frame.txt", config = "pages/askama.toml")]
struct Text<'a> {
    t: &'a Words,
    brand: &'a Brand,
    portal: &'a str,
    greeting: &'a str,
    letter: Letter<'a>,
    day: &'a str,
    minutes: &'a str,
    call: &'a str,
    start: &'a str,
    guide: &'a str,
    reset: &'a str,
}

#[derive(Template)]
#[template(path = "mail_frame.html", config = "pages/askama.toml")]
struct Html<'a> {
    t: &'a Words,
    brand: &'a Brand,
    portal: &'a str,
    subject: &'a str,
    greeting: &'a str,
    letter: Letter<'a>,
    day: &'a str,
    minutes: &'a str,
    call: &'a str,
    start: &'a str,
    guide: &'a str,
    reset: &'a str,
    phone_link: String,
    look: Look,
    dark: &'a str,
}

/// The colours of one mail.
#[derive(Clone, Copy)]
struct Look {
    accent: Colour,
    ink: Colour,
    dark_accent: Colour,
    dark_ink: Colour,
}

impl Look {
    fn of(brand: &Brand) -> Self {
        brand.palette.map_or(OURS, |palette| Self {
            accent: palette.light.accent,
            ink: palette.light.ink,
            dark_accent: palette.dark.accent,
            dark_ink: palette.dark.ink,
        })
    }

    /// For the mail programs that ask for dark colours; it overrules the styles
    /// of the elements, hence the `!important`.
    fn dark_sheet(self) -> String {
        let Self { dark_accent: accent, dark_ink: ink, .. } = self;
        format!(
            "@media (prefers-color-scheme: dark) {{\n\
             .paper {{ background-color: #17242a !important; color: #e8eff0 !important }}\n\
             .box {{ background-color: #0e181c !important }}\n\
             .box, .brand {{ border-color: {accent} !important }}\n\
             .edge {{ border-color: #33454a !important }}\n\
             .ink {{ color: #e8eff0 !important }}\n\
             .quiet {{ color: #a9b8bb !important }}\n\
             .accent {{ color: {accent} !important }}\n\
             .go {{ background-color: {accent} !important; color: {ink} !important }}\n\
             }}"
        )
    }
}

#[cfg(test)]
mod tests;
