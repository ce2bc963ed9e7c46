//! `cargo xtask fuzz`: schemathesis over every operation of a running endpoint.
//!
//! What is started, signed in and looked for is in `tests/blackbox` (`src/bin/fuzz.rs`, `fuzz/hooks.py`); here only what
//! that needs is set up.

use anyhow::Result;

use crate::workspace::Workspace;
use crate::{process, serve, setup};

/// What can be chosen.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Test cases for each operation and kind of data.
    #[arg(long, default_value_t = 100)]
    max_examples: u32,
    /// The seed of an earlier run; any unless given.
    #[arg(long)]
    seed: Option<u64>,
}

impl Options {
    /// What a test run affords.
    pub(crate) fn short() -> Self {
        Self { max_examples: 15, seed: None }
    }
}

/// Runs the command.
pub(crate) fn run(here: &Workspace, options: &Options) -> Result<()> {
    let schemathesis = setup::schemathesis(here)?;
    serve::build(here)?;
    let mut command = here.cargo(&["run", "--package", "aisle-blackbox", "--bin", "fuzz", "--"]);
    command.args(["--max-examples", &options.max_examples.to_string()]);
    command.args(options.seed.map(|seed| format!("--seed={seed}")));
    command.env("AISLE_SERVER_BIN", here.binary("aisle-server")).env("AISLE_SCHEMATHESIS", schemathesis);
    process::run(&mut command)
}
