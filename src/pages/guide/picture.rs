//! The pictures of the guide: photographs of the real screens, one file for each and each language.
//!
//! They are made by the browser tests and are part of the program. [`Picture`]
//! reads of a file what a document needs to show it: its compressed lines are
//! taken over as they are, and nothing is decoded.

use crate::domain::Language;

/// Names the screens once; each has a file in the folder of each language.
macro_rules! pictures {
    ($($screen:literal),+ $(,)?) => {
        /// The screens that have pictures, as their files are named.
        #[cfg(test)]
        pub const SCREENS: &[&str] = &[$($screen),+];

        /// The file that shows a screen in a language.
        pub fn file(language: Language, screen: &str) -> Option<&'static [u8]> {
            match (screen, language) {
                $(
                    ($screen, Language::Fr) => Some(pictures!(@file "fr", $screen)),
                    ($screen, Language::Nl) => Some(pictures!(@file "nl", $screen)),
                    ($screen, Language::De) => Some(pictures!(@file "de", $screen)),
                    ($screen, Language::En) => Some(pictures!(@file "en", $screen)),
                )+
                _ => None,
            }
        }
    };
    (@file $language:literal, $screen:literal) => {
        include_bytes!(concat!("../../../pages/guide/", $language, "/", $screen, ".png"))
    };
}

pictures!(
    "sign_in",
    "password",
    "secure",
    "get_app",
    "set_up_app",
    "scan",
    "prove",
    "recovery_codes",
    "success",
    "new_password",
    "done",
);

/// A picture whose compressed lines a document can take over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture<'a> {
    /// In pixels.
    pub width: u16,
    /// In pixels.
    pub height: u16,
    /// Bits of one sample: 1, 2, 4 or 8.
    pub bits: u8,
    /// What a sample means.
    pub colours: Colours<'a>,
    /// The lines, each filtered as PNG does it, in one zlib stream.
    pub lines: Vec<u8>,
}

/// What the samples of a picture mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours<'a> {
    /// Shades of grey.
    Grey,
    /// Red, green and blue.
    Full,
    /// Places in this list of three bytes each.
    List(&'a [u8]),
}

impl<'a> Picture<'a> {
    /// Reads a PNG file that is whole, not interlaced and has nothing
    /// transparent. Any other gives nothing.
    pub fn read(file: &'a [u8]) -> Option<Self> {
        let mut rest = file.strip_prefix(SIGNATURE)?;
        let mut head = None;
        let mut list = None;
        let mut lines = Vec::new();
        loop {
            let (chunk, after) = Chunk::read(rest)?;
            rest = after;
            match (&chunk.kind, head) {
                (b"IHDR", None) => head = Some(Head::read(chunk.data)?),
                // Nothing may come before the head.
                (_, None) => return None,
                (b"PLTE", _) => list = Some(chunk.data),
                (b"IDAT", _) => lines.extend_from_slice(chunk.data),
                (b"tRNS", _) => return None,
                (b"IEND", Some(head)) => {
                    let colours = head.colours(list)?;
                    if lines.is_empty() {
                        return None;
                    }
                    let Head { width, height, bits, .. } = head;
                    return Some(Self { width, height, bits, colours, lines });
                }
                _ => {}
            }
        }
    }
}

/// One piece of a file.
struct Chunk<'a> {
    kind: [u8; 4],
    data: &'a [u8],
}

impl<'a> Chunk<'a> {
    /// The first piece, and what comes after it.
    fn read(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (length, bytes) = bytes.split_first_chunk::<4>()?;
        let (kind, bytes) = bytes.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (data, bytes) = bytes.split_at_checked(length)?;
        // The checksum: our own files are held by a test.
        let (_, bytes) = bytes.split_first_chunk::<4>()?;
        Some((Self { kind: *kind, data }, bytes))
    }
}

/// What a file says of itself at its beginning.
#[derive(Clone, Copy)]
struct Head {
    width: u16,
    height: u16,
    bits: u8,
    kind: u8,
}

impl Head {
    fn read(data: &[u8]) -> Option<Self> {
        let data: &[u8; 13] = data.try_into().ok()?;
        let [w0, w1, w2, w3, h0, h1, h2, h3, bits, kind, compression, filter, interlace] = *data;
        let side = |bytes| u16::try_from(u32::from_be_bytes(bytes)).ok();
        let (width, height) = (side([w0, w1, w2, w3])?, side([h0, h1, h2, h3])?);
        let sides = 1..=SIDE_MAX;
        let plain = (compression, filter, interlace) == (0, 0, 0);
        let fits = sides.contains(&width) && sides.contains(&height) && plain;
        (fits && matches!(bits, 1 | 2 | 4 | 8)).then_some(Self { width, height, bits, kind })
    }

    fn colours(self, list: Option<&[u8]>) -> Option<Colours<'_>> {
        match (self.kind, self.bits, list) {
            (0, _, _) => Some(Colours::Grey),
            (2, 8, _) => Some(Colours::Full),
            (3, bits, Some(list)) => {
                let fits = !list.is_empty() && list.len() % 3 == 0 && list.len() / 3 <= 1 << bits;
                fits.then_some(Colours::List(list))
            }
            _ => None,
        }
    }
}

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// Longest side in pixels; far more than a page can show.
const SIDE_MAX: u16 = 8_192;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_screen_has_a_small_picture_in_every_language_that_a_document_can_show() {
        for (screen, language) in
            SCREENS.iter().flat_map(|screen| Language::ALL.map(|language| (*screen, language)))
        {
            let bytes = file(language, screen).unwrap();
            let picture = Picture::read(bytes).unwrap_or_else(|| panic!("{screen} {language:?}"));
            assert!((300..=1000).contains(&picture.width), "{screen}: {} wide", picture.width);
            assert!(bytes.len() <= 24 * 1024, "{screen} {language:?}: {} bytes", bytes.len());
        }
        // Control: a screen that nobody named has none.
        assert_eq!(file(Language::En, "nowhere"), None);
    }

    #[test]
    fn a_picture_that_is_cut_off_anywhere_is_left_out() {
        let whole = file(Language::En, "sign_in").unwrap();
        for length in 0..whole.len() {
            assert_eq!(Picture::read(&whole[..length]), None, "{length} of {} bytes", whole.len());
        }
        // Control: the whole file is read.
        assert!(Picture::read(whole).is_some());
    }

    #[test]
    fn a_picture_of_another_kind_is_left_out() {
        let whole = file(Language::En, "sign_in").unwrap();
        // Each byte of the head in turn: width, depth, kind, interlacing. None may stop the program.
        for at in 0..64.min(whole.len()) {
            for value in [0, 1, 6, 16, 255] {
                let mut other = whole.to_vec();
                other[at] = value;
                let _ = Picture::read(&other);
            }
        }
        let with = |at: usize, value: u8| {
            let mut other = whole.to_vec();
            other[at] = value;
            Picture::read(&other).is_some()
        };
        assert!(!with(28, 1), "interlaced");
        assert!(!with(24, 16), "sixteen bits");
        assert!(!with(25, 6), "with transparency");
        assert!(!with(16, 1), "sixteen million pixels wide");
        // Control: the same change to what is there already.
        assert!(with(28, 0));
    }
}
