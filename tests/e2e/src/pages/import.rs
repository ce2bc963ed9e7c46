//! 导入: choosing a file, looking at it, confirming.

use crate::browser::Browser;
use crate::eventually;
use crate::find::button;
use anyhow::Result;
use std::path::Path;
use thirtyfour::prelude::*;

/// The page of imports.
#[derive(Clone, Copy)]
pub struct Import<'a>(&'a Browser);

impl<'a> Import<'a> {
    /// Goes there from the settings.
    ///
    /// # Errors
    /// When it does not open.
    pub async fn open(browser: &'a Browser) -> Result<Self> {
        browser.tap("import", By::Css("main a[href='/import']")).await?;
        Self::shown(browser).await
    }

    /// Waits until a file can be chosen.
    ///
    /// # Errors
    /// When it cannot.
    pub async fn shown(browser: &'a Browser) -> Result<Self> {
        browser.see("where files go", By::Css("main.import .drop")).await?;
        Ok(Self(browser))
    }

    /// Chooses a file.
    ///
    /// # Errors
    /// When there is no field for it.
    pub async fn choose(self, file: &Path) -> Result<()> {
        let field = self.0.find_hidden(By::Css("main.import .drop input[type=file]")).await?;
        field.send_keys(file.to_string_lossy()).await?;
        Ok(())
    }

    /// Waits until the page says the words of this key, with its gaps filled.
    ///
    /// # Errors
    /// When it does not.
    pub async fn says(self, key: &str, values: &[(&str, &str)]) -> Result<()> {
        let words = self.0.words().fill(key, values)?;
        eventually(format!("the page to say “{words}”"), async || {
            Ok(self.text().await?.contains(&words).then_some(()))
        })
        .await
    }

    /// All that the page says.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn text(self) -> Result<String> {
        self.0.see("the page", By::Css("main.import")).await?.text().await.map_err(Into::into)
    }

    /// Whether what has been read can be confirmed.
    ///
    /// # Errors
    /// When there is no such button.
    pub async fn can_confirm(self) -> Result<bool> {
        let button = self.0.see("the button", By::Css(".dock .btn--primary")).await?;
        Ok(button.attr("aria-disabled").await?.as_deref() != Some("true"))
    }

    /// Confirms, and waits until it is in effect.
    ///
    /// # Errors
    /// When it does not take effect.
    pub async fn confirm(self) -> Result<()> {
        eventually("the import to be allowed", async || Ok(self.can_confirm().await?.then_some(()))).await?;
        self.0.tap("the button", By::Css(".dock .btn--primary")).await?;
        self.0.see("what was done", button(self.0.words().say("import.another")?)).await?;
        Ok(())
    }

    /// Ends it without a trace.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn cancel(self) -> Result<()> {
        self.0.press(self.0.words().say("import.cancel")?).await?;
        Self::shown(self.0).await.map(drop)
    }
}
