//! What the guide says, for the page and for the document alike.
//!
//! A step speaks with the title, the sentences and the button of its own
//! screen, so that guide and screens cannot say different things. The guide
//! has texts of its own only for what no screen says.

use super::picture::{self, Picture};
use crate::domain::{Language, Words};

/// One screen of the first connection.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// The screen's own title.
    pub title: &'static str,
    /// Its sentences, the screen's own where it has them: paragraphs of one or
    /// several texts.
    pub texts: &'static [&'static [&'static str]],
    /// What its button says. The last screen's depends on a setting.
    pub button: Option<&'static str>,
    /// What its picture shows, for those who do not see it.
    pub alt: &'static str,
    /// The screen, as the file of its picture is named.
    pub screen: &'static str,
}

/// The first connection, screen by screen. All but `screen` are keys.
pub const STEPS: &[Step] = &[
    Step {
        title: "sign-in-title",
        texts: &[&["guide-sign-in"]],
        button: Some("sign-in-next"),
        alt: "guide-alt-sign-in",
        screen: "sign_in",
    },
    Step {
        title: "password-title",
        texts: &[&["password-lead"]],
        button: Some("password-submit"),
        alt: "guide-alt-password",
        screen: "password",
    },
    Step {
        title: "secure-title",
        texts: &[&["secure-lead"]],
        button: Some("secure-submit"),
        alt: "guide-alt-secure",
        screen: "secure",
    },
    Step {
        title: "get-app-title",
        texts: &[&["get-app-lead"], &["get-app-scan", "get-app-search"], &["get-app-any"]],
        button: Some("get-app-submit"),
        alt: "guide-alt-get-app",
        screen: "get_app",
    },
    Step {
        title: "set-up-app-title",
        texts: &[
            &["set-up-app-lead"],
            &["set-up-app-open", "set-up-app-open-hint"],
            &["set-up-app-add", "set-up-app-add-hint"],
            &["set-up-app-other", "set-up-app-other-hint"],
        ],
        button: Some("set-up-app-submit"),
        alt: "guide-alt-set-up-app",
        screen: "set_up_app",
    },
    Step {
        title: "scan-title",
        texts: &[&["scan-lead"]],
        button: Some("scan-submit"),
        alt: "guide-alt-scan",
        screen: "scan",
    },
    Step {
        title: "prove-title",
        texts: &[&["prove-lead"]],
        button: Some("prove-submit"),
        alt: "guide-alt-prove",
        screen: "prove",
    },
    Step {
        title: "recovery-codes-title",
        texts: &[&["recovery-codes-lead"], &["recovery-codes-use"]],
        button: Some("recovery-codes-submit"),
        alt: "guide-alt-recovery-codes",
        screen: "recovery_codes",
    },
    Step {
        title: "success-title",
        texts: &[&["success-lead"], &["success-keep"]],
        button: Some("success-next-password"),
        alt: "guide-alt-success",
        screen: "success",
    },
    Step {
        title: "new-password-title",
        texts: &[&["new-password-lead"]],
        button: Some("new-password-submit"),
        alt: "guide-alt-new-password",
        screen: "new_password",
    },
    Step {
        title: "done-title",
        texts: &[&["done-lead"]],
        button: None,
        alt: "guide-alt-done",
        screen: "done",
    },
];

/// What to have at hand. Keys.
pub const BEFORE: &[&str] = &["guide-before-mail", "guide-before-phone", "guide-before-time"];

/// What can go wrong, each with what to do about it. Keys.
pub const PROBLEMS: &[(&str, &str)] = &[
    ("guide-problem-code-title", "guide-problem-code-text"),
    ("guide-problem-stopped-title", "guide-problem-stopped-text"),
    ("guide-problem-only-phone-title", "guide-problem-only-phone-text"),
    ("guide-problem-phone-title", "guide-problem-phone-text"),
    ("guide-problem-password-title", "guide-problem-password-text"),
];

/// What every later sign-in asks for. Keys.
pub const NEEDED: &[&str] = &["done-need-name", "done-need-password", "done-need-number"];

/// How to keep the address in each kind of browser. Keys.
pub const KEEP: &[&str] =
    &["home-keep-computer", "home-keep-mac", "home-keep-iphone", "home-keep-android"];

/// A step in words.
#[derive(Clone, Debug)]
pub struct ShownStep {
    /// From 1.
    pub number: usize,
    /// The screen's title.
    pub title: String,
    /// What to do there, one paragraph each.
    pub texts: Vec<String>,
    /// The screen, as the file of its picture is named.
    pub screen: &'static str,
    /// The address of its picture; empty where there is none.
    pub picture: String,
    /// In pixels.
    pub width: u16,
    /// In pixels.
    pub height: u16,
    /// What the picture shows.
    pub alt: String,
}

/// The steps in a language.
pub fn shown(language: Language) -> Vec<ShownStep> {
    let words = Words::of(language);
    let one = |(at, step): (usize, &Step)| {
        let paragraph = |keys: &&[&str]| {
            let texts: Vec<String> = keys.iter().map(|key| words.say(key)).collect();
            texts.join(" ")
        };
        let mut texts: Vec<String> = step.texts.iter().map(paragraph).collect();
        texts.extend(step.button.map(|key| words.say1("guide-choose", "button", &words.say(key))));
        let picture = picture::file(language, step.screen).and_then(Picture::read);
        let (width, height) = picture.map_or((0, 0), |picture| (picture.width, picture.height));
        let address = format!("/.vestibule/guide/{}/{}.png", language.code(), step.screen);
        ShownStep {
            number: at + 1,
            title: words.say(step.title),
            texts,
            screen: step.screen,
            picture: if width == 0 { String::new() } else { address },
            width,
            height,
            alt: words.say(step.alt),
        }
    };
    STEPS.iter().enumerate().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_has_a_picture_and_every_key_a_text() {
        let keys = STEPS.iter().flat_map(|step| {
            let texts = step.texts.iter().copied().flatten().copied();
            texts.chain(step.button).chain([step.title, step.alt])
        });
        let problems = PROBLEMS.iter().flat_map(|(title, text)| [*title, *text]);
        let keys: Vec<&str> = keys
            .chain(problems)
            .chain(BEFORE.iter().copied())
            .chain(KEEP.iter().copied())
            .chain(NEEDED.iter().copied())
            .collect();
        for language in Language::ALL {
            let words = Words::of(language);
            // A key without a text shows itself.
            let missing: Vec<_> = keys.iter().filter(|key| words.say(key) == **key).collect();
            assert!(missing.is_empty(), "{language:?}: {missing:?}");
            assert!(shown(language).iter().all(|step| !step.picture.is_empty()), "{language:?}");
        }
        // Control: a key that nobody wrote shows itself.
        assert_eq!(Words::of(Language::En).say("nobody-wrote-this"), "nobody-wrote-this");
    }

    #[test]
    fn the_steps_show_every_picture_once() {
        let screens: Vec<&str> = STEPS.iter().map(|step| step.screen).collect();
        assert_eq!(screens, picture::SCREENS);
    }
}
