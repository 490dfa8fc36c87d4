//! Accounts and half-done sign-ins as programs read them. No secret is part of
//! any of it, but of a pass that was just made.

use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::domain::{Account, AccountState, Moment, Pause};
use crate::flow::{AccountView, PassGiven, SupportView};
use crate::observe::log::rfc3339;

/// An account.
pub fn account(account: &Account) -> Value {
    let password = match (&account.password, account.password_until) {
        (None, None) => "none",
        (None, Some(_)) => "provisional, not hashed yet",
        (Some(_), Some(_)) => "provisional",
        (Some(_), None) => "permanent",
    };
    let groups: Vec<_> = account.groups.iter().map(|group| group.as_str()).collect();
    json!({
        "id": account.id.to_string(),
        "sub": account.sub(),
        "name": account.name.as_str(),
        "email": account.email.as_str(),
        "full_name": account.full_name.as_ref().map(|name| name.as_str()),
        "language": account.language.map(|language| language.code()),
        "groups": groups,
        "state": match account.state {
            AccountState::Active => "active",
            AccountState::Disabled => "disabled",
        },
        "password": password,
        "password_until": account.password_until.map(rfc3339),
        "created": rfc3339(account.created),
    })
}

/// An account, and what else is known of it.
pub fn view(view: &AccountView) -> Value {
    let mut shown = account(&view.account);
    let Some(fields) = shown.as_object_mut() else { return shown };
    fields.insert("second_factors".to_owned(), view.factors.into());
    for (name, pause) in [("locked", view.locked), ("paused", view.paused)] {
        let until = match pause {
            Some(Pause::Until(until)) => Some(rfc3339(until)),
            // Time does not end it.
            Some(Pause::Locked) | None => None,
        };
        fields.insert(name.to_owned(), pause.is_some().into());
        fields.insert(format!("{name}_until"), until.into());
    }
    fields.insert("pass_until".to_owned(), view.pass_until.map(rfc3339).into());
    let mail = view.mail.as_ref().map(|mail| {
        json!({
            "letter": mail.letter,
            "state": mail.state,
            "since": rfc3339(Moment::from_unix_millis(mail.at)),
            "attempts": mail.attempts,
            "answer": mail.answer,
        })
    });
    fields.insert("mail".to_owned(), mail.into());
    shown
}

/// A pass that was just made: the one answer with a secret, which is told here
/// and nowhere else.
pub fn pass(given: &PassGiven) -> Value {
    json!({
        "name": given.account.name.as_str(),
        "pass": given.pass.expose_secret(),
        "until": rfc3339(given.until),
        "locked": given.locked,
    })
}

/// A half-done sign-in.
pub fn support(found: &SupportView) -> Value {
    json!({
        "step": found.at.word(),
        "name": found.name,
        "account": found.account.as_ref().map(view),
        "last_failure": found.trouble.as_ref().map(|(what, _)| what),
        "last_failure_at": found.trouble.as_ref().map(|(_, at)| rfc3339(*at)),
        "phone_clock_ahead_seconds": found.clock_ahead_seconds,
        "minutes_left": found.left.as_secs() / 60,
    })
}
