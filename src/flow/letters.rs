//! Queued letters: what each needs to be written, and until when it is worth
//! sending.

use std::time::Duration;

use secrecy::SecretString;

use super::forgotten::RESET_LIFE;
use super::outbox::{ACCESS, ACCESS_PASSWORD, MailSettings, Notice, RESET, RESET_NOT_YET};
use crate::domain::{Account, Moment};
use crate::notice::{Letter, SendError, compose};
use crate::store::record::MailRecord;

/// A notice that could not be sent for so long is not sent.
const NOTICE_LIFE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// From when on a letter has nothing left to tell.
pub fn over_at(record: &MailRecord) -> Moment {
    let queued = Moment::from_unix_millis(record.queued);
    match record.letter.as_str() {
        ACCESS | ACCESS_PASSWORD | RESET => Moment::from_unix_millis(record.moment),
        RESET_NOT_YET => queued.plus(RESET_LIFE),
        _ => queued.plus(NOTICE_LIFE),
    }
}

/// Whether a letter is about somebody's access, of which operators are told
/// what became of it.
pub fn is_access(record: &MailRecord) -> bool {
    matches!(record.letter.as_str(), ACCESS | ACCESS_PASSWORD)
}

/// Writes a queued letter in the person's language and hands it over.
pub async fn write_and_send(
    settings: &MailSettings,
    record: &MailRecord,
    account: &Account,
    now: Moment,
) -> Result<(), SendError> {
    let wrong = |text: &str| SendError { permanent: true, this_mail: true, text: text.to_owned() };
    let secret = |text: &Option<String>| text.as_deref().map(SecretString::from);
    let held = Held {
        password: secret(&record.password),
        code: secret(&record.code),
        key: secret(&record.key),
    };
    let Some(letter) = letter_of(record, &held, account, now) else {
        return Err(wrong("the queued letter is of no kind that this program writes"));
    };
    let language = account.language.unwrap_or(settings.brand.language);
    let full_name = account.full_name.as_ref().map(|name| name.as_str());
    let mail =
        compose(letter, &account.email, full_name, language, &settings.brand, &settings.public_url);
    let mail = mail.map_err(|error| wrong(&error.to_string()))?;
    settings.post.send(&mail, &record.id, now).await
}

/// The secrets of a letter.
struct Held {
    password: Option<SecretString>,
    code: Option<SecretString>,
    key: Option<SecretString>,
}

fn letter_of<'a>(
    record: &MailRecord,
    held: &'a Held,
    account: &'a Account,
    now: Moment,
) -> Option<Letter<'a>> {
    let moment = Moment::from_unix_millis(record.moment);
    let name = account.name.as_str();
    match (record.letter.as_str(), held) {
        (ACCESS, Held { password, .. }) => {
            Some(Letter::Access { name, password: password.as_ref(), until: moment })
        }
        (ACCESS_PASSWORD, Held { password: Some(password), .. }) => {
            Some(Letter::AccessPassword { password, until: moment })
        }
        (RESET, Held { code: Some(code), key: Some(key), .. }) => {
            Some(Letter::Reset { name, code, key, minutes: RESET_LIFE.as_secs() / 60 })
        }
        // The mail may have waited long; what it advises must be possible now.
        (RESET_NOT_YET, _) if moment <= now => Some(Letter::ResetTooLate { until: moment }),
        (RESET_NOT_YET, _) => Some(Letter::ResetNotYet { until: moment }),
        (word, _) => Notice::from_word(word).map(|notice| Letter::Notice { notice, at: moment }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Clock, SecondFactor};
    use crate::flow::account::NewAccount;
    use crate::flow::proving_ground::{House, MINUTE};
    use crate::observe::audit::Around;

    #[tokio::test]
    async fn who_forgot_a_provisional_password_that_is_over_is_told_that_it_is() {
        let house = House::that_mails(SecondFactor::Required);
        let new = NewAccount {
            name: "anna".to_owned(),
            email: "anna@example.test".to_owned(),
            full_name: None,
            language: None,
            groups: Vec::new(),
            password: None,
        };
        house.accounts.add(new).await.unwrap();
        let account = house.accounts.find("anna").await.unwrap();
        let until = account.password_until.unwrap();
        let is_late = async || {
            let ticket = house.sign_in.ticket().unwrap();
            house.sign_in.forgotten(&ticket, "anna", Around::default()).await.unwrap();
            let mails = house.mails().await;
            let held = Held { password: None, code: None, key: None };
            let last = mails.iter().rfind(|mail| mail.letter == RESET_NOT_YET).unwrap();
            match letter_of(last, &held, &account, house.clock.now()) {
                Some(Letter::ResetTooLate { until: told }) => {
                    assert_eq!(told, until);
                    true
                }
                Some(Letter::ResetNotYet { .. }) => false,
                other => panic!("{other:?}"),
            }
        };
        // Control: a minute before it is over, it is the way in.
        house.clock.advance(until.since(house.clock.now()) - MINUTE);
        assert!(!is_late().await);
        house.clock.advance(MINUTE);
        assert!(is_late().await);
    }
}
