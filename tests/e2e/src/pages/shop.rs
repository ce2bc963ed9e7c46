//! One shop, and checking in there.

use super::Visit;
use crate::browser::Browser;
use crate::eventually;
use crate::find::{button, saying};
use anyhow::Result;
use thirtyfour::prelude::*;

/// One shop.
#[derive(Clone, Copy)]
pub struct ShopPage<'a>(&'a Browser);

impl<'a> ShopPage<'a> {
    /// Waits for it.
    ///
    /// # Errors
    /// When another page is shown.
    pub async fn shown(browser: &'a Browser, code: &str) -> Result<Self> {
        browser.is_at(&format!("/shops/{code}")).await?;
        browser.see("the page of a shop", By::Css("#main .shelf, #main .empty")).await?;
        Ok(Self(browser))
    }

    /// Whether it says that there is no such shop.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn is_unknown(self) -> Result<bool> {
        self.0.shows(saying(self.0.words().say("shop.unknown_text")?)).await
    }

    /// The visits listed, one line each.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn visits(self) -> Result<Vec<String>> {
        let mut lines = Vec::new();
        for row in self.0.all_shown(By::Css("#main .rows a[href^='/visits/']")).await? {
            lines.push(row.text().await?);
        }
        Ok(lines)
    }

    /// Waits until the phone knows that it is at the shop.
    ///
    /// # Errors
    /// When it does not get to know it.
    pub async fn is_here(self) -> Result<()> {
        let inside = By::XPath("//*[contains(@class, 'dock__why')][contains(., '(±') and contains(., 'inside')]");
        self.0.see("“inside the fence”", inside).await?;
        Ok(())
    }

    /// Checks in at the shop: one tap.
    ///
    /// # Errors
    /// When it does not lead to a visit.
    pub async fn check_in(self) -> Result<Visit<'a>> {
        self.0.press(self.0.words().say("shop.check_in")?).await?;
        Visit::shown(self.0).await
    }

    /// Checks in from elsewhere, with the reason of this key.
    ///
    /// # Errors
    /// When no reason is asked for, or it does not lead to a visit.
    pub async fn check_in_from_elsewhere(self, reason: &str) -> Result<Visit<'a>> {
        let words = self.0.words();
        self.ask_to_check_in().await?;
        let choice = format!("//dialog[@open]//label[contains(., \"{}\")]", words.say(reason)?);
        self.0.tap("the reason", By::XPath(choice)).await?;
        self.0.tap("check in", in_sheet(words.say("shop.check_in")?)).await?;
        Visit::shown(self.0).await
    }

    /// Presses check-in away from the shop, which opens the sheet that asks for a reason.
    ///
    /// # Errors
    /// When no sheet opens.
    pub async fn ask_to_check_in(self) -> Result<()> {
        let words = self.0.words();
        let looking = saying(words.say("shop.looking")?);
        let browser = self.0;
        eventually("the phone to stop looking for its position", async || {
            Ok((!browser.shows(looking.clone()).await?).then_some(()))
        })
        .await?;
        browser.tap("check in", button(words.say("shop.check_in")?)).await?;
        browser.see("the sheet that asks for a reason", By::Css("dialog[open] .ans--list")).await?;
        Ok(())
    }
}

fn in_sheet(words: &str) -> By {
    By::XPath(format!("//dialog[@open]//button[starts-with(normalize-space(.), \"{words}\")]"))
}
