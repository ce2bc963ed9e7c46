//! 驾驶舱, the start of those who lead, and 巡店, the visits they see.

use super::Visit;
use crate::browser::Browser;
use crate::{eventually, eventually_within};
use anyhow::{Context, Result};
use std::time::Duration;
use thirtyfour::prelude::*;

/// The cockpit.
#[derive(Clone, Copy)]
pub struct Cockpit<'a>(&'a Browser);

/// A first download on a busy machine.
const DOWNLOAD: Duration = Duration::from_secs(90);

impl<'a> Cockpit<'a> {
    /// Waits for it and its figures, through the first download if need be.
    ///
    /// # Errors
    /// When it does not show.
    pub async fn shown(browser: &'a Browser) -> Result<Self> {
        let here = eventually_within(DOWNLOAD, "the cockpit", async || {
            Ok(browser.shows(By::Css("main.ck .tree__r")).await?.then_some(()))
        });
        let here = here.await;
        if here.is_err() {
            here.context(format!("the screen says:\n{}", browser.text().await.unwrap_or_default()))?;
        }
        Ok(Self(browser))
    }

    /// The one figure of the screen, as it is written.
    ///
    /// # Errors
    /// When it is not there.
    pub async fn figure(self) -> Result<String> {
        self.cell(".ck__top .fig__n").await
    }

    /// Name, target and actual of every row of the tree that is shown.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn rows(self) -> Result<Vec<(String, String, String)>> {
        let script = "return [...document.querySelectorAll('.tree__r')].map((row) => \
            ['.tree__t', '.tree__of', '.tree__is'].map((part) => row.querySelector(part).textContent.trim()));";
        Ok(serde_json::from_value(self.0.run(script, vec![]).await?)?)
    }

    /// The actual of a row, by the name on it.
    ///
    /// # Errors
    /// When there is no such row.
    pub async fn actual_of(self, name: &str) -> Result<String> {
        let rows = self.rows().await?;
        let row = rows.iter().find(|(row, _, _)| row == name);
        row.map(|(_, _, actual)| actual.clone()).with_context(|| format!("no row {name} among {rows:?}"))
    }

    /// Unfolds the territory with this name.
    ///
    /// # Errors
    /// When there is no such row.
    pub async fn unfold(self, name: &str) -> Result<()> {
        let row = format!("//tr[contains(@class, 'tree__r')][.//button[normalize-space(.) = \"{name}\"]]");
        let folded = By::XPath(format!("{row}[@aria-expanded = 'false']//button"));
        if self.0.shows(folded.clone()).await? {
            self.0.tap(name, folded).await?;
        }
        self.0.see(name, By::XPath(format!("{row}[@aria-expanded = 'true']"))).await?;
        Ok(())
    }

    /// Target and actual of a person, as written.
    ///
    /// # Errors
    /// When there is no such row.
    pub async fn person(self, name: &str) -> Result<(String, String)> {
        let script = "const row = [...document.querySelectorAll('main.ck table:not(.tree) tr')].find((row) => \
            row.querySelector('th[scope=row]')?.textContent.includes(arguments[0])); \
            return row ? [3, 4].map((cell) => row.cells[cell].textContent.trim()) : null;";
        let found: Option<(String, String)> =
            serde_json::from_value(self.0.run(script, vec![serde_json::json!(name)]).await?)?;
        found.with_context(|| format!("nobody is called {name}"))
    }

    /// Presses a key on the row that Tab leads to.
    ///
    /// # Errors
    /// When there is no such row.
    pub async fn key(self, key: impl Into<TypingData>) -> Result<()> {
        let row = self.0.see("the current row", By::Css(".tree__r[tabindex='0']")).await?;
        Ok(row.send_keys(key).await?)
    }

    /// The name on the row that has the focus.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn focused(self) -> Result<Option<String>> {
        let script = "const row = document.activeElement?.closest('.tree__r'); \
            return row ? row.querySelector('.tree__t').textContent.trim() : null;";
        Ok(serde_json::from_value(self.0.run(script, vec![]).await?)?)
    }

    /// Planned, visited, passed, as written.
    ///
    /// # Errors
    /// When they are not there.
    pub async fn funnel(self) -> Result<Vec<String>> {
        let mut counts = Vec::new();
        for count in self.0.all_shown(By::Css(".fun__r b")).await? {
            counts.push(count.text().await?.trim().to_owned());
        }
        Ok(counts)
    }

    async fn cell(self, css: &str) -> Result<String> {
        Ok(self.0.see(css, By::Css(css)).await?.text().await?.trim().to_owned())
    }

    /// Goes to the visits by the navigation.
    ///
    /// # Errors
    /// When the way is not there.
    pub async fn visits(self) -> Result<VisitList<'a>> {
        self.0.tap("the visits", By::Css("nav a[href='/visits']")).await?;
        self.0.see("the visits", By::Css("main.visits")).await?;
        Ok(VisitList(self.0))
    }
}

/// The visits of a territory.
#[derive(Clone, Copy)]
pub struct VisitList<'a>(&'a Browser);

impl<'a> VisitList<'a> {
    /// The visits, one line each: shop, person, time and score.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn listed(self) -> Result<Vec<String>> {
        let mut lines = Vec::new();
        for row in self.0.all_shown(By::Css("main.visits .rows a[href^='/visits/']")).await? {
            lines.push(row.text().await?.split_whitespace().collect::<Vec<_>>().join(" "));
        }
        Ok(lines)
    }

    /// Opens a visit of the list.
    ///
    /// # Errors
    /// When it is not listed.
    pub async fn open(self, id: &str) -> Result<Visit<'a>> {
        self.0.tap("the visit", By::Css(format!("main.visits a[href^='/visits/{id}']"))).await?;
        Visit::summary_shown(self.0).await
    }

    /// Waits until a line holds these words, and returns it.
    ///
    /// # Errors
    /// When none does.
    pub async fn line_with(self, words: &str) -> Result<String> {
        eventually(format!("a visit with “{words}”"), async || {
            Ok(self.listed().await?.into_iter().find(|line| line.contains(words)))
        })
        .await
    }
}
