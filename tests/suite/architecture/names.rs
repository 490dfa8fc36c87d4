//! Reads the paths that a source file names, from its tokens.
//!
//! Tokens and not the syntax tree, because the inside of a macro has no tree. The branches of a
//! `use` are written out, and `self` and `super` are followed to the crate root.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// A path as the source names it, with the branches of a `use` written out.
#[derive(Debug)]
pub struct Named {
    pub path: Vec<String>,
    /// The module it stands in, from the crate root.
    pub here: Vec<String>,
    /// The word before it, where that is a word.
    pub after: String,
    /// Stands in a `use` or `extern crate`, so that one word alone already names something.
    pub imported: bool,
    pub line: usize,
}

impl Named {
    pub fn text(&self) -> String {
        self.path.join("::")
    }

    /// The path from the crate root, if it leads into this crate.
    pub fn in_crate(&self) -> Option<Vec<String>> {
        let mut at = match self.path.first().map(String::as_str) {
            Some("crate") => Vec::new(),
            Some("self" | "super") => self.here.clone(),
            _ => return None,
        };
        for word in &self.path {
            match word.as_str() {
                "crate" | "self" => {}
                "super" => {
                    at.pop();
                }
                _ => at.push(word.clone()),
            }
        }
        Some(at)
    }
}

/// Reads tokens into [`Named`] paths.
struct Reader {
    found: Vec<Named>,
    /// Leave out what only the unit tests are built from.
    shipped_only: bool,
}

impl Reader {
    fn read(&mut self, tokens: TokenStream, here: &[String], prefix: &[String]) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            if self.shipped_only && is_cfg_test(&tokens[at..]) {
                at = after_item(&tokens, at + 2);
                continue;
            }
            at = match &tokens[at] {
                // `x as y` inside the braces of a `use`: y is a new name, not one that is used.
                TokenTree::Ident(word) if word == "as" && !prefix.is_empty() => at + 2,
                TokenTree::Ident(_) => self.chain(&tokens, at, here, prefix),
                TokenTree::Group(group) => {
                    let mut inner = here.to_vec();
                    if group.delimiter() == Delimiter::Brace && at >= 2 && tokens[at - 2].is("mod")
                    {
                        inner.push(tokens[at - 1].to_string());
                    }
                    self.read(group.stream(), &inner, &[]);
                    at + 1
                }
                // A path in an attribute's string, as in `#[serde(with = "crate::store")]`.
                TokenTree::Literal(text) => {
                    let text = text.to_string();
                    if let Some(path) = text.strip_prefix('"').filter(|t| t.starts_with("crate::"))
                        && let Ok(inner) = path.trim_end_matches('"').parse()
                    {
                        self.read(inner, here, &[]);
                    }
                    at + 1
                }
                TokenTree::Punct(_) => at + 1,
            };
        }
    }

    /// Reads the path that starts at `start` and returns where the next token stands.
    fn chain(
        &mut self,
        tokens: &[TokenTree],
        start: usize,
        here: &[String],
        prefix: &[String],
    ) -> usize {
        let after = match start.checked_sub(1).map(|before| &tokens[before]) {
            Some(TokenTree::Ident(word)) => word.to_string(),
            _ => String::new(),
        };
        let mut path = prefix.to_vec();
        if path.is_empty() || !tokens[start].is("self") {
            path.push(tokens[start].to_string());
        }
        let mut at = start + 1;
        while is_colons(&tokens[at..]) {
            match tokens.get(at + 2) {
                Some(TokenTree::Ident(word)) => path.push(word.to_string()),
                Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                    self.read(group.stream(), here, &path);
                    return at + 3;
                }
                Some(TokenTree::Punct(star)) if star.as_char() == '*' => path.push("*".into()),
                _ => break,
            }
            at += 3;
        }
        self.found.push(Named {
            path,
            here: here.to_vec(),
            imported: !prefix.is_empty() || after == "use" || after == "crate",
            after,
            line: tokens[start].span().start().line,
        });
        at
    }
}

pub trait Word {
    fn is(&self, word: &str) -> bool;
}

impl Word for TokenTree {
    fn is(&self, word: &str) -> bool {
        matches!(self, TokenTree::Ident(ident) if ident == word)
    }
}

fn is_colons(tokens: &[TokenTree]) -> bool {
    let [TokenTree::Punct(one), TokenTree::Punct(two), ..] = tokens else { return false };
    one.as_char() == ':' && one.spacing() == Spacing::Joint && two.as_char() == ':'
}

fn is_cfg_test(tokens: &[TokenTree]) -> bool {
    let [TokenTree::Punct(hash), TokenTree::Group(attribute), ..] = tokens else { return false };
    hash.as_char() == '#' && attribute.stream().to_string().replace(' ', "") == "cfg(test)"
}

/// Where the item that starts at `at` is over: after its braces or its semicolon.
fn after_item(tokens: &[TokenTree], at: usize) -> usize {
    let ends = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(mark) => mark.as_char() == ';',
        _ => false,
    };
    tokens[at..].iter().position(ends).map_or(tokens.len(), |length| at + length + 1)
}

/// The module a file holds: `gateway/session.rs` is `gateway::session`, `lib.rs` is the root.
fn module_of(file: &str) -> Vec<String> {
    let mut module: Vec<String> =
        file.trim_end_matches(".rs").split('/').map(str::to_string).collect();
    if matches!(module.last().map(String::as_str), Some("mod" | "lib" | "main")) {
        module.pop();
    }
    module
}

/// Every path that a file names; without those of its unit tests where only what ships counts.
pub fn named_in(file: &str, source: &str, shipped_only: bool) -> Vec<Named> {
    let tokens = source.parse().unwrap_or_else(|wrong| panic!("{file} is not Rust: {wrong}"));
    let mut reader = Reader { found: Vec::new(), shipped_only };
    reader.read(tokens, &module_of(file), &[]);
    reader.found
}
