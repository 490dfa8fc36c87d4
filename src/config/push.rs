//! `[push]`: waking people's phones.

use std::fmt::Display;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use super::reader::{At, Section};
use crate::notice::push::{Contact, FurtherRoots, PushHost, PushHosts, PushSettings};

/// Reads the section; paths in it are relative to `folder`. Without it no phone
/// is woken, and people open the page on it themselves.
pub fn read(root: &mut Section<'_>, folder: &Path) -> Option<PushSettings> {
    let is_there = root.holds_table("push");
    let mut push = root.section("push");
    let contact = push.text("contact");
    let hosts = push.texts("hosts");
    let ca_file = push.text("ca_file");
    let seconds = push.number("timeout_seconds", 1..=60, 10);
    if !is_there {
        push.finish();
        return None;
    }
    if contact.is_none() {
        let advice = "write whom push services can reach, such as \"mailto:portal@example.be\"";
        push.missing("contact", advice);
    }
    let contact = contact.and_then(|at| parsed::<Contact>(&push, &at));
    let hosts = hosts.map_or_else(PushHosts::default, |list| {
        if list.value.is_empty() {
            push.wrong(&list, "is empty; leave it out for the services of all usual browsers");
        }
        list.value.iter().filter_map(|at| parsed::<PushHost>(&push, at)).collect()
    });
    let further_roots = ca_file.map_or_else(FurtherRoots::default, |at| roots(&push, &at, folder));
    push.finish();
    let timeout = Duration::from_secs(seconds);
    Some(PushSettings { contact: contact?, hosts, further_roots, timeout })
}

fn parsed<T: FromStr<Err: Display>>(push: &Section<'_>, at: &At<String>) -> Option<T> {
    match at.value.parse() {
        Ok(read) => Some(read),
        Err(error) => {
            push.wrong(at, error.to_string());
            None
        }
    }
}

/// None where the file is of no use; the fault is noted.
fn roots(push: &Section<'_>, at: &At<String>, folder: &Path) -> FurtherRoots {
    let path = folder.join(&at.value);
    let read = match std::fs::read(&path) {
        Ok(pem) => FurtherRoots::from_pem(&pem).map_err(|error| error.to_string()),
        Err(error) => Err(format!("{} cannot be read ({error})", path.display())),
    };
    read.unwrap_or_else(|wrong| {
        push.wrong(at, wrong);
        FurtherRoots::default()
    })
}
