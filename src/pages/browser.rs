//! The browser of one request, as its own cookie tells: the accounts that it
//! remembers and that know it.

use super::visit::Visit;
use crate::flow::{Browser, Visiting};

impl Visit {
    /// The browser.
    pub fn browser(&self) -> Browser {
        let value = self.cookie(self.caller.cookies.accounts_name());
        value.map(|value| self.pages.browsers.read(value)).unwrap_or_default()
    }

    /// What a try at a password knows of the request beside what was typed.
    pub fn visiting(&self) -> Visiting<'_> {
        Visiting {
            before: self.caller.visitor.as_ref().map(|visitor| visitor.session),
            around: self.around(),
            browser: self.browser(),
        }
    }

    /// The cookie without one of the accounts it remembers.
    pub fn forget(&self, index: usize) -> String {
        let without = self.pages.browsers.forget(&self.browser(), index);
        self.caller.cookies.set_accounts(without)
    }
}
