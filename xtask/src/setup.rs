//! What the steps need from the machine. Looks first, installs where that is safe, else says what to do.
//!
//! Installing by itself happens through rustup, through apt-get as root on Debian and its kin, and through npm, pip and
//! cargo into cargo's target folder: never by another way, and nothing outside those.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::workspace::Workspace;

/// The target the app is built for.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// The compiler that cargo calls.
pub(crate) fn rustc() -> Command {
    Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
}

/// Where the compiler keeps what it comes with.
///
/// # Errors
/// There is no compiler.
pub(crate) fn sysroot() -> Result<PathBuf> {
    process::output(rustc().args(["--print", "sysroot"])).map(PathBuf::from)
}

/// Makes sure that the compiler can build for the browser.
pub(crate) fn wasm_target() -> Result<()> {
    if sysroot()?.join("lib/rustlib").join(WASM).is_dir() {
        return Ok(());
    }
    println!("The compiler lacks the {WASM} target: adding it through rustup.");
    if process::find(&["rustup"]).is_none() {
        bail!(
            "the compiler has no {WASM} target, and rustup is not there to add it.\n\
             Remedy: install rustup from https://rustup.rs, or your distribution's package with the standard library \
             for {WASM}, then run this again."
        );
    }
    process::run(Command::new("rustup").args(["target", "add", WASM])).with_context(|| {
        format!(
            "cannot add the {WASM} target.\nRemedy: with a network, run `rustup target add {WASM}`, then run this again"
        )
    })
}

/// Binaryen's optimiser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WasmOpt {
    /// Where it is.
    pub(crate) program: PathBuf,
    /// Its version, a single number.
    pub(crate) version: u32,
}

/// Before this version it exported the wrong one of two tables, and the app did not start
/// (WebAssembly/binaryen#4711). Debian 12 and Ubuntu 24.04 have 108.
const OLDEST_WASM_OPT: u32 = 110;

/// The optimiser, if a usable one is here already.
pub(crate) fn find_wasm_opt(here: &Workspace) -> Option<WasmOpt> {
    let local = here.target("tools/binaryen/node_modules/.bin/wasm-opt");
    process::find(&["wasm-opt"])
        .into_iter()
        .chain(Some(local).filter(|file| file.is_file()))
        .filter_map(|program| {
            let said = process::output(Command::new(&program).arg("--version")).ok()?;
            Some(WasmOpt { version: wasm_opt_version(&said)?, program })
        })
        .find(|tool| tool.version >= OLDEST_WASM_OPT)
}

/// The optimiser, installed if it can be. The app works without it, a little larger.
pub(crate) fn wasm_opt(here: &Workspace) -> Option<WasmOpt> {
    if let Some(found) = find_wasm_opt(here) {
        return Some(found);
    }
    println!("No wasm-opt of version {OLDEST_WASM_OPT} or later here: looking for one to install.");
    // A failure of either is no failure: the next is tried, and then the app stays as it is.
    if npm_install(here, "binaryen", "132").is_ok()
        && let Some(found) = find_wasm_opt(here)
    {
        return Some(found);
    }
    if is_debian_root() && apt_candidate("binaryen").is_some_and(|version| version >= OLDEST_WASM_OPT) {
        apt_install(&["binaryen"]).ok()?;
    }
    find_wasm_opt(here)
}

/// `wasm-opt version 108` and `wasm-opt version 132 (version_132)` alike.
fn wasm_opt_version(said: &str) -> Option<u32> {
    said.split_whitespace().find_map(|word| word.parse().ok())
}

/// The major version that apt-get would install.
fn apt_candidate(package: &str) -> Option<u32> {
    let said = process::output(Command::new("apt-cache").args(["policy", package])).ok()?;
    let version = said.lines().find_map(|line| line.trim().strip_prefix("Candidate: "))?;
    version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// A browser and its driver.
#[derive(Debug, Clone)]
pub(crate) struct Browser {
    /// Chromium or Chrome.
    pub(crate) chromium: PathBuf,
    /// ChromeDriver of the same version.
    pub(crate) driver: PathBuf,
}

/// Chromium with its driver, installed if need be.
pub(crate) fn browser() -> Result<Browser> {
    installed(find_browser, &["chromium", "chromium-driver", "fonts-noto-cjk"])?.context(
        "the browser tests need Chromium and ChromeDriver, and they were not found.\n\
         Remedy: install both (Debian: `apt-get install chromium chromium-driver`; macOS: `brew install --cask chromium \
         chromedriver`), or name them in AISLE_CHROMIUM and AISLE_CHROMEDRIVER; without a browser, `cargo xtask test \
         --quick` runs everything else",
    )
}

/// What `find` finds; where it finds nothing and we may install packages, what it finds after these have been.
///
/// # Errors
/// They cannot be installed.
pub(crate) fn installed<T>(find: impl Fn() -> Option<T>, packages: &[&str]) -> Result<Option<T>> {
    let found = find();
    if found.is_some() || !is_debian_root() {
        return Ok(found);
    }
    println!("Installing from Debian: {}.", packages.join(" "));
    apt_install(packages)?;
    Ok(find())
}

/// The file that a variable names, if there is one.
pub(crate) fn named(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).map(PathBuf::from).filter(|file| file.is_file())
}

fn find_browser() -> Option<Browser> {
    let chromium = named("AISLE_CHROMIUM").or_else(|| {
        process::find(&["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"]).or_else(
            || {
                [
                    "/Applications/Chromium.app/Contents/MacOS/Chromium",
                    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
                ]
                .iter()
                .map(PathBuf::from)
                .find(|file| file.is_file())
            },
        )
    })?;
    let driver = named("AISLE_CHROMEDRIVER").or_else(|| named("CHROMEDRIVER")).or_else(|| {
        process::find(&["chromedriver"])
            .or_else(|| Some(PathBuf::from("/usr/lib/chromium-browser/chromedriver")).filter(|file| file.is_file()))
    })?;
    Some(Browser { chromium, driver })
}

/// axe-core, the accessibility checker the end-to-end tests inject into every screen.
pub(crate) fn axe(here: &Workspace) -> Result<PathBuf> {
    if let Some(named) = env::var_os("AISLE_AXE") {
        return Ok(PathBuf::from(named));
    }
    let script = here.target("tools/axe-core/node_modules/axe-core/axe.min.js");
    if !script.is_file() {
        npm_install(here, "axe-core", "4").context(
            "the accessibility checks need axe-core.\nRemedy: install Node.js with npm and run this again, or name an \
             axe.min.js in AISLE_AXE",
        )?;
    }
    Ok(script)
}

/// tus-js-client, the other side of uploads in the tests: the folder of its package. Node.js has to be there to run it.
pub(crate) fn tus_client(here: &Workspace) -> Result<PathBuf> {
    const REMEDY: &str = "the upload tests need Node.js and tus-js-client.\nRemedy: install Node.js with npm (Debian: \
                          `apt-get install nodejs npm`) and run this again, or name the package's folder in AISLE_TUS_JS";
    process::find(&["node"]).context(REMEDY)?;
    if let Some(named) = env::var_os("AISLE_TUS_JS") {
        return Ok(PathBuf::from(named));
    }
    let package = here.target("tools/tus-js-client/node_modules/tus-js-client");
    if !package.join("package.json").is_file() {
        npm_install(here, "tus-js-client", "4").context(REMEDY)?;
    }
    Ok(package)
}

/// The version of schemathesis that the checks were written against.
const SCHEMATHESIS: &str = "4.32.5";

/// schemathesis, which fuzzes the endpoint from its OpenAPI document: in a virtual environment of its own.
pub(crate) fn schemathesis(here: &Workspace) -> Result<PathBuf> {
    if let Some(named) = env::var_os("AISLE_SCHEMATHESIS") {
        return Ok(PathBuf::from(named));
    }
    let folder = here.target("tools/schemathesis");
    let programs = folder.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let program = programs.join(format!("schemathesis{}", env::consts::EXE_SUFFIX));
    let stamp = folder.join("aisle-version");
    if program.is_file() && fs::read_to_string(&stamp).is_ok_and(|version| version == SCHEMATHESIS) {
        return Ok(program);
    }
    println!("Installing schemathesis {SCHEMATHESIS} from PyPI into {}.", folder.display());
    let python = process::find(&["python3", "python"]).context(
        "fuzzing needs Python 3, and it was not found.\nRemedy: install it (Debian: `apt-get install python3 \
         python3-venv`) and run this again, or name a schemathesis program in AISLE_SCHEMATHESIS",
    )?;
    let venv = |python: &Path| process::run(Command::new(python).args(["-m", "venv", "--clear"]).arg(&folder));
    let made = venv(&python).or_else(|error| {
        // Debian keeps the module in a package of its own.
        if !is_debian_root() {
            return Err(error);
        }
        apt_install(&["python3-venv"])?;
        venv(&python)
    });
    made.context(
        "Python cannot make a virtual environment.\nRemedy: install its venv module (Debian: `apt-get install \
         python3-venv`) and run this again",
    )?;
    let mut pip = Command::new(programs.join("python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    pip.arg(format!("schemathesis=={SCHEMATHESIS}"));
    process::run(&mut pip).context("schemathesis cannot be installed.\nRemedy: with a network, run this again")?;
    fs::write(&stamp, SCHEMATHESIS).with_context(|| format!("cannot write {}", stamp.display()))?;
    Ok(program)
}

/// Whether this is Debian or a kin, and we may install packages.
fn is_debian_root() -> bool {
    Path::new("/etc/debian_version").exists()
        && process::find(&["apt-get"]).is_some()
        && process::output(Command::new("id").arg("-u")).is_ok_and(|id| id == "0")
}

fn apt_install(packages: &[&str]) -> Result<()> {
    let apt = |args: &[&str]| {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").arg("-q").args(args);
        process::run(&mut command)
    };
    apt(&["update"])?;
    apt(&[&["install", "-y", "--no-install-recommends"], packages].concat())
}

/// Packages from npm in a folder of their own; returns its node_modules.
pub(crate) fn npm_packages(here: &Workspace, folder: &str, packages: &[(&str, &str)]) -> Result<PathBuf> {
    let folder = here.target("tools").join(folder);
    let modules = folder.join("node_modules");
    if !packages.iter().all(|(name, _)| modules.join(name).is_dir()) {
        let named: Vec<String> = packages.iter().map(|(name, version)| format!("{name}@{version}")).collect();
        npm_install_to(&folder, &named)?;
    }
    Ok(modules)
}

fn npm_install(here: &Workspace, package: &str, version: &str) -> Result<()> {
    // One folder each: npm removes what it does not know of.
    npm_install_to(&here.target("tools").join(package), &[format!("{package}@{version}")])
}

fn npm_install_to(folder: &Path, packages: &[String]) -> Result<()> {
    let npm = process::find(&["npm"]).context("npm is not installed")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut command = Command::new(npm);
    command
        .current_dir(folder)
        .args(["install", "--silent", "--no-audit", "--no-fund", "--no-save", "--ignore-scripts", "--prefix", "."])
        .arg("--fetch-retries=1")
        .args(packages);
    process::run(&mut command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_version_of_every_wasm_opt() {
        assert_eq!(wasm_opt_version("wasm-opt version 108"), Some(108));
        assert_eq!(wasm_opt_version("wasm-opt version 132 (version_132)"), Some(132));
        assert_eq!(wasm_opt_version("something else"), None);
    }
}
