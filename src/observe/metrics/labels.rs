//! What metrics are broken down by: closed sets, so that nobody outside can make
//! them grow.

/// How a step of a sign-in ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInOutcome {
    /// A session was opened.
    Opened,
    /// Right, and something more is asked.
    GoesOn,
    /// It did not match.
    NoMatch,
    /// Too many failures.
    Paused,
    /// The hashing queue was full.
    Busy,
    /// Something broke on our side.
    Fault,
}

impl SignInOutcome {
    pub(super) const ALL: [Self; 6] =
        [Self::Opened, Self::GoesOn, Self::NoMatch, Self::Paused, Self::Busy, Self::Fault];

    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::GoesOn => "goes_on",
            Self::NoMatch => "no_match",
            Self::Paused => "paused",
            Self::Busy => "busy",
            Self::Fault => "fault",
        }
    }
}

/// What was asked of somebody who signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInStep {
    /// The password.
    Password,
    /// The number an app shows.
    OneTimeCode,
    /// A yes on the phone.
    Approval,
    /// A passkey, beside a password or alone.
    Passkey,
    /// A code on paper.
    RecoveryCode,
    /// A pass of the help desk.
    Pass,
    /// The code in a mail about a forgotten password.
    MailCode,
    /// A password in the place of another one.
    NewPassword,
}

impl SignInStep {
    pub(super) const ALL: [Self; 8] = [
        Self::Password,
        Self::OneTimeCode,
        Self::Approval,
        Self::Passkey,
        Self::RecoveryCode,
        Self::Pass,
        Self::MailCode,
        Self::NewPassword,
    ];

    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::OneTimeCode => "one_time_code",
            Self::Approval => "approval",
            Self::Passkey => "passkey",
            Self::RecoveryCode => "recovery_code",
            Self::Pass => "pass",
            Self::MailCode => "mail_code",
            Self::NewPassword => "new_password",
        }
    }
}

/// A step of somebody's first connection, in order: where people get lost is
/// seen by comparing neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstConnection {
    /// The mail with the access was queued.
    MailQueued,
    /// The mail server took it.
    MailSent,
    /// The sign-in page was opened from a mail.
    PageOpened,
    /// The provisional password was right.
    Password,
    /// A second factor was proven.
    Factor,
    /// A new password was chosen.
    NewPassword,
    /// The portal gave its first page.
    Portal,
}

impl FirstConnection {
    pub(super) const ALL: [Self; 7] = [
        Self::MailQueued,
        Self::MailSent,
        Self::PageOpened,
        Self::Password,
        Self::Factor,
        Self::NewPassword,
        Self::Portal,
    ];

    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::MailQueued => "mail_queued",
            Self::MailSent => "mail_sent",
            Self::PageOpened => "page_opened",
            Self::Password => "password",
            Self::Factor => "factor",
            Self::NewPassword => "new_password",
            Self::Portal => "portal",
        }
    }
}

/// What became of one attempt to send a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailOutcome {
    /// The mail server took it.
    Sent,
    /// It will be tried again.
    Deferred,
    /// The mail server refused it for good.
    Refused,
    /// What it tells was over before it could be sent.
    Expired,
}

impl MailOutcome {
    pub(super) const ALL: [Self; 4] = [Self::Sent, Self::Deferred, Self::Refused, Self::Expired];

    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Deferred => "deferred",
            Self::Refused => "refused",
            Self::Expired => "expired",
        }
    }
}

/// What became of a question to somebody's phones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApprovalOutcome {
    /// The phones were asked.
    Asked,
    /// Somebody typed the number and said yes.
    Approved,
    /// Somebody said "not me".
    Refused,
    /// Another number was typed.
    Wrong,
    /// Nobody answered in time.
    Expired,
    /// A later question took its place.
    Replaced,
    /// It was not asked, because too many were asked before.
    Slowed,
}

impl ApprovalOutcome {
    pub(super) const ALL: [Self; 7] = [
        Self::Asked,
        Self::Approved,
        Self::Refused,
        Self::Wrong,
        Self::Expired,
        Self::Replaced,
        Self::Slowed,
    ];

    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Wrong => "wrong",
            Self::Expired => "expired",
            Self::Replaced => "replaced",
            Self::Slowed => "slowed",
        }
    }
}

/// What became of one attempt to wake a phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushOutcome {
    /// The push service took it.
    Sent,
    /// The phone does not listen any more.
    Gone,
    /// The push service refused it or did not answer.
    Failed,
    /// Too many were waiting.
    Dropped,
}

impl PushOutcome {
    pub(super) const ALL: [Self; 4] = [Self::Sent, Self::Gone, Self::Failed, Self::Dropped];

    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Gone => "gone",
            Self::Failed => "failed",
            Self::Dropped => "dropped",
        }
    }
}

/// What was locked or slowed after too many failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockOut {
    /// Attempts under one typed name.
    Name,
    /// Attempts from one address or network.
    Address,
    /// Strangers' attempts at one account.
    Account,
    /// Attempts at one account's second factor.
    Factor,
}

impl LockOut {
    pub(super) const ALL: [Self; 4] = [Self::Name, Self::Address, Self::Account, Self::Factor];

    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Address => "address",
            Self::Account => "account",
            Self::Factor => "factor",
        }
    }
}

/// What became of a help-desk pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassStep {
    /// The help desk gave one.
    Issued,
    /// It was used.
    Used,
    /// Something else was typed.
    Wrong,
}

impl PassStep {
    pub(super) const ALL: [Self; 3] = [Self::Issued, Self::Used, Self::Wrong];

    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Used => "used",
            Self::Wrong => "wrong",
        }
    }
}

/// A step of somebody who forgot the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetStep {
    /// It was asked for, whether anybody has the name or not.
    Asked,
    /// A mail with a code was queued.
    Mailed,
    /// The code came back.
    Proven,
    /// A new password was chosen.
    Done,
}

impl ResetStep {
    pub(super) const ALL: [Self; 4] = [Self::Asked, Self::Mailed, Self::Proven, Self::Done];

    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Mailed => "mailed",
            Self::Proven => "proven",
            Self::Done => "done",
        }
    }
}

/// What became of a sign-in on its way to another host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandoverOutcome {
    /// A visitor left a host to sign in.
    Left,
    /// They came back signed in.
    Arrived,
    /// The browser brought no nonce: it keeps no cookies, or was never there.
    NoCookie,
    /// The code was another browser's or another host's.
    Foreign,
    /// The code was used before, is too old, or its session is over.
    Over,
    /// The browser left again meanwhile, and begins again.
    Again,
    /// The browser went round and round.
    Round,
}

impl HandoverOutcome {
    pub(super) const ALL: [Self; 7] = [
        Self::Left,
        Self::Arrived,
        Self::NoCookie,
        Self::Foreign,
        Self::Over,
        Self::Again,
        Self::Round,
    ];

    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Arrived => "arrived",
            Self::NoCookie => "no_cookie",
            Self::Foreign => "foreign",
            Self::Over => "over",
            Self::Again => "again",
            Self::Round => "round",
        }
    }
}

/// What became of a form that met an expired session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeptPostOutcome {
    /// It is kept.
    Kept,
    /// It was sent after its owner signed in.
    Resumed,
    /// It was too large to be kept.
    TooLarge,
    /// Too many are kept.
    Full,
    /// Somebody else wanted to send it.
    OtherAccount,
    /// It was to be sent, and is not there any more.
    Gone,
    /// Something broke on our side.
    Fault,
}

impl KeptPostOutcome {
    pub(super) const ALL: [Self; 7] = [
        Self::Kept,
        Self::Resumed,
        Self::TooLarge,
        Self::Full,
        Self::OtherAccount,
        Self::Gone,
        Self::Fault,
    ];

    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Resumed => "resumed",
            Self::TooLarge => "too_large",
            Self::Full => "full",
            Self::OtherAccount => "other_account",
            Self::Gone => "gone",
            Self::Fault => "fault",
        }
    }
}

/// Why what went through for somebody was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamEnd {
    /// Their session was ended, or may not do this any more.
    Revoked,
    /// A limit of the session was reached.
    Expired,
}

impl StreamEnd {
    pub(super) const ALL: [Self; 2] = [Self::Revoked, Self::Expired];

    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }
}

/// What became of a certificate whose file changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateReload {
    /// It is served now.
    Taken,
    /// It is faulty, so the one before it is served.
    Refused,
}

impl CertificateReload {
    pub(super) const ALL: [Self; 2] = [Self::Taken, Self::Refused];

    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Refused => "refused",
        }
    }
}

/// What another proxy was answered that asked whether a request may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verification {
    /// It may.
    Passed,
    /// Its visitor must first show who they are.
    Asked,
    /// It may not, or nobody may ask.
    Refused,
}

impl Verification {
    pub(super) const ALL: [Self; 3] = [Self::Passed, Self::Asked, Self::Refused];

    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Asked => "asked",
            Self::Refused => "refused",
        }
    }
}
