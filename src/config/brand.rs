//! `[brand]`: name, numbers, colours, logo and links on every page.

use std::path::Path;

use super::reader::{At, Section};
use crate::domain::{Brand, Colour, Language, Link, Logo, Palette};

/// Largest logo in bytes: it is part of every page's weight.
const LOGO_BYTES_MAX: u64 = 32 * 1024;
/// Kinds of pictures that every browser shows, by the ending of their name.
const LOGO_KINDS: [(&str, &str); 3] =
    [("svg", "image/svg+xml"), ("png", "image/png"), ("webp", "image/webp")];

/// Reads the section; paths in it are relative to `folder`.
pub fn read(root: &mut Section<'_>, folder: &Path) -> Brand {
    let mut brand = root.section("brand");
    let text = |found: Option<At<String>>| found.map(|at| at.value).filter(|t| !t.is_empty());
    let name = text(brand.text("name")).unwrap_or_else(|| "Portal".to_owned());
    let support_phone = text(brand.text("support_phone"));
    let support_hours = text(brand.text("support_hours"));
    let languages = Language::ALL.map(|language| (language.code(), language));
    let language = brand.word("language", &languages, Language::Fr);
    let palette = palette(&mut brand);
    let logo = logo(&mut brand, folder);
    let support_link = address(&mut brand, "support_link");
    let legal_notice = text(brand.text("legal_notice"));
    let links = links(&mut brand);
    brand.finish();
    Brand {
        name,
        support_phone,
        support_hours,
        support_link,
        language,
        palette,
        logo,
        legal_notice,
        links,
    }
}

fn palette(brand: &mut Section<'_>) -> Option<Palette> {
    let at = brand.text("accent")?;
    let Some(colour) = Colour::parse(&at.value) else {
        brand.wrong(&at, format!("{:?} is not a colour such as \"#0b5d66\"", at.value));
        return None;
    };
    match Palette::new(colour) {
        Ok(palette) => Some(palette),
        Err(error) => {
            brand.wrong(&at, format!("{error}; choose a darker colour"));
            None
        }
    }
}

fn logo(brand: &mut Section<'_>, folder: &Path) -> Option<Logo> {
    let at = brand.text("logo")?;
    let path = folder.join(&at.value);
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or("");
    let kind = LOGO_KINDS.iter().find(|(known, _)| ending.eq_ignore_ascii_case(known));
    let Some((_, kind)) = kind else {
        brand.wrong(&at, "is not a picture that every browser shows; use svg, png or webp");
        return None;
    };
    let size = std::fs::metadata(&path).map(|found| found.len());
    match size.and_then(|size| Ok((size, std::fs::read(&path)?))) {
        Ok((size, _)) if size > LOGO_BYTES_MAX => {
            brand.wrong(&at, format!("has {size} bytes; {LOGO_BYTES_MAX} are the most"));
            None
        }
        Ok((_, bytes)) => Some(Logo { kind, bytes: bytes.into() }),
        Err(error) => {
            brand.wrong(&at, format!("{} cannot be read ({error})", path.display()));
            None
        }
    }
}

/// A web or mail address that a page may link to.
fn address(section: &mut Section<'_>, key: &'static str) -> Option<String> {
    let at = section.text(key)?;
    let plain = at.value.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"');
    let known = ["https://", "http://", "mailto:"].iter().any(|begin| at.value.starts_with(begin));
    if !plain || !known {
        section.wrong(&at, "is not an address that begins with https://, http:// or mailto:");
        return None;
    }
    Some(at.value)
}

fn links(brand: &mut Section<'_>) -> Vec<Link> {
    let mut links = Vec::new();
    for mut section in brand.sections("link") {
        let text = section.text("text");
        if text.is_none() {
            section.missing("text", "write what the link says");
        }
        let address = address(&mut section, "address");
        if address.is_none() {
            section
                .missing("address", "write where it leads, such as https://portal.example.be/help");
        }
        section.finish();
        if let (Some(text), Some(address)) = (text, address) {
            links.push(Link { text: text.value, address });
        }
    }
    links
}
