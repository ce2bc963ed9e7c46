//! The unlock code.

use crate::browser::Browser;
use crate::find::saying;
use crate::{Person, eventually};
use anyhow::Result;
use thirtyfour::prelude::*;

/// The lock over everything.
#[derive(Clone, Copy)]
pub struct Lock<'a>(&'a Browser);

impl<'a> Lock<'a> {
    /// Waits until it asks for something in the words of this key: `lock.choose`, `lock.again`, `lock.enter`.
    ///
    /// # Errors
    /// When it does not.
    pub async fn asks(browser: &'a Browser, key: &str) -> Result<Self> {
        browser.see(&format!("the lock: {key}"), saying(browser.words().say(key)?)).await?;
        Ok(Self(browser))
    }

    /// Whether it is there now.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn is_up(browser: &Browser) -> Result<bool> {
        browser.shows(By::Css("dialog.lock[open]")).await
    }

    /// Waits until it is gone.
    ///
    /// # Errors
    /// When it stays.
    pub async fn is_gone(browser: &Browser) -> Result<()> {
        eventually("the lock to go", async || Ok((!Self::is_up(browser).await?).then_some(()))).await
    }

    /// Taps these digits.
    ///
    /// # Errors
    /// When there is no pad.
    pub async fn tap(self, digits: &str) -> Result<Self> {
        for digit in digits.chars() {
            let key = format!("//dialog[@open]//*[@class='pad']/button[normalize-space(.)='{digit}']");
            self.0.tap(&format!("the digit {digit}"), By::XPath(key)).await?;
        }
        Ok(self)
    }

    /// Types these digits on a keyboard, wherever the focus is.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn type_keys(self, keys: &str) -> Result<Self> {
        self.0.type_keys(keys).await?;
        Ok(self)
    }

    /// Waits until so many digits are in.
    ///
    /// # Errors
    /// When it stays at another number.
    pub async fn holds(self, digits: usize) -> Result<Self> {
        eventually(format!("{digits} digits to be in"), async || {
            let dots = self.0.all_shown(By::Css(".pin__dots .is-on")).await?;
            Ok((dots.len() == digits).then_some(()))
        })
        .await?;
        Ok(self)
    }

    /// Waits until it says that something is wrong, beginning like this, and returns all of it.
    ///
    /// # Errors
    /// When it does not.
    pub async fn says(self, start: &str) -> Result<String> {
        eventually(format!("the lock to say “{start}”"), async || {
            for message in self.0.all_shown(By::Css("dialog.lock .field__err")).await? {
                let text = message.text().await?.trim().to_owned();
                if text.starts_with(start) {
                    return Ok(Some(text));
                }
            }
            Ok(None)
        })
        .await
    }

    /// Asks for the password instead.
    ///
    /// # Errors
    /// When that is not offered.
    pub async fn forgot(self) -> Result<Self> {
        self.0.press(self.0.words().say("lock.forgot")?).await?;
        self.0.see("the password", By::Css("dialog.lock input[name=password]")).await?;
        Ok(self)
    }

    /// Gives the password.
    ///
    /// # Errors
    /// When it is not asked for.
    pub async fn sign_in(self, person: Person) -> Result<Self> {
        for (name, text) in [("login", person.login), ("password", person.password)] {
            let field = self.0.see(name, By::Css(format!("dialog.lock input[name={name}]"))).await?;
            field.clear().await?;
            field.send_keys(text).await?;
        }
        self.0.tap("the button", By::Css("dialog.lock button[type=submit]")).await?;
        Ok(self)
    }
}
