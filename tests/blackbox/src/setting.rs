//! What the tests need, as `cargo xtask test` names it in the environment.

use anyhow::{Result, bail};
use std::env;
use std::path::PathBuf;

fn named(name: &str, what: &str) -> Result<PathBuf> {
    match env::var_os(name) {
        Some(path) => Ok(PathBuf::from(path)),
        None => bail!("{name} has to name {what}; `cargo xtask test` sets it"),
    }
}

/// The server's binary.
///
/// # Errors
/// When the environment does not name it.
pub fn server() -> Result<PathBuf> {
    named("AISLE_SERVER_BIN", "the aisle-server binary (cargo build -p aisle-server)")
}

/// The folder of the npm package tus-js-client.
///
/// # Errors
/// When the environment does not name it.
pub fn tus_client() -> Result<PathBuf> {
    named("AISLE_TUS_JS", "the folder of the npm package tus-js-client")
}

/// The schemathesis program.
///
/// # Errors
/// When the environment does not name it.
pub fn schemathesis() -> Result<PathBuf> {
    named("AISLE_SCHEMATHESIS", "the schemathesis program (PyPI); `cargo xtask fuzz` installs it")
}
