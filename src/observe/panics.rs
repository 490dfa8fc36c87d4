//! Panics: counted, and told as one line of the log.

use std::panic::{PanicHookInfo, set_hook};

use super::metrics::panics;

/// What was said, where that is a text of the program itself: one made at run
/// time could hold something secret.
fn said<'a>(panic: &'a PanicHookInfo<'_>) -> Option<&'a str> {
    panic.payload().downcast_ref::<&'static str>().copied()
}

/// Has every panic of the process counted and logged. The library's own hook
/// writes to standard error, and would wait for whoever reads it.
pub(super) fn watch() {
    let counter = panics();
    set_hook(Box::new(move |panic| {
        if let Ok(counter) = &counter {
            counter.inc();
        }
        let place = panic.location().map(tracing::field::display);
        tracing::error!(place, said = said(panic), "a panic: please report this fault");
    }));
}
