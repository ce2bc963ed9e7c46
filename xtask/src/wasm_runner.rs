//! Runs wasm test binaries in a headless browser: what cargo calls instead of the binary itself.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::json;

use crate::setup::{Browser, WASM};
use crate::workspace::Workspace;

/// Passes on to wasm-bindgen's test runner.
pub(crate) fn run(args: Vec<PathBuf>) -> Result<()> {
    let args = std::iter::once(OsString::from("wasm-bindgen-test-runner")).chain(args.into_iter().map(Into::into));
    wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(args)
}

/// Makes a `cargo test --target wasm32-unknown-unknown` run its tests through this tool, in this browser.
pub(crate) fn configure(here: &Workspace, browser: &Browser, cargo: &mut Command) -> Result<()> {
    let this = env::current_exe().context("xtask does not know where it is")?;
    let capabilities = here.target("xtask/webdriver.json");
    let folder = here.target("xtask");
    fs::create_dir_all(&folder).context("cannot make a folder for the browser's settings")?;
    // The runner itself adds `headless`, `no-sandbox` and `disable-dev-shm-usage`.
    let settings = json!({
        "goog:chromeOptions": {
            "binary": browser.chromium,
            "args": [
                "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking",
                "disable-component-update", "disable-sync",
            ],
        },
    });
    fs::write(&capabilities, settings.to_string()).context("cannot write the browser's settings")?;
    // As a list: the variable of the same meaning is split at spaces, which paths may contain. A JSON string of a path
    // is also a TOML one.
    let runner = json!([this.to_str().context("the path of xtask is not Unicode")?, "wasm-test-runner"]);
    cargo
        .arg("--config")
        .arg(format!("target.{WASM}.runner={runner}"))
        .env("CHROMEDRIVER", &browser.driver)
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", capabilities)
        .env("WASM_BINDGEN_TEST_TIMEOUT", "300");
    Ok(())
}
