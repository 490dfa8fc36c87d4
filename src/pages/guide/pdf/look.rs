//! How things look on paper: letters, colours, our mark.

use pdf_writer::types::LineCapStyle;
use pdf_writer::{Content, Rect};

use super::face::Face;
use super::sheet::{Style, rounded};
use crate::domain::{Accents, Colour};

/// What a text is for, which decides how it looks.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// The title of the document.
    Title,
    /// The sentence below it.
    Lead,
    /// A heading.
    Heading,
    /// The title of a step.
    Step,
    /// A small heading.
    Small,
    /// A paragraph.
    Text,
    /// A line among others.
    Line,
    /// An address.
    Link,
    /// The number to call.
    Phone,
    /// The number of a step.
    Number,
    /// The portal's name.
    Brand,
    /// The foot.
    Foot,
    /// The portal's name there.
    FootName,
}

impl Kind {
    /// Letters and colour.
    pub fn style(self, accents: &Accents) -> Style {
        let Accents { accent, ink, .. } = *accents;
        let (face, size, leading, after, ink) = match self {
            Self::Title => (Face::Bold, 24.0, 29.0, 6.0, INK),
            Self::Lead => (Face::Plain, 12.0, 17.0, 14.0, MUTED),
            Self::Heading => (Face::Bold, 15.0, 19.0, 7.0, INK),
            Self::Step => (Face::Bold, 14.0, 18.0, 5.0, INK),
            Self::Small => (Face::Bold, 11.0, 15.0, 2.0, INK),
            Self::Text => (Face::Plain, 11.0, 15.5, 6.0, INK),
            Self::Line => (Face::Plain, 11.0, 15.5, 3.0, INK),
            Self::Link => (Face::Bold, 12.0, 17.0, 4.0, accent),
            Self::Phone => (Face::Bold, 16.0, 22.0, 2.0, accent),
            Self::Number => (Face::Bold, 11.0, 11.0, 0.0, ink),
            Self::Brand => (Face::Bold, 14.0, 18.0, 0.0, INK),
            Self::Foot => (Face::Plain, 8.5, 11.0, 0.0, MUTED),
            Self::FootName => (Face::Bold, 8.5, 11.0, 0.0, MUTED),
        };
        Style { face, size, leading, after, ink }
    }
}

/// Our mark: a door with a lock, as on the pages.
pub fn mark(content: &mut Content, left: f32, lower: f32, accent: [f32; 3], ink: [f32; 3]) {
    let ([r, g, b], [ir, ig, ib]) = (accent, ink);
    // Drawn on a ground of 36 by 36, and set at thirty points.
    let scale = 30.0 / 36.0;
    content.transform([scale, 0.0, 0.0, scale, left, lower]);
    content.set_fill_rgb(r, g, b);
    rounded(content, Rect::new(0.0, 0.0, 36.0, 36.0), 9.0);
    content.fill_nonzero();
    content.set_stroke_rgb(ir, ig, ib).set_line_width(3.0).set_line_cap(LineCapStyle::RoundCap);
    content.move_to(11.0, 9.0).line_to(11.0, 23.5);
    content.cubic_to(11.0, 27.37, 14.13, 30.5, 18.0, 30.5);
    content.cubic_to(21.87, 30.5, 25.0, 27.37, 25.0, 23.5).line_to(25.0, 9.0).stroke();
    content.set_fill_rgb(ir, ig, ib);
    rounded(content, Rect::new(15.6, 13.6, 20.4, 18.4), 2.4);
    content.fill_nonzero();
}

/// Text, and what is less important.
const INK: Colour = Colour::new(0x17, 0x25, 0x2a);
const MUTED: Colour = Colour::new(0x4b, 0x5d, 0x63);
/// The colours of the style sheet, for an operator who set none.
pub const OURS: Accents = Accents {
    accent: Colour::new(0x0b, 0x5d, 0x66),
    ink: Colour::new(0xff, 0xff, 0xff),
    soft: Colour::new(0xe3, 0xf0, 0xf0),
    line: Colour::new(0x9c, 0xc4, 0xc6),
};
