//! What can be typed, and the help for it.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand};

/// A reverse-proxy authentication gateway that stands in front of portal apps.
#[derive(Debug, Parser)]
#[command(name = "vestibule", version, arg_required_else_help = true)]
#[command(after_help = "Example:
  vestibule demo
  vestibule check --config vestibule.toml
  vestibule serve --config vestibule.toml

Exit codes: 0 done, 1 failed, 2 wrong command line, 3 bad configuration,
4 address not usable, 5 data folder not usable.")]
pub struct CommandLine {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Try everything: a gateway, a small portal behind it and one account.
    #[command(after_help = "Example:
  vestibule demo
  vestibule demo --listen 127.0.0.1:8088 --data /tmp/demo

The data stays: a second start finds the account and its sessions again.")]
    Demo {
        /// Where to listen.
        #[arg(long, default_value = "127.0.0.1:8080")]
        listen: SocketAddr,
        /// Where the demo keeps its accounts and sessions.
        #[arg(long, default_value = "demo-data")]
        data: PathBuf,
    },
    /// Run the gateway.
    #[command(after_help = "Example:
  vestibule serve --config /etc/vestibule/vestibule.toml

  vestibule serve --take-over --config /etc/vestibule/vestibule.toml

Prints one line of JSON with its addresses when it is ready; logs go to
standard error. SIGTERM lets open requests finish and stops it.

With --take-over it takes sockets and store from the gateway that runs on the
same data folder, for an upgrade or what a reload cannot change. No request is
lost: the other one finishes what it has begun, and goes on if this one fails.")]
    Serve {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
        /// Take the place of the gateway that runs on this data folder.
        #[arg(long)]
        take_over: bool,
    },
    /// Have the running gateway read its configuration again, without a pause.
    #[command(after_help = "Example:
  vestibule reload --config vestibule.toml

All of it is taken or nothing; what is wrong is told, and the gateway goes on with what it has. SIGHUP
does the same and tells the log. It is the gateway that reads: its own file, as its own user. What is
made once for a process (addresses, workers, public_url, log format) needs another process, which loses
nothing either: vestibule upgrade. For another data_dir stop it, move the folder, and start it again.")]
    Reload {
        /// Take it also where it opens to everyone what needs a sign-in now.
        #[arg(long)]
        allow_public: bool,
        /// Where the gateway runs, and how to answer.
        #[command(flatten)]
        target: Target,
    },
    /// Have the running gateway start the program anew and hand its place over.
    #[command(after_help = "Example:
  install -m 755 vestibule /usr/local/bin/vestibule
  vestibule upgrade --config vestibule.toml

The program is started as it lies on the disk now, with the command line of the one that runs, and takes its
place under load (see serve --take-over). SIGUSR2 does the same and tells the log. Under systemd the unit goes on
with the new process. Where the new one fails, the old one goes on.")]
    Upgrade {
        /// Where the gateway runs, and how to answer.
        #[command(flatten)]
        target: Target,
    },
    /// Look for faults in a configuration; tells all of them with their places.
    #[command(after_help = "Example:
  vestibule check --config vestibule.toml
  vestibule check --config vestibule.toml --attack
  vestibule check --config vestibule.toml --attack --no-upstreams --json

Exit code 0 means no fault, 1 means faults. What begins with \"no fault, but look at\" runs, and is hardly
meant. Run it as the gateway's user (sudo -u vestibule): as root it would pass files that the gateway cannot read.

With --attack a gateway is started from the configuration on a free loopback port, with data of its own
and an echo in the place of every app. Forged headers, odd framing, disguised paths, cookies, methods and
upgrades are thrown at it; a red row means exit code 1. Then each real upstream gets one GET from this
machine, past the gateway, to tell whether it answers whoever reaches it. Nothing else is sent to a real
app, and no real data is touched; a gateway that runs meanwhile is not disturbed.")]
    Check {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
        /// Attack a gateway that is made from it.
        #[command(flatten)]
        attack: AttackFlags,
    },
    /// Write the guide to the first connection as a PDF.
    #[command(after_help = "Example:
  vestibule guide --lang fr -o guide.pdf --config vestibule.toml")]
    Guide {
        /// In which language: fr, nl, de or en. Default: the operator's.
        #[arg(long)]
        lang: Option<String>,
        /// The file to write.
        #[arg(short, long, default_value = "guide.pdf")]
        output: PathBuf,
        /// The configuration file; its name, colours and numbers are in the guide.
        #[arg(long)]
        config: PathBuf,
    },
    /// Manage accounts, with the gateway running or not.
    #[command(arg_required_else_help = true)]
    #[command(after_help = "Example:
  vestibule user add jdupont --email jeanne@exemple.be --config vestibule.toml
  vestibule user list --config vestibule.toml

Start the gateway once before: `serve` makes the data folder, and these commands make none.")]
    User {
        /// What to do with them.
        #[command(subcommand)]
        command: UserCommand,
    },
}

/// How a gateway attacks itself.
#[derive(Clone, Copy, Debug, Args)]
pub struct AttackFlags {
    /// Attack a gateway that is made from the configuration.
    #[arg(long)]
    pub attack: bool,
    /// Do not ask the real upstreams.
    #[arg(long, requires = "attack")]
    pub no_upstreams: bool,
    /// Take it for a fault if an upstream answers without an assertion.
    #[arg(long, requires = "attack", conflicts_with = "no_upstreams")]
    pub strict: bool,
    /// Answer in JSON.
    #[arg(long, requires = "attack")]
    pub json: bool,
}

/// Where accounts are, and how to answer.
#[derive(Clone, Debug, Args)]
pub struct Target {
    /// The configuration file.
    #[arg(long, required_unless_present = "data", conflicts_with = "data")]
    pub config: Option<PathBuf>,
    /// The data folder, as the first `serve` made it, instead of a configuration file.
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// Answer in JSON.
    #[arg(long)]
    pub json: bool,
}

/// What can be said about an account.
#[derive(Clone, Debug, Args)]
pub struct Details {
    /// What the person is called.
    #[arg(long)]
    pub full_name: Option<String>,
    /// The person's language: fr, nl, de or en.
    #[arg(long)]
    pub lang: Option<String>,
    /// A group; give it again for each. With `set`, these replace all groups.
    #[arg(long = "group")]
    pub groups: Vec<String>,
    /// Read a permanent password from the first line of standard input.
    #[arg(long)]
    pub password_stdin: bool,
}

/// What `set` can change; without one of them there is nothing to do.
const CHANGES: [&str; 6] = ["email", "no_groups", "full_name", "lang", "groups", "password_stdin"];

/// The commands about accounts.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Make an account, with a provisional password unless one is given.
    #[command(after_help = "Example:
  vestibule user add jdupont --email jeanne@exemple.be --full-name 'Jeanne Dupont' \\
      --lang fr --group accounts --config vestibule.toml
  echo 'a long passphrase' | vestibule user add jdupont --email jeanne@exemple.be \\
      --password-stdin --config vestibule.toml")]
    Add {
        /// The user name.
        name: String,
        /// Where mail goes.
        #[arg(long)]
        email: String,
        /// More about it.
        #[command(flatten)]
        details: Details,
        /// Where, and how to answer.
        #[command(flatten)]
        target: Target,
    },
    /// List all accounts.
    #[command(after_help = "Example:
  vestibule user list --config vestibule.toml
  vestibule user list --json --config vestibule.toml")]
    List {
        /// Where, and how to answer.
        #[command(flatten)]
        target: Target,
    },
    /// Make the accounts of a list, each with a provisional password.
    #[command(after_help = "Example:
  vestibule user import people.csv --dry-run --config vestibule.toml
  vestibule user import people.csv --config vestibule.toml

The first line names the columns: name, email, and any of full_name, language, groups (separated
by ; or |), id (the portal's own, which becomes the `sub` of assertions) and password_hash (argon2,
bcrypt or PBKDF2; such a person keeps the password they have). Every line is looked at before any is
taken, and every bad one is told with its number. Mails are queued at once and sent as passwords are
hashed. Without [mail] the passwords are printed as CSV on standard output.")]
    Import {
        /// The list, as CSV in UTF-8.
        file: PathBuf,
        /// Only look at it.
        #[arg(long)]
        dry_run: bool,
        /// Leave out lines whose name has an account already.
        #[arg(long)]
        skip_existing: bool,
        /// Where, and how to answer.
        #[command(flatten)]
        target: Target,
    },
    /// Give an account a new provisional password; its sessions end.
    #[command(after_help = "Example:
  vestibule user provision jdupont --config vestibule.toml

It is mailed, or printed where no mail is set up. Second factors stay.")]
    Provision {
        /// The user name.
        name: String,
        /// Where, and how to answer.
        #[command(flatten)]
        target: Target,
    },
    /// Give a person who lost the phone a pass, to be read out; it works once.
    #[command(after_help = "Example:
  vestibule user pass jdupont --config vestibule.toml
  vestibule user pass jdupont --minutes 15 --json --config vestibule.toml

The person signs in with the password, chooses 'Lost your phone', types the pass and sets up a new
phone or app. The pass opens nothing else and does not replace the password. It is shown once, a new
one ends the one before, and the person is told of it by mail. Make sure who is calling: a help code
proves nothing. The lost phone stays known until the person removes it.")]
    Pass {
        /// The user name.
        name: String,
        /// For how many minutes it is valid: 10 to 1440 (a day).
        #[arg(long, default_value_t = 60)]
        minutes: u64,
        /// Where, and how to answer.
        #[command(flatten)]
        target: Target,
    },
    /// Show one account, or where somebody who telephones is stuck.
    #[command(after_help = "Example:
  vestibule user show jdupont --config vestibule.toml
  vestibule user show --support PIANO-4827 --config vestibule.toml

The help code stands on each page of a sign-in under way. It shows the step, what failed last and how
far the phone's clock is off. It proves nothing about who calls.")]
    Show {
        /// The user name.
        #[arg(required_unless_present = "support", conflicts_with = "support")]
        name: Option<String>,
        /// The help code that the person reads out.
        #[arg(long)]
        support: Option<String>,
        /// Where, and how to answer.
        #[command(flatten)]
        target: Target,
    },
    /// Change an account; takes effect on the next request.
    #[command(group(ArgGroup::new("change").required(true).multiple(true).args(CHANGES)))]
    #[command(after_help = "Example:
  vestibule user set jdupont --group accounts --group staff --config vestibule.toml
  vestibule user set jdupont --password-stdin --config vestibule.toml

An empty value removes a full name or a language; --no-groups removes all groups.
A new password ends all sessions of the account; so does another address, and with
it whatever was mailed to the old one.")]
    Set {
        /// The user name.
        name: String,
        /// Where mail goes.
        #[arg(long)]
        email: Option<String>,
        /// Take the account out of all groups.
        #[arg(long, conflicts_with = "groups")]
        no_groups: bool,
        /// What to change.
        #[command(flatten)]
        details: Details,
        /// Where, and how to answer.
        #[command(flatten)]
        target: Target,
    },
    /// Forget an account's wrong passwords and numbers, which ends any pause.
    #[command(after_help = "Example:
  vestibule user unlock jdupont --config vestibule.toml

After a few wrong passwords or numbers none is looked at for a while: `user show` tells until when. A hundred wrong
passwords in all pause an account for browsers that it does not know, a hundred wrong numbers in a row lock
its second factor, both until this. Whoever typed those numbers knew the password: give the person a new one
with `user provision` as well.")]
    Unlock {
        /// The user name.
        name: String,
        /// Where, and how to answer.
        #[command(flatten)]
        target: Target,
    },
    /// End an account's sessions everywhere, and sign-ins that are under way.
    #[command(after_help = "Example:
  vestibule user sign-out jdupont --config vestibule.toml

What goes through for the person ends too, within a second. Password and second factors stay, so the person
signs in again; to keep somebody out, use `user disable`. Browsers count as unknown until then, and a pass,
or a mail about a forgotten password, is worth nothing any more.")]
    SignOut {
        /// The user name.
        name: String,
        /// Where, and how to answer.
        #[command(flatten)]
        target: Target,
    },
    /// Let a disabled account sign in again.
    #[command(after_help = "Example:
  vestibule user enable jdupont --config vestibule.toml")]
    Enable {
        /// The user name.
        name: String,
        /// Where, and how to answer.
        #[command(flatten)]
        target: Target,
    },
    /// Keep an account from signing in, and end its sessions.
    #[command(after_help = "Example:
  vestibule user disable jdupont --config vestibule.toml")]
    Disable {
        /// The user name.
        name: String,
        /// Where, and how to answer.
        #[command(flatten)]
        target: Target,
    },
    /// Remove an account and end its sessions. This cannot be undone.
    #[command(after_help = "Example:
  vestibule user delete jdupont --config vestibule.toml")]
    Delete {
        /// The user name.
        name: String,
        /// Where, and how to answer.
        #[command(flatten)]
        target: Target,
    },
}

impl UserCommand {
    /// Where, and how to answer.
    pub fn target(&self) -> &Target {
        match self {
            Self::Add { target, .. }
            | Self::Import { target, .. }
            | Self::Provision { target, .. }
            | Self::Pass { target, .. }
            | Self::List { target }
            | Self::Show { target, .. }
            | Self::Set { target, .. }
            | Self::Unlock { target, .. }
            | Self::SignOut { target, .. }
            | Self::Enable { target, .. }
            | Self::Disable { target, .. }
            | Self::Delete { target, .. } => target,
        }
    }
}
