//! `cargo xtask build`: the app in `dist/`, rebuilt only when something it is made of has changed.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use fd_lock::RwLock;

use crate::release::{self, Release};
use crate::workspace::{APP_INPUTS, Workspace};
use crate::{bundle, process, setup};

/// What a build is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// To be shipped: small, compressed, with a service worker.
    Release,
    /// For `cargo xtask dev`: quick, with debug names, without a service worker.
    Dev,
}

impl Profile {
    /// Where its files go.
    pub(crate) fn dist(self, here: &Workspace) -> PathBuf {
        match self {
            Self::Release => here.path("dist"),
            Self::Dev => here.target("dev-dist"),
        }
    }
}

/// What can be chosen.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// A development build, to target/dev-dist.
    #[arg(long)]
    dev: bool,
}

/// Runs the command.
pub(crate) fn run(here: &Workspace, options: &Options) -> Result<()> {
    let profile = if options.dev { Profile::Dev } else { Profile::Release };
    let dist = build(here, profile)?;
    let release = Release::read(&dist)?;
    let place = dist.strip_prefix(here.root()).unwrap_or(&dist);
    println!("Aisle {}, release {}, is in {}/", release.version, release.release, place.display());
    Ok(())
}

/// Builds the app unless it is there already, and returns its folder.
pub(crate) fn build(here: &Workspace, profile: Profile) -> Result<PathBuf> {
    let dist = profile.dist(here);
    let version = match profile {
        Profile::Release => here.version(),
        // The same for all, so that a commit does not rebuild it.
        Profile::Dev => concat!(env!("CARGO_PKG_VERSION"), " (dev)").to_owned(),
    };
    // Two builds at a time would write over each other's files.
    let mut lock = RwLock::new(lock_file(here)?);
    if lock.try_write().is_err() {
        println!("Waiting for another `cargo xtask` to finish its build.");
    }
    let _held = lock.write().context("cannot lock the build")?;
    if is_current(here, &dist, &inputs(here, profile, &version)?) {
        return Ok(dist);
    }
    let before = here.digest(APP_INPUTS, &[])?;
    let bundle = bundle::bundle(here, profile, &version)?;
    let release = release::write(here, profile, &version, bundle, &dist)?;
    // Asked again, because the build may have installed the optimiser; and not noted at all if somebody saved a file
    // in the meantime.
    if before == here.digest(APP_INPUTS, &[])? {
        let inputs = inputs(here, profile, &version)?;
        fs::write(stamp(here, &dist), format!("{inputs} {}", release.release)).context("cannot note the build")?;
    }
    Ok(dist)
}

fn lock_file(here: &Workspace) -> Result<File> {
    let folder = here.target("xtask");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    File::create(folder.join("build.lock")).context("cannot lock the build")
}

/// A digest over everything that a build depends on.
fn inputs(here: &Workspace, profile: Profile, version: &str) -> Result<String> {
    let rustc = process::output(Command::new("rustc").arg("-V"))?;
    let optimiser = match profile {
        Profile::Release => setup::find_wasm_opt(here).map_or(0, |tool| tool.version),
        Profile::Dev => 0,
    };
    here.digest(APP_INPUTS, &[version, &rustc, &optimiser.to_string()])
}

/// Whether `dist` is what a build would make: the same inputs, and still the release that was made of them.
fn is_current(here: &Workspace, dist: &Path, inputs: &str) -> bool {
    let noted = fs::read_to_string(stamp(here, dist)).unwrap_or_default();
    let Some((of, release)) = noted.split_once(' ') else { return false };
    of == inputs && Release::read(dist).is_ok_and(|there| there.release == release)
}

fn stamp(here: &Workspace, dist: &Path) -> PathBuf {
    let name = dist.file_name().unwrap_or_default().to_string_lossy();
    here.target(format!("xtask/{name}.stamp"))
}
