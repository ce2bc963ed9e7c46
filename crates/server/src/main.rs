//! The endpoint's command line. Everything it does is in the library.

use aisle_server::cli::{Cli, run};
use clap::Parser;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("aisle-server: {why}");
            why.exit_code()
        }
    }
}
