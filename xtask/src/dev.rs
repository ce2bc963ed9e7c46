//! `cargo xtask dev`: serves a development build, rebuilds what changed, and makes open pages reload.
//!
//! Changes are found by looking at the files' times twice a second: no extra dependency, works on every file system.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use anyhow::Result;

use crate::build::{self, Profile};
use crate::demo::{self, Refill};
use crate::serve::{self, Server};
use crate::workspace::{APP_INPUTS, SERVER_INPUTS, Workspace, files_below};

/// What can be chosen.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The port on this machine.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// Runs the command. Returns when it was stopped.
pub(crate) fn run(here: &Workspace, options: &Options) -> Result<()> {
    serve::require_free(options.port)?;
    let app = Profile::Dev.dist(here);
    let data = options.data.clone().unwrap_or_else(|| demo::default_data(here));
    let stop = serve::on_stop()?;

    let mut app_seen = look(here, APP_INPUTS)?;
    let mut server_seen = look(here, SERVER_INPUTS)?;
    build::build(here, Profile::Dev)?;
    serve::build(here)?;
    demo::fill(here, &data, Refill::Never)?;
    let mut server = Some(Server::start(here, &data, &app, options.port)?);
    println!("\nAisle is at http://localhost:{}\n\n{}", options.port, demo::accounts(here)?);
    println!("Watching for changes. Ctrl-C stops.");

    while pause(&stop) {
        let (app_now, server_now) = (look(here, APP_INPUTS)?, look(here, SERVER_INPUTS)?);
        if app_now != app_seen {
            app_seen = app_now;
            report("app", &build::build(here, Profile::Dev).map(drop));
        }
        if server_now != server_seen {
            server_seen = server_now;
            if report("endpoint", &serve::build(here)) {
                // Ended first: the port and the data folder belong to one at a time.
                drop(server.take());
            }
        }
        if !matches!(server.as_mut().map(Server::ended), Some(Ok(None))) {
            server = None;
            match Server::start(here, &data, &app, options.port) {
                Ok(started) => server = Some(started),
                Err(error) => {
                    eprintln!("\nerror: {error:#}\nWaiting for a change.");
                    while pause(&stop) && look(here, SERVER_INPUTS)? == server_seen {}
                }
            }
        }
    }
    println!("\nStopping.");
    drop(server);
    Ok(())
}

/// Waits half a second; false when it is time to stop.
fn pause(stop: &AtomicBool) -> bool {
    thread::sleep(Duration::from_millis(500));
    !stop.load(Ordering::SeqCst)
}

/// Says how a rebuild went; a broken one is not the end.
fn report(what: &str, outcome: &Result<()>) -> bool {
    match outcome {
        Ok(()) => println!("The {what} is rebuilt."),
        Err(error) => eprintln!("\nerror: {error:#}\nThe {what} stays as it was until the next change."),
    }
    outcome.is_ok()
}

/// Names, sizes and times of all files below the inputs.
fn look(here: &Workspace, inputs: &[&str]) -> Result<Vec<(PathBuf, u64, Option<SystemTime>)>> {
    let mut seen = Vec::new();
    for input in inputs {
        for file in files_below(&here.path(input))? {
            // A file that went away in between is a change that the next look sees.
            if let Ok(meta) = file.metadata() {
                seen.push((file, meta.len(), meta.modified().ok()));
            }
        }
    }
    Ok(seen)
}
