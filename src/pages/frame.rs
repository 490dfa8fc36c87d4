//! What stands around every page: the operator's brand, the languages, how far
//! the first connection is, and the other ways to prove who one is.

use super::language::{self, LanguageLink};
use super::visit::path_of;
use crate::domain::{Brand, Factor, Place};
use crate::flow::{At, Standing};

/// What every template needs beside the words.
pub struct Frame<'a> {
    /// The operator's name, numbers, colours and links.
    pub brand: &'a Brand,
    /// The language picker; empty on pages that are not ours.
    pub languages: Vec<LanguageLink>,
    /// The page's own address.
    pub path: &'a str,
    /// What the address asks for beside a language, by name: the language links
    /// keep it.
    pub asked: Vec<(&'static str, String)>,
    /// What its forms carry.
    pub csrf: String,
    /// The code that the help desk asks for.
    pub support: Option<String>,
    /// Whose half-done sign-in it is, on pages that do not say so themselves.
    pub who: Option<String>,
    /// Seconds until the half-done sign-in ends.
    pub ends: Option<u64>,
    /// How far the first connection is.
    pub step: Option<Step>,
}

impl<'a> Frame<'a> {
    /// Of a page without a half-done sign-in.
    pub fn plain(brand: &'a Brand, path: &'a str) -> Self {
        Self {
            brand,
            languages: language::links(),
            path,
            asked: Vec::new(),
            csrf: String::new(),
            support: None,
            who: None,
            ends: None,
            step: None,
        }
    }
}

/// The progress line of the first connection.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Which of them.
    pub number: u8,
    /// Of how many.
    pub of: u8,
    /// What it is called.
    pub key: &'static str,
    /// How far the line is.
    pub percent: u8,
}

impl Step {
    /// Where somebody stands in it, if they connect for the first time.
    pub fn of(stand: &Standing) -> Option<Self> {
        // Neither who has a session nor who forgot or lost something connects for
        // the first time.
        if stand.what.is_some() || stand.by_mail || stand.by_pass {
            return None;
        }
        let at = stand.at;
        let step = |number, key, percent| Some(Self { number, of: 4, key, percent });
        match at {
            At::Password | At::Factor(_) | At::SetUpElsewhere | At::Account => None,
            At::SetUp(Place::Secure) => step(2, "step-secure", 20),
            At::SetUp(Place::GetApp | Place::Pair) => step(2, "step-secure", 30),
            At::SetUp(Place::SetUpApp) => step(2, "step-secure", 40),
            At::SetUp(Place::Scan) => step(2, "step-secure", 50),
            At::SetUp(_) => step(2, "step-secure", 60),
            At::Approved => step(2, "step-secure", 65),
            At::RecoveryCodes => step(2, "step-secure", 70),
            At::Success => step(2, "step-secure", 75),
            At::NewPassword => step(3, "step-password", 85),
            At::Done => step(4, "step-done", 100),
        }
    }
}

/// A way to prove who one is beside the one that is asked.
#[derive(Clone, Copy, Debug)]
pub struct OtherWay {
    /// What its link says.
    pub key: &'static str,
    /// Where it leads.
    pub path: &'static str,
}

impl OtherWay {
    /// Those that the account has beside this one.
    pub fn beside(own: Factor, stand: &Standing) -> Vec<Self> {
        Self::but(Some(own), stand)
    }

    /// All that the account has.
    pub fn all(stand: &Standing) -> Vec<Self> {
        Self::but(None, stand)
    }

    fn but(own: Option<Factor>, stand: &Standing) -> Vec<Self> {
        let others = stand.ways.iter().filter(|way| Some(**way) != own);
        let link = |way: &Factor| Self {
            key: match way {
                Factor::Approval => "other-way-approval",
                Factor::Code => "other-way-code",
                Factor::Passkey => "other-way-passkey",
                Factor::Recovery => "other-way-recovery",
            },
            path: path_of(At::Factor(*way)),
        };
        others.map(link).collect()
    }
}
