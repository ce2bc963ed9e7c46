//! `cargo xtask test`: everything that has to pass, in order, stopping at the first step that fails.
//!
//! Continuous integration runs this and nothing else. Its last line is `N passed, M failed`, summed over all runs of
//! cargo test, for machines that read it.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::browsers::{self, Other};
use crate::build::{self, Profile};
use crate::demo::{self, Refill};
use crate::setup::{self, Browser};
use crate::workspace::Workspace;
use crate::{bench, check_figures, fuzz, process, serve, tidy, wasm_runner};

/// What can be chosen.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Leaves out what needs a browser, Node.js or Python: browser tests, uploads, fuzzing, end to end, size.
    #[arg(long)]
    quick: bool,
    /// In which browsers the journeys are made: Chromium all of them, the others the core journeys.
    #[arg(long, value_enum, default_value_t = browsers::Choice::Chromium, conflicts_with = "quick")]
    browsers: browsers::Choice,
}

/// Tests seen so far.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Count {
    passed: u64,
    failed: u64,
}

impl Count {
    /// Adds what a line of a test run's output says.
    fn read(&mut self, line: &str) {
        let Some(result) = line.trim_start().strip_prefix("test result: ") else { return };
        let number = |what: &str| {
            result
                .split(['.', ';'])
                .find_map(|part| part.trim().strip_suffix(what)?.trim().parse::<u64>().ok())
                .unwrap_or(0)
        };
        self.passed += number("passed");
        self.failed += number("failed");
    }
}

/// One step after the other, timed.
struct Steps {
    count: Count,
    start: Instant,
}

impl Steps {
    fn step(&mut self, name: &str, work: impl FnOnce(&mut Count) -> Result<()>) -> Result<()> {
        println!("\n== {name}");
        let start = Instant::now();
        let outcome = work(&mut self.count).with_context(|| format!("step \"{name}\""));
        if outcome.is_ok() {
            println!("== {name}: {}", shown(start.elapsed()));
        }
        outcome
    }
}

/// Runs the command.
pub(crate) fn run(here: &Workspace, options: &Options) -> Result<()> {
    let mut steps = Steps { count: Count::default(), start: Instant::now() };
    let outcome = all(here, options, &mut steps);
    let Count { passed, failed } = steps.count;
    println!("\nall steps: {}", shown(steps.start.elapsed()));
    match outcome {
        Ok(()) if passed == 0 => bail!("no test ran"),
        Ok(()) => {
            println!("{passed} passed, {failed} failed");
            Ok(())
        }
        Err(error) => {
            // A step can fail without a failed test: a lint, a budget.
            println!("{passed} passed, {} failed", failed.max(1));
            Err(error)
        }
    }
}

fn all(here: &Workspace, options: &Options, steps: &mut Steps) -> Result<()> {
    let cargo = |args: &[&str]| process::run(&mut here.cargo(args));
    let browser = steps.step_with("setup", |_| {
        setup::wasm_target()?;
        if options.quick { Ok(None) } else { setup::browser().map(Some) }
    })?;
    steps.step("format", |_| cargo(&["fmt", "--all", "--check"]))?;
    steps.step("tidy", |_| tidy::run(here))?;
    steps.step("lints", |_| {
        let args = "clippy --workspace --exclude aisle --exclude aisle-browser --exclude aisle-bench --all-targets -- -D warnings";
        cargo(&args.split(' ').collect::<Vec<_>>())
    })?;
    steps.step("lints for the browser", |_| {
        let args = "clippy -p aisle -p aisle-browser -p aisle-bench --all-targets --target";
        cargo(&args.split(' ').chain([setup::WASM, "--", "-D", "warnings"]).collect::<Vec<_>>())
    })?;
    steps.step("unit, property and simulation tests", |count| tests(&mut here.cargo(&["test"]), count))?;
    steps.step("unit tests of the app", |count| {
        tests(&mut here.cargo(&["test", "--package", "aisle", "--lib"]), count)
    })?;
    steps.step("tests of this tool", |count| tests(&mut here.cargo(&["test", "--package", "xtask"]), count))?;
    steps.step("build the endpoint", |_| serve::build(here))?;
    steps.step("black box: the endpoint killed", |count| {
        let mut cargo = here.cargo(&["test", "--package", "aisle-blackbox", "--lib", "--test", "kill"]);
        tests(cargo.env("AISLE_SERVER_BIN", here.binary("aisle-server")), count)
    })?;
    if !options.quick {
        steps.step("black box: uploads by tus-js-client", |count| {
            let mut cargo = here.cargo(&["test", "--package", "aisle-blackbox", "--test", "tus"]);
            cargo.env("AISLE_SERVER_BIN", here.binary("aisle-server")).env("AISLE_TUS_JS", setup::tus_client(here)?);
            tests(&mut cargo, count)
        })?;
        steps.step("fuzzing", |_| fuzz::run(here, &fuzz::Options::short()))?;
    }
    match browser {
        Some(browser) => with_browser(here, &browser, options.browsers.others(), steps),
        None => Ok(()),
    }
}

fn with_browser(here: &Workspace, browser: &Browser, others: &[Other], steps: &mut Steps) -> Result<()> {
    steps.step("browser tests", |count| {
        let mut cargo = here.cargo(&["test", "--package", "aisle-browser", "--target", setup::WASM]);
        wasm_runner::configure(here, browser, &mut cargo)?;
        tests(&mut cargo, count)
    })?;
    let app = steps.step_with("build the app", |_| build::build(here, Profile::Release))?;
    steps.step("size of the first load", |_| bench::size::hold(&app))?;
    steps.step("figures against another tool", |_| check_figures::some(here))?;
    let data = here.path(".aisle/e2e-demo");
    let place = |cargo: &mut Command| {
        cargo.env("AISLE_SERVER_BIN", here.binary("aisle-server")).env("AISLE_DIST", &app);
        cargo.env("AISLE_DEMO_DATA", &data);
    };
    steps.step("end to end", |count| {
        demo::fill(here, &data, Refill::WhenStale)?;
        let mut cargo = here.cargo(&["test", "--package", "aisle-e2e", "--", "--test-threads=1"]);
        place(&mut cargo);
        cargo.env("AISLE_CHROMIUM", &browser.chromium).env("AISLE_CHROMEDRIVER", &browser.driver);
        tests(cargo.env("AISLE_AXE", setup::axe(here)?), count)
    })?;
    for other in others {
        steps.step(&format!("core journeys in {}", other.name()), |count| {
            let mut journeys = other.journeys(here)?;
            place(&mut journeys);
            tests(&mut journeys, count)
        })?;
    }
    Ok(())
}

impl Steps {
    /// A step that yields something.
    fn step_with<T>(&mut self, name: &str, work: impl FnOnce(&mut Count) -> Result<T>) -> Result<T> {
        let mut result = None;
        self.step(name, |count| {
            result = Some(work(count)?);
            Ok(())
        })?;
        result.context("the step yielded nothing")
    }
}

/// Runs a cargo test, passes its output on as it comes, and counts.
fn tests(cargo: &mut Command, count: &mut Count) -> Result<()> {
    let mut child = cargo
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{}`", process::shown(cargo)))?;
    if let Some(stdout) = child.stdout.take() {
        let mut reader = BufReader::new(stdout);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).context("cannot read a test's output")? > 0 {
            let mut out = std::io::stdout().lock();
            out.write_all(&line).and_then(|()| out.flush()).context("cannot write")?;
            count.read(&String::from_utf8_lossy(&line));
            line.clear();
        }
    }
    let status = child.wait().context("cannot wait for cargo")?;
    if !status.success() {
        bail!("`{}` failed ({status})", process::shown(cargo));
    }
    Ok(())
}

/// Minutes and seconds.
fn shown(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} min {} s", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_the_harnesses_print() {
        let mut count = Count::default();
        for line in [
            "running 3 tests",
            "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.1s",
            "    test result: ok. 4 passed; 0 failed; 1 ignored; 0 filtered out; finished in 0.03s",
            "test result: FAILED. 2 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out",
            "a test that says: 9 passed",
        ] {
            count.read(line);
        }
        assert_eq!(count, Count { passed: 18, failed: 3 });
    }

    #[test]
    fn the_output_of_a_run_is_counted_and_its_failure_reported() {
        let mut count = Count::default();
        // A program that is always there and prints nothing we count.
        tests(Command::new("cargo").arg("--version"), &mut count).unwrap();
        assert_eq!(count, Count::default());
        let error = tests(Command::new("cargo").arg("no-such-subcommand").stderr(Stdio::null()), &mut count);
        assert!(error.unwrap_err().to_string().contains("no-such-subcommand"));
    }

    #[test]
    fn times_are_short() {
        assert_eq!(shown(Duration::from_millis(1540)), "1.5 s");
        assert_eq!(shown(Duration::from_secs(61)), "1 min 1 s");
    }
}
