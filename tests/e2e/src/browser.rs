//! A phone: a real browser with a profile of its own that survives being killed.

use crate::engine::{Engine, Gps, Running, Setup};
use crate::find::button;
use crate::picture;
use crate::wait::eventually;
use crate::words::{Lang, Words};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use thirtyfour::extensions::cdp::ChromeDevTools;
use thirtyfour::prelude::*;

/// A size of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// CSS pixels.
    pub width: u32,
    /// CSS pixels.
    pub height: u32,
}

impl Size {
    /// A phone held upright.
    pub const PHONE: Self = Self { width: 390, height: 844 };
    /// A laptop.
    pub const DESK: Self = Self { width: 1280, height: 800 };
}

/// Where the phone is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// Metres.
    pub accuracy: f64,
}

/// A theme that can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// 亮.
    Light,
    /// 暗.
    Dark,
}

impl Theme {
    /// Every theme that is checked.
    pub const ALL: [Self; 2] = [Self::Light, Self::Dark];

    /// Its word in the preferences.
    pub fn word(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// A phone with the app on it, in English unless told otherwise.
pub struct Browser {
    engine: Engine,
    folder: TempDir,
    gps: Gps,
    profile: PathBuf,
    keeps_nothing: bool,
    home: String,
    size: Size,
    place: Option<Place>,
    words: Words,
    running: Option<Running>,
}

impl Browser {
    /// A new phone, looking at the app at `home`.
    ///
    /// # Errors
    /// When the browser does not start.
    pub async fn open(home: &str) -> Result<Self> {
        Self::open_with(home, None, false).await
    }

    /// A new phone whose browser keeps nothing for any page, as where a policy forbids it.
    ///
    /// # Errors
    /// When the browser does not start.
    pub async fn open_keeping_nothing(home: &str) -> Result<Self> {
        Self::open_with(home, None, true).await
    }

    /// A new phone that keeps everything below this folder.
    ///
    /// # Errors
    /// When the browser does not start.
    pub async fn open_on(home: &str, disk: &Path) -> Result<Self> {
        Self::open_with(home, Some(disk), false).await
    }

    async fn open_with(home: &str, disk: Option<&Path>, keeps_nothing: bool) -> Result<Self> {
        let folder = TempDir::with_prefix("aisle-e2e-phone-")?;
        let mut phone = Self {
            engine: Engine::chosen()?,
            gps: Gps::start(folder.path()).await?,
            profile: disk.unwrap_or(folder.path()).join("profile"),
            folder,
            keeps_nothing,
            home: home.to_owned(),
            size: Size::PHONE,
            place: None,
            words: Words::read(Lang::En)?,
            running: None,
        };
        phone.start().await?;
        phone.go("/").await?;
        Ok(phone)
    }

    /// Starts the browser with the profile it had, on no page yet.
    ///
    /// # Errors
    /// When the browser does not start.
    pub async fn start(&mut self) -> Result<()> {
        self.kill()?;
        let downloads = self.downloads();
        std::fs::create_dir_all(&downloads).context("cannot make a folder for downloads")?;
        let setup =
            Setup { profile: &self.profile, downloads: &downloads, gps: &self.gps, keeps_nothing: self.keeps_nothing };
        self.running = Some(Running::start(self.engine, setup).await?);
        self.resize(self.size).await?;
        self.apply_place().await
    }

    /// Kills browser and driver with SIGKILL, every process of it: the battery is out. The profile stays as it is.
    ///
    /// # Errors
    /// When the processes cannot be listed.
    pub fn kill(&mut self) -> Result<()> {
        self.running.take().map_or(Ok(()), |running| running.kill(&self.profile))
    }

    /// Closes the browser in order.
    ///
    /// # Errors
    /// When it does not close.
    pub async fn close(&mut self) -> Result<()> {
        match self.running.take() {
            Some(running) => running.close(&self.profile).await,
            None => Ok(()),
        }
    }

    /// Opens a page of the app by its address.
    ///
    /// # Errors
    /// When there is no such page, or no network and no service worker to serve it.
    pub async fn go(&self, path: &str) -> Result<()> {
        let address = format!("{}{path}", self.home);
        self.driver()?.goto(&address).await.with_context(|| format!("cannot open {address}"))
    }

    /// Loads the page anew.
    ///
    /// # Errors
    /// As [`Browser::go`].
    pub async fn reload(&self) -> Result<()> {
        if self.engine != Engine::Firefox {
            return self.driver()?.refresh().await.context("cannot reload");
        }
        // geckodriver's own command goes past the service worker, as nobody's plain reload does.
        self.run("window.beforeReload = true; location.reload();", vec![]).await?;
        let loaded = "return !window.beforeReload && document.readyState === 'complete'";
        eventually("the page to be loaded anew", async || {
            let there = self.run(loaded, vec![]).await? == true;
            Ok(there.then_some(()))
        })
        .await
    }

    /// Goes one step back, as the phone's own gesture does.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn back(&self) -> Result<()> {
        self.driver()?.back().await.context("cannot go back")
    }

    /// Loses the session's cookie, as when it was revoked or has run out.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn lose_session(&self) -> Result<()> {
        self.driver()?.delete_all_cookies().await.context("cannot remove the cookies")
    }

    /// Waits until the page at this path is shown.
    ///
    /// # Errors
    /// When another one stays.
    pub async fn is_at(&self, path: &str) -> Result<()> {
        let mut last = String::new();
        let there = eventually(format!("the page {path}"), async || {
            last = self.path().await?;
            Ok((last == path).then_some(()))
        });
        let there = there.await;
        there.with_context(|| format!("the page is {last}"))
    }

    /// The path of the page shown.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn path(&self) -> Result<String> {
        Ok(self.driver()?.current_url().await?.path().to_owned())
    }

    /// The words on the screen.
    pub fn words(&self) -> &Words {
        &self.words
    }

    /// Chooses language and theme as the settings would; takes effect when a page is loaded.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn prefer(&mut self, lang: Lang, theme: Theme) -> Result<()> {
        let script = "localStorage.setItem('aisle.language', JSON.stringify(arguments[0])); \
                      localStorage.setItem('aisle.theme', JSON.stringify(arguments[1]));";
        self.run(script, vec![json!(lang.tag()), json!(theme.word())]).await?;
        self.words = Words::read(lang)?;
        Ok(())
    }

    /// Changes the size of the window.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn resize(&mut self, size: Size) -> Result<()> {
        self.size = size;
        if self.engine != Engine::Chromium {
            return self.resize_window(size).await;
        }
        let params = json!({"width": size.width, "height": size.height, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", params).await?;
        self.devtools("Emulation.setScrollbarsHidden", json!({"hidden": true})).await
    }

    /// The window around the page takes room of its own: how much is known once it has a size.
    async fn resize_window(&self, size: Size) -> Result<()> {
        let (mut width, mut height) = (size.width, size.height);
        eventually(format!("a page of {} × {}", size.width, size.height), async || {
            self.driver()?.set_window_rect(0, 0, width, height).await?;
            let inner = self.run("return [innerWidth, innerHeight]", vec![]).await?;
            let part = |at: usize| inner[at].as_u64().and_then(|part| u32::try_from(part).ok()).context("no size");
            let found = (part(0)?, part(1)?);
            // What is missing is added; what is too much is taken away.
            width = (width + size.width).saturating_sub(found.0);
            height = (height + size.height).saturating_sub(found.1);
            anyhow::ensure!(found == (size.width, size.height), "it is {} × {}", found.0, found.1);
            Ok(Some(()))
        })
        .await
    }

    /// Carries the phone somewhere. The app may ask where it is.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn carry_to(&mut self, place: Place) -> Result<()> {
        self.place = Some(place);
        self.apply_place().await
    }

    async fn apply_place(&self) -> Result<()> {
        let Some(place) = self.place else { return Ok(()) };
        if self.engine != Engine::Chromium {
            return self.gps.move_to(place);
        }
        let grant = json!({"origin": self.home, "permissions": ["geolocation"]});
        self.devtools("Browser.grantPermissions", grant).await?;
        let fix = json!({"latitude": place.latitude, "longitude": place.longitude, "accuracy": place.accuracy});
        self.devtools("Emulation.setGeolocationOverride", fix).await
    }

    /// A picture on the phone, ready to be chosen.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn picture(&self) -> Result<PathBuf> {
        let path = self.folder.path().join("shelf.png");
        if !path.exists() {
            picture::write(&path)?;
        }
        Ok(path)
    }

    /// Resident memory of the page, bytes.
    ///
    /// # Errors
    /// When the browser does not run, or `/proc` cannot be read.
    pub fn page_memory(&self) -> Result<u64> {
        self.running.as_ref().context("the browser does not run")?.page_memory()
    }

    /// Brings every motion on the screen to its end.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn settle(&self) -> Result<()> {
        let script = "document.getAnimations().forEach((a) => { try { a.finish(); } catch { a.cancel(); } });";
        self.run(script, vec![]).await?;
        Ok(())
    }

    /// Takes a picture of the screen.
    ///
    /// # Errors
    /// When it cannot be taken or written.
    pub async fn screenshot(&self, path: &Path) -> Result<()> {
        self.driver()?.screenshot(path).await.with_context(|| format!("cannot write {}", path.display()))
    }

    /// Runs a script in the page; for what people cannot see, such as a preference.
    ///
    /// # Errors
    /// When the browser does not answer or the script throws.
    pub async fn run(&self, script: &str, args: Vec<Value>) -> Result<Value> {
        Ok(self.driver()?.execute(script, args).await?.json().clone())
    }

    /// Runs a script that hands its result to its last argument, a callback.
    ///
    /// # Errors
    /// When the browser does not answer or the script throws.
    pub async fn run_async(&self, script: &str, args: Vec<Value>) -> Result<Value> {
        Ok(self.driver()?.execute_async(script, args).await?.json().clone())
    }

    /// Waits until the app is on the phone, so that it starts without a network.
    ///
    /// # Errors
    /// When the service worker does not take over.
    pub async fn works_offline(&self) -> Result<()> {
        let script = "return navigator.serviceWorker.controller?.state === 'activated'";
        eventually("the service worker to take over", async || {
            Ok((self.run(script, vec![]).await? == true).then_some(()))
        })
        .await
    }

    /// Whether a text is anywhere in the databases of the app on this phone.
    ///
    /// # Errors
    /// When the browser does not answer or the databases cannot be read.
    pub async fn remembers(&self, text: &str) -> Result<bool> {
        let script = "
            const [text, done] = arguments;
            const ask = (request) => new Promise((ok, no) => {
                request.onsuccess = () => ok(request.result);
                request.onerror = () => no(request.error);
            });
            const look = async () => {
                let seen = 0;
                for (const { name } of await indexedDB.databases()) {
                    const database = await ask(indexedDB.open(name));
                    for (const store of database.objectStoreNames) {
                        const table = database.transaction(store).objectStore(store);
                        const [keys, values] = await Promise.all([ask(table.getAllKeys()), ask(table.getAll())]);
                        seen += keys.length;
                        // Most records lie many to a value, as bytes of text. Firefox runs this in a realm of its own.
                        const bytes = (value) => Object.prototype.toString.call(value) === '[object Uint8Array]';
                        const said = values.map((value) => bytes(value) ? new TextDecoder().decode(value) : JSON.stringify(value));
                        if (JSON.stringify([keys, said]).includes(text)) { database.close(); return 'yes'; }
                    }
                    database.close();
                }
                return seen ? 'no' : 'nothing is stored at all';
            };
            look().then(done, (error) => done(String(error)));
        ";
        match self.run_async(script, vec![json!(text)]).await?.as_str() {
            Some("yes") => Ok(true),
            Some("no") => Ok(false),
            other => anyhow::bail!("the databases cannot be read: {other:?}"),
        }
    }

    /// Everything that can be read on the screen; for messages of failing tests.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn text(&self) -> Result<String> {
        Ok(self.driver()?.find(By::Css("body")).await?.text().await?)
    }

    /// Whether something that matches is on the screen now.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn shows(&self, by: By) -> Result<bool> {
        Ok(self.find_shown(by).await?.is_some())
    }

    /// Waits for an element that can be seen.
    ///
    /// # Errors
    /// When there is none in time; says what is on the screen instead.
    pub async fn see(&self, what: &str, by: By) -> Result<WebElement> {
        let seen = eventually(what, async || self.find_shown(by.clone()).await).await;
        match seen {
            Ok(seen) => Ok(seen),
            Err(error) => {
                let path = self.path().await.unwrap_or_default();
                let text = self.text().await.unwrap_or_default();
                Err(error.context(format!("looking for {what}; the screen at {path} says:\n{text}\n")))
            }
        }
    }

    /// Waits until no such element can be seen.
    ///
    /// # Errors
    /// When one stays.
    pub async fn see_gone(&self, what: &str, by: By) -> Result<()> {
        eventually(format!("{what} to be gone"), async || Ok((!self.shows(by.clone()).await?).then_some(()))).await
    }

    /// Waits for an element that can be seen, brings it clear of bars and docks, and taps it.
    ///
    /// # Errors
    /// When there is none in time, or something else stays in front of it.
    pub async fn tap(&self, what: &str, by: By) -> Result<()> {
        self.see(what, by.clone()).await?;
        eventually(format!("{what} to take a tap"), async || {
            let Some(element) = self.find_shown(by.clone()).await? else { return Ok(None) };
            self.run("arguments[0].scrollIntoView({block: 'center'})", vec![element.to_json()?]).await?;
            element.click().await?;
            Ok(Some(()))
        })
        .await
    }

    /// Taps a button or link by the start of its words.
    ///
    /// # Errors
    /// As [`Browser::tap`].
    pub async fn press(&self, words: &str) -> Result<()> {
        self.tap(&format!("“{words}”"), button(words)).await
    }

    /// Types on a keyboard, wherever the focus is.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn type_keys(&self, keys: &str) -> Result<()> {
        self.driver()?.active_element().await?.send_keys(keys).await.context("cannot type")
    }

    /// All elements that match and can be seen, in the order of the page.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn all_shown(&self, by: By) -> Result<Vec<WebElement>> {
        let mut shown = Vec::new();
        for element in self.driver()?.find_all(by).await? {
            if element.is_displayed().await? {
                shown.push(element);
            }
        }
        Ok(shown)
    }

    /// An element that is there but cannot be seen, such as the file field under a label.
    ///
    /// # Errors
    /// When it is not there in time.
    pub async fn find_hidden(&self, by: By) -> Result<WebElement> {
        eventually("a hidden field", async || Ok(self.driver()?.find_all(by.clone()).await?.into_iter().next())).await
    }

    async fn find_shown(&self, by: By) -> Result<Option<WebElement>> {
        Ok(self.all_shown(by).await?.into_iter().next())
    }

    pub(crate) fn driver(&self) -> Result<&WebDriver> {
        self.running.as_ref().map(|running| &running.driver).context("the browser is not running")
    }

    pub(crate) fn downloads(&self) -> PathBuf {
        self.folder.path().join("downloads")
    }

    pub(crate) async fn devtools(&self, command: &str, params: Value) -> Result<()> {
        let tools = ChromeDevTools::new(self.driver()?.handle.clone());
        tools.execute_cdp_with_params(command, params).await.with_context(|| format!("{command} failed"))?;
        Ok(())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if let Err(error) = self.kill() {
            eprintln!("a browser may still be running: {error:#}");
        }
    }
}
