//! The command: `aisle-simulation --seeds 10000`, `--seed 17` to tell one story again, `--mutants` to plant mistakes.

use aisle_simulation::{Mutant, Summary, run, run_many};
use clap::Parser;
use std::process::ExitCode;

/// Runs the simulation of devices and one endpoint.
#[derive(Debug, Parser)]
struct Options {
    /// How many seeds.
    #[arg(long, default_value_t = 300)]
    seeds: u64,
    /// Only this one.
    #[arg(long)]
    seed: Option<u64>,
    /// Plants every mutant in turn; each has to be caught.
    #[arg(long)]
    mutants: bool,
    /// Tells a failing story from its beginning, not only its end.
    #[arg(long)]
    whole: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let fine = if options.mutants { mutants(options.seeds) } else { seeds(&options) };
    if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn seeds(options: &Options) -> bool {
    let outcome = match options.seed {
        Some(seed) => run(seed, None),
        None => run_many(0..options.seeds, None),
    };
    match outcome {
        Ok(summary) => {
            println!("{}", words(summary));
            true
        }
        Err(failure) => {
            if options.whole {
                failure.trace.iter().for_each(|line| println!("    {line}"));
            }
            println!("{failure}");
            false
        }
    }
}

fn words(s: Summary) -> String {
    format!(
        "{} writes confirmed, {} taken, {} refused, {} pages, {} crashes, {} kills, {} faults, {} device ids given up, \
         {} segments",
        s.confirmed, s.taken, s.refused, s.pages, s.crashes, s.kills, s.faults, s.renumbered, s.segments
    )
}

fn mutants(seeds: u64) -> bool {
    let mut fine = true;
    for mutant in Mutant::ALL {
        match run_many(0..seeds, Some(mutant)) {
            Ok(_) => {
                fine = false;
                println!("NOT CAUGHT {mutant:?}");
            }
            Err(failure) => println!("{mutant:?}: seed {}: {}", failure.seed, failure.violation),
        }
    }
    fine
}
