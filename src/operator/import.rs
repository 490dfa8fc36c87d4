//! `user import`: a list of people, looked at whole, then taken.

use std::collections::HashSet;
use std::io::Write;
use std::path::Path;

use http::Method;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

use super::people_file::{self, Row};
use super::user_commands::{CommandError, Door};

/// People sent at once.
const AT_ONCE: usize = 500;

/// How the list is taken.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Only looked at.
    pub dry_run: bool,
    /// Lines whose name has an account are left out.
    pub skip_existing: bool,
}

fn bar(length: usize, what: &'static str, quiet: bool) -> ProgressBar {
    let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let bar = ProgressBar::with_draw_target(u64::try_from(length).ok(), target);
    if let Ok(style) = ProgressStyle::with_template("{msg:<9} {bar:40} {pos}/{len} {eta}") {
        bar.set_style(style);
    }
    bar.set_message(what);
    bar
}

/// Carries it out; gives the answer for programs and for people.
///
/// # Errors
///
/// [`CommandError::List`] with every bad line; nothing was taken then.
pub async fn run(
    door: &Door,
    file: &Path,
    options: Options,
    quiet: bool,
) -> Result<(Value, String), CommandError> {
    let bytes = std::fs::read(file).map_err(|error| {
        CommandError::List(format!("{} cannot be read: {error}", file.display()))
    })?;
    let (rows, bad) = people_file::read(&bytes);
    let bad = bad.into_iter().map(|bad| (bad.line, bad.what)).collect();
    let (rows, skipped) = look_at(door, rows, bad, options, quiet).await?;
    if options.dry_run {
        let answer = json!({ "would_add": rows.len(), "skipped": skipped });
        let text = format!("{} can be taken; nothing was changed\n", people(rows.len()));
        return Ok((answer, text));
    }
    let progress = bar(rows.len(), "taking", quiet);
    let (mut added, mut made) = (0, Vec::new());
    let mut out = std::io::stdout().lock();
    for chunk in rows.chunks(AT_ONCE) {
        let body = json!({ "people": chunk, "dry_run": false });
        let answer = door.ask(Method::POST, "/v1/import", body).await;
        let answer = answer.map_err(|error| {
            // A program gets what was made before the fault too.
            if quiet && !made.is_empty() {
                let _ = writeln!(out, "{}", json!({ "added": added, "made": made }));
            }
            CommandError::List(format!(
                "{error}\n{}; run it again with --skip-existing. Who is in `user list` \
                 and not in this output needs `user provision`",
                taken(added)
            ))
        })?;
        added += chunk.len();
        let new = answer.get("made").and_then(Value::as_array).cloned().unwrap_or_default();
        if !quiet && !new.is_empty() {
            // Told as they are made: they exist nowhere else.
            if made.is_empty() {
                writeln!(out, "name,provisional_password")?;
            }
            progress.suspend(|| out.write_all(csv(&new).as_bytes()).and_then(|()| out.flush()))?;
        }
        made.extend(new);
        progress.inc(u64::try_from(chunk.len()).unwrap_or(0));
    }
    progress.finish_and_clear();
    let answer = json!({ "added": added, "skipped": skipped, "made": made });
    let waiting = rows.iter().any(|row| row.password_hash.is_none());
    Ok((answer, told(added, skipped, waiting, &made)))
}

/// Looks at every line that could be read, to tell all that is `bad` together;
/// leaves out those that are there, where that is wanted.
async fn look_at(
    door: &Door,
    rows: Vec<Row>,
    mut bad: Vec<(u64, String)>,
    options: Options,
    quiet: bool,
) -> Result<(Vec<Row>, usize), CommandError> {
    let progress = bar(rows.len(), "checking", quiet);
    let mut there = HashSet::new();
    for people in rows.chunks(AT_ONCE) {
        let body = json!({ "people": people, "dry_run": true });
        let answer = door.ask(Method::POST, "/v1/import", body).await?;
        for found in answer.get("bad").and_then(Value::as_array).into_iter().flatten() {
            let line = found.get("line").and_then(Value::as_u64).unwrap_or(0);
            let is_there = found.get("is_there").and_then(Value::as_bool).unwrap_or(false);
            match is_there && options.skip_existing {
                true => drop(there.insert(line)),
                false => {
                    let what = found.get("what").and_then(Value::as_str).unwrap_or("is wrong");
                    bad.push((line, what.to_owned()));
                }
            }
        }
        progress.inc(u64::try_from(people.len()).unwrap_or(0));
    }
    progress.finish_and_clear();
    match bad.is_empty() {
        true => {
            let left = rows.into_iter().filter(|row| !there.contains(&row.line)).collect();
            Ok((left, there.len()))
        }
        false => Err(refusal(bad)),
    }
}

fn refusal(mut bad: Vec<(u64, String)>) -> CommandError {
    bad.sort();
    let lines: Vec<_> = bad.iter().map(|(line, what)| format!("line {line}: {what}")).collect();
    let faults = match lines.len() {
        1 => "1 fault".to_owned(),
        count => format!("{count} faults"),
    };
    CommandError::List(format!("nothing was taken; the list has {faults}:\n{}", lines.join("\n")))
}

fn people(count: usize) -> String {
    match count {
        1 => "1 person".to_owned(),
        count => format!("{count} people"),
    }
}

fn taken(count: usize) -> String {
    let verb = if count == 1 { "was" } else { "were" };
    format!("{} {verb} taken", people(count))
}

/// What was done; `waiting` where passwords of theirs are still to be hashed and
/// mailed.
fn told(added: usize, skipped: usize, waiting: bool, made: &[Value]) -> String {
    if !made.is_empty() {
        // What was made was told line by line, and nothing may stand between.
        return String::new();
    }
    let skipped = match skipped {
        0 => String::new(),
        1 => "; 1 was there already".to_owned(),
        skipped => format!("; {skipped} were there already"),
    };
    let taken = taken(added);
    match waiting && added > 0 {
        false => format!("{taken}{skipped}\n"),
        true => format!(
            "{taken}{skipped}\n\
             The gateway hashes their passwords and sends their mails; see vestibule_mails_queued \
             and vestibule_passwords_unhashed in its metrics.\n"
        ),
    }
}

/// Names and passwords, a line each.
fn csv(made: &[Value]) -> String {
    let mut text = String::new();
    for pair in made {
        let part = |at: usize| pair.get(at).and_then(Value::as_str).unwrap_or("");
        let name = part(0);
        let quoted = match name.contains([',', '"', '\n']) {
            true => format!("\"{}\"", name.replace('"', "\"\"")),
            false => name.to_owned(),
        };
        text.push_str(&format!("{quoted},{}\n", part(1)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_is_told_in_plain_words_and_promises_no_mail_that_is_not_sent() {
        assert_eq!(told(1, 0, false, &[]), "1 person was taken\n");
        assert_eq!(told(2, 1, false, &[]), "2 people were taken; 1 was there already\n");
        assert_eq!(told(0, 2, true, &[]), "0 people were taken; 2 were there already\n");
        // Control: where passwords were made, their mails are promised.
        let promised = told(3, 2, true, &[]);
        assert!(promised.starts_with("3 people were taken; 2 were there already\n"), "{promised}");
        assert!(promised.contains("sends their mails"), "{promised}");
    }
}
