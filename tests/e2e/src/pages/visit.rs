//! A visit: answering question by question, the summary, checking out.

use super::Today;
use super::today::chip_says;
use crate::browser::Browser;
use crate::eventually;
use crate::find::button;
use anyhow::{Context, Result, bail};
use thirtyfour::prelude::*;

/// An open visit.
#[derive(Clone, Copy)]
pub struct Visit<'a>(&'a Browser);

/// An answer to be given. What kind the question takes is seen on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// Yes.
    Yes,
    /// No.
    No,
    /// Not applicable.
    NotApplicable,
    /// A number, typed.
    Number(i64),
    /// A price, typed.
    Price(String),
    /// The planned price, by its button.
    PlannedPrice,
    /// The picture on the phone.
    Photo,
    /// Free text.
    Note(String),
    /// It cannot be done, with the reason.
    Cannot(String),
}

/// What a question takes, as its control shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// Yes or no.
    YesNo,
    /// A whole number.
    Number,
    /// A price.
    Price,
    /// A photo.
    Photo,
    /// Text.
    Note,
}

impl<'a> Visit<'a> {
    /// Waits for an open visit.
    ///
    /// # Errors
    /// When none is shown.
    pub async fn shown(browser: &'a Browser) -> Result<Self> {
        browser.see("a visit", By::Css("#main .meterbar")).await?;
        Ok(Self(browser))
    }

    /// Waits for the summary of a visit.
    ///
    /// # Errors
    /// When none is shown.
    pub async fn summary_shown(browser: &'a Browser) -> Result<Self> {
        browser.see("the summary", By::Css(".sum__score")).await?;
        Ok(Self(browser))
    }

    /// Its id.
    ///
    /// # Errors
    /// When another page is shown.
    pub async fn id(self) -> Result<String> {
        let path = self.0.path().await?;
        let id = path.strip_prefix("/visits/").context("no visit is shown")?;
        Ok(id.trim_end_matches("/summary").to_owned())
    }

    /// Notes an order from the summary, and comes back to it.
    ///
    /// # Errors
    /// When it is not taken, or the way back is not there.
    pub async fn note_order(self, amount: &str) -> Result<()> {
        let browser = self.0;
        let summary = browser.path().await?;
        browser.press(browser.words().say("actuals.note")?).await?;
        super::Actuals::shown(browser).await?.enter(amount).await?;
        browser.tap("the way back", By::Css(format!("a[href='{summary}']"))).await?;
        Self::summary_shown(browser).await?;
        Ok(())
    }

    /// What was noted in the visit, one line each.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn noted(self) -> Result<Vec<String>> {
        let mut lines = Vec::new();
        for line in self.0.all_shown(By::Css("#noted li")).await? {
            lines.push(line.text().await?.split_whitespace().collect::<Vec<_>>().join(" "));
        }
        Ok(lines)
    }

    /// The question to go on with: the id of its element. `None` when all are answered.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn current(self) -> Result<Option<String>> {
        let browser = self.0;
        let to_summary = button(browser.words().say("visit.to_summary")?);
        let next_open = button(browser.words().say("visit.next_open")?);
        eventually("the question to go on with", async || {
            if browser.shows(to_summary.clone()).await? {
                return Ok(Some(None));
            }
            match browser.all_shown(By::Css(".q.q--now")).await?.first() {
                Some(question) => Ok(question.attr("id").await?.map(Some)),
                None => {
                    // It is in another section: the dock's button leads there.
                    if let Some(button) = browser.all_shown(next_open.clone()).await?.first() {
                        button.click().await?;
                    }
                    Ok(None)
                }
            }
        })
        .await
    }

    /// What a question that is shown takes.
    ///
    /// # Errors
    /// When it is not shown.
    pub async fn asks(self, question: &str) -> Result<Asks> {
        let inside = |css: &str| By::Css(format!("#{} {css}", css_escaped(question)));
        self.0.see(question, inside(".q__ctl")).await?;
        for (css, asks) in [(".ans", Asks::YesNo), (".stepr", Asks::Number), ("textarea", Asks::Note)] {
            if self.0.shows(inside(css)).await? {
                return Ok(asks);
            }
        }
        if self.0.shows(inside(".photo-add")).await? {
            return Ok(Asks::Photo);
        }
        if self.0.shows(inside(".field__in input")).await? {
            return Ok(Asks::Price);
        }
        bail!("question {question} has no control")
    }

    /// Answers a question and waits until the app says that the answer is saved.
    ///
    /// # Errors
    /// When the question does not take such an answer, or it is not saved.
    pub async fn answer(self, question: &str, given: &Given) -> Result<()> {
        let browser = self.0;
        let words = browser.words();
        let q = css_escaped(question);
        let key = |word: &str| {
            let word = words.say(word)?;
            let path = format!("//*[@id='{question}']//label[contains(@class,'ans__o')][normalize-space(.)='{word}']");
            Ok::<By, anyhow::Error>(By::XPath(path))
        };
        match given {
            Given::Yes => browser.tap("yes", key("visit.yes")?).await?,
            Given::No => browser.tap("no", key("visit.no")?).await?,
            Given::NotApplicable => {
                let path = format!(
                    "//*[@id='{question}']//*[self::label or self::button][normalize-space(.)='{}']",
                    words.say("visit.na")?
                );
                browser.tap("N/A", By::XPath(path)).await?;
            }
            Given::Number(n) => self.type_into(&format!("#{q} .stepr input"), &n.to_string()).await?,
            Given::Price(price) => self.type_into(&format!("#{q} .field__in input"), price).await?,
            Given::Note(text) => self.type_into(&format!("#{q} textarea"), text).await?,
            Given::PlannedPrice => {
                let planned = words.start("visit.planned")?;
                let path = format!("//*[@id='{question}']//button[starts-with(normalize-space(.), '{planned}')]");
                browser.tap("the planned price", By::XPath(path)).await?;
            }
            Given::Photo => {
                let picture = browser.picture()?;
                // The field itself cannot be seen; a person taps its label and the browser's own dialog opens.
                let field = browser.find_hidden(By::Css(format!("#{q} input[type=file]"))).await?;
                field.send_keys(picture.to_string_lossy().into_owned()).await?;
            }
            Given::Cannot(reason) => {
                browser.press(words.say("visit.cannot")?).await?;
                self.type_into("dialog[open] textarea", reason).await?;
                let save = words.say("visit.cannot_save")?;
                let path = format!("//dialog[@open]//button[starts-with(normalize-space(.), \"{save}\")]");
                browser.tap("record as can’t do", By::XPath(path)).await?;
            }
        }
        self.is_saved(question).await
    }

    /// Waits until a question counts as answered and the app says that everything is saved.
    async fn is_saved(self, question: &str) -> Result<()> {
        let browser = self.0;
        let saved = browser.words().start("visit.saved")?.to_owned();
        let done = By::Css(format!("#{}.q--done", css_escaped(question)));
        let waited = eventually(format!("the answer to {question} to be saved"), async || {
            let Some(said) = browser.all_shown(By::Css(".visit__saved")).await?.into_iter().next() else {
                return Ok(None);
            };
            let is_saved = said.text().await?.starts_with(&saved);
            // A question can leave the page: those of another section are not shown.
            let answered = browser.shows(done.clone()).await?;
            Ok((is_saved && answered).then_some(()))
        });
        let waited = waited.await;
        if waited.is_err() {
            waited.context(format!("the screen says:\n{}", browser.text().await.unwrap_or_default()))?;
        }
        Ok(())
    }

    async fn type_into(self, css: &str, text: &str) -> Result<()> {
        let field = self.0.see("a field", By::Css(css)).await?;
        self.0.run("arguments[0].scrollIntoView({block: 'center'})", vec![field.to_json()?]).await?;
        field.clear().await?;
        field.send_keys(text).await?;
        // Leaving the field ends typing.
        field.send_keys(Key::Tab).await?;
        Ok(())
    }

    /// What a question shows as its answer, in its section; `None` when it is open.
    ///
    /// # Errors
    /// When the question is not found in any section.
    pub async fn shown_answer(self, question: &str) -> Result<Option<String>> {
        let browser = self.0;
        let here = By::Css(format!("#{}", css_escaped(question)));
        if !browser.shows(here.clone()).await? {
            for section in browser.all_shown(By::Css(".secs__o")).await? {
                section.click().await?;
                if browser.shows(here.clone()).await? {
                    break;
                }
            }
        }
        browser.see(question, here).await?;
        let script = "
            const q = document.getElementById(arguments[0]);
            const checked = q.querySelector('.ans input:checked');
            if (checked) return checked.closest('label').innerText.trim();
            const photo = q.querySelector('.photo img');
            if (photo) return photo.naturalWidth > 0 ? 'photo ' + photo.naturalWidth : null;
            const field = q.querySelector('.stepr input, textarea, .field__in input');
            if (field && field.value) return field.value;
            const apart = q.querySelector('.visit__fail');
            return apart ? apart.innerText.trim() : null;
        ";
        let shown = browser.run(script, vec![question.into()]).await?;
        Ok(shown.as_str().filter(|text| !text.is_empty()).map(str::to_owned))
    }

    /// Waits until a question is the one to go on with, and in view, without a tap.
    ///
    /// # Errors
    /// When it is not.
    pub async fn is_at(self, question: &str) -> Result<()> {
        let here = By::Css(format!("#{}.q--now", css_escaped(question)));
        let element = self.0.see(&format!("{question} as the next question"), here).await?;
        let in_view = "const r = arguments[0].getBoundingClientRect(); return r.top >= 0 && r.top < innerHeight;";
        eventually(format!("{question} to be in view"), async || {
            Ok((self.0.run(in_view, vec![element.to_json()?]).await? == true).then_some(()))
        })
        .await
    }

    /// Opens a section by its number, from 0.
    ///
    /// # Errors
    /// When there are not so many.
    pub async fn open_section(self, number: usize) -> Result<()> {
        let nth = format!(".secs__o:nth-of-type({})", number + 1);
        self.0.tap("a section", By::Css(nth)).await
    }

    /// How many failed answers the summary lists.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn failed(self) -> Result<usize> {
        Ok(self.0.all_shown(By::Css(".sum__fail")).await?.len())
    }

    /// Waits until the chip begins with the words of this key.
    ///
    /// # Errors
    /// When it does not.
    pub async fn chip_says(self, key: &str) -> Result<()> {
        chip_says(self.0, key).await
    }

    /// How many questions the meter says are answered.
    ///
    /// # Errors
    /// When there is no meter.
    pub async fn answered(self) -> Result<u32> {
        let meter = self.0.see("the meter", By::Css(".meterbar__t")).await?.text().await?;
        let number: String =
            meter.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
        number.parse().with_context(|| format!("the meter says {meter:?}"))
    }

    /// Opens the sheet for what cannot be done.
    ///
    /// # Errors
    /// When it does not open.
    pub async fn ask_why_not(self) -> Result<()> {
        self.0.press(self.0.words().say("visit.cannot")?).await?;
        self.0.see("the sheet", By::Css("dialog[open] textarea")).await?;
        Ok(())
    }

    /// Goes to the summary, once nothing is open.
    ///
    /// # Errors
    /// When questions are open.
    pub async fn go_to_summary(self) -> Result<()> {
        self.0.press(self.0.words().say("visit.to_summary")?).await?;
        self.0.see("the summary", By::Css(".sum__score")).await?;
        Ok(())
    }

    /// The score on the summary.
    ///
    /// # Errors
    /// When no summary is shown.
    pub async fn score(self) -> Result<String> {
        Ok(self.0.see("the score", By::Css(".sum__n")).await?.text().await?)
    }

    /// Checks out on the summary.
    ///
    /// # Errors
    /// When it does not end on Today.
    pub async fn check_out(self) -> Result<Today<'a>> {
        self.0.press(self.0.words().say("summary.leave")?).await?;
        Today::shown(self.0).await
    }
}

/// Ids hold what CSS would read as something else: dots, colons, a leading digit.
fn css_escaped(id: &str) -> String {
    id.chars().fold(String::new(), |mut out, c| {
        if !(c.is_alphanumeric() || c == '-' || c == '_') {
            out.push('\\');
        }
        out.push(c);
        out
    })
}
