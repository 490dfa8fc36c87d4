//! The written sheets as a file: fonts, pictures, list of contents, links, and the order of reading.

use pdf_writer::types::{
    ActionType, AnnotationFlags, AnnotationType, Predictor, StructRole, TabOrder,
};
use pdf_writer::{Filter, Finish, Name, Pdf, Rect, Ref, Settings, Str, TextStr};

use super::face::Face;
use super::sheet::{Element, HEIGHT, Sheet, WIDTH, Written, picture_name};
use crate::pages::guide::picture::{Colours, Picture};

/// What a document says of itself.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// Its title.
    pub title: &'a str,
    /// In whose name it speaks.
    pub author: &'a str,
    /// The code of its language.
    pub language: &'a str,
}

/// The objects of the file, numbered before they are written.
struct Numbers {
    catalog: Ref,
    info: Ref,
    pages: Ref,
    outline: Ref,
    tree: Ref,
    faces: Vec<Ref>,
    pages_of: Vec<Ref>,
    contents: Vec<Ref>,
    marks: Vec<Ref>,
    links: Vec<Vec<Ref>>,
    pictures: Vec<Ref>,
    elements: Vec<Ref>,
    bookmarks: Vec<Ref>,
}

impl Numbers {
    fn of(written: &Written<'_>) -> Self {
        let mut next = Ref::new(1);
        let mut many = |count: usize| -> Vec<Ref> { (0..count).map(|_| next.bump()).collect() };
        let pages = written.sheets.len();
        let links = written.sheets.iter().map(|sheet| sheet.links.len());
        Self {
            links: links.map(&mut many).collect(),
            faces: many(Face::ALL.len()),
            pages_of: many(pages),
            contents: many(pages),
            marks: many(pages),
            pictures: many(written.pictures.len()),
            elements: many(written.elements.len()),
            bookmarks: many(written.bookmarks.len()),
            catalog: next.bump(),
            info: next.bump(),
            pages: next.bump(),
            outline: next.bump(),
            tree: next.bump(),
        }
    }
}

/// The file. The same sheets give the same bytes.
pub fn bytes(written: &Written<'_>, about: About<'_>) -> Vec<u8> {
    let numbers = Numbers::of(written);
    let mut pdf = Pdf::with_settings(Settings { pretty: false });
    pdf.set_version(1, 7);
    catalog(&mut pdf, &numbers, about);
    for (face, number) in Face::ALL.iter().zip(&numbers.faces) {
        let mut font = pdf.type1_font(*number);
        font.base_font(Name(face.font()));
        font.encoding_predefined(Name(b"WinAnsiEncoding"));
    }
    for (picture, number) in written.pictures.iter().zip(&numbers.pictures) {
        write_picture(&mut pdf, *number, picture);
    }
    let count = i32::try_from(written.sheets.len()).unwrap_or(i32::MAX);
    pdf.pages(numbers.pages).kids(numbers.pages_of.iter().copied()).count(count);
    for (at, sheet) in written.sheets.iter().enumerate() {
        write_sheet(&mut pdf, &numbers, at, sheet, written);
    }
    write_tree(&mut pdf, &numbers, written);
    write_outline(&mut pdf, &numbers, written);
    let id = identity(pdf.as_bytes()).to_vec();
    pdf.set_file_id((id.clone(), id));
    pdf.finish()
}

fn catalog(pdf: &mut Pdf, numbers: &Numbers, about: About<'_>) {
    let mut catalog = pdf.catalog(numbers.catalog);
    catalog.pages(numbers.pages);
    catalog.outlines(numbers.outline);
    catalog.lang(TextStr(about.language));
    catalog.mark_info().marked(true);
    catalog.viewer_preferences().display_doc_title(true);
    catalog.pair(Name(b"StructTreeRoot"), numbers.tree);
    catalog.finish();
    pdf.document_info(numbers.info).title(TextStr(about.title)).author(TextStr(about.author));
}

fn write_picture(pdf: &mut Pdf, number: Ref, picture: &Picture<'_>) {
    let mut image = pdf.image_xobject(number, &picture.lines);
    image.filter(Filter::FlateDecode);
    image.width(i32::from(picture.width)).height(i32::from(picture.height));
    image.bits_per_component(i32::from(picture.bits));
    let samples = match picture.colours {
        Colours::Grey => {
            image.color_space().device_gray();
            1
        }
        Colours::Full => {
            image.color_space().device_rgb();
            3
        }
        Colours::List(list) => {
            let last = i32::try_from(list.len() / 3).unwrap_or(1) - 1;
            image.color_space().indexed(Name(b"DeviceRGB"), last, list);
            1
        }
    };
    // Each line says how it was filtered: a predictor of ten or more means just that.
    image
        .decode_parms()
        .predictor(Predictor::PngOptimum)
        .colors(samples)
        .bits_per_component(i32::from(picture.bits))
        .columns(i32::from(picture.width));
}

fn write_sheet(pdf: &mut Pdf, numbers: &Numbers, at: usize, sheet: &Sheet, written: &Written<'_>) {
    let of = |list: &[Ref]| list.get(at).copied();
    let (Some(id), Some(content)) = (of(&numbers.pages_of), of(&numbers.contents)) else { return };
    let links = numbers.links.get(at).map_or(&[] as &[Ref], Vec::as_slice);

    let mut page = pdf.page(id);
    page.parent(numbers.pages).media_box(Rect::new(0.0, 0.0, WIDTH, HEIGHT)).contents(content);
    page.struct_parents(number(at)).tab_order(TabOrder::StructureOrder);
    page.annotations(links.iter().copied());
    let mut resources = page.resources();
    let mut fonts = resources.fonts();
    for (face, number) in Face::ALL.iter().zip(&numbers.faces) {
        fonts.pair(Name(face.resource()), *number);
    }
    fonts.finish();
    let mut pictures = resources.x_objects();
    for picture in &sheet.pictures {
        if let Some(id) = numbers.pictures.get(*picture) {
            pictures.pair(Name(&picture_name(*picture)), *id);
        }
    }
    pictures.finish();
    resources.finish();
    page.finish();
    pdf.stream(content, sheet.content.as_bytes());

    for (link, link_id) in sheet.links.iter().zip(links) {
        let element = written.elements.get(link.element);
        let Some(address) = element.and_then(|element| element.address.as_deref()) else {
            continue;
        };
        let mut annotation = pdf.annotation(*link_id);
        annotation.subtype(AnnotationType::Link).rect(link.place).page(id);
        annotation.contents(TextStr(address)).flags(AnnotationFlags::PRINT);
        annotation.border(0.0, 0.0, 0.0, None).struct_parent(key_of(numbers, *link_id));
        annotation.action().action_type(ActionType::Uri).uri(Str(address.as_bytes()));
    }
}

/// Links come after the sheets among those who know their element.
fn key_of(numbers: &Numbers, link: Ref) -> i32 {
    let before = numbers.links.iter().flatten().take_while(|other| **other != link).count();
    number(numbers.pages_of.len() + before)
}

fn write_tree(pdf: &mut Pdf, numbers: &Numbers, written: &Written<'_>) {
    for (sheet, number) in written.sheets.iter().zip(&numbers.marks) {
        let elements = sheet.marks.iter().filter_map(|element| numbers.elements.get(*element));
        pdf.indirect(*number).array().items(elements.copied());
    }
    let mut root = pdf.indirect(numbers.tree).start::<pdf_writer::writers::StructTreeRoot<'_>>();
    if let Some(document) = numbers.elements.first() {
        root.child(*document);
    }
    let mut parents = root.parent_tree();
    let mut keys = parents.nums();
    for (at, marks) in numbers.marks.iter().enumerate() {
        keys.insert(number(at), *marks);
    }
    let links = written.sheets.iter().flat_map(|sheet| &sheet.links);
    for (link, id) in links.zip(numbers.links.iter().flatten()) {
        if let Some(element) = numbers.elements.get(link.element) {
            keys.insert(key_of(numbers, *id), *element);
        }
    }
    keys.finish();
    parents.finish();
    let count = numbers.marks.len() + numbers.links.iter().flatten().count();
    root.parent_tree_next_key(number(count));
    root.finish();
    for (at, element) in written.elements.iter().enumerate() {
        write_element(pdf, numbers, at, element, written);
    }
}

fn write_element(
    pdf: &mut Pdf,
    numbers: &Numbers,
    at: usize,
    element: &Element,
    written: &Written<'_>,
) {
    let Some(id) = numbers.elements.get(at) else { return };
    let mut object = pdf.struct_element(*id);
    object.kind(element.role);
    let parent = element.parent.and_then(|parent| numbers.elements.get(parent));
    object.parent(*parent.unwrap_or(&numbers.tree));
    if let Some(alt) = &element.alt {
        object.alt(TextStr(alt));
    }
    if let Some(place) = element.place {
        object.attributes().push().layout().bbox(place);
    }
    let mut children = object.children();
    for (sheet, mark) in &element.marks {
        if let Some(page) = numbers.pages_of.get(*sheet) {
            children.marked_content_ref().page(*page).marked_content_id(number(*mark));
        }
    }
    if element.role == StructRole::Link {
        let sheets = written.sheets.iter().zip(&numbers.links).zip(&numbers.pages_of);
        for ((sheet, ids), page) in sheets {
            let own = sheet.links.iter().zip(ids).filter(|(link, _)| link.element == at);
            for (_, link) in own {
                children.object_ref().page(*page).object(*link);
            }
        }
    }
    for (inner, inner_id) in written.elements.iter().zip(&numbers.elements) {
        if inner.parent == Some(at) {
            children.struct_element(*inner_id);
        }
    }
}

fn write_outline(pdf: &mut Pdf, numbers: &Numbers, written: &Written<'_>) {
    let ids = &numbers.bookmarks;
    let mut outline = pdf.outline(numbers.outline);
    if let (Some(first), Some(last)) = (ids.first(), ids.last()) {
        outline.first(*first).last(*last).count(number(ids.len()));
    }
    outline.finish();
    for (at, (bookmark, id)) in written.bookmarks.iter().zip(ids).enumerate() {
        let mut item = pdf.outline_item(*id);
        item.title(TextStr(&bookmark.title)).parent(numbers.outline);
        if let Some(before) = at.checked_sub(1).and_then(|before| ids.get(before)) {
            item.prev(*before);
        }
        if let Some(after) = ids.get(at + 1) {
            item.next(*after);
        }
        if let Some(page) = numbers.pages_of.get(bookmark.sheet) {
            item.dest().page(*page).xyz(0.0, bookmark.top, None);
        }
    }
}

fn number(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// Sixteen bytes that differ where the content does (FNV-1a of 128 bits). The
/// format asks for a name of the file, not for a proof.
fn identity(content: &[u8]) -> [u8; 16] {
    let mix = |hash: u128, byte: &u8| (hash ^ u128::from(*byte)).wrapping_mul(FNV_PRIME);
    content.iter().fold(FNV_BASIS, mix).to_be_bytes()
}

const FNV_BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const FNV_PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
