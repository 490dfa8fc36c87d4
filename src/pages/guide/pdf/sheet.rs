//! Sheets of A4: text, pictures and panels set from top to bottom.
//!
//! Everything that is drawn belongs to an element (heading, paragraph, figure
//! with its description) in the order in which it is to be read, or is mere
//! decoration, which screen readers pass over. Lengths are in points, and
//! heights are measured from the lower edge, as the format has it.

use pdf_writer::types::{ArtifactType, LineCapStyle, StructRole};
use pdf_writer::{Content, Name, Rect, Settings, Str};

use super::face::Face;
use crate::domain::Colour;
use crate::pages::guide::picture::Picture;

/// Width of A4.
pub const WIDTH: f32 = 595.28;
/// Height of A4.
pub const HEIGHT: f32 = 841.89;
/// White space left and right.
pub const MARGIN: f32 = 57.0;
/// The whole width between the margins.
pub const COLUMN: Column = Column { left: MARGIN, width: WIDTH - 2.0 * MARGIN };

/// Where text on a sheet begins and ends.
const TOP: f32 = HEIGHT - 52.0;
const BOTTOM: f32 = 72.0;
/// Height of the lowest line of the foot.
const FOOT: f32 = 40.0;
/// How far from its corner a quarter of a circle has its control points.
const ROUND: f32 = 0.552_285;

/// From where to where lines go.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// The left edge.
    pub left: f32,
    /// How wide a line may be.
    pub width: f32,
}

impl Column {
    /// The same column with white space at its sides.
    pub fn inset(self, left: f32, right: f32) -> Self {
        Self { left: self.left + left, width: self.width - left - right }
    }
}

/// How a text looks.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Plain or bold.
    pub face: Face,
    /// Height of the letters.
    pub size: f32,
    /// From line to line.
    pub leading: f32,
    /// White space below the last line.
    pub after: f32,
    /// Its colour.
    pub ink: Colour,
}

impl Style {
    /// How high a text is in a column, with the white space after it.
    pub fn height(&self, text: &str, column: Column) -> f32 {
        let lines = self.face.lines(text, self.size, column.width).len();
        lines as f32 * self.leading + self.after
    }
}

/// Something a screen reader can tell of.
#[derive(Debug)]
pub struct Element {
    /// What it is.
    pub role: StructRole,
    /// What it lies in; the first has none.
    pub parent: Option<usize>,
    /// What a figure shows.
    pub alt: Option<String>,
    /// Where a link leads.
    pub address: Option<String>,
    /// Its parts, as sheet and number on it.
    pub marks: Vec<(usize, usize)>,
    /// The place of a figure.
    pub place: Option<Rect>,
}

/// A place on a sheet that leads somewhere.
#[derive(Debug)]
pub struct Link {
    /// The place.
    pub place: Rect,
    /// Its element.
    pub element: usize,
}

/// One sheet.
pub struct Sheet {
    /// What is drawn.
    pub content: Content,
    /// The element of each mark.
    pub marks: Vec<usize>,
    /// What leads somewhere.
    pub links: Vec<Link>,
    /// Which pictures it shows.
    pub pictures: Vec<usize>,
}

impl Sheet {
    fn empty() -> Self {
        let content = Content::with_settings(Settings { pretty: false });
        Self { content, marks: Vec::new(), links: Vec::new(), pictures: Vec::new() }
    }
}

/// An entry of the list of contents.
#[derive(Debug)]
pub struct Bookmark {
    /// What it says.
    pub title: String,
    /// The sheet.
    pub sheet: usize,
    /// Where on it.
    pub top: f32,
}

/// All sheets of a document.
pub struct Sheets<'a> {
    /// The sheets before the last one.
    full: Vec<Sheet>,
    /// The one that is being written.
    last: Sheet,
    /// Where the next thing begins.
    top: f32,
    elements: Vec<Element>,
    bookmarks: Vec<Bookmark>,
    pictures: Vec<Picture<'a>>,
}

/// What is on the sheets when all is written.
pub struct Written<'a> {
    /// The sheets in order.
    pub sheets: Vec<Sheet>,
    /// The elements in the order of reading; the first holds all others.
    pub elements: Vec<Element>,
    /// The list of contents.
    pub bookmarks: Vec<Bookmark>,
    /// The pictures.
    pub pictures: Vec<Picture<'a>>,
}

impl<'a> Sheets<'a> {
    /// One empty sheet.
    pub fn new() -> Self {
        let mut sheets = Self {
            full: Vec::new(),
            last: Sheet::empty(),
            top: TOP,
            elements: Vec::new(),
            bookmarks: Vec::new(),
            pictures: Vec::new(),
        };
        sheets.element(StructRole::Document, None);
        sheets
    }

    /// A new element inside another; without one, inside the document.
    pub fn open(&mut self, role: StructRole, parent: Option<usize>) -> usize {
        self.element(role, Some(parent.unwrap_or(0)))
    }

    fn element(&mut self, role: StructRole, parent: Option<usize>) -> usize {
        let (alt, address, marks, place) = (None, None, Vec::new(), None);
        self.elements.push(Element { role, parent, alt, address, marks, place });
        self.elements.len() - 1
    }

    /// A new element that leads to an address.
    pub fn open_link(&mut self, address: String, parent: usize) -> usize {
        let at = self.open(StructRole::Link, Some(parent));
        if let Some(element) = self.elements.get_mut(at) {
            element.address = Some(address);
        }
        at
    }

    /// Where the next thing begins.
    pub fn top(&self) -> f32 {
        self.top
    }

    /// Leaves white space.
    pub fn skip(&mut self, height: f32) {
        self.top -= height;
    }

    /// Goes on at another height of the same sheet.
    pub fn go_to(&mut self, top: f32) {
        self.top = top;
    }

    /// Takes a new sheet where what comes next would not fit on this one.
    pub fn room(&mut self, height: f32) {
        if self.top - height.min(TOP - BOTTOM) < BOTTOM {
            self.turn();
        }
    }

    fn turn(&mut self) {
        self.full.push(std::mem::replace(&mut self.last, Sheet::empty()));
        self.top = TOP;
    }

    /// Puts what comes next on the list of contents.
    pub fn bookmark(&mut self, title: String) {
        self.bookmarks.push(Bookmark { title, sheet: self.full.len(), top: self.top });
    }

    /// Sets a text, over several sheets if need be.
    pub fn text(&mut self, element: usize, style: Style, column: Column, text: &str) {
        let lines = style.face.lines(text, style.size, column.width);
        self.room(lines.len() as f32 * style.leading);
        let mut rest = lines.as_slice();
        while !rest.is_empty() {
            let fit = ((self.top - BOTTOM) / style.leading).max(1.0) as usize;
            let (now, later) = rest.split_at(fit.min(rest.len()));
            let first = self.top - style.size;
            self.mark(element, |content| {
                for (number, line) in now.iter().enumerate() {
                    let height = first - number as f32 * style.leading;
                    // The space lets readers keep the words of two lines apart.
                    let line = [line.as_slice(), b" "].concat();
                    show(content, &style, column.left, height, &line);
                }
            });
            let height = now.len() as f32 * style.leading;
            self.link(element, style, column, now);
            self.top -= height;
            rest = later;
            if !rest.is_empty() {
                self.turn();
            }
        }
        self.top -= style.after;
    }

    fn link(&mut self, element: usize, style: Style, column: Column, lines: &[Vec<u8>]) {
        if self.elements.get(element).is_none_or(|element| element.address.is_none()) {
            return;
        }
        let widths = lines.iter().map(|line| style.face.width(line, style.size));
        let right = column.left + widths.fold(0.0, f32::max);
        let lower = self.top - lines.len() as f32 * style.leading;
        let place = Rect::new(column.left, lower, right, self.top);
        self.last.links.push(Link { place, element });
    }

    /// One line at a place of its own, which moves nothing.
    pub fn line(&mut self, element: usize, style: Style, left: f32, height: f32, line: &[u8]) {
        self.mark(element, |content| show(content, &style, left, height, line));
    }

    fn mark(&mut self, element: usize, draw: impl FnOnce(&mut Content)) {
        let number = self.last.marks.len();
        let Some(Element { role, marks, .. }) = self.elements.get_mut(element) else { return };
        marks.push((self.full.len(), number));
        self.last.marks.push(element);
        let content = &mut self.last.content;
        content
            .begin_marked_content_with_properties(role.to_name())
            .properties()
            .identify(i32::try_from(number).unwrap_or(i32::MAX));
        draw(content);
        content.end_marked_content();
    }

    /// Draws what has no meaning.
    pub fn decorate(&mut self, draw: impl FnOnce(&mut Content)) {
        decorate(&mut self.last.content, draw);
    }

    /// A picture with its upper left corner at this place.
    pub fn picture(
        &mut self,
        element: Option<usize>,
        picture: Picture<'a>,
        place: Rect,
        alt: &str,
    ) {
        let number = self.pictures.len();
        self.pictures.push(picture);
        self.last.pictures.push(number);
        let name = picture_name(number);
        let draw = |content: &mut Content| {
            let (width, height) = (place.x2 - place.x1, place.y2 - place.y1);
            content.save_state();
            content.transform([width, 0.0, 0.0, height, place.x1, place.y1]);
            content.x_object(Name(&name));
            content.restore_state();
        };
        let Some(element) = element else {
            self.decorate(draw);
            return;
        };
        self.mark(element, draw);
        if let Some(element) = self.elements.get_mut(element) {
            element.alt = Some(alt.to_owned());
            element.place = Some(place);
        }
    }

    /// Writes the foot of every sheet and ends.
    ///
    /// `count` says which sheet of how many it is.
    pub fn finish(
        mut self,
        left: &[(Style, &str)],
        count: (Style, &dyn Fn(usize, usize) -> String),
    ) -> Written<'a> {
        self.turn();
        let all = self.full.len();
        let (style, count) = count;
        for (at, sheet) in self.full.iter_mut().enumerate() {
            let number = super::face::encode(&count(at + 1, all));
            let right = WIDTH - MARGIN - style.face.width(&number, style.size);
            sheet
                .content
                .begin_marked_content_with_properties(Name(b"Artifact"))
                .properties()
                .artifact()
                .kind(ArtifactType::Pagination);
            rule(&mut sheet.content, FOOT + 24.0);
            for ((style, text), height) in left.iter().zip([FOOT + 11.0, FOOT]) {
                let room = right - MARGIN - 24.0;
                let line = style.face.one_line(text, style.size, room);
                show(&mut sheet.content, style, MARGIN, height, &line);
            }
            show(&mut sheet.content, &style, right, FOOT + 11.0, &number);
            sheet.content.end_marked_content();
        }
        let Self { full, elements, bookmarks, pictures, .. } = self;
        Written { sheets: full, elements, bookmarks, pictures }
    }
}

/// What the sheets call a picture.
pub fn picture_name(number: usize) -> Vec<u8> {
    format!("P{number}").into_bytes()
}

fn decorate(content: &mut Content, draw: impl FnOnce(&mut Content)) {
    content.begin_marked_content(Name(b"Artifact"));
    content.save_state();
    draw(content);
    content.restore_state();
    content.end_marked_content();
}

fn show(content: &mut Content, style: &Style, left: f32, height: f32, line: &[u8]) {
    let [red, green, blue] = parts(style.ink);
    content.begin_text();
    content.set_font(Name(style.face.resource()), style.size);
    content.set_fill_rgb(red, green, blue);
    content.next_line(left, height);
    content.show(Str(line));
    content.end_text();
}

/// A hairline from margin to margin.
fn rule(content: &mut Content, height: f32) {
    content.set_line_width(0.5).set_stroke_gray(0.7).set_line_cap(LineCapStyle::ButtCap);
    content.move_to(MARGIN, height).line_to(WIDTH - MARGIN, height).stroke();
}

/// A rectangle with round corners, as a path. A radius of half its side makes a circle.
pub fn rounded(content: &mut Content, place: Rect, radius: f32) {
    let Rect { x1, y1, x2, y2 } = place;
    let (near, far) = (radius, radius * (1.0 - ROUND));
    content.move_to(x1 + near, y1).line_to(x2 - near, y1);
    content.cubic_to(x2 - far, y1, x2, y1 + far, x2, y1 + near).line_to(x2, y2 - near);
    content.cubic_to(x2, y2 - far, x2 - far, y2, x2 - near, y2).line_to(x1 + near, y2);
    content.cubic_to(x1 + far, y2, x1, y2 - far, x1, y2 - near).line_to(x1, y1 + near);
    content.cubic_to(x1, y1 + far, x1 + far, y1, x1 + near, y1).close_path();
}

/// The parts of a colour from 0 to 1.
pub fn parts(colour: Colour) -> [f32; 3] {
    // A colour shows itself as `#rrggbb`.
    let text = colour.to_string();
    let part = |at: usize| {
        let digits = text.get(at..at + 2).unwrap_or("0");
        let part = f32::from(u8::from_str_radix(digits, 16).unwrap_or(0)) / 255.0;
        // Three digits are finer than any printer, and shorter.
        (part * 1000.0).round() / 1000.0
    };
    [part(1), part(3), part(5)]
}
