//! `cargo xtask run`: from a fresh clone to a printed address and accounts; a second time in seconds.

use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::build::{self, Profile};
use crate::demo::{self, Refill};
use crate::serve::{self, Server};
use crate::workspace::Workspace;

/// What can be chosen.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The port on this machine.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Throws away what was done in the demo and imports it anew.
    #[arg(long)]
    fresh: bool,
    /// The data folder. A folder that holds your own data is served as it is.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// Runs the command. Returns when it was stopped.
pub(crate) fn run(here: &Workspace, options: &Options) -> Result<()> {
    // First, so that nobody waits for a build in vain.
    serve::require_free(options.port)?;
    let app = build::build(here, Profile::Release)?;
    serve::build(here)?;
    let data = options.data.clone().unwrap_or_else(|| demo::default_data(here));
    demo::fill(here, &data, if options.fresh { Refill::Always } else { Refill::Never })?;

    let stop = serve::on_stop()?;
    serve::require_free(options.port)?;
    let mut server = Server::start(here, &data, &app, options.port)?;
    println!(
        "\nAisle is at http://localhost:{}\n\nAccounts of the demo (account, password, role, name):\n{}\nCtrl-C stops.",
        options.port,
        demo::accounts(here)?
    );
    while !stop.load(Ordering::SeqCst) {
        if let Some(status) = server.ended()? {
            bail!("aisle-server ended by itself ({status}); what it said stands above");
        }
        thread::sleep(Duration::from_millis(100));
    }
    println!("\nStopping.");
    server.stop()
}
