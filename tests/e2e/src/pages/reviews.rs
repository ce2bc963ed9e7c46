//! 草案 under review: what reps drafted, and what a manager makes of it.

use crate::browser::Browser;
use crate::eventually;
use crate::find::{button, saying};
use anyhow::{Context, Result};
use thirtyfour::prelude::*;

/// The drafts under review.
#[derive(Clone, Copy)]
pub struct Reviews<'a>(&'a Browser);

impl<'a> Reviews<'a> {
    /// Goes there from the plans.
    ///
    /// # Errors
    /// When nothing is to be reviewed.
    pub async fn open(browser: &'a Browser) -> Result<Self> {
        browser.tap("the plans", By::Css("nav a[href='/plans']")).await?;
        browser.tap("the drafts", By::Css("main.plan a[href='/reviews']")).await?;
        browser.see("the drafts", By::Css("main.drafts table")).await?;
        Ok(Self(browser))
    }

    /// The draft of a shop: its cells, as written.
    ///
    /// # Errors
    /// When there is none.
    pub async fn line(self, shop: &str) -> Result<Vec<String>> {
        let row = self.0.see(shop, By::XPath(format!("{}/parent::tr", header(shop)))).await?;
        let mut cells = Vec::new();
        for cell in row.find_all(By::Css("th, td")).await? {
            cells.push(cell.text().await?.split_whitespace().collect::<Vec<_>>().join(" "));
        }
        Ok(cells)
    }

    /// Waits until the draft of a shop stands as the words of this key.
    ///
    /// # Errors
    /// When it does not.
    pub async fn stands(self, shop: &str, key: &str) -> Result<()> {
        let words = self.0.words().say(key)?;
        let mut last = Vec::new();
        let found = eventually(format!("the draft to be “{words}”"), async || {
            last = self.line(shop).await?;
            Ok(last.iter().any(|cell| cell.starts_with(words)).then_some(()))
        });
        found.await.with_context(|| format!("it says {last:?}"))
    }

    /// Opens the review of a shop's draft.
    ///
    /// # Errors
    /// When it cannot be reviewed.
    pub async fn review(self, shop: &str) -> Result<()> {
        self.0.tap("review", By::XPath(format!("{}/parent::tr//button", header(shop)))).await?;
        self.0.see("the review", By::Css(".sheet[open] textarea")).await?;
        Ok(())
    }

    /// Gives the draft under review back with a comment.
    ///
    /// # Errors
    /// When it is not taken.
    pub async fn give_back(self, comment: &str) -> Result<()> {
        self.0.see("the comment", By::Css(".sheet[open] textarea")).await?.send_keys(comment).await?;
        self.act("review.give_back").await
    }

    /// Presses what gives it back without a comment, and reads why that is refused.
    ///
    /// # Errors
    /// When it is not refused.
    pub async fn give_back_in_silence(self) -> Result<String> {
        self.press("review.give_back").await?;
        let words = self.0.words().say("review.needs_comment")?;
        Ok(self.0.see("the refusal", saying(words)).await?.text().await?)
    }

    /// Approves the draft under review.
    ///
    /// # Errors
    /// When it is not taken.
    pub async fn approve(self) -> Result<()> {
        self.act("review.approve").await
    }

    async fn act(self, key: &str) -> Result<()> {
        self.press(key).await?;
        self.0.see_gone("the review", By::Css(".sheet[open]")).await
    }

    async fn press(self, key: &str) -> Result<()> {
        let words = self.0.words().say(key)?;
        let path = format!("//dialog[@open]//button[normalize-space(.) = \"{words}\"]");
        self.0.tap(words, By::XPath(path)).await
    }

    /// Approves everything that waits.
    ///
    /// # Errors
    /// When nothing does.
    pub async fn approve_all(self, waiting: usize) -> Result<()> {
        let words = self.0.words().fill("review.approve_all", &[("n", &waiting.to_string())])?;
        self.0.tap("approve all", button(&words)).await
    }
}

fn header(shop: &str) -> String {
    format!("//main[contains(@class, 'drafts')]//th[@scope = 'row'][normalize-space(.) = \"{shop}\"]")
}
