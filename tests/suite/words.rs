//! Every word a visitor reads comes from the four files of `pages/text`, and every entry of those
//! files is read somewhere.
//!
//! Keys are read off the templates, and off the sources of the handlers where a template is given
//! its key by one.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use fluent_bundle::FluentResource;
use proc_macro2::{TokenStream, TokenTree};

const LANGUAGES: [&str; 4] = ["en", "fr", "nl", "de"];
/// What a template may give to `say` instead of a key, and where such keys are chosen.
const CHOSEN_BY_HANDLER: &str = "key";
const CHOSEN_BY_REFUSAL: [&str; 2] = ["page.heading", "page.text"];
/// Attributes whose values are shown or read out.
const SPOKEN_ATTRIBUTES: [&str; 6] =
    ["aria-label=\"", "title=\"", "alt=\"", "placeholder=\"", "label=\"", "data-"];

#[derive(Clone, Debug, PartialEq, Eq)]
struct Message {
    key: String,
    variables: BTreeSet<String>,
}

/// A key that is asked for, and the variable that is given with it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Used {
    key: String,
    variable: Option<String>,
    place: String,
}

#[test]
fn every_key_that_is_used_has_a_text_and_every_text_is_used() {
    let used = used_keys();
    for language in LANGUAGES {
        let messages = messages_of(language);
        assert_eq!(key_faults(&used, &messages), Vec::<String>::new(), "{language}.ftl");
    }

    // Control: a text that is missing, one that nobody uses, and another variable are seen.
    let whole = messages_of("en");
    let without = &whole[1..];
    assert_eq!(key_faults(&used, without).len(), places_of(&used, &whole[0].key));
    let mut more = whole.clone();
    more.push(Message { key: "nobody-says-this".into(), variables: BTreeSet::new() });
    assert_eq!(key_faults(&used, &more), ["nobody-says-this is used nowhere"]);
    let at = whole.iter().position(|message| !message.variables.is_empty()).unwrap();
    let mut other = whole.clone();
    other[at].variables = ["other".to_string()].into();
    assert_eq!(key_faults(&used, &other).len(), places_of(&used, &whole[at].key));
}

#[test]
fn the_four_languages_say_the_same_things_in_the_same_order() {
    let english = messages_of("en");
    assert!(english.len() > 50, "{} texts", english.len());
    for language in LANGUAGES {
        assert_eq!(messages_of(language), english, "{language}.ftl");
        let text = text_of(language);
        assert_eq!(syntax_faults(&text), Vec::<String>::new(), "{language}.ftl");
        assert_eq!(empty_texts(&text), Vec::<String>::new(), "{language}.ftl");
    }

    // Control: what differs is seen.
    assert_ne!(messages("a = x\nb = y\n"), messages("b = y\na = x\n"));
    assert_ne!(messages("a = x\n"), messages("a = x\nb = y\n"));
    assert_ne!(messages("a = { $one }\n"), messages("a = { $two }\n"));
    assert_eq!(messages("# c\n\na = x\n    y { $z }\n")[0].variables, ["z".to_string()].into());
    assert!(!syntax_faults("a = { $one\n").is_empty());
    assert!(!syntax_faults("a = x\na = y\n").is_empty());
    assert_eq!(empty_texts("a = x\nb =\n"), ["b"]);
}

#[test]
fn no_template_speaks_a_language_of_its_own() {
    for (file, text) in templates() {
        assert_eq!(own_words(&text), Vec::<String>::new(), "{file}");
    }
    // Control: words in text, in attributes that are read out, and in titles are seen.
    for (fault, seen) in [
        ("<p>Hello {{ name }}</p>", "Hello"),
        ("{% if x %}Yes{% endif %}", "Yes"),
        (r#"<nav aria-label="Language">"#, "Language"),
        (r#"<input placeholder="Your name">"#, "Your name"),
        (r#"<input data-show="Show">"#, "Show"),
        ("<p>&copy; Me</p>", "Me"),
    ] {
        assert_eq!(own_words(fault), [seen], "{fault}");
    }
    // And what is none is not.
    for none in [
        "{# A comment. #}<p>{{ t.say(\"a\") }} · ? &nbsp; →</p>",
        r#"<input data-show="{{ t.say("a") }}" class="field">"#,
        "<!doctype html>\n<!-- A comment. -->",
    ] {
        assert_eq!(own_words(none), Vec::<String>::new(), "{none}");
    }
}

#[test]
fn a_key_is_found_wherever_it_is_chosen() {
    // Control of the readers above: each kind of place yields its key.
    let template = r#"{# say("not-this") #}{{ t.say("a-b") }}
        {{ t.say1("c-d", "name", x) }}{{ t.say(key) }}
        {% if *key == "e-f" %}"#;
    let (literal, given) = said(template);
    assert_eq!(literal, [("a-b".into(), None), ("c-d".into(), Some("name".into()))]);
    assert_eq!(given, ["key"]);
    assert_eq!(compared(template), ["e-f"]);

    let handler = r#"#[template(path = "sign-in-not-this")] 
        fn f() { g(Some("sign-in-this"), "/sign-in-x") }
        #[cfg(test)] mod tests { fn f() { g("sign-in-nor-this") } }"#;
    let keys: Vec<String> =
        literals(handler).into_iter().filter(|text| text.starts_with("sign-in-")).collect();
    assert_eq!(keys, ["sign-in-this"]);
    let facts = r#"match self { A => ("word", 400, "bad-request"), B => ("x", "y", "z") }"#;
    assert_eq!(third_of_facts(facts), ["bad-request"]);
}

// ---- Faults -------------------------------------------------------------------------------------

fn key_faults(used: &[Used], messages: &[Message]) -> Vec<String> {
    let mut faults = Vec::new();
    for Used { key, variable, place } in used {
        match messages.iter().find(|message| message.key == *key) {
            None => faults.push(format!("{place}: {key} has no text")),
            Some(message) if message.variables.iter().ne(variable) => {
                faults.push(format!("{place}: {key} is given {variable:?}"));
            }
            Some(_) => {}
        }
    }
    let unused = messages.iter().filter(|message| places_of(used, &message.key) == 0);
    faults.extend(unused.map(|message| format!("{} is used nowhere", message.key)));
    faults
}

fn places_of(used: &[Used], key: &str) -> usize {
    used.iter().filter(|used| used.key == key).count()
}

/// What the pages' own reader finds wrong.
fn syntax_faults(text: &str) -> Vec<String> {
    let mut faults = match FluentResource::try_new(text.to_string()) {
        Ok(_) => Vec::new(),
        Err((_, errors)) => errors.iter().map(ToString::to_string).collect(),
    };
    let mut seen = BTreeSet::new();
    for message in messages(text) {
        if !seen.insert(message.key.clone()) {
            faults.push(format!("{} is there twice", message.key));
        }
    }
    faults
}

fn empty_texts(text: &str) -> Vec<String> {
    let lines = text.lines().filter_map(|line| line.split_once('='));
    let empty = lines.filter(|(_, text)| text.trim().is_empty());
    empty.map(|(key, _)| key.trim().to_string()).collect()
}

/// Attributes that the script reads and nobody is shown: addresses, ids and words of ours.
const FOR_SCRIPTS: &[&str] =
    &["data-passkey", "data-options-url", "data-cancelled", "data-exists", "data-unsupported"];

/// The words of a template that no translation holds.
fn own_words(template: &str) -> Vec<String> {
    let text = template_without_code(template);
    let text = without(&text, "<!--", "-->");
    let mut words = Vec::new();
    for attribute in SPOKEN_ATTRIBUTES {
        for (at, _) in text.match_indices(attribute) {
            if FOR_SCRIPTS.iter().any(|name| text[at..].starts_with(&format!("{name}=\""))) {
                continue;
            }
            let value = text[at..].split('"').nth(1).unwrap_or_default();
            words.push(value.to_string());
        }
    }
    let shown = without(&text, "<", ">");
    words.extend(without(&shown, "&", ";").split(' ').map(str::to_string));
    let mut words: Vec<String> = words
        .into_iter()
        .map(|word| word.trim().to_string())
        .filter(|word| has_letters(word))
        .collect();
    words.dedup();
    words
}

fn has_letters(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

// ---- Readers ------------------------------------------------------------------------------------

fn messages_of(language: &str) -> Vec<Message> {
    messages(&text_of(language))
}

fn text_of(language: &str) -> String {
    read(&root().join(format!("pages/text/{language}.ftl")))
}

/// The entries of a file in order. A line that begins with white space goes on with the one before.
fn messages(text: &str) -> Vec<Message> {
    let mut found: Vec<Message> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        if !line.starts_with(char::is_whitespace) {
            let (key, _) = line.split_once('=').unwrap_or_else(|| panic!("no entry: {line}"));
            found.push(Message { key: key.trim().to_string(), variables: BTreeSet::new() });
        }
        let Some(message) = found.last_mut() else { panic!("begins inside an entry: {line}") };
        let names = line.split('$').skip(1).map(|rest| {
            rest.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect()
        });
        message.variables.extend(names);
    }
    found
}

/// Every use of a key in templates, handlers and refusals.
fn used_keys() -> Vec<Used> {
    let mut used = Vec::new();
    let mut refusal_page = 0;
    let parts = PARTS.map(|file| (file, read(&root().join("pages").join(file))));
    for (file, text) in templates() {
        if PARTS.contains(&file.as_str()) {
            continue;
        }
        let whole = |text: String, (part, its): &(&str, String)| {
            text.replace(&format!("{{% include \"{part}\" %}}"), its)
        };
        let text = parts.iter().fold(text, whole);
        let (literal, given) = said(&text);
        let place = |key: String| Used { key, variable: None, place: file.clone() };
        used.extend(literal.into_iter().map(|(key, variable)| Used { variable, ..place(key) }));
        used.extend(compared(&text).into_iter().map(place));
        for expression in given {
            if CHOSEN_BY_REFUSAL.contains(&expression.as_str()) {
                refusal_page += 1;
                continue;
            }
            assert_eq!(expression, CHOSEN_BY_HANDLER, "{file}: nobody knows what key this is");
            let chosen = chosen_for(&file);
            assert!(!chosen.is_empty(), "{file}: nobody chooses its keys");
            used.extend(chosen);
        }
    }
    assert_eq!(refusal_page, 3, "the refusal page shows its heading twice and its text");

    for file in SAYING {
        let (literal, _) = said(&read(&root().join(file)));
        let place = |(key, variable)| Used { key, variable, place: (*file).to_string() };
        used.extend(literal.into_iter().map(place));
    }
    used.extend(broken_rules());
    // The guide keeps its keys in tables.
    let guide = "src/pages/guide/steps.rs";
    let keys = literals(&read(&root().join(guide)));
    let place = |key: String| {
        let variable = (key == "guide-choose").then(|| "button".to_string());
        Used { key, variable, place: guide.to_string() }
    };
    used.extend(keys.into_iter().filter(|key| is_key(key)).map(place));
    let gateway = "src/gateway/refuse.rs";
    let pages = "src/pages/refused.rs";
    let reasons = third_of_facts(&read(&root().join(gateway)));
    assert!(reasons.len() > 10, "{reasons:?}");
    let own = literals(&read(&root().join(pages)));
    let own = own.into_iter().filter(|text| is_word(text));
    let chosen = reasons.into_iter().map(|key| (gateway, key)).chain(own.map(|key| (pages, key)));
    for (file, key) in chosen {
        for part in ["heading", "text"] {
            let key = format!("refused-{key}-{part}");
            used.push(Used { key, variable: None, place: file.to_string() });
        }
    }
    used.sort();
    used.dedup();
    used
}

/// Parts of screens whose key the screen is given.
const PARTS: [&str; 2] = ["problem.html", "code_problem.html"];

/// Sources that ask for keys by name.
const SAYING: &[&str] = &[
    "src/notice/letter.rs",
    "src/domain/calendar.rs",
    "src/flow/waking.rs",
    "src/pages/account.rs",
    "src/notice/told.rs",
    "src/pages/new_password.rs",
    "src/pages/guide/pdf/contents.rs",
];

/// Screens whose keys are chosen elsewhere than in the source of their own name, and where.
const CHOSEN_ELSEWHERE: &[(&str, &[&str], &str)] = &[
    ("get_app.html", &["src/pages/set_up.rs"], "get-app-"),
    ("prove.html", CODE, "code-"),
    ("code.html", CODE, "code-"),
];

const CODE: &[&str] = &["src/pages/code.rs", "src/pages/problem.rs", "src/flow/code.rs"];

/// The keys that handlers give to a template.
fn chosen_for(file: &str) -> Vec<Used> {
    let screen = file.trim_end_matches(".html");
    let own = format!("src/pages/{screen}.rs");
    let begin = format!("{}-", screen.replace('_', "-"));
    let (sources, begin) = match CHOSEN_ELSEWHERE.iter().find(|(name, ..)| *name == file) {
        Some((_, sources, begin)) => (sources.to_vec(), (*begin).to_string()),
        None => (vec![own.as_str()], begin),
    };
    let mut chosen = Vec::new();
    for source in sources {
        let keys = literals(&read(&root().join(source))).into_iter();
        chosen.extend(keys.filter(|text| text.starts_with(&begin)).map(|key| {
            let variable = key.starts_with("code-clock-").then(|| "minutes".to_string());
            Used { key, variable, place: source.to_string() }
        }));
    }
    chosen
}

/// Each rule has a sentence for being broken, which `new_password` puts together.
fn broken_rules() -> Vec<Used> {
    let source = "src/pages/new_password.rs";
    let (literal, _) = said(&read(&root().join(source)));
    let rules = literal.into_iter().filter(|(key, _)| key.starts_with("rule-"));
    let broken =
        |(key, _)| Used { key: format!("{key}-broken"), variable: None, place: source.to_string() };
    let found: Vec<_> = rules.map(broken).collect();
    assert!(found.len() > 5, "{found:?}");
    found
}

/// Whether a text of a table is a key: words in small letters with hyphens between.
fn is_key(text: &str) -> bool {
    text.contains('-') && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

type Said = Vec<(String, Option<String>)>;

/// Keys a template asks for by name, with the variable it gives; and what it asks for otherwise.
fn said(template: &str) -> (Said, Vec<String>) {
    let text = without(template, "{#", "#}");
    let (mut literal, mut given) = (Vec::new(), Vec::new());
    for (call, with_value) in [("say(", false), ("say1(", true)] {
        for (at, _) in text.match_indices(call) {
            let rest = &text[at + call.len()..];
            let mut quoted = rest.split('"').skip(1).step_by(2).map(str::to_string);
            match (rest.starts_with('"'), quoted.next()) {
                (true, Some(key)) => {
                    literal.push((key, if with_value { quoted.next() } else { None }));
                }
                _ => given.push(rest.split([',', ')']).next().unwrap_or_default().to_string()),
            }
        }
    }
    (literal, given)
}

/// Keys a template compares with.
fn compared(template: &str) -> Vec<String> {
    let parts = template.split("== \"").skip(1);
    parts.filter_map(|rest| rest.split('"').next()).map(str::to_string).collect()
}

/// The texts in a source, without those of attributes and tests.
fn literals(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    each_group(tokens_of(source), &mut |tokens| {
        found.extend(tokens.iter().filter_map(quoted));
    });
    found
}

/// The last of each `("word", number, "key")`.
fn third_of_facts(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    each_group(tokens_of(source), &mut |tokens| {
        if let [word, _, number, _, key] = tokens
            && quoted(word).is_some()
            && number.to_string().parse::<u16>().is_ok()
        {
            found.extend(quoted(key));
        }
    });
    found
}

fn tokens_of(source: &str) -> TokenStream {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    code.parse().unwrap_or_else(|wrong| panic!("not Rust: {wrong}"))
}

/// Shows each run of tokens between brackets, without attributes.
fn each_group(tokens: TokenStream, show: &mut dyn FnMut(&[TokenTree])) {
    let mut kept: Vec<TokenTree> = Vec::new();
    for token in tokens {
        let attribute = matches!(&token, TokenTree::Group(_))
            && matches!(&kept[..], [.., TokenTree::Punct(mark)] if matches!(mark.as_char(), '#'));
        if !attribute {
            kept.push(token);
        }
    }
    show(&kept);
    for token in kept {
        if let TokenTree::Group(group) = token {
            each_group(group.stream(), show);
        }
    }
}

fn quoted(token: &TokenTree) -> Option<String> {
    let text = token.to_string();
    Some(text.strip_prefix('"')?.strip_suffix('"')?.to_string())
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

fn templates() -> Vec<(String, String)> {
    let entries = fs::read_dir(root().join("pages")).unwrap().map(|entry| entry.unwrap().path());
    let pages =
        entries.filter(|path| path.extension().is_some_and(|kind| kind == "html" || kind == "txt"));
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_string();
    let mut found: Vec<(String, String)> = pages.map(|path| (name(&path), read(&path))).collect();
    found.sort();
    assert!(found.len() > 5, "{} templates", found.len());
    found
}

fn template_without_code(template: &str) -> String {
    let marks = [("{#", "#}"), ("{{", "}}"), ("{%", "%}")];
    marks.iter().fold(template.to_string(), |text, (open, close)| without(&text, open, close))
}

/// The text with a space in the place of everything between the two marks.
fn without(text: &str, open: &str, close: &str) -> String {
    let mut parts = text.split(open);
    let mut kept = parts.next().unwrap_or_default().to_string();
    for part in parts {
        kept.push(' ');
        kept.push_str(part.split_once(close).map_or("", |(_, after)| after));
    }
    kept
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|wrong| panic!("{}: {wrong}", path.display()))
}
