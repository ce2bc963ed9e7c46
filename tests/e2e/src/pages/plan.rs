//! 目标 for those who lead: the plans, the split of a node, the drafts of reps.

use crate::browser::Browser;
use crate::eventually;
use anyhow::{Context, Result};
use thirtyfour::prelude::*;

/// The plans.
#[derive(Clone, Copy)]
pub struct Plans<'a>(&'a Browser);

impl<'a> Plans<'a> {
    /// Goes there by the navigation.
    ///
    /// # Errors
    /// When the way is not there.
    pub async fn open(browser: &'a Browser) -> Result<Self> {
        browser.tap("the plans", By::Css("nav a[href='/plans']")).await?;
        browser.see("the plans", By::Css("main.plan")).await?;
        Ok(Self(browser))
    }

    /// Sets the amount of the next month's quantity: of sales the demo has a plan.
    ///
    /// # Errors
    /// When the form is not there or the amount is not taken.
    pub async fn set_goal(self, amount: &str) -> Result<()> {
        let words = self.0.words();
        self.0.press(words.say("plan.set_goal")?).await?;
        let field = self.0.see("the amount", By::Css(".sheet[open] .form input")).await?;
        field.send_keys(amount).await?;
        self.0.tap("the quantity", By::Css(".sheet[open] option[value='quantity']")).await?;
        self.0.tap("set", By::Css(".sheet[open] .btn--primary")).await?;
        self.0.see_gone("the form", By::Css(".sheet[open]")).await
    }

    /// Begins to set the amount of the next month's quantity, with days counted so.
    ///
    /// # Errors
    /// When the form is not there or has no such way.
    pub async fn begin_goal(self, days: &str) -> Result<()> {
        self.0.press(self.0.words().say("plan.set_goal")?).await?;
        self.0.tap("the quantity", By::Css(".sheet[open] option[value='quantity']")).await?;
        self.0.tap("how days count", By::Css(format!(".sheet[open] option[value='{days}']"))).await
    }

    /// In the form: waits until it says that there is an amount already, and reads how days count.
    ///
    /// # Errors
    /// When it does not say so.
    pub async fn days_beside_another(self) -> Result<String> {
        self.0.see("that it replaces one", crate::find::saying(self.0.words().say("plan.replaces")?)).await?;
        let script = "return document.querySelector(\".sheet[open] option[value='working']\").closest('select').value";
        Ok(serde_json::from_value(self.0.run(script, vec![]).await?)?)
    }

    /// Begins to set an amount of what is planned already, and reads what stands in the way; then closes the form.
    ///
    /// # Errors
    /// When nothing is said, or the amount could be set all the same.
    pub async fn in_the_way(self) -> Result<String> {
        let words = self.0.words();
        self.0.press(words.say("plan.set_goal")?).await?;
        // The month of today lies in the year that the demo has a plan of.
        let month = |place: usize| By::XPath(format!("(//dialog[@open]//select)[2]/option[{place}]"));
        self.0.tap("this month", month(1)).await?;
        self.0.see("what stands in the way", By::Css(".sheet[open] .panel")).await?;
        let said = self.0.see("its text", By::Css(".sheet[open] .panel")).await?.text().await?;
        self.0.see("no way to set it", By::Css(".sheet[open] .btn--primary[aria-disabled='true']")).await?;
        // Of what is not planned nothing stands in the way.
        self.0.tap("the quantity", By::Css(".sheet[open] option[value='quantity']")).await?;
        self.0.see("the way to set it", By::Css(".sheet[open] .btn--primary:not([aria-disabled])")).await?;
        anyhow::ensure!(!self.0.shows(By::Css(".sheet[open] .panel")).await?, "nothing stands in the way any more");
        self.0.tap("next month", month(2)).await?;
        self.0.press(words.say("plan.cancel")?).await?;
        self.0.see_gone("the form", By::Css(".sheet[open]")).await?;
        Ok(said)
    }

    /// Opens the plan of the quantity.
    ///
    /// # Errors
    /// When there is none.
    pub async fn quantity(self) -> Result<Split<'a>> {
        self.0.tap("the plan", By::Css("main.plan .shelf a[href^='/plans/quantity']")).await?;
        Split::shown(self.0).await
    }

    /// What has to be settled, one line each.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn attention(self) -> Result<Vec<String>> {
        let title = self.0.words().say("plan.attention")?;
        let by = By::XPath(format!("//section[contains(@class, 'shelf')][.//h2[normalize-space(.) = '{title}']]//li"));
        let mut lines = Vec::new();
        for row in self.0.all_shown(by).await? {
            lines.push(row.text().await?.split_whitespace().collect::<Vec<_>>().join(" "));
        }
        Ok(lines)
    }
}

/// A node's split.
#[derive(Clone, Copy)]
pub struct Split<'a>(&'a Browser);

impl<'a> Split<'a> {
    /// Waits for it.
    ///
    /// # Errors
    /// When it does not show.
    pub async fn shown(browser: &'a Browser) -> Result<Self> {
        browser.see("a node", By::Css("main.cas .cas__top")).await?;
        Ok(Self(browser))
    }

    /// Splits a node that is not split yet.
    ///
    /// # Errors
    /// When it cannot be split so.
    pub async fn among(self, key: &str) -> Result<()> {
        let words = self.0.words().say(key)?;
        let way = format!("//*[contains(@class, 'cas__ways')]//button[normalize-space(.) = '{words}']");
        self.0.tap("the way to split", By::XPath(way)).await?;
        self.0.see("the rows", By::Css(".rowsplit .cell input")).await?;
        Ok(())
    }

    /// Names and amounts of the rows.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn rows(self) -> Result<Vec<(String, String)>> {
        let script = "return [...document.querySelectorAll('.rowsplit .cell input')].map((cell) => \
            [cell.getAttribute('aria-label'), cell.value]);";
        Ok(serde_json::from_value(self.0.run(script, vec![]).await?)?)
    }

    /// Types an amount into a row's cell and ends with Enter.
    ///
    /// # Errors
    /// When there is no such cell.
    pub async fn give(self, at: usize, amount: &str) -> Result<()> {
        let cell = self.cell(at).await?;
        cell.click().await?;
        cell.send_keys(Key::Control + "a").await?;
        cell.send_keys(amount).await?;
        Ok(cell.send_keys(Key::Enter + "").await?)
    }

    /// Presses a key in a row's cell.
    ///
    /// # Errors
    /// When there is no such cell.
    pub async fn key(self, at: usize, key: impl Into<TypingData>) -> Result<()> {
        Ok(self.cell(at).await?.send_keys(key).await?)
    }

    /// Whether a row is locked.
    ///
    /// # Errors
    /// When there is no such row.
    pub async fn is_locked(self, at: usize) -> Result<bool> {
        Ok(self.cell(at).await?.attr("readonly").await?.is_some())
    }

    async fn cell(self, at: usize) -> Result<WebElement> {
        self.0.see("the cell", By::Id(format!("cas-{at}"))).await
    }

    /// What is left, as written.
    ///
    /// # Errors
    /// When it is not there.
    pub async fn left(self) -> Result<String> {
        Ok(self.0.see("the remainder", By::Id("cas-rest")).await?.text().await?.trim().to_owned())
    }

    /// Waits until what is left reads like this.
    ///
    /// # Errors
    /// When it does not.
    pub async fn left_is(self, amount: &str) -> Result<()> {
        let mut last = String::new();
        let found = eventually(format!("{amount} to be left"), async || {
            last = self.left().await?;
            Ok((last == amount).then_some(()))
        });
        found.await.with_context(|| format!("it says {last}"))
    }

    /// Looks at an even settlement of the remainder in the cells.
    ///
    /// # Errors
    /// When nothing is left, or nothing is previewed.
    pub async fn look_evenly(self) -> Result<()> {
        self.0.tap("evenly", rest_button(self.0.words().say("split.evenly")?)).await?;
        self.0.see("the preview", By::Css(".cell__plus")).await?;
        Ok(())
    }

    /// Opens the list of versions.
    ///
    /// # Errors
    /// When it does not open.
    pub async fn versions(self) -> Result<()> {
        self.0.press(self.0.words().say("split.versions")?).await?;
        self.0.see("the versions", By::Css(".sheet[open] .sheet__title")).await?;
        Ok(())
    }

    /// Settles the remainder evenly: looks first, then says so.
    ///
    /// # Errors
    /// When it cannot be settled.
    pub async fn settle_evenly(self) -> Result<()> {
        self.look_evenly().await?;
        self.0.tap("settle", rest_button(self.0.words().say("split.settle")?)).await
    }

    /// Gives a reason.
    ///
    /// # Errors
    /// When there is no field for it.
    pub async fn because(self, reason: &str) -> Result<()> {
        Ok(self.0.see("the reason", By::Css(".cas__why textarea")).await?.send_keys(reason).await?)
    }

    /// Why it cannot be published; empty when it can.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn obstacle(self) -> Result<String> {
        Ok(self.0.find_hidden(By::Id("cas-why")).await?.text().await?.trim().to_owned())
    }

    /// Publishes, and waits until it is on the device's disk.
    ///
    /// # Errors
    /// When something stands in the way.
    pub async fn publish(self) -> Result<()> {
        eventually("nothing to stand in the way", async || Ok(self.obstacle().await?.is_empty().then_some(()))).await?;
        self.0.tap("publish", By::Css(".dock .btn--primary")).await?;
        self.0.see("the confirmation", crate::find::saying(self.0.words().say("split.published")?)).await?;
        Ok(())
    }

    /// Waits until the sketch is on the device's disk.
    ///
    /// # Errors
    /// When it is not kept.
    pub async fn is_kept(self) -> Result<()> {
        let start = self.0.words().say("split.kept")?.split('{').next().unwrap_or_default().to_owned();
        self.0.see("the draft on this device", crate::find::saying(&start)).await?;
        Ok(())
    }

    /// Takes one of two versions made at once.
    ///
    /// # Errors
    /// When there are not two.
    pub async fn take(self, at: usize) -> Result<()> {
        let button = self.contest().await?.into_iter().nth(at).context("no such version")?;
        Ok(button.click().await?)
    }

    /// The buttons of the versions made at once; none when nobody disagrees.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn contest(self) -> Result<Vec<WebElement>> {
        self.0.all_shown(By::Css(".contest .btn")).await
    }

    /// Waits until the chip begins with these words.
    ///
    /// # Errors
    /// When it does not.
    pub async fn chip_says(self, key: &str) -> Result<()> {
        super::today::chip_says(self.0, key).await
    }
}

fn rest_button(words: &str) -> By {
    By::XPath(format!("//*[contains(@class, 'rest__acts')]//button[starts-with(normalize-space(.), '{words}')]"))
}
