//! Which browser on which system, as far as it says: in names of a closed list,
//! so that nothing a stranger writes is ever shown.

/// How much of what a browser says of itself is looked at, in characters.
const AGENT_CHARS_MAX: usize = 512;

/// Marks and names of browsers; the first mark that is found decides, since
/// most say that they are several others too.
const BROWSERS: [(&str, &str); 13] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("OPT/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Safari/", "Safari"),
];

/// The same for systems.
const SYSTEMS: [(&str, &str); 8] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
];

/// A browser on a system; either may be none we know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Device {
    browser: Option<&'static str>,
    system: Option<&'static str>,
}

impl Device {
    /// From what the browser says of itself (`User-Agent`). It proves nothing:
    /// it helps people to tell their own devices apart.
    pub fn of(agent: &str) -> Self {
        let agent: String = agent.chars().take(AGENT_CHARS_MAX).collect();
        let find = |list: &[(&str, &'static str)]| {
            list.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
        };
        Self { browser: find(&BROWSERS), system: find(&SYSTEMS) }
    }

    /// Reads back the two names; one that is not on the list is none.
    pub fn from_names(browser: &str, system: &str) -> Self {
        let find = |list: &[(&str, &'static str)], name: &str| {
            list.iter().find(|(_, known)| *known == name).map(|(_, known)| *known)
        };
        Self { browser: find(&BROWSERS, browser), system: find(&SYSTEMS, system) }
    }

    /// The browser's name, or nothing.
    pub fn browser(self) -> &'static str {
        self.browser.unwrap_or("")
    }

    /// The system's name, or nothing.
    pub fn system(self) -> &'static str {
        self.system.unwrap_or("")
    }

    /// For people: `Firefox – Windows`, as much of it as is known. `None` where
    /// nothing is.
    pub fn shown(self) -> Option<String> {
        match (self.browser, self.system) {
            (Some(browser), Some(system)) => Some(format!("{browser} – {system}")),
            (known, None) | (None, known) => known.map(str::to_owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_told_by_names_of_a_closed_list() {
        for (agent, shown) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox – Windows",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0",
                "Edge – Windows",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/138.0.0.0 Safari/537.36",
                "Chrome – Linux",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 \
                 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
                "Safari – iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 15; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) \
                 SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
                "Samsung Internet – Android",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, \
                 like Gecko) Version/18.5 Safari/605.1.15",
                "Safari – Mac",
            ),
            ("Windows", "Windows"),
        ] {
            let device = Device::of(agent);
            assert_eq!(device.shown().as_deref(), Some(shown), "{agent}");
            assert_eq!(Device::from_names(device.browser(), device.system()), device);
        }
    }

    #[test]
    fn nothing_of_what_a_stranger_writes_is_shown() {
        for agent in ["", "curl/8.9", "<script>alert(1)</script>", "é".repeat(4000).as_str()] {
            assert_eq!(Device::of(agent).shown(), None, "{agent:.40}");
        }
        assert_eq!(Device::from_names("Netscape", "<b>").shown(), None);
        // What is said late is not looked for.
        let late = format!("{}Firefox/140.0", "x".repeat(AGENT_CHARS_MAX));
        assert_eq!(Device::of(&late).shown(), None);
        // Control: the same, said early.
        assert_eq!(Device::of("Firefox/140.0").shown().as_deref(), Some("Firefox"));
    }
}
