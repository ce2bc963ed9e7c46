//! The sign-in page.

use super::{Cockpit, Today};
use crate::browser::Browser;
use crate::{Person, eventually};
use anyhow::Result;
use thirtyfour::prelude::*;

/// The sign-in page.
#[derive(Clone, Copy)]
pub struct SignIn<'a>(&'a Browser);

impl<'a> SignIn<'a> {
    /// Waits for it.
    ///
    /// # Errors
    /// When it does not show.
    pub async fn shown(browser: &'a Browser) -> Result<Self> {
        browser.see("the sign-in form", By::Css("form#sign-in")).await?;
        Ok(Self(browser))
    }

    /// Waits until the app has started, and says whether it asks to sign in.
    ///
    /// # Errors
    /// When the app does not start.
    pub async fn is_asked_for(browser: &Browser) -> Result<bool> {
        eventually("the app to start", async || {
            if browser.shows(By::Css("form#sign-in")).await? {
                return Ok(Some(true));
            }
            Ok(browser.shows(By::Css("a.sync")).await?.then_some(false))
        })
        .await
    }

    /// Signs in and waits until everything has been downloaded.
    ///
    /// # Errors
    /// When it does not come to that.
    pub async fn sign_in(self, person: Person) -> Result<Today<'a>> {
        self.fill(person.login, person.password).await?;
        self.submit().await?;
        Today::shown(self.0).await
    }

    /// The same for somebody who leads a territory: their start is the cockpit.
    ///
    /// # Errors
    /// When it does not come to that.
    pub async fn sign_in_to_lead(self, person: Person) -> Result<Cockpit<'a>> {
        self.fill(person.login, person.password).await?;
        self.submit().await?;
        Cockpit::shown(self.0).await
    }

    /// Fills both fields, in place of what they held.
    ///
    /// # Errors
    /// When they are not there.
    pub async fn fill(self, login: &str, password: &str) -> Result<()> {
        for (name, text) in [("login", login), ("password", password)] {
            let field = self.field(name).await?;
            field.clear().await?;
            field.send_keys(text).await?;
        }
        Ok(())
    }

    /// Presses the button.
    ///
    /// # Errors
    /// When it is not there.
    pub async fn submit(self) -> Result<()> {
        self.0.press(self.0.words().say("sign_in.go")?).await
    }

    /// What the fields hold now: account and password.
    ///
    /// # Errors
    /// When they are not there.
    pub async fn filled(self) -> Result<(String, String)> {
        let login = self.field("login").await?.prop("value").await?.unwrap_or_default();
        let password = self.field("password").await?.prop("value").await?.unwrap_or_default();
        Ok((login, password))
    }

    /// Waits for a message beside a field that begins like this, and returns all of it.
    ///
    /// # Errors
    /// When none comes.
    pub async fn refused(self, start: &str) -> Result<String> {
        let browser = self.0;
        eventually(format!("a refusal beginning “{start}”"), async || {
            for message in browser.all_shown(By::Css(".field__err")).await? {
                let text = message.text().await?;
                if text.trim().starts_with(start) {
                    return Ok(Some(text.trim().to_owned()));
                }
            }
            Ok(None)
        })
        .await
    }

    async fn field(self, name: &str) -> Result<WebElement> {
        self.0.see(&format!("the field {name}"), By::Css(format!("form#sign-in input[name={name}]"))).await
    }
}
