//! 目标 with what hangs from it: the reasons of a figure, the records behind it, entering actuals, and drafts.

use crate::browser::Browser;
use crate::eventually;
use crate::find::button;
use anyhow::{Context, Result};
use serde_json::json;
use thirtyfour::prelude::*;

/// Targets.
#[derive(Clone, Copy)]
pub struct Targets<'a>(&'a Browser);

impl<'a> Targets<'a> {
    /// The keys of the kinds of period, the longest first.
    pub const KINDS: [&'static str; 5] =
        ["targets.year", "targets.quarter", "targets.month", "targets.week", "targets.day"];

    /// Goes there by the tab.
    ///
    /// # Errors
    /// When it does not open.
    pub async fn open(browser: &'a Browser) -> Result<Self> {
        browser.tap("the tab “targets”", By::Css("nav a[href='/targets']")).await?;
        Self::here(browser).await
    }

    /// Waits for it, wherever it was come from.
    ///
    /// # Errors
    /// When it does not show.
    pub async fn here(browser: &'a Browser) -> Result<Self> {
        browser.see("the figure", By::Css("main.targets .fig__n")).await?;
        Ok(Self(browser))
    }

    /// Chooses a kind of period, and reads the figure then shown, in whole units of the currency.
    ///
    /// # Errors
    /// When there is no such kind, or no figure.
    pub async fn figure(self, kind: &str) -> Result<i64> {
        let word = self.0.words().say(kind)?;
        let label = format!("//main//label[contains(@class, 'seg__o')][normalize-space(.) = \"{word}\"]");
        self.0.tap(word, By::XPath(&label)).await?;
        let chosen = By::XPath(format!("{label}[input[@type = 'radio']]"));
        self.0.see(word, chosen).await?;
        let text = self.0.see("the figure", By::Css("main.targets .fig__n")).await?.text().await?;
        digits(&text).with_context(|| format!("{text:?} is no figure"))
    }

    /// Opens the figure of a metric and period by its address, and waits until it is measured against this target, in whole
    /// units.
    ///
    /// # Errors
    /// When it is not.
    pub async fn against(browser: &'a Browser, metric: &str, period: &str, target: i64) -> Result<()> {
        browser.go(&format!("/targets?p={period}&m={metric}")).await?;
        let mut last = String::new();
        let found = eventually(format!("a target of {target}"), async || {
            let Some(of) = browser.all_shown(By::Css("main.targets .fig__of")).await?.into_iter().next() else {
                return Ok(None);
            };
            last = of.text().await?;
            Ok((digits(&last) == Some(target)).then_some(()))
        });
        found.await.with_context(|| format!("it says {last:?}"))
    }

    /// Opens the why of the first small figure and reads its terms.
    ///
    /// # Errors
    /// When it does not open or does not close again.
    pub async fn why(self) -> Result<String> {
        self.0.tap("a small figure", By::Css("main.targets .kpi--ask")).await?;
        let said = self.0.see("its why", By::Css("dialog[open] .facts")).await?.text().await?;
        self.0.run("document.querySelector('dialog[open]').close();", vec![]).await?;
        self.0.see_gone("the why", By::Css("dialog[open]")).await?;
        Ok(said)
    }

    /// Follows the first line of the breakdown, and waits for the page below.
    ///
    /// # Errors
    /// When there is none.
    pub async fn follow_first(self) -> Result<()> {
        let line = self.0.see("a line", By::Css("main.targets a.row--prog")).await?;
        let href = line.attr("href").await?.context("a line leads somewhere")?;
        self.0.tap("the line", By::Css("main.targets a.row--prog")).await?;
        self.0.is_at(href.split('?').next().unwrap_or(&href)).await?;
        self.0.see("the figure", By::Css("main.targets .fig__n")).await?;
        Ok(())
    }

    /// The records listed behind the figure.
    ///
    /// # Errors
    /// When none is listed.
    pub async fn records(self) -> Result<usize> {
        self.0.see("a record", By::Css("#records .rows li")).await?;
        Ok(self.0.all_shown(By::Css("#records .rows li")).await?.len())
    }
}

/// The page on which actuals are entered.
#[derive(Clone, Copy)]
pub struct Actuals<'a>(&'a Browser);

impl<'a> Actuals<'a> {
    /// Goes there for a shop, from its targets.
    ///
    /// # Errors
    /// When it does not open.
    pub async fn open(browser: &'a Browser) -> Result<Self> {
        browser.tap("enter actuals", By::Css("main.targets a[href^='/actuals']")).await?;
        Self::shown(browser).await
    }

    /// Waits for it.
    ///
    /// # Errors
    /// When it does not show.
    pub async fn shown(browser: &'a Browser) -> Result<Self> {
        browser.see("the form", By::Css("#entry input[name=amount]")).await?;
        Ok(Self(browser))
    }

    /// Enters an amount for the first category there is.
    ///
    /// # Errors
    /// When the form does not take it.
    pub async fn enter(self, amount: &str) -> Result<()> {
        let choose = "const list = document.querySelectorAll('#entry select')[1]; list.selectedIndex = 1; \
                      list.dispatchEvent(new Event('change', { bubbles: true }));";
        self.0.run(choose, vec![]).await?;
        self.type_in("#entry input[name=amount]", amount).await?;
        self.save().await
    }

    /// Corrects the newest entry, with a reason.
    ///
    /// # Errors
    /// When it cannot be corrected.
    pub async fn correct(self, amount: &str, reason: &str) -> Result<()> {
        self.0.tap("correct", By::Css("#entered li:first-child a.btn")).await?;
        self.0.see("the field for the reason", By::Css("#entry textarea")).await?;
        self.type_in("#entry input[name=amount]", amount).await?;
        self.type_in("#entry textarea", reason).await?;
        self.save().await
    }

    async fn save(self) -> Result<()> {
        let before = self.entered().await?.len();
        self.0.press(self.0.words().say("actuals.save")?).await?;
        eventually("the entry to be listed", async || Ok((self.entered().await?.len() > before).then_some(()))).await
    }

    /// What is listed as entered, newest first.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn entered(self) -> Result<Vec<String>> {
        let mut lines = Vec::new();
        for line in self.0.all_shown(By::Css("#entered li")).await? {
            lines.push(line.text().await?.split_whitespace().collect::<Vec<_>>().join(" "));
        }
        Ok(lines)
    }

    async fn type_in(self, css: &str, text: &str) -> Result<()> {
        let field = self.0.see("the field", By::Css(css)).await?;
        let clear = "const f = document.querySelector(arguments[0]); f.value = ''; \
                     f.dispatchEvent(new Event('input', { bubbles: true }));";
        self.0.run(clear, vec![json!(css)]).await?;
        field.send_keys(text).await?;
        Ok(())
    }
}

/// Drafts.
#[derive(Clone, Copy)]
pub struct Drafts<'a>(&'a Browser);

impl<'a> Drafts<'a> {
    /// Goes there from the targets.
    ///
    /// # Errors
    /// When it does not open.
    pub async fn open(browser: &'a Browser) -> Result<Self> {
        browser.tap("draft targets", By::Css("main.targets a[href='/drafts']")).await?;
        browser.see("the shops", By::Css("#main button.row")).await?;
        Ok(Self(browser))
    }

    /// Drafts a figure for the first shop listed.
    ///
    /// # Errors
    /// When it is not taken.
    pub async fn draft_first(self, amount: &str) -> Result<()> {
        self.0.tap("a shop", By::Css("#main button.row")).await?;
        let field = self.0.see("the field", By::Css("dialog[open] input[name=draft]")).await?;
        field.send_keys(amount).await?;
        self.0.press(self.0.words().say("actuals.save")?).await?;
        self.0.see_gone("the sheet", By::Css("dialog[open]")).await?;
        self.first_says("drafts.state_open").await
    }

    /// The name of the first shop listed.
    ///
    /// # Errors
    /// When none is.
    pub async fn first_shop(self) -> Result<String> {
        Ok(self.0.see("a shop", By::Css("#main button.row .row__title")).await?.text().await?.trim().to_owned())
    }

    /// What happened to the first shop's draft, oldest first.
    ///
    /// # Errors
    /// When its sheet does not open or close.
    pub async fn steps_of_first(self) -> Result<Vec<String>> {
        self.0.tap("a shop", By::Css("#main button.row")).await?;
        self.0.see("a step", By::Css("dialog[open] .steps-said")).await?;
        let mut steps = Vec::new();
        for step in self.0.all_shown(By::Css("dialog[open] .steps-said")).await? {
            steps.push(step.text().await?.split_whitespace().collect::<Vec<_>>().join(" "));
        }
        self.0.run("document.querySelector('dialog[open]').close();", vec![]).await?;
        self.0.see_gone("the sheet", By::Css("dialog[open]")).await?;
        Ok(steps)
    }

    /// Gives the first shop's draft another figure.
    ///
    /// # Errors
    /// When it is not taken.
    pub async fn revise_first(self, amount: &str) -> Result<()> {
        self.0.tap("a shop", By::Css("#main button.row")).await?;
        let field = self.0.see("the field", By::Css("dialog[open] input[name=draft]")).await?;
        field.send_keys(amount).await?;
        self.0.press(self.0.words().say("actuals.save")?).await?;
        self.0.see_gone("the sheet", By::Css("dialog[open]")).await
    }

    /// Hands in what is open.
    ///
    /// # Errors
    /// When nothing is open.
    pub async fn hand_in(self) -> Result<()> {
        let words = self.0.words().say("drafts.hand_in")?.replace("{n}", "1");
        self.0.tap("hand in", button(&words)).await?;
        self.first_says("drafts.state_submitted").await
    }

    /// Waits until the first shop's draft stands as the words of this key.
    ///
    /// # Errors
    /// When it does not.
    pub async fn first_says(self, key: &str) -> Result<()> {
        let words = self.0.words().say(key)?;
        let mark = format!(
            "(//main//button[contains(@class, 'row')])[1]//*[contains(@class, 'mark')][contains(., \"{words}\")]"
        );
        self.0.see(&format!("“{words}”"), By::XPath(mark)).await?;
        Ok(())
    }
}

/// The whole number in a figure such as `$680,023`.
fn digits(text: &str) -> Option<i64> {
    let plain: String = text.chars().filter(char::is_ascii_digit).collect();
    plain.parse().ok()
}
