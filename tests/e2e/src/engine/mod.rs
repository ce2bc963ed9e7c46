//! The browsers that journeys are made in, and what each driver is told.
//!
//! What only Chromium's developer tools can do (scripts before every page, cold caches) stays with Chromium; whatever a journey
//! of every browser needs works by WebDriver alone, or by a setting of the browser itself: see [`Running`] and
//! [`crate::browser`].

mod chromium;
mod firefox;
mod gps;
mod running;
mod webkit;

pub use gps::Gps;
pub use running::{Running, Setup};

use anyhow::{Result, bail};
use std::env;

/// A browser's engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Chromium by ChromeDriver.
    Chromium,
    /// Firefox by geckodriver.
    Firefox,
    /// WebKitGTK by WebKitWebDriver.
    WebKitGtk,
}

impl Engine {
    /// The one that `AISLE_BROWSER` names: `chromium` (unless said otherwise), `firefox` or `webkitgtk`.
    ///
    /// # Errors
    /// When it names another.
    pub fn chosen() -> Result<Self> {
        match env::var("AISLE_BROWSER").as_deref() {
            Err(_) | Ok("chromium") => Ok(Self::Chromium),
            Ok("firefox") => Ok(Self::Firefox),
            Ok("webkitgtk") => Ok(Self::WebKitGtk),
            Ok(other) => bail!("AISLE_BROWSER is {other:?}; it can be chromium, firefox or webkitgtk"),
        }
    }
}
