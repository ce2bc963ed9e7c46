//! `cargo xtask check-figures`: reports of the endpoint against sums that another tool makes of the same files.
//!
//! The other tool is `tests/independent/figures.py` (Python's own SQLite); it shares no code with Aisle.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::workspace::Workspace;
use crate::{process, serve};

/// What can be chosen.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// How many random cuts of each data set.
    #[arg(long, default_value_t = 50)]
    cuts: u32,
    /// The seed of the cuts; random, and printed, when not given.
    #[arg(long)]
    seed: Option<u32>,
    /// Folder of Iowa's files as published (`stores.csv`, `products.csv`, `sales_2018_2019.csv.gz`), imported whole; without
    /// it only the bundled set is checked.
    #[arg(long)]
    iowa: Option<PathBuf>,
    /// Folder of the Complete Journey set; left out, and said so, where it is not there.
    #[arg(long, default_value = "../shared/data/complete_journey")]
    journey: PathBuf,
}

/// Runs the command.
pub(crate) fn run(here: &Workspace, options: &Options) -> Result<()> {
    serve::build(here)?;
    let journey = here.path(&options.journey);
    let mut command = command(here, options.cuts)?;
    command.arg("--journey").arg(journey);
    if let Some(iowa) = &options.iowa {
        command.arg("--iowa").arg(here.path(iowa));
    }
    if let Some(seed) = options.seed {
        command.args(["--seed", &seed.to_string()]);
    }
    process::run(&mut command)
}

/// A few cuts of the bundled set, for the test run. Needs the built endpoint.
pub(crate) fn some(here: &Workspace) -> Result<()> {
    if process::find(&["python3"]).is_none() {
        println!("no python3: figures are not compared with another tool's");
        return Ok(());
    }
    process::run(&mut command(here, 8)?)
}

fn command(here: &Workspace, cuts: u32) -> Result<Command> {
    let python = process::find(&["python3"]).context("python3 is needed (standard library only): install it")?;
    let mut command = Command::new(python);
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    command.arg(here.path("tests/independent/figures.py")).arg(here.binary("aisle-server")).arg(here.path("demo"));
    command.args(["--cuts", &cuts.to_string()]);
    Ok(command)
}
