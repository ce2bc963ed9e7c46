//! A disk that is soon full: a file system of some megabytes in memory, on which a phone keeps everything.
//!
//! Chromium gives pages a share of the whole disk (60 % at the time of writing), and refuses with `QuotaExceededError` what does
//! not fit into it. Its own switch for another share has no effect through ChromeDriver; a disk that is small has.

use crate::browser::Browser;
use anyhow::{Context, Result, bail, ensure};
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use serde_json::json;
use std::path::Path;
use tempfile::TempDir;

/// A small disk. Gone when dropped, with all that is on it.
#[derive(Debug)]
pub struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    /// Mounts one of so many bytes.
    ///
    /// # Errors
    /// When this machine does not let us, as most do with anybody but root.
    pub fn mount(bytes: u64) -> Result<Self> {
        let folder = TempDir::with_prefix("aisle-e2e-disk-")?;
        let options = format!("size={bytes},mode=0700");
        mount(Some("tmpfs"), folder.path(), Some("tmpfs"), MsFlags::empty(), Some(options.as_str()))
            .context("a tmpfs cannot be mounted")?;
        Ok(Self { folder })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        if let Err(error) = umount2(self.folder.path(), MntFlags::MNT_DETACH) {
            eprintln!("a small disk stays mounted: {error}");
        }
    }
}

/// Puts bytes that cannot be packed into a database beside the app's, and says how that ended.
const PUT: &str = "
    const [name, size, done] = arguments;
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore('bytes', { autoIncrement: true });
    request.onerror = () => done(String(request.error));
    request.onsuccess = () => {
        const database = request.result;
        const bytes = new Uint8Array(size);
        for (let at = 0; at < size; at += 65536) {
            crypto.getRandomValues(bytes.subarray(at, Math.min(at + 65536, size)));
        }
        const transaction = database.transaction('bytes', 'readwrite', { durability: 'strict' });
        transaction.objectStore('bytes').put(bytes);
        const end = (said) => { database.close(); done(said); };
        transaction.oncomplete = () => end('kept');
        transaction.onabort = () => end(String(transaction.error));
    };
";

/// Where the bytes are that take the app's room away.
const HOARD: &str = "e2e-hoard";
/// What is kept only to see whether it would be.
const PROBE: &str = "e2e-probe";
/// Kept in a file of its own, bytes.
const LEAST_FILE: u64 = 96 << 10;

impl Browser {
    /// Takes all the room that the browser gives the app but so many bytes, or up to 96 KiB more, by keeping others. For 0:
    /// all but a few bytes.
    ///
    /// # Errors
    /// When the browser refuses for another reason than that its room is used up.
    pub async fn leave_room_for(&self, bytes: u64) -> Result<()> {
        // Above 64 KiB Chromium keeps values in files of their own, and gives their room back; what is below swells its log.
        for step in [4 << 20, 512 << 10, LEAST_FILE] {
            while self.takes(bytes + step).await? {
                self.keeps(HOARD, step).await?;
            }
        }
        if bytes == 0 {
            for step in [8 << 10, 1 << 10, 64] {
                while self.keeps(HOARD, step).await? {}
            }
        }
        Ok(())
    }

    /// Gives the room back.
    ///
    /// # Errors
    /// When the browser does not.
    pub async fn give_room_back(&self) -> Result<()> {
        self.forget(HOARD).await
    }

    async fn takes(&self, bytes: u64) -> Result<bool> {
        let taken = self.keeps(PROBE, bytes).await?;
        self.forget(PROBE).await?;
        Ok(taken)
    }

    async fn keeps(&self, database: &str, bytes: u64) -> Result<bool> {
        let said = self.run_async(PUT, vec![json!(database), json!(bytes)]).await?;
        match said.as_str().unwrap_or_default() {
            "kept" => Ok(true),
            refused if refused.starts_with("QuotaExceededError") => Ok(false),
            other => bail!("keeping {bytes} bytes ended with {other:?}"),
        }
    }

    async fn forget(&self, database: &str) -> Result<()> {
        let script = "const request = indexedDB.deleteDatabase(arguments[0]);
                      request.onsuccess = () => arguments[1]('gone');
                      request.onerror = request.onblocked = () => arguments[1]('not gone');";
        let said = self.run_async(script, vec![json!(database)]).await?;
        ensure!(said == "gone", "{database} is {said}");
        Ok(())
    }
}
