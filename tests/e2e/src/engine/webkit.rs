//! WebKitGTK, in a window of our own: the browser that WebKitWebDriver would start (MiniBrowser) keeps nothing when it is
//! automated, and does not say where it is. See `webkit/phone.py`.

use super::Setup;
use crate::setting;
use anyhow::{Context, Result};
use serde_json::json;
use std::process::Command;
use thirtyfour::prelude::*;

pub(super) fn driver() -> Result<Command> {
    let mut command = Command::new(setting::webkit_driver()?);
    // There is no graphics card where tests run.
    command.env("WEBKIT_DISABLE_DMABUF_RENDERER", "1").env("LIBGL_ALWAYS_SOFTWARE", "1").env("NO_AT_BRIDGE", "1");
    Ok(command)
}

pub(super) fn capabilities(setup: Setup<'_>) -> Result<Capabilities> {
    let script = setting::root().join("tests/e2e/webkit/phone.py");
    let python = setting::python_gtk()?;
    let options = json!({
        "webkitgtk:browserOptions": {
            "binary": python.to_str().context("Python's path is no UTF-8")?,
            "args": [script, setup.profile, setup.gps.file(), setup.downloads],
        },
    });
    options.as_object().cloned().context("no capabilities")
}
