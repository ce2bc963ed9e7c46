//! The sync centre.

use super::today::{chip, chip_says};
use crate::browser::Browser;
use crate::{Person, eventually};
use anyhow::{Context, Result};
use thirtyfour::prelude::*;

/// How far a record has come, as the sync centre words it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordStage {
    /// 本机.
    OnPhone,
    /// 发送中.
    Sending,
    /// 已收到.
    Received,
    /// 已采纳.
    Accepted,
    /// 退回.
    Returned,
}

impl RecordStage {
    const ALL: [(Self, &'static str); 5] = [
        (Self::OnPhone, "state.phone"),
        (Self::Sending, "state.sending"),
        (Self::Received, "state.received"),
        (Self::Accepted, "state.accepted"),
        (Self::Returned, "state.returned"),
    ];
}

/// The sync centre.
#[derive(Clone, Copy)]
pub struct SyncCentre<'a>(&'a Browser);

impl<'a> SyncCentre<'a> {
    /// Goes there by the chip.
    ///
    /// # Errors
    /// When it does not open.
    pub async fn open(browser: &'a Browser) -> Result<Self> {
        browser.tap("the sync chip", By::Css("a.sync")).await?;
        browser.see("the sync centre", By::Css(".sc__title")).await?;
        Ok(Self(browser))
    }

    /// How far each record listed has come, in the order shown.
    ///
    /// # Errors
    /// When the browser does not answer or a state has no known word.
    pub async fn stages(self) -> Result<Vec<RecordStage>> {
        let mut stages = Vec::new();
        for state in self.0.all_shown(By::Css("#main .rows .state")).await? {
            let text = state.text().await?;
            let known = |key: &str| self.0.words().say(key).is_ok_and(|words| words == text.trim());
            let found = RecordStage::ALL.into_iter().find(|(_, key)| known(key));
            stages.push(found.with_context(|| format!("{text:?} is no state"))?.0);
        }
        Ok(stages)
    }

    /// Follows the only record listed until it is at `last`, and returns every stage that was seen on the way.
    ///
    /// # Errors
    /// When it does not get there.
    pub async fn follow_to(self, last: RecordStage) -> Result<Vec<RecordStage>> {
        let mut seen: Vec<RecordStage> = Vec::new();
        let arrived = eventually(format!("the record to be {last:?}"), async || {
            let stage = self.stages().await?.first().copied();
            if let Some(stage) = stage.filter(|stage| seen.last() != Some(stage)) {
                seen.push(stage);
            }
            Ok((stage == Some(last)).then_some(()))
        });
        let arrived = arrived.await;
        arrived.with_context(|| format!("it went through {seen:?}"))?;
        Ok(seen)
    }

    /// Presses “Send now”.
    ///
    /// # Errors
    /// When the button is not there.
    pub async fn send_now(self) -> Result<()> {
        self.0.press(self.0.words().say("sync.send_now")?).await
    }

    /// Waits until the first lines say the words of this key.
    ///
    /// # Errors
    /// When they do not.
    pub async fn says(self, key: &str) -> Result<()> {
        let words = self.0.words().say(key)?;
        let path = format!("//*[contains(@class, 'sc__say')]//*[contains(text(), \"{words}\")]");
        self.0.see(&format!("“{words}”"), By::XPath(path)).await?;
        Ok(())
    }

    /// What the chip says now.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn chip(self) -> Result<String> {
        chip(self.0).await
    }

    /// Waits until the chip begins with the words of this key.
    ///
    /// # Errors
    /// When it does not.
    pub async fn chip_says(self, key: &str) -> Result<()> {
        chip_says(self.0, key).await
    }

    /// Waits until everything has been received, and signs in again if that is asked: Chromium writes cookies and
    /// preferences when it likes, so either may be gone with the battery.
    ///
    /// # Errors
    /// When it does not get there.
    pub async fn settles_after_a_kill(self, person: Person) -> Result<()> {
        let settled = self.0.words().say("chip.settled")?;
        let asked = eventually("the endpoint's answer", async || {
            let asked = self.asks_to_sign_in_again().await?;
            Ok((asked || self.chip().await?.starts_with(settled)).then_some(asked))
        });
        if asked.await? {
            self.sign_in_again(person).await?;
        }
        self.chip_says("chip.settled").await
    }

    /// Whether it asks to sign in again.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn asks_to_sign_in_again(self) -> Result<bool> {
        self.0.shows(By::Css("#main input[name=password]")).await
    }

    /// Signs in again after the session has ended.
    ///
    /// # Errors
    /// When it does not ask for that.
    pub async fn sign_in_again(self, person: Person) -> Result<()> {
        for (name, text) in [("login", person.login), ("password", person.password)] {
            let field = self.0.see(name, By::Css(format!("#main input[name={name}]"))).await?;
            field.clear().await?;
            field.send_keys(text).await?;
        }
        self.0.press(self.0.words().say("sync.sign_in_again")?).await
    }
}
