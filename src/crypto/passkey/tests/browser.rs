//! What a real browser sends: Chromium 156 with a device in software, driven by
//! `pages/passkey.js`, once by its own means and once by the script's for older
//! browsers.

use super::*;
use crate::crypto::NoChance;

const ANSWERS: &str = include_str!("chromium.json");
/// Where they were given.
const LOCAL: &str = "http://localhost:8931";

/// The chance that made the challenge they answer.
struct Sevens;

impl Chance for Sevens {
    fn fill(&self, out: &mut [u8]) -> Result<(), NoChance> {
        out.fill(7);
        Ok(())
    }
}

#[test]
fn what_a_real_browser_answers_is_understood() {
    let passkeys = Passkeys::new(LOCAL, "My portal").unwrap();
    let answers: Vec<serde_json::Value> = serde_json::from_str(ANSWERS).unwrap();
    assert_eq!(answers.len(), 2);
    for answers in answers {
        let (_, state) = passkeys.begin_registration(ANN, NAMES, &[], &Sevens).unwrap();
        let answer = answers["set_up"].to_string();
        let stored = passkeys.finish_registration(ANN, &kept(&state), &answer).unwrap();
        assert!(stored.verified_once() && !stored.backed_up());
        assert_eq!(stored.discoverable(), Some(true));
        assert_eq!(stored.transports(), [Transport::Internal]);

        let stored = [kept(&stored)];
        let (_, state) = passkeys.begin_assertion(ANN, &stored, &Sevens).unwrap();
        let answer = answers["second_factor"].to_string();
        let used = passkeys.finish_assertion(ANN, &stored, &kept(&state), &answer).unwrap();

        let stored = [kept(&used.updated)];
        let (_, state) = passkeys.begin_sign_in(&Sevens).unwrap();
        let again = passkeys.finish_sign_in(ANN, &stored, &state, &answer).unwrap_err();
        assert!(matches!(again, PasskeyError::Cloned { .. }), "{again}");
        let answer = answers["sign_in"].to_string();
        assert_eq!(passkeys.who(&answer).unwrap().account, ANN);
        passkeys.finish_sign_in(ANN, &stored, &kept(&state), &answer).unwrap();

        // Control: at another port it is another site's.
        let elsewhere = Passkeys::new("http://localhost:8932", "My portal").unwrap();
        let refused = elsewhere.finish_sign_in(ANN, &stored, &state, &answer).unwrap_err();
        assert_eq!(refused, PasskeyError::OtherOrigin);
    }
}
