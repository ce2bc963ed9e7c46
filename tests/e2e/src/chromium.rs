//! The processes of a browser: ChromeDriver, and the Chromium it starts.

use crate::endpoint::free_port;
use crate::wait::eventually;
use crate::{process, setting};
use anyhow::{Context, Result};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use thirtyfour::common::capabilities::chromium::ChromiumLikeCapabilities;
use thirtyfour::prelude::*;

/// A running browser.
pub struct Running {
    /// How it is told what to do.
    pub driver: WebDriver,
    chromedriver: Child,
}

impl Running {
    /// Resident memory of the page, bytes.
    ///
    /// # Errors
    /// When `/proc` cannot be read.
    pub fn page_memory(&self) -> Result<u64> {
        process::page_memory_below(self.chromedriver.id())
    }

    /// Starts a browser over a profile.
    ///
    /// # Errors
    /// When driver or browser do not start.
    pub async fn start(profile: &Path) -> Result<Self> {
        // Left behind by a killed browser, it would be read as the new one's.
        let _ = std::fs::remove_file(profile.join("DevToolsActivePort"));
        let port = free_port()?;
        let mut command = Command::new(setting::chromedriver()?);
        command.arg(format!("--port={port}")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let chromedriver = command.spawn().context("cannot start ChromeDriver")?;
        match connect(port, profile).await {
            Ok(driver) => Ok(Self { driver, chromedriver }),
            Err(error) => {
                end(chromedriver, profile)?;
                Err(error)
            }
        }
    }

    /// Kills driver and browser at once.
    ///
    /// # Errors
    /// When the processes cannot be listed.
    pub fn kill(self, profile: &Path) -> Result<()> {
        // Otherwise the client would ask a dead driver to close the session.
        let _ = self.driver.leak();
        end(self.chromedriver, profile)
    }

    /// Closes the browser in order.
    ///
    /// # Errors
    /// When it does not close.
    pub async fn close(self, profile: &Path) -> Result<()> {
        let quit = self.driver.quit().await;
        end(self.chromedriver, profile)?;
        quit.context("the browser did not close")
    }
}

async fn connect(port: u16, profile: &Path) -> Result<WebDriver> {
    eventually("ChromeDriver to listen", async || Ok(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok())).await?;
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
    chrome.add_arg(&format!("--user-data-dir={}", profile.display()))?;
    let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), chrome).await.context("Chromium did not start")?;
    driver.set_script_timeout(Duration::from_secs(60)).await?;
    Ok(driver)
}

fn end(mut chromedriver: Child, profile: &Path) -> Result<()> {
    let killed = process::kill_tree_below(chromedriver.id(), &profile.to_string_lossy());
    process::kill_now(chromedriver.id());
    // It is dead; there is nothing to learn from how.
    let _ = chromedriver.wait();
    killed
}
