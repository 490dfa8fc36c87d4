//! Reads the command line, runs one command, turns its error into an exit code.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use vestibule::app::{self, LocalDoor, Program, Start, StartError, Supervisor};
use vestibule::attack::{self, report::Report};
use vestibule::config;
use vestibule::demo;
use vestibule::domain::Language;
use vestibule::observe::log::{self, LogFormat};
use vestibule::operator::command_line::{AttackFlags, Command, CommandLine, Target, UserCommand};
use vestibule::operator::{CommandError, Door, run_reload, run_upgrade, run_user_command};
use vestibule::pages::guide;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How long the end waits for whoever reads the log.
const LOG_PATIENCE: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let done = match CommandLine::parse().command {
        Command::Demo { listen, data } => demo::run(listen, &data),
        Command::Serve { config, take_over } => serve(&config, take_over),
        Command::Check { config, attack } => return check(&config, attack),
        Command::Guide { lang, output, config } => guide(&config, lang.as_deref(), &output),
        Command::User { command } => user(&command),
        Command::Reload { allow_public, target } => {
            let reload = async |door: &Door| run_reload(door, allow_public, target.json).await;
            has_folder(&target).and_then(|()| at_door(&target, reload))
        }
        Command::Upgrade { target } => {
            let upgrade = async |door: &Door| run_upgrade(door, target.json).await;
            has_folder(&target).and_then(|()| at_door(&target, upgrade))
        }
    };
    log::flush(LOG_PATIENCE);
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell(&error.to_string());
            ExitCode::from(error.exit_code())
        }
    }
}

fn start_log(format: LogFormat) -> Result<(), StartError> {
    log::start(format, app::clock()).map_err(|error| StartError::Failed(error.to_string()))
}

/// Says something on standard error; if that is gone, nobody listens.
fn tell(text: &str) {
    let _ =
        writeln!(std::io::stderr().lock(), "vestibule: {}", text.replace('\n', "\nvestibule: "));
}

fn serve(file: &Path, take_over: bool) -> Result<(), StartError> {
    let config = config::load(file).map_err(StartError::Config)?;
    start_log(config.log_format)?;
    let signals = demo::Signals::listen()?;
    let start = Start {
        file: Some(file.to_owned()),
        take_over,
        program: Program::of_this_process(),
        supervisor: Supervisor::of_this_process(),
    };
    let running = app::start(config, start)?;
    let line = serde_json::to_string(&running.ready).unwrap_or_default();
    let mut out = std::io::stdout().lock();
    let told = writeln!(out, "{line}").and_then(|()| out.flush());
    drop(out);
    if let Err(error) = told {
        tracing::warn!(%error, "nobody reads standard output");
    }
    signals.wait(running)
}

fn check(file: &Path, flags: AttackFlags) -> ExitCode {
    let checked = config::load(file).map_err(StartError::Config).and_then(|config| {
        app::check_certificates(&config).map_err(StartError::Config)?;
        app::check_data_folder(&config)?;
        Ok(config)
    });
    for remark in checked.iter().flat_map(|config| &config.remarks) {
        tell(&format!("no fault, but look at {remark}"));
    }
    let told = checked.and_then(|config| match flags.attack {
        true => attack(&config, flags),
        false => Ok((format!("{}: no fault found\n", file.display()), true)),
    });
    match told {
        Ok((text, passed)) => {
            let _ = std::io::stdout().lock().write_all(text.as_bytes());
            if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            tell(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

/// What is told of an attack, and whether all went well.
fn attack(config: &config::Config, flags: AttackFlags) -> Result<(String, bool), StartError> {
    let rows = attack::run(config)?;
    let upstreams = match flags.no_upstreams {
        true => Vec::new(),
        false => attack::reach::ask(config)?,
    };
    let report = Report::new(rows, upstreams, flags.strict);
    let colours = std::io::stdout().is_terminal();
    let text = match flags.json {
        true => serde_json::to_string_pretty(&report).unwrap_or_default() + "\n",
        false => report.text(flags.strict, colours),
    };
    Ok((text, report.passed))
}

fn guide(file: &Path, lang: Option<&str>, output: &Path) -> Result<(), StartError> {
    let config = config::load(file).map_err(StartError::Config)?;
    let language = match lang {
        None => config.brand.language,
        Some(tag) => Language::parse(tag).ok_or_else(|| {
            StartError::Failed(format!("the language {tag:?} is none of fr, nl, de, en"))
        })?,
    };
    let bytes = guide::document(&config.brand, &config.public_url.text(None), language);
    std::fs::write(output, bytes).map_err(|error| {
        StartError::Failed(format!("{} cannot be written: {error}", output.display()))
    })?;
    let _ = writeln!(std::io::stdout().lock(), "{}", output.display());
    Ok(())
}

fn user(command: &UserCommand) -> Result<(), StartError> {
    at_door(command.target(), async |door| run_user_command(door, command).await)
}

/// Tells who has written another data_dir, and reads that again, how a data folder
/// is moved.
fn has_folder(target: &Target) -> Result<(), StartError> {
    let file = target.config.as_deref().filter(|_| target.data.is_none());
    let named = file.and_then(config::data_dir_of);
    match named.filter(|data| !data.exists()) {
        None => Ok(()),
        Some(data) => Err(StartError::Failed(format!(
            "no gateway runs on {}, which is not there; for another data_dir stop the gateway, \
             move its data folder, and start it again",
            data.display()
        ))),
    }
}

/// The way to what a command is about. Beside a gateway that runs a fault in its
/// file is in nobody's way.
async fn door(target: &Target) -> Result<LocalDoor, StartError> {
    let file = target.config.as_deref();
    let named = target.data.clone().or_else(|| config::data_dir_of(file?));
    if let Some(data) = &named
        && let Some(door) = app::door_of_running(data).await
    {
        return Ok(door);
    }
    let config = file.map(config::load).transpose().map_err(StartError::Unasked)?;
    let data = config.as_ref().map(|config| config.data_dir.clone()).or(named);
    let data = data.ok_or_else(|| StartError::Failed("give --config or --data".to_owned()))?;
    app::open_door(config.as_ref(), &data).await
}

/// Carries out a command with a gateway that runs, or on its data folder.
fn at_door(
    target: &Target,
    act: impl AsyncFnOnce(&Door) -> Result<(), CommandError>,
) -> Result<(), StartError> {
    start_log(LogFormat::Text)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| StartError::Failed(error.to_string()))?;
    runtime.block_on(async {
        let opened = door(target).await?;
        let done = act(&opened.door).await;
        opened.close();
        done.map_err(|error| StartError::Failed(error.to_string()))
    })
}
