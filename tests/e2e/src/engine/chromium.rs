//! Chromium.

use super::Setup;
use crate::setting;
use anyhow::{Context, Result};
use serde_json::json;
use std::process::Command;
use thirtyfour::common::capabilities::chromium::ChromiumLikeCapabilities;
use thirtyfour::prelude::*;

/// `profile.default_content_setting_values.cookies`: cookies, and everything else that a page can keep, are refused.
const BLOCKED: u8 = 2;

pub(super) fn driver() -> Result<Command> {
    Ok(Command::new(setting::chromedriver()?))
}

pub(super) fn capabilities(setup: Setup<'_>) -> Result<Capabilities> {
    let mut chrome = DesiredCapabilities::chrome();
    let binary = setting::chromium()?;
    chrome.set_binary(binary.to_str().context("Chromium's path is no UTF-8")?)?;
    for flag in [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-breakpad",
        "--disable-sync",
        "--accept-lang=en-US",
        "--window-size=1280,900",
    ] {
        chrome.add_arg(flag)?;
    }
    chrome.add_arg(&format!("--user-data-dir={}", setup.profile.display()))?;
    let mut preferences = json!({"download.default_directory": setup.downloads});
    if setup.keeps_nothing {
        preferences["profile.default_content_setting_values.cookies"] = json!(BLOCKED);
    }
    chrome.add_experimental_option("prefs", preferences)?;
    Ok(chrome.into())
}
