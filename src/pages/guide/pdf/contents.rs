//! What the document says, from its title to whom to call.

use pdf_writer::types::StructRole;
use pdf_writer::{Content, Rect};

use super::face::encode;
use super::look::{Kind, OURS, mark};
use super::sheet::{COLUMN, Column, HEIGHT, MARGIN, Sheets, Style, WIDTH, parts, rounded};
use super::{Guide, file};
use crate::domain::{Accents, Words};
use crate::pages::guide::picture::{self, Picture};
use crate::pages::guide::steps::{self, ShownStep};

/// Sets the guide and makes a file of it.
pub fn write(guide: &Guide<'_>) -> Vec<u8> {
    let words = Words::of(guide.language);
    let shown = steps::shown(guide.language);
    let mut writer = Writer {
        sheets: Sheets::new(),
        accents: guide.brand.palette.map_or(OURS, |palette| palette.light),
        words,
        guide: *guide,
    };
    writer.masthead();
    writer.opening();
    for step in &shown {
        writer.step(step);
    }
    writer.next_time();
    writer.problems();
    writer.help();
    writer.finish()
}

struct Writer<'a> {
    sheets: Sheets<'a>,
    accents: Accents,
    words: &'static Words,
    guide: Guide<'a>,
}

impl<'a> Writer<'a> {
    fn style(&self, kind: Kind) -> Style {
        kind.style(&self.accents)
    }

    /// A text as an element of its own.
    fn put(
        &mut self,
        kind: Kind,
        role: StructRole,
        parent: Option<usize>,
        column: Column,
        text: &str,
    ) {
        let style = self.style(kind);
        let element = self.sheets.open(role, parent);
        self.sheets.text(element, style, column, text);
    }

    /// A heading of the list of contents, on the same sheet as what comes after it.
    fn heading(&mut self, text: &str, column: Column, next: f32) {
        let height = self.style(Kind::Heading).height(text, column);
        self.sheets.room(height + next);
        self.sheets.bookmark(text.to_owned());
        self.put(Kind::Heading, StructRole::H2, None, column, text);
    }

    /// A list; each of its lines begins with a drawn mark.
    fn list(&mut self, texts: &[String], column: Column, mark: impl Fn(&mut Content, f32, f32)) {
        let inner = column.inset(18.0, 0.0);
        let style = self.style(Kind::Line);
        let list = self.sheets.open(StructRole::L, None);
        for text in texts {
            self.sheets.room(style.height(text, inner));
            let item = self.sheets.open(StructRole::LI, Some(list));
            let middle = self.sheets.top() - style.size * 0.66;
            let [red, green, blue] = parts(self.accents.accent);
            self.sheets.decorate(|content| {
                content.set_fill_rgb(red, green, blue).set_stroke_rgb(red, green, blue);
                mark(content, column.left + 4.0, middle);
            });
            self.put(Kind::Line, StructRole::LBody, Some(item), inner, text);
        }
    }

    /// A link as a paragraph.
    fn link(&mut self, kind: Kind, column: Column, text: &str, address: String) {
        let style = self.style(kind);
        let paragraph = self.sheets.open(StructRole::P, None);
        let link = self.sheets.open_link(address, paragraph);
        self.sheets.text(link, style, column, text);
    }

    /// A tinted panel, so high, from here down.
    fn panel(&mut self, height: f32) {
        let (top, Column { left, width }) = (self.sheets.top(), COLUMN);
        let place = Rect::new(left, top - height, left + width, top);
        let ([r, g, b], [lr, lg, lb]) = (parts(self.accents.soft), parts(self.accents.line));
        self.sheets.decorate(|content| {
            content.set_fill_rgb(r, g, b).set_stroke_rgb(lr, lg, lb).set_line_width(0.75);
            rounded(content, place, 8.0);
            content.fill_nonzero_and_stroke();
        });
    }

    /// The operator's logo, or our mark, and the portal's name.
    fn masthead(&mut self) {
        let brand = self.guide.brand;
        let lower = HEIGHT - 62.0;
        let soft = parts(self.accents.soft);
        self.sheets.decorate(|content| {
            content.set_fill_rgb(soft[0], soft[1], soft[2]);
            content.rect(0.0, lower, WIDTH, HEIGHT - lower).fill_nonzero();
        });
        let corner = lower + 16.0;
        let logo = brand.logo.as_ref().map(|logo| Picture::read(&logo.bytes));
        let name_left = match logo {
            Some(Some(logo)) => {
                let width = (f32::from(logo.width) * 30.0 / f32::from(logo.height)).min(200.0);
                let height = width * f32::from(logo.height) / f32::from(logo.width);
                let place = Rect::new(MARGIN, corner, MARGIN + width, corner + height);
                self.sheets.picture(None, logo, place, "");
                place.x2 + 12.0
            }
            // A logo of a kind that cannot be shown here: the name stands alone.
            Some(None) => MARGIN,
            None => {
                let (accent, ink) = (parts(self.accents.accent), parts(self.accents.ink));
                self.sheets.decorate(|content| mark(content, MARGIN, corner, accent, ink));
                MARGIN + 42.0
            }
        };
        let style = self.style(Kind::Brand);
        let line = style.face.one_line(&brand.name, style.size, WIDTH - MARGIN - name_left);
        let name = self.sheets.open(StructRole::P, None);
        self.sheets.line(name, style, name_left, corner + 10.0, &line);
        self.sheets.go_to(lower - 30.0);
    }

    /// The title, what to have at hand, and where to begin.
    fn opening(&mut self) {
        let words = self.words;
        self.put(Kind::Title, StructRole::H1, None, COLUMN, &words.say("guide-title"));
        self.put(Kind::Lead, StructRole::P, None, COLUMN, &words.say("guide-lead"));

        let inner = COLUMN.inset(18.0, 18.0);
        let before = words.say("guide-before-title");
        let texts: Vec<String> = steps::BEFORE.iter().map(|key| words.say(key)).collect();
        let open = words.say("guide-open");
        let address = format!("{}/.vestibule/", self.guide.public_url);
        let items: f32 = texts
            .iter()
            .map(|text| self.style(Kind::Line).height(text, inner.inset(18.0, 0.0)))
            .sum();
        let height = self.style(Kind::Heading).height(&before, inner)
            + items
            + self.style(Kind::Line).height(&open, inner)
            + self.style(Kind::Link).height(&address, inner)
            + 38.0;
        self.sheets.room(height);
        self.panel(height);
        self.sheets.skip(16.0);
        self.heading(&before, inner, 0.0);
        self.list(&texts, inner, |content, left, middle| {
            content.set_line_width(1.0).rect(left - 4.0, middle - 4.0, 8.0, 8.0).stroke();
        });
        self.sheets.skip(8.0);
        self.put(Kind::Line, StructRole::P, None, inner, &open);
        self.link(Kind::Link, inner, &address, address.clone());
        self.sheets.skip(14.0 + 24.0);
    }

    /// One screen: what to do on the left, how it looks on the right.
    fn step(&mut self, step: &ShownStep) {
        let picture = picture::file(self.guide.language, step.screen).and_then(Picture::read);
        let size = picture.as_ref().map_or((0.0, 0.0), fitted);
        let column =
            Column { left: MARGIN + 32.0, width: COLUMN.width - 32.0 - PICTURE_WIDTH - 22.0 };
        let title = self.style(Kind::Step);
        let texts = step.texts.iter().map(|text| self.style(Kind::Text).height(text, column));
        let height = title.height(&step.title, column) + texts.sum::<f32>();
        self.sheets.room(height.max(size.1 + 2.0));

        let top = self.sheets.top();
        self.sheets.bookmark(format!("{}. {}", step.number, step.title));
        let heading = self.sheets.open(StructRole::H2, None);
        self.badge(heading, step.number, top);
        self.sheets.text(heading, title, column, &step.title);
        for text in &step.texts {
            self.put(Kind::Text, StructRole::P, None, column, text);
        }
        if let Some(picture) = picture {
            let (width, height) = size;
            let left = WIDTH - MARGIN - PICTURE_WIDTH;
            let place = Rect::new(left, top - height, left + width, top);
            let figure = self.sheets.open(StructRole::Figure, None);
            self.sheets.picture(Some(figure), picture, place, &step.alt);
            self.sheets.decorate(|content| {
                content.set_line_width(0.75).set_stroke_gray(0.6);
                content.rect(place.x1, place.y1, width, height).stroke();
            });
        }
        let below = self.sheets.top().min(top - size.1);
        self.sheets.go_to(below - 22.0);
    }

    /// The number of a step in a filled circle.
    fn badge(&mut self, heading: usize, number: usize, top: f32) {
        let [red, green, blue] = parts(self.accents.accent);
        let place = Rect::new(MARGIN, top - 21.0, MARGIN + 22.0, top + 1.0);
        self.sheets.decorate(|content| {
            content.set_fill_rgb(red, green, blue);
            rounded(content, place, 11.0);
            content.fill_nonzero();
        });
        let style = self.style(Kind::Number);
        let text = encode(&number.to_string());
        let left = MARGIN + 11.0 - style.face.width(&text, style.size) / 2.0;
        self.sheets.line(heading, style, left, top - 14.0, &[text.as_slice(), b" "].concat());
    }

    /// How to sign in from then on, and how to keep the address.
    fn next_time(&mut self) {
        let words = self.words;
        self.sheets.skip(4.0);
        self.heading(&words.say("guide-next-title"), COLUMN, 75.0);
        self.put(Kind::Line, StructRole::P, None, COLUMN, &words.say("done-next-time"));
        self.bullets(steps::NEEDED);
        self.sheets.skip(10.0);
        self.sheets.room(110.0);
        self.put(Kind::Small, StructRole::H3, None, COLUMN, &words.say("home-keep-title"));
        self.put(Kind::Line, StructRole::P, None, COLUMN, &words.say("home-keep-lead"));
        self.bullets(steps::KEEP);
        self.sheets.skip(20.0);
    }

    fn bullets(&mut self, keys: &[&str]) {
        let texts: Vec<String> = keys.iter().map(|key| self.words.say(key)).collect();
        self.list(&texts, COLUMN, |content, left, middle| {
            rounded(content, Rect::new(left - 1.6, middle - 1.6, left + 1.6, middle + 1.6), 1.6);
            content.fill_nonzero();
        });
    }

    fn problems(&mut self) {
        let words = self.words;
        self.heading(&words.say("guide-problem-title"), COLUMN, 60.0);
        for (title, text) in steps::PROBLEMS {
            let (title, text) = (words.say(title), words.say(text));
            let small = self.style(Kind::Small).height(&title, COLUMN);
            self.sheets.room(small + self.style(Kind::Text).height(&text, COLUMN));
            self.put(Kind::Small, StructRole::H3, None, COLUMN, &title);
            self.put(Kind::Text, StructRole::P, None, COLUMN, &text);
            self.sheets.skip(4.0);
        }
        self.sheets.skip(14.0);
    }

    /// Whom to call, and what we never ask.
    fn help(&mut self) {
        let (words, brand) = (self.words, self.guide.brand);
        let call = match brand.support_phone {
            Some(_) => words.say("help-call"),
            None => words.say("help-no-phone"),
        };
        let lines: Vec<(Kind, String)> = [
            Some((Kind::Line, call)),
            brand.support_phone.clone().map(|phone| (Kind::Phone, phone)),
            brand.support_hours.clone().map(|hours| (Kind::Line, hours)),
            brand.support_link.clone().map(|link| (Kind::Link, link)),
            Some((Kind::Line, words.say("help-safe"))),
        ]
        .into_iter()
        .flatten()
        .collect();
        let inner = COLUMN.inset(18.0, 18.0);
        let title = words.say("help-title");
        let heights = lines.iter().map(|(kind, text)| self.style(*kind).height(text, inner));
        let height = heights.sum::<f32>() + self.style(Kind::Heading).height(&title, inner) + 28.0;
        self.sheets.room(height);
        self.panel(height);
        self.sheets.skip(15.0);
        self.heading(&title, inner, 0.0);
        for (kind, text) in lines {
            match kind {
                Kind::Phone => {
                    let number = text.replace([' ', '/'], "");
                    self.link(kind, inner, &text, format!("tel:{number}"));
                }
                Kind::Link => self.link(kind, inner, &text, text.clone()),
                _ => self.put(kind, StructRole::P, None, inner, &text),
            }
        }
    }

    fn finish(self) -> Vec<u8> {
        let (words, brand) = (self.words, self.guide.brand);
        let (name, plain) = (self.style(Kind::FootName), self.style(Kind::Foot));
        let phone = brand.support_phone.as_deref().unwrap_or_default();
        let hours = brand.support_hours.as_deref().unwrap_or_default();
        let help = match (phone, hours) {
            ("", _) => String::new(),
            (phone, "") => words.say1("guide-help-phone", "phone", phone),
            (phone, hours) => {
                format!("{} · {hours}", words.say1("guide-help-phone", "phone", phone))
            }
        };
        let count = |number: usize, all: usize| {
            let number = words.say1("guide-page", "number", &number.to_string());
            format!("{number} {}", words.say1("guide-pages", "count", &all.to_string()))
        };
        let title = words.say("guide-title");
        let author = brand.name.as_str();
        let title = format!("{title} · {author}");
        let written = self.sheets.finish(&[(name, author), (plain, &help)], (plain, &count));
        let about = file::About { title: &title, author, language: words.lang() };
        file::bytes(&written, about)
    }
}

/// The size of a picture on paper: as wide as there is room, and not too high.
fn fitted(picture: &Picture<'_>) -> (f32, f32) {
    let (width, height) = (f32::from(picture.width), f32::from(picture.height));
    let scale = (PICTURE_WIDTH / width).min(PICTURE_HEIGHT / height);
    (width * scale, height * scale)
}

/// Width of a picture in points, and its greatest height.
const PICTURE_WIDTH: f32 = 190.0;
const PICTURE_HEIGHT: f32 = 212.0;
