//! Firefox.

use super::Setup;
use crate::endpoint::free_port;
use crate::setting;
use anyhow::{Context, Result};
use std::fs;
use std::process::Command;
use thirtyfour::prelude::*;

/// `network.cookie.cookieBehavior`: cookies, and everything else that a page can keep, are refused.
const REFUSE_ALL: i32 = 2;
/// `permissions.default.geo`: given without asking the person.
const ALLOW: i32 = 1;
/// `browser.download.folderList`: where `browser.download.dir` says.
const CHOSEN_FOLDER: i32 = 2;
/// A phone is narrower than Firefox' window may be, as its own interface needs room.
const NARROW: &str = ":root { min-width: 0 !important; }\n";

pub(super) fn driver() -> Result<Command> {
    let mut command = Command::new(setting::geckodriver()?);
    // It listens there whether anybody speaks BiDi or not, and two at a time would both take its usual port.
    command.arg(format!("--websocket-port={}", free_port()?));
    Ok(command)
}

pub(super) fn capabilities(setup: Setup<'_>) -> Result<Capabilities> {
    let chrome = setup.profile.join("chrome");
    fs::create_dir_all(&chrome).context("cannot make a folder in the profile")?;
    fs::write(chrome.join("userChrome.css"), NARROW).context("cannot write into the profile")?;

    let mut firefox = DesiredCapabilities::firefox();
    let binary = setting::firefox()?;
    firefox.set_firefox_binary(binary.to_str().context("Firefox' path is no UTF-8")?)?;
    firefox.add_arg("-headless")?;
    firefox.add_arg("-profile")?;
    firefox.add_arg(&setup.profile.to_string_lossy())?;
    let mut preferences = thirtyfour::common::capabilities::firefox::FirefoxPreferences::new();
    preferences.set("intl.accept_languages", "en-US")?;
    preferences.set("toolkit.legacyUserProfileCustomizations.stylesheets", true)?;
    preferences.set("geo.provider.network.url", setup.gps.address())?;
    preferences.set("geo.provider.use_geoclue", false)?;
    preferences.set("permissions.default.geo", ALLOW)?;
    preferences.set("browser.download.folderList", CHOSEN_FOLDER)?;
    preferences.set("browser.download.dir", setup.downloads)?;
    if setup.keeps_nothing {
        preferences.set("network.cookie.cookieBehavior", REFUSE_ALL)?;
    }
    firefox.set_preferences(preferences)?;
    Ok(firefox.into())
}
