//! The one tool of this repository: `cargo xtask run | test | build | bench | dev | tidy`.
//!
//! It needs nothing but rustup's cargo. What else a step needs (the wasm32 target, a browser, `wasm-opt`) it looks
//! for, installs where that is safe, and otherwise names together with the remedy. It is not part of the product:
//! nothing here is shipped, and nothing here knows what the app does.

mod assets;
mod bench;
mod browsers;
mod build;
mod bundle;
mod check_figures;
mod css;
mod demo;
mod dev;
mod fuzz;
mod own_std;
mod process;
mod release;
mod run;
mod serve;
mod setup;
mod short_names;
mod sim;
mod split;
mod test;
mod tidy;
mod unused;
mod wasm_runner;
mod workspace;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

/// Builds, runs, tests and measures Aisle.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Builds everything, imports the demo on the first run, and serves it. Ctrl-C stops.
    Run(run::Options),
    /// Everything that has to pass: format, lints, tidy, tests, browser, end to end, size.
    Test(test::Options),
    /// Writes the app to dist/.
    Build(build::Options),
    /// Measures and compares; without a name, lists what can be measured.
    Bench(bench::Options),
    /// Serves a development build; rebuilds and reloads on change.
    Dev(dev::Options),
    /// Simulates devices and one endpoint under every fault; prints the seed of a story that ends badly.
    Sim(sim::Options),
    /// Fuzzes a running endpoint from its OpenAPI document; every operation, with and without a session.
    Fuzz(fuzz::Options),
    /// Compares reports of the endpoint with sums that another tool makes of the same files.
    CheckFigures(check_figures::Options),
    /// Checks the rules of the house that the compiler does not.
    Tidy,
    /// Runs a wasm test binary in a browser. Called by cargo, not by people.
    #[command(hide = true, disable_help_flag = true)]
    WasmTestRunner {
        /// What cargo passes: the test binary and the arguments after `--`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<PathBuf>,
    },
}

fn main() -> ExitCode {
    match dispatch(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command: Command) -> anyhow::Result<()> {
    match command {
        Command::WasmTestRunner { args } => wasm_runner::run(args),
        Command::Run(options) => run::run(&Workspace::find()?, &options),
        Command::Test(options) => test::run(&Workspace::find()?, &options),
        Command::Build(options) => build::run(&Workspace::find()?, &options),
        Command::Bench(options) => bench::run(&Workspace::find()?, &options),
        Command::Dev(options) => dev::run(&Workspace::find()?, &options),
        Command::Sim(options) => sim::run(&Workspace::find()?, &options),
        Command::Fuzz(options) => fuzz::run(&Workspace::find()?, &options),
        Command::CheckFigures(options) => check_figures::run(&Workspace::find()?, &options),
        Command::Tidy => tidy::run(&Workspace::find()?),
    }
}
