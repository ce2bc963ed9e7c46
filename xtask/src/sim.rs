//! `cargo xtask sim`: many seeded stories of devices and one endpoint, or one of them again.
//!
//! The stories themselves are told by `aisle-simulation`; docs/simulation.md describes them.

use anyhow::Result;

use crate::process;
use crate::workspace::Workspace;

/// What can be chosen.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// How many seeds.
    #[arg(long, default_value_t = 300)]
    seeds: u64,
    /// Only this one.
    #[arg(long, conflicts_with = "seeds")]
    seed: Option<u64>,
    /// Plants every mistake in turn and tells which invariant catches it, in how many seeds.
    #[arg(long)]
    mutants: bool,
    /// Tells a story that ends badly from its beginning.
    #[arg(long)]
    whole: bool,
}

/// From here on an optimised build pays for itself.
const MANY: u64 = 1_000;

/// Runs the command.
pub(crate) fn run(here: &Workspace, options: &Options) -> Result<()> {
    let mut command = here.cargo(&["run", "--package", "aisle-simulation"]);
    command.args((options.seed.is_none() && options.seeds >= MANY).then_some("--release")).arg("--");
    match options.seed {
        Some(seed) => command.args(["--seed", &seed.to_string()]),
        None => command.args(["--seeds", &options.seeds.to_string()]),
    };
    command.args(options.mutants.then_some("--mutants"));
    command.args(options.whole.then_some("--whole"));
    process::run(&mut command)
}
