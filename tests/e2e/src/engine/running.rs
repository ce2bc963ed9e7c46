//! The processes of a browser: the driver, and the browser it starts.

use super::{Engine, Gps, chromium, firefox, webkit};
use crate::endpoint::free_port;
use crate::process;
use crate::wait::eventually;
use anyhow::{Context, Result};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use thirtyfour::prelude::*;

/// What a browser is started with.
#[derive(Clone, Copy, Debug)]
pub struct Setup<'a> {
    /// Where it keeps everything; survives it.
    pub profile: &'a Path,
    /// Where it saves files.
    pub downloads: &'a Path,
    /// Where the phone is.
    pub gps: &'a Gps,
    /// Whether a policy forbids it to keep anything for a page. Not in WebKitGTK, which has no such setting.
    pub keeps_nothing: bool,
}

/// A running browser.
pub struct Running {
    /// How it is told what to do.
    pub driver: WebDriver,
    process: Child,
}

impl Running {
    /// Starts a browser over a profile.
    ///
    /// # Errors
    /// When driver or browser do not start.
    pub async fn start(engine: Engine, setup: Setup<'_>) -> Result<Self> {
        std::fs::create_dir_all(setup.profile).context("cannot make a folder for the profile")?;
        // Left behind by a killed browser, they would be read as the new one's.
        for name in ["DevToolsActivePort", "MarionetteActivePort", "WebDriverBiDiServer.json"] {
            let _ = std::fs::remove_file(setup.profile.join(name));
        }
        let port = free_port()?;
        let mut command = match engine {
            Engine::Chromium => chromium::driver()?,
            Engine::Firefox => firefox::driver()?,
            Engine::WebKitGtk => webkit::driver()?,
        };
        command.arg(format!("--port={port}")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let process = command.spawn().with_context(|| format!("cannot start {}", shown(&command)))?;
        match connect(engine, port, setup).await {
            Ok(driver) => Ok(Self { driver, process }),
            Err(error) => {
                end(process, setup.profile)?;
                Err(error)
            }
        }
    }

    /// Resident memory of the page, bytes. Of Chromium's: others name their processes otherwise.
    ///
    /// # Errors
    /// When `/proc` cannot be read.
    pub fn page_memory(&self) -> Result<u64> {
        process::page_memory_below(self.process.id())
    }

    /// Kills driver and browser at once.
    ///
    /// # Errors
    /// When the processes cannot be listed.
    pub fn kill(self, profile: &Path) -> Result<()> {
        // Otherwise the client would ask a dead driver to close the session.
        let _ = self.driver.leak();
        end(self.process, profile)
    }

    /// Closes the browser in order.
    ///
    /// # Errors
    /// When it does not close.
    pub async fn close(self, profile: &Path) -> Result<()> {
        let quit = self.driver.quit().await;
        end(self.process, profile)?;
        quit.context("the browser did not close")
    }
}

async fn connect(engine: Engine, port: u16, setup: Setup<'_>) -> Result<WebDriver> {
    eventually("the driver to listen", async || Ok(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok())).await?;
    let capabilities = match engine {
        Engine::Chromium => chromium::capabilities(setup)?,
        Engine::Firefox => firefox::capabilities(setup)?,
        Engine::WebKitGtk => webkit::capabilities(setup)?,
    };
    let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities).await;
    let driver = driver.with_context(|| format!("{engine:?} did not start"))?;
    driver.set_script_timeout(Duration::from_secs(60)).await?;
    Ok(driver)
}

fn end(mut driver: Child, profile: &Path) -> Result<()> {
    let killed = process::kill_tree_below(driver.id(), &profile.to_string_lossy());
    process::kill_now(driver.id());
    // It is dead; there is nothing to learn from how.
    let _ = driver.wait();
    killed
}

fn shown(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}
