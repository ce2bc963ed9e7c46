//! 今日, and the chip that is on every page.

use crate::browser::Browser;
use crate::{eventually, eventually_within};
use anyhow::{Context, Result};
use std::time::Duration;
use thirtyfour::prelude::*;

/// Today.
#[derive(Clone, Copy)]
pub struct Today<'a>(&'a Browser);

/// A first download on a busy machine.
const DOWNLOAD: Duration = Duration::from_secs(90);

impl<'a> Today<'a> {
    /// Waits for it, through the first download if need be.
    ///
    /// # Errors
    /// When it does not show.
    pub async fn shown(browser: &'a Browser) -> Result<Self> {
        let here = eventually_within(DOWNLOAD, "Today", async || {
            Ok(browser.shows(By::Css("main.today")).await?.then_some(()))
        });
        let here = here.await;
        if here.is_err() {
            here.context(format!("the screen says:\n{}", browser.text().await.unwrap_or_default()))?;
        }
        Ok(Self(browser))
    }

    /// Waits until the chip begins with these words.
    ///
    /// # Errors
    /// When it does not.
    pub async fn chip_says(self, key: &str) -> Result<()> {
        chip_says(self.0, key).await
    }
}

/// What the chip of whatever page is shown says.
pub(super) async fn chip(browser: &Browser) -> Result<String> {
    match browser.all_shown(By::Css("a.sync")).await?.first() {
        Some(chip) => Ok(chip.text().await?.trim().to_owned()),
        None => Ok(String::new()),
    }
}

/// Waits until the chip of whatever page is shown begins with the words of this key.
pub(super) async fn chip_says(browser: &Browser, key: &str) -> Result<()> {
    let words = browser.words().say(key)?.to_owned();
    let mut last = String::new();
    let said = eventually(format!("the chip to say “{words}”"), async || {
        last = chip(browser).await?;
        Ok(last.starts_with(&words).then_some(()))
    });
    said.await.with_context(|| format!("it said {last:?}"))
}
