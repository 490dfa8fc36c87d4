//! What comes next in a sign-in, case by case.

use super::*;

const NOW: Moment = Moment::from_unix_millis(1);
const NEW: Held = Held { factors: 0, provisional: true };
const SECURED: Held = Held { factors: 1, provisional: true };
const WHOLE: Held = Held { factors: 1, provisional: false };
const BARE: Held = Held { factors: 0, provisional: false };

fn id(byte: u8) -> AccountId {
    AccountId::from_bytes([byte; 16])
}

fn password() -> Shown {
    Shown::password(PasswordProven::attest(id(1)))
}

fn both() -> Shown {
    password().with(FactorProven::attest(id(1), Method::OneTimeCode))
}

fn policy(second_factor: SecondFactor) -> SignInPolicy {
    SignInPolicy { second_factor, trust: Duration::ZERO }
}

fn next(second_factor: SecondFactor, shown: Shown, held: Held) -> Next {
    policy(second_factor).next(shown, held, NOW).unwrap()
}

#[test]
fn a_first_connection_takes_every_step_in_its_order_before_a_session_opens() {
    use SecondFactor::Required;
    assert!(matches!(next(Required, password(), NEW), Next::Enrol(_)));
    assert!(matches!(next(Required, password(), SECURED), Next::Factor(_)));
    assert!(matches!(next(Required, both(), SECURED), Next::NewPassword(_)));
    // Control: with all of it done, the session opens.
    let Next::Open(proven) = next(Required, both(), WHOLE) else { panic!() };
    assert_eq!(proven.account(), id(1));
    assert_eq!(proven.methods(), [Method::Password, Method::OneTimeCode]);
}

#[test]
fn a_password_alone_opens_a_session_only_where_the_operator_says_so() {
    assert!(matches!(next(SecondFactor::Required, password(), BARE), Next::Enrol(_)));
    assert!(matches!(next(SecondFactor::Required, password(), WHOLE), Next::Factor(_)));
    assert!(matches!(next(SecondFactor::Optional, password(), WHOLE), Next::Factor(_)));
    assert!(matches!(next(SecondFactor::Optional, password(), NEW), Next::NewPassword(_)));
    // Control: with `optional`, no factor and a password of one's own it does.
    let Next::Open(proven) = next(SecondFactor::Optional, password(), BARE) else { panic!() };
    assert_eq!(proven.methods(), [Method::Password]);
}

#[test]
fn a_factor_that_was_removed_since_counts_for_nothing() {
    assert!(matches!(next(SecondFactor::Required, both(), BARE), Next::Enrol(_)));
    let Next::Open(proven) = next(SecondFactor::Optional, both(), BARE) else { panic!() };
    assert_eq!(proven.methods(), [Method::Password], "the removed factor is not named");
}

#[test]
fn a_factor_of_one_account_does_not_finish_the_sign_in_of_another() {
    let policy = policy(SecondFactor::Required);
    let with = |subject| password().with(FactorProven::attest(subject, Method::OneTimeCode));
    assert_eq!(policy.next(with(id(2)), WHOLE, NOW).unwrap_err(), WrongSubject);
    // Control: the account's own factor does.
    assert!(matches!(policy.next(with(id(1)), WHOLE, NOW), Ok(Next::Open(_))));
}

#[test]
fn who_forgot_the_password_shows_the_factor_before_a_new_one_is_taken() {
    use SecondFactor::{Optional, Required};
    let mail = || Shown::mail(MailProven::attest(id(1)));
    assert!(matches!(next(Required, mail(), WHOLE), Next::Factor(_)));
    let with_factor = mail().with(FactorProven::attest(id(1), Method::OneTimeCode));
    let Next::NewPassword(shown) = next(Required, with_factor, WHOLE) else { panic!() };
    assert!(shown.is_by_mail());
    assert!(matches!(next(Optional, mail(), BARE), Next::NewPassword(_)));
    // Control: with the password the same factor opens.
    assert!(matches!(next(Required, both(), WHOLE), Next::Open(_)));
}

#[test]
fn a_pass_leads_to_setting_up_a_factor_and_nowhere_else() {
    use SecondFactor::Required;
    let pass = || password().with_pass(PassProven::attest(id(1)));
    assert!(matches!(next(Required, pass(), WHOLE), Next::Enrol(_)));
    assert!(matches!(next(SecondFactor::Optional, pass(), WHOLE), Next::Enrol(_)));
    // Control: without one the factor is asked; and the new factor opens.
    assert!(matches!(next(Required, password(), WHOLE), Next::Factor(_)));
    let new = pass().with(FactorProven::attest(id(1), Method::Approval));
    assert!(matches!(next(Required, new, WHOLE), Next::Open(_)));
}

#[test]
fn a_known_browser_spares_the_factor_only_where_and_while_the_operator_says_so() {
    let hour = Duration::from_secs(3600);
    let trusting = SignInPolicy { trust: hour, ..policy(SecondFactor::Required) };
    let here = |at| password().in_browser(BrowserTrusted::attest(id(1), at));
    let later = NOW.plus(hour);
    let next = |policy: SignInPolicy, shown, held, now| policy.next(shown, held, now).unwrap();
    let asked = policy(SecondFactor::Required);
    assert!(matches!(next(asked, here(NOW), WHOLE, NOW), Next::Factor(_)), "not offered");
    assert!(matches!(next(trusting, here(NOW), WHOLE, later), Next::Factor(_)), "over");
    assert!(matches!(next(trusting, here(later), WHOLE, NOW), Next::Factor(_)), "to come");
    assert!(matches!(next(trusting, here(NOW), SECURED, NOW), Next::Factor(_)), "provisional");
    // Control: within the time it does.
    let soon = NOW.plus(hour / 2);
    let Next::Open(proven) = next(trusting, here(NOW), WHOLE, soon) else { panic!() };
    assert_eq!((proven.at(), proven.shown_at()), (soon, NOW), "which is no fresh proof");
}

#[test]
fn a_passkey_alone_opens_nothing_while_the_password_must_be_replaced() {
    let policy = policy(SecondFactor::Required);
    let passkey = PasskeyProven::attest(id(1));
    assert!(policy.with_passkey(&passkey, SECURED, NOW).is_none());
    assert!(policy.with_passkey(&passkey, BARE, NOW).is_none(), "it was removed");
    // Control: with a password of one's own it does.
    for (held, demand) in [(SECURED, SecondFactor::Required), (BARE, SecondFactor::Required)]
        .into_iter()
        .chain([(SECURED, SecondFactor::Optional), (BARE, SecondFactor::Optional)])
    {
        let waits = || Shown::passkey(PasskeyProven::attest(id(1)));
        assert!(matches!(next(demand, waits(), held), Next::Factor(_)), "{held:?} {demand:?}");
        let code = FactorProven::attest(id(1), Method::OneTimeCode);
        let more = next(demand, waits().with(code), held);
        assert!(matches!(more, Next::Factor(_)), "no factor makes up for it: {more:?}");
    }
    let waits = Shown::passkey(PasskeyProven::attest(id(1)));
    let Next::Open(proven) = next(SecondFactor::Required, waits, WHOLE) else { panic!() };
    assert_eq!(proven.methods(), [Method::Passkey]);
    let proven = policy.with_passkey(&passkey, WHOLE, NOW).unwrap();
    assert_eq!(proven.methods(), [Method::Passkey]);
}

#[test]
fn the_password_is_fresh_proof_only_where_there_is_nothing_better() {
    let password = PasswordProven::attest(id(1));
    assert!(Fresh::by_password(&password, WHOLE, NOW).is_none());
    // Control: without a factor it is.
    assert!(Fresh::by_password(&password, BARE, NOW).is_some());
}
