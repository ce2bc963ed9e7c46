//! 更多: settings and signing out.

use super::today::chip_says;
use crate::browser::Browser;
use crate::find::button;
use anyhow::Result;
use thirtyfour::prelude::*;

/// Settings.
#[derive(Clone, Copy)]
pub struct More<'a>(&'a Browser);

impl<'a> More<'a> {
    /// Goes there by the tab.
    ///
    /// # Errors
    /// When it does not open.
    pub async fn open(browser: &'a Browser) -> Result<Self> {
        browser.tap("the tab “more”", By::Css("nav a[href='/more']")).await?;
        Self::shown(browser).await
    }

    /// Goes there by its address.
    ///
    /// # Errors
    /// When it does not open.
    pub async fn open_by_address(browser: &'a Browser) -> Result<Self> {
        browser.go("/more").await?;
        Self::shown(browser).await
    }

    /// Waits for it.
    ///
    /// # Errors
    /// When it is not shown.
    pub async fn shown(browser: &'a Browser) -> Result<Self> {
        browser.see("the settings", button(browser.words().say("more.sign_out")?)).await?;
        Ok(Self(browser))
    }

    /// Presses “Sign out”.
    ///
    /// # Errors
    /// When there is no such button.
    pub async fn sign_out(self) -> Result<()> {
        self.0.press(self.0.words().say("more.sign_out")?).await
    }

    /// Waits until the chip begins with the words of this key.
    ///
    /// # Errors
    /// When it does not.
    pub async fn chip_says(self, key: &str) -> Result<()> {
        chip_says(self.0, key).await
    }

    /// Waits for a toast that says the words of this key.
    ///
    /// # Errors
    /// When none comes.
    pub async fn is_told(self, key: &str) -> Result<()> {
        let words = self.0.words().say(key)?;
        let path = format!("//*[contains(@class, 'toast')]//*[contains(text(), \"{words}\")]");
        self.0.see(&format!("the message “{words}”"), By::XPath(path)).await?;
        Ok(())
    }
}
