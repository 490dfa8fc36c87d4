//! `[sign_in]`: what is asked of people, and how they secure their accounts.

use std::time::Duration;

use super::PublicUrl;
use super::reader::Section;
use crate::crypto::passkey::Passkeys;
use crate::domain::{Factor, SecondFactor};
use crate::flow::{AfterSetUp, YesNeeds};

/// How people sign in.
#[derive(Clone, Debug)]
pub struct SignInSettings {
    /// Whether a second factor is asked of everybody.
    pub second_factor: SecondFactor,
    /// How long provisional passwords can be used.
    pub provisional_life: Duration,
    /// Where the first connection ends.
    pub after_set_up: AfterSetUp,
    /// The factors that people may set up, the recommended one first.
    pub offers: Vec<Factor>,
    /// How many digits the number has that is typed on the phone.
    pub approval_digits: u8,
    /// What a phone's yes needs.
    pub approval_yes: YesNeeds,
    /// For how long a browser in which a factor was shown is not asked for one;
    /// zero asks each time.
    pub trust: Duration,
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// What is offered where the operator says nothing: what most likely still
/// works a year later comes first.
const OFFERS: [Factor; 3] = [Factor::Passkey, Factor::Code, Factor::Approval];

/// Reads the section.
pub fn read(root: &mut Section<'_>, public_url: Option<&PublicUrl>) -> SignInSettings {
    let mut section = root.section("sign_in");
    let second_factor = section.word(
        "second_factor",
        &[("required", SecondFactor::Required), ("optional", SecondFactor::Optional)],
        SecondFactor::Required,
    );
    let provisional_days = section.number("provisional_days", 1..=90, 14);
    let after_set_up = section.word(
        "after_first_connection",
        &[("portal", AfterSetUp::GoOn), ("sign-in", AfterSetUp::SignInAgain)],
        AfterSetUp::GoOn,
    );
    let offers = offers(&mut section);
    let digits = section.number("approval_digits", 2..=6, 2);
    let approval_yes = approval_yes(&mut section, public_url);
    let trust_days = section.number("trust_browser_days", 0..=90, 0);
    section.finish();
    SignInSettings {
        second_factor,
        provisional_life: DAY * u32::try_from(provisional_days).unwrap_or(14),
        after_set_up,
        offers,
        approval_digits: u8::try_from(digits).unwrap_or(2),
        approval_yes,
        trust: DAY * u32::try_from(trust_days).unwrap_or(0),
    }
}

fn approval_yes(section: &mut Section<'_>, public_url: Option<&PublicUrl>) -> YesNeeds {
    let at = section.place("approval_passkey");
    if !section.flag("approval_passkey") {
        return YesNeeds::Signature;
    }
    let none = public_url.is_some_and(|url| Passkeys::new(&url.text(None), "").is_err());
    if let Some(at) = at.filter(|_| none) {
        section.wrong(
            &at,
            "needs passkeys, which browsers have for host names only; give server.public_url \
             a host name, or write false",
        );
    }
    YesNeeds::Passkey
}

fn offers(section: &mut Section<'_>) -> Vec<Factor> {
    let Some(list) = section.texts("factors") else { return OFFERS.to_vec() };
    let mut offers = Vec::new();
    for word in &list.value {
        match Factor::from_word(&word.value).filter(|factor| OFFERS.contains(factor)) {
            Some(factor) if !offers.contains(&factor) => offers.push(factor),
            Some(_) => section.wrong(word, format!("names {:?} twice", word.value)),
            None => section.wrong(
                word,
                format!(
                    "is {:?}; write \"passkey\", \"code\" or \"approval\" (codes on paper come with each)",
                    word.value
                ),
            ),
        }
    }
    // A passkey needs script and a device that has one: never the only way.
    if !offers.iter().any(|factor| *factor != Factor::Passkey) {
        section.wrong(
            &list,
            "leaves people without a passkey no way in; name \"code\" or \"approval\" as well",
        );
    }
    offers
}
