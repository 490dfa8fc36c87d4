//! What the operator puts on every page and mail.

use std::sync::Arc;

use super::{Language, Palette};

/// What the operator put on every page.
#[derive(Clone, Debug)]
pub struct Brand {
    /// The portal's name.
    pub name: String,
    /// Whom to call.
    pub support_phone: Option<String>,
    /// And when.
    pub support_hours: Option<String>,
    /// Where else to find help.
    pub support_link: Option<String>,
    /// The operator's colours; without them ours.
    pub palette: Option<Palette>,
    /// The operator's logo; without it ours.
    pub logo: Option<Logo>,
    /// One sentence at the foot of every page.
    pub legal_notice: Option<String>,
    /// Links at the foot of every page.
    pub links: Vec<Link>,
    /// The language of visitors whose browser asks for none of ours.
    pub language: Language,
}

/// A picture of the operator's.
#[derive(Clone, Debug)]
pub struct Logo {
    /// Its media type.
    pub kind: &'static str,
    /// The file.
    pub bytes: Arc<[u8]>,
}

/// A link at the foot of every page.
#[derive(Clone, Debug)]
pub struct Link {
    /// What it says, in the operator's words.
    pub text: String,
    /// Where it leads.
    pub address: String,
}
