//! Where things are: from the environment that `cargo xtask test` sets, else where they are after a build by hand.

use anyhow::{Result, bail};
use std::env;
use std::path::{Path, PathBuf};

/// The endpoint's program.
///
/// # Errors
/// It is not there.
pub fn server() -> Result<PathBuf> {
    existing("AISLE_SERVER_BIN", "target/debug/aisle-server", "cargo build -p aisle-server")
}

/// The built app.
///
/// # Errors
/// It is not there.
pub fn app() -> Result<PathBuf> {
    existing("AISLE_DIST", "dist", "cargo xtask build")
}

/// Chromium.
///
/// # Errors
/// It is not there.
pub fn chromium() -> Result<PathBuf> {
    existing("AISLE_CHROMIUM", "/usr/bin/chromium", "install Chromium, or name it in AISLE_CHROMIUM")
}

/// ChromeDriver of the same version.
///
/// # Errors
/// It is not there.
pub fn chromedriver() -> Result<PathBuf> {
    existing("AISLE_CHROMEDRIVER", "/usr/bin/chromedriver", "install ChromeDriver, or name it in AISLE_CHROMEDRIVER")
}

/// Firefox.
///
/// # Errors
/// It is not there.
pub fn firefox() -> Result<PathBuf> {
    existing(
        "AISLE_FIREFOX",
        "/usr/bin/firefox-esr",
        "cargo xtask test --browsers all; or name Firefox in AISLE_FIREFOX",
    )
}

/// geckodriver.
///
/// # Errors
/// It is not there.
pub fn geckodriver() -> Result<PathBuf> {
    let remedy = "cargo xtask test --browsers all installs it; or name it in AISLE_GECKODRIVER";
    existing("AISLE_GECKODRIVER", "target/tools/geckodriver/bin/geckodriver", remedy)
}

/// WebKitWebDriver.
///
/// # Errors
/// It is not there.
pub fn webkit_driver() -> Result<PathBuf> {
    let remedy = "cargo xtask test --browsers all; or name it in AISLE_WEBKIT_DRIVER";
    existing("AISLE_WEBKIT_DRIVER", "/usr/bin/WebKitWebDriver", remedy)
}

/// A Python that knows GTK and WebKitGTK.
///
/// # Errors
/// It is not there.
pub fn python_gtk() -> Result<PathBuf> {
    existing("AISLE_PYTHON_GTK", "/usr/bin/python3", "name one that can import gi in AISLE_PYTHON_GTK")
}

/// A data folder with the demo in it. It is copied, never served.
///
/// # Errors
/// It is not there.
pub fn demo_data() -> Result<PathBuf> {
    let remedy = "cargo xtask test makes it";
    existing("AISLE_DEMO_DATA", ".aisle/e2e-demo", remedy)
}

/// axe-core's script.
///
/// # Errors
/// It is not there.
pub fn axe() -> Result<PathBuf> {
    let place = "target/tools/axe-core/node_modules/axe-core/axe.min.js";
    existing("AISLE_AXE", place, "cargo xtask test installs it; or name an axe.min.js in AISLE_AXE")
}

/// The root of the repository.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

fn existing(variable: &str, fallback: &str, remedy: &str) -> Result<PathBuf> {
    let path = env::var_os(variable).map_or_else(|| root().join(fallback), PathBuf::from);
    if !path.exists() {
        bail!("{} is not there. Remedy: {remedy}", path.display());
    }
    Ok(path)
}
