//! What the phone itself does to the app: more tabs, a full disk, a browser that keeps nothing, databases that are damaged or
//! taken by a newer release.

use crate::browser::Browser;
use crate::wait::eventually;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use thirtyfour::WindowHandle;

/// A tab of a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tab(WindowHandle);

/// Opens the first database of the app and hands it to `use`, whose result is waited for.
const WITH_DATABASE: &str = "
    const done = arguments[arguments.length - 1];
    const asked = (request) => new Promise((ok, no) => {
        request.onsuccess = () => ok(request.result);
        request.onerror = () => no(request.error);
    });
    (async () => {
        const named = (await indexedDB.databases()).find((d) => d.name.startsWith('aisle.'));
        const database = await asked(indexedDB.open(named.name));
        try { return await use(database, asked, arguments[0]); } finally { database.close(); }
    })().then(done, (error) => done('failed: ' + error));
";

impl Browser {
    /// The tab that is looked at.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn tab(&self) -> Result<Tab> {
        Ok(Tab(self.driver()?.window().await?))
    }

    /// Opens another tab of the app and looks at it.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn open_tab(&self, path: &str) -> Result<Tab> {
        let handle = self.driver()?.new_tab().await?;
        let tab = Tab(handle);
        self.look_at(&tab).await?;
        self.go(path).await?;
        Ok(tab)
    }

    /// Looks at a tab.
    ///
    /// # Errors
    /// When it has been closed.
    pub async fn look_at(&self, tab: &Tab) -> Result<()> {
        self.driver()?.switch_to_window(tab.0.clone()).await.context("the tab is not there")
    }

    /// From the next page on the app's database takes no transaction larger than [`Browser::leave_room`] says, and aborts it
    /// as a full disk does: after every request has succeeded, with `QuotaExceededError`. The browser's own switch for
    /// that (`Storage.overrideQuotaForOrigin`) has no effect through ChromeDriver.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn fill_up(&self) -> Result<()> {
        let script = "
            const sizes = new WeakMap();
            for (const word of ['add', 'put']) {
                const was = IDBObjectStore.prototype[word];
                IDBObjectStore.prototype[word] = function (value, ...rest) {
                    const size = value?.byteLength ?? value?.length ?? 0;
                    sizes.set(this.transaction, (sizes.get(this.transaction) ?? 0) + size);
                    return was.call(this, value, ...rest);
                };
            }
            const commit = IDBTransaction.prototype.commit;
            IDBTransaction.prototype.commit = function () {
                const room = Number(localStorage.getItem('e2e.room') ?? Infinity);
                if ((sizes.get(this) ?? 0) <= room) return commit.call(this);
                Object.defineProperty(this, 'error', { value: new DOMException('', 'QuotaExceededError') });
                this.abort();
            };
        ";
        self.at_every_page(&format!("(() => {{ {script} }})();")).await
    }

    /// How much the phone still takes at once, bytes; `None`: as much as there is.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn leave_room(&self, bytes: Option<u64>) -> Result<()> {
        let script = "if (arguments[0] === null) localStorage.removeItem('e2e.room');
                      else localStorage.setItem('e2e.room', arguments[0]);";
        self.run(script, vec![json!(bytes)]).await?;
        Ok(())
    }

    /// Runs a script before every page that is loaded from now on.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn at_every_page(&self, script: &str) -> Result<()> {
        self.devtools("Page.addScriptToEvaluateOnNewDocument", json!({"source": script})).await
    }

    /// Works on the app's database from outside: `body` may use `database`, `asked(request)` and `arg`.
    ///
    /// # Errors
    /// When there is no database, or the script fails.
    pub async fn in_database(&self, body: &str, arg: Value) -> Result<Value> {
        let script = format!("const use = async (database, asked, arg) => {{ {body} }};\n{WITH_DATABASE}");
        let result = self.run_async(&script, vec![arg]).await?;
        match result.as_str().filter(|text| text.starts_with("failed: ")) {
            Some(text) => anyhow::bail!("the script {text}"),
            None => Ok(result),
        }
    }

    /// Presses what offers a file, and reads the file that the browser then saves.
    ///
    /// # Errors
    /// When none is saved.
    pub async fn save_file(&self, words: &str) -> Result<String> {
        let folder = self.downloads();
        for old in std::fs::read_dir(&folder)? {
            std::fs::remove_file(old?.path())?;
        }
        self.press(words).await?;
        let mut size = None;
        eventually("a saved file", async || {
            let found = std::fs::read_dir(&folder)?.collect::<std::io::Result<Vec<_>>>()?;
            // While it is written there is another file beside it, or one of another name, or it grows.
            let [file] = &found[..] else { return Ok(None) };
            let name = file.file_name().to_string_lossy().into_owned();
            let text = std::fs::read_to_string(file.path())?;
            let before = size.replace(text.len());
            let under_way = name.ends_with(".part") || name.ends_with(".crdownload") || name.starts_with('.');
            Ok((!under_way && !text.is_empty() && before == Some(text.len())).then_some(text))
        })
        .await
    }

    /// A large picture on the phone, ready to be chosen.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn large_picture(&self) -> Result<std::path::PathBuf> {
        let path = self.picture()?.with_file_name("noise.png");
        crate::picture::write_large(&path)?;
        Ok(path)
    }

    /// How many pictures the phone keeps.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn pictures_kept(&self) -> Result<u64> {
        let count = "return await asked(database.transaction('photos').objectStore('photos').count());";
        self.in_database(count, Value::Null).await?.as_u64().context("no number")
    }
}
