//! The audit log: security events of a closed set, one JSON object a line.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use serde::Serialize;

use crate::domain::{AccountId, Device, Moment};

/// Events that may wait to be written before further ones are dropped.
const QUEUE: usize = 4096;

/// Everything that is recorded. A new kind is added here and nowhere else.
#[derive(Clone, Debug)]
pub enum Event {
    /// A session was opened.
    SignedIn,
    /// A right name and password, but no second factor is set up.
    SignInIncomplete,
    /// Name or password did not match. The typed name is not recorded: people
    /// type passwords into that field. The account is, where the name has one.
    SignInFailed,
    /// Attempts under one name are paused.
    SignInPaused,
    /// Somebody who is signed in may not go where they went.
    Denied,
    /// The password matched and the second factor did not.
    FactorFailed,
    /// Attempts at one account's second factor are paused.
    FactorPaused,
    /// The hundredth wrong number in a row: only an operator opens the account's
    /// second factor again.
    FactorLocked,
    /// An operator forgot an account's failures.
    AccountUnlocked,
    /// A second factor was proven for the first time and counts from now on.
    FactorAdded,
    /// A second factor was set up twice at the same time; the later one was
    /// refused.
    FactorRaced,
    /// A second factor counts no more.
    FactorRemoved,
    /// A second factor got another name, or is asked first now.
    FactorRenamed,
    /// New codes on paper were kept; earlier ones are worth nothing.
    RecoveryCodesMade,
    /// A code on paper was used.
    RecoveryCodeUsed,
    /// A phone was joined to an account; it counts once it said yes.
    PhonePaired,
    /// An account's phones were asked.
    ApprovalAsked,
    /// The phone's owner said "not me": somebody else knows the password.
    ApprovalRefused,
    /// An account's phones were asked too often, and are left in peace.
    ApprovalsSlowed,
    /// A passkey seems to have been copied.
    PasskeyCloned,
    /// A sign-in was taken along to another host of ours.
    HostSignedIn,
    /// It was not: the code was another browser's or another host's.
    HostSignInRefused,
    /// Somebody with a session proved once more that it is them.
    ProvenAgain,
    /// A person ended one of their other sessions.
    SessionEnded,
    /// The help desk gave a pass.
    PassIssued,
    /// A pass was used.
    PassUsed,
    /// A mail about a forgotten password was queued.
    ResetAsked,
    /// The code of such a mail came back.
    ResetProven,
    /// So many wrong passwords in all that only known browsers are looked at.
    AccountPaused,
    /// A person chose a new password.
    PasswordChanged,
    /// A password was hashed anew at a sign-in: a portal's hash, or one of other
    /// costs.
    PasswordRehashed,
    /// An account got a new provisional password.
    AccountProvisioned,
    /// A mail was taken by the mail server.
    MailSent,
    /// The mail server refused a mail for good.
    MailRefused,
    /// A mail was not sent before what it tells was over.
    MailExpired,
    /// A visitor ended their session.
    SignedOut,
    /// All sessions of an account ended, with a new password.
    SessionsEnded,
    /// An account was made.
    AccountAdded,
    /// Details, groups or the password of an account were changed.
    AccountChanged,
    /// An account may not sign in any more.
    AccountDisabled,
    /// An account may sign in again.
    AccountEnabled,
    /// An account was removed.
    AccountDeleted,
    /// A new signing key began to be published.
    KeyAdded,
    /// A signing key was taken out of use.
    KeyRetired,
    /// The gateway started.
    Started,
    /// The configuration was read again and is at work.
    ConfigReloaded,
    /// Another gateway took over, and this one finished what it had begun.
    HandedOver,
    /// The gateway stopped.
    Stopped,
}

impl Event {
    /// The word in the record; stable, scripts read it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::SignedIn => "signed_in",
            Self::SignInIncomplete => "sign_in_incomplete",
            Self::SignInFailed => "sign_in_failed",
            Self::SignInPaused => "sign_in_paused",
            Self::Denied => "denied",
            Self::FactorFailed => "factor_failed",
            Self::FactorPaused => "factor_paused",
            Self::FactorLocked => "factor_locked",
            Self::AccountUnlocked => "account_unlocked",
            Self::FactorAdded => "factor_added",
            Self::FactorRaced => "factor_raced",
            Self::FactorRemoved => "factor_removed",
            Self::FactorRenamed => "factor_renamed",
            Self::RecoveryCodesMade => "recovery_codes_made",
            Self::RecoveryCodeUsed => "recovery_code_used",
            Self::PhonePaired => "phone_paired",
            Self::ApprovalAsked => "approval_asked",
            Self::ApprovalRefused => "approval_refused",
            Self::ApprovalsSlowed => "approvals_slowed",
            Self::PasskeyCloned => "passkey_cloned",
            Self::HostSignedIn => "host_signed_in",
            Self::HostSignInRefused => "host_sign_in_refused",
            Self::ProvenAgain => "proven_again",
            Self::SessionEnded => "session_ended",
            Self::PassIssued => "pass_issued",
            Self::PassUsed => "pass_used",
            Self::ResetAsked => "reset_asked",
            Self::ResetProven => "reset_proven",
            Self::AccountPaused => "account_paused",
            Self::PasswordChanged => "password_changed",
            Self::PasswordRehashed => "password_rehashed",
            Self::AccountProvisioned => "account_provisioned",
            Self::MailSent => "mail_sent",
            Self::MailRefused => "mail_refused",
            Self::MailExpired => "mail_expired",
            Self::SignedOut => "signed_out",
            Self::SessionsEnded => "sessions_ended",
            Self::AccountAdded => "account_added",
            Self::AccountChanged => "account_changed",
            Self::AccountDisabled => "account_disabled",
            Self::AccountEnabled => "account_enabled",
            Self::AccountDeleted => "account_deleted",
            Self::KeyAdded => "key_added",
            Self::KeyRetired => "key_retired",
            Self::Started => "started",
            Self::ConfigReloaded => "config_reloaded",
            Self::HandedOver => "handed_over",
            Self::Stopped => "stopped",
        }
    }
}

/// One line of the log.
#[derive(Serialize)]
struct Line<'a> {
    time: String,
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    app: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<&'a str>,
}

/// What is known beside the kind.
#[derive(Clone, Copy, Debug, Default)]
pub struct Around<'a> {
    /// Which account it is about.
    pub account: Option<AccountId>,
    /// Which app, by its configured name.
    pub app: Option<&'a str>,
    /// Which address it came from.
    pub from: Option<std::net::IpAddr>,
    /// The client's own address, where that is known: behind a proxy it is not, for
    /// everybody comes from there.
    pub client: Option<std::net::IpAddr>,
    /// In which request.
    pub request: Option<&'a str>,
    /// With which device; not recorded, but kept with a session.
    pub device: Device,
}

enum Queued {
    Line(Vec<u8>),
    /// Told when everything before it is on the disk.
    Flush(SyncSender<()>),
}

/// The door to the audit log.
///
/// Writing happens on a thread of its own, so that a slow disk holds no
/// request; what does not fit the queue is counted as dropped.
#[derive(Clone, Debug)]
pub struct Audit {
    queue: SyncSender<Queued>,
    dropped: prometheus::IntCounter,
}

impl Audit {
    /// Opens the log for appending and starts its writer.
    ///
    /// # Errors
    ///
    /// Where the file cannot be opened or the thread not started.
    pub fn open(path: &Path, dropped: prometheus::IntCounter) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
        let (queue, lines) = sync_channel(QUEUE);
        let lost = dropped.clone();
        std::thread::Builder::new()
            .name("audit".to_owned())
            .spawn(move || write_lines(file, &lines, &lost))?;
        Ok(Self { queue, dropped })
    }

    /// Waits until everything recorded so far is on the disk, at most `wait`.
    pub fn flush(&self, wait: std::time::Duration) {
        let (tell, told) = sync_channel(1);
        if self.queue.send(Queued::Flush(tell)).is_ok() {
            let _ = told.recv_timeout(wait);
        }
    }

    /// Records one event.
    pub fn record(&self, event: &Event, around: Around<'_>, now: Moment) {
        let line = Line {
            time: super::log::rfc3339(now),
            kind: event.kind(),
            account: around.account.map(|id| id.to_string()),
            app: around.app,
            from: around.from.map(|address| address.to_string()),
            request: around.request,
        };
        let sent = serde_json::to_vec(&line).ok().and_then(|mut bytes| {
            bytes.push(b'\n');
            self.queue.try_send(Queued::Line(bytes)).ok()
        });
        if sent.is_none() {
            self.dropped.inc();
        }
    }
}

/// Appends what is queued and asks the disk to keep it, once for each batch.
fn write_lines(mut file: File, queue: &Receiver<Queued>, lost: &prometheus::IntCounter) {
    while let Ok(first) = queue.recv() {
        let (mut batch, mut count, mut told) = (Vec::new(), 0, Vec::new());
        let mut next = Some(first);
        while let Some(queued) = next {
            match queued {
                Queued::Line(line) => {
                    batch.extend_from_slice(&line);
                    count += 1;
                }
                Queued::Flush(tell) => told.push(tell),
            }
            next = queue.try_recv().ok();
        }
        if let Err(error) = file.write_all(&batch).and_then(|()| file.sync_data()) {
            lost.inc_by(count);
            tracing::error!(%error, "the audit log cannot be written");
        }
        for tell in told {
            let _ = tell.send(());
        }
    }
}
