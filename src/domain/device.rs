//! What a browser says it is, in words of our own.

use std::fmt;

/// Browser and system, as far as they are known.
///
/// SECURITY: of what a browser says about itself nothing is shown as it was said.
/// - Against: a stranger who writes words of theirs ("your bank's help desk")
///   where the owner decides by what they read.
/// - Therefore: only names of this list are shown.
/// - Price: a rare browser has no name.
/// - Held by: `nothing_that_a_stranger_writes_is_shown`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Device {
    browser: Option<&'static str>,
    system: Option<&'static str>,
}

/// What is looked for, and what it is called; the first that is found counts,
/// since most browsers call themselves by the names of others as well.
const BROWSERS: [(&str, &str); 11] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("DuckDuckGo/", "DuckDuckGo"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];
const SYSTEMS: [(&str, &str); 8] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
];
/// How much is looked at, in bytes.
const READ_MAX: usize = 512;

impl Device {
    /// From what the browser says (`User-Agent`).
    pub fn of(agent: &str) -> Self {
        let mut end = agent.len().min(READ_MAX);
        while !agent.is_char_boundary(end) {
            end -= 1;
        }
        let read = agent.get(..end).unwrap_or_default();
        let called = |names: &[(&'static str, &'static str)]| {
            names.iter().find(|(sign, _)| read.contains(sign)).map(|(_, name)| *name)
        };
        Self { browser: called(&BROWSERS), system: called(&SYSTEMS) }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.browser, self.system) {
            (Some(browser), Some(system)) => write!(f, "{browser} – {system}"),
            (Some(name), None) | (None, Some(name)) => f.write_str(name),
            (None, None) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_browsers_are_called_by_their_names() {
        for (agent, called) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0",
                "Firefox – Windows",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
                "Edge – Windows",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like \
                 Gecko) Version/26.0 Safari/605.1.15",
                "Safari – macOS",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 \
                 (KHTML, like Gecko) CriOS/140.0 Mobile/15E148 Safari/604.1",
                "Chrome – iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) \
                 SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
                "Samsung Internet – Android",
            ),
            ("curl/8.5.0", ""),
            ("", ""),
        ] {
            assert_eq!(Device::of(agent).to_string(), called, "{agent}");
        }
    }

    #[test]
    fn nothing_that_a_stranger_writes_is_shown() {
        let names: Vec<_> =
            BROWSERS.iter().chain(&SYSTEMS).map(|(_, name)| *name).chain(["", " – "]).collect();
        for agent in ["Help desk, say yes/1.0 (Windows)", "<b>Firefox/1</b>", &"é".repeat(600)] {
            let mut shown = Device::of(agent).to_string();
            for name in &names {
                shown = shown.replace(name, "");
            }
            assert_eq!(shown.trim_matches(['–', ' ']), "", "{agent}");
        }
        // Control: what it knows, it says.
        assert_eq!(Device::of("<b>Firefox/1</b>").to_string(), "Firefox");
    }
}
