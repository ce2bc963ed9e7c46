//! The core journeys in the browsers beside Chromium: `cargo xtask test --browsers all`.
//!
//! Those of Firefox are driven by geckodriver, those of WebKitGTK by WebKitWebDriver under a virtual screen. What a browser
//! cannot be driven to do is left out by name and with the reason, and said in the output.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::process;
use crate::setup;
use crate::workspace::Workspace;

/// In which browsers the journeys are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Choice {
    /// Chromium: every journey.
    Chromium,
    /// Chromium, and the core journeys in Firefox.
    Firefox,
    /// Chromium, and the core journeys in WebKitGTK.
    Webkitgtk,
    /// All three.
    All,
}

impl Choice {
    /// The browsers beside Chromium.
    pub(crate) fn others(self) -> &'static [Other] {
        match self {
            Self::Chromium => &[],
            Self::Firefox => &[Other::Firefox],
            Self::Webkitgtk => &[Other::WebKitGtk],
            Self::All => &[Other::Firefox, Other::WebKitGtk],
        }
    }
}

/// A browser beside Chromium.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Other {
    /// Firefox.
    Firefox,
    /// WebKitGTK.
    WebKitGtk,
}

/// The modules of `tests/e2e/tests/journeys` with the core journeys.
const CORE: [&str; 9] =
    ["device", "devices", "navigation", "published", "route", "sign_in", "sign_out", "trouble", "visit"];

/// A journey that a browser cannot be driven through.
struct LeftOut {
    journey: &'static str,
    by: &'static [Other],
    why: &'static str,
}

const LEFT_OUT: &[LeftOut] = &[
    LeftOut {
        journey: "a_full_phone_refuses_photos_first_says_what_can_go_and_loses_nothing",
        by: &[Other::Firefox, Other::WebKitGtk],
        why: "the full disk is played by a script before every page, which only Chromium's developer tools can place",
    },
    LeftOut {
        journey: "the_age_of_unsent_work_and_a_refused_promise_are_shown",
        by: &[Other::Firefox, Other::WebKitGtk],
        why: "the clock is moved by a script before every page, which only Chromium's developer tools can place",
    },
    LeftOut {
        journey: "whoever_is_signed_in_never_sees_the_form_even_when_the_preference_is_lost",
        by: &[Other::Firefox, Other::WebKitGtk],
        why: "the page is watched by a script before every page, which only Chromium's developer tools can place",
    },
    LeftOut {
        journey: "a_browser_that_keeps_nothing_is_said_before_anybody_signs_in",
        by: &[Other::WebKitGtk],
        why: "WebKitGTK has no setting that forbids a page to keep anything",
    },
];

impl Other {
    /// As a person would say it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Firefox => "Firefox",
            Self::WebKitGtk => "WebKitGTK",
        }
    }

    /// A run of the core journeys in this browser, which is installed if need be. Says what is left out.
    ///
    /// # Errors
    /// Something it needs is not here and cannot be installed.
    pub(crate) fn journeys(self, here: &Workspace) -> Result<Command> {
        let mut cargo = here.cargo(&["test", "--package", "aisle-e2e", "--test", "journeys", "--", "--test-threads=1"]);
        cargo.args(CORE.iter().map(|module| format!("{module}::")));
        for one in LEFT_OUT.iter().filter(|one| one.by.contains(&self)) {
            println!("left out in {}: {}\n    {}", self.name(), one.journey, one.why);
            cargo.args(["--skip", one.journey]);
        }
        match self {
            Self::Firefox => {
                let found = firefox(here)?;
                cargo.env("AISLE_BROWSER", "firefox");
                cargo.env("AISLE_FIREFOX", found.firefox).env("AISLE_GECKODRIVER", found.driver);
                Ok(cargo)
            }
            Self::WebKitGtk => {
                let found = webkit()?;
                let mut screen = Command::new(found.screen);
                screen.args(["-a", "-s", "-screen 0 1400x1000x24"]).arg(cargo.get_program()).args(cargo.get_args());
                screen.current_dir(here.root()).env("AISLE_BROWSER", "webkitgtk");
                screen.env("AISLE_WEBKIT_DRIVER", found.driver).env("AISLE_PYTHON_GTK", found.python);
                Ok(screen)
            }
        }
    }
}

/// Firefox and its driver.
struct Firefox {
    firefox: PathBuf,
    driver: PathBuf,
}

/// The version of geckodriver that the journeys were written against.
const GECKODRIVER: &str = "0.37.1";

fn firefox(here: &Workspace) -> Result<Firefox> {
    let find = || setup::named("AISLE_FIREFOX").or_else(|| process::find(&["firefox-esr", "firefox"]));
    let firefox = setup::installed(find, &["firefox-esr", "fonts-noto-cjk"])?.context(
        "the journeys in Firefox need Firefox, and it was not found.\nRemedy: install it (Debian: `apt-get install \
         firefox-esr`), or name it in AISLE_FIREFOX",
    )?;
    Ok(Firefox { firefox, driver: geckodriver(here)? })
}

fn geckodriver(here: &Workspace) -> Result<PathBuf> {
    if let Some(found) = setup::named("AISLE_GECKODRIVER").or_else(|| process::find(&["geckodriver"])) {
        return Ok(found);
    }
    let root = here.target("tools/geckodriver");
    let program = root.join("bin").join(format!("geckodriver{}", std::env::consts::EXE_SUFFIX));
    if !program.is_file() {
        println!("Installing geckodriver {GECKODRIVER} from crates.io into {}.", root.display());
        let mut cargo =
            here.cargo(&["install", "geckodriver", "--locked", "--quiet", "--version", GECKODRIVER, "--root"]);
        process::run(cargo.arg(&root)).context(
            "geckodriver cannot be installed.\nRemedy: with a network, run this again, or name it in AISLE_GECKODRIVER",
        )?;
    }
    Ok(program)
}

/// What WebKitGTK's journeys need.
struct WebKit {
    driver: PathBuf,
    python: PathBuf,
    screen: PathBuf,
}

const WEBKIT_PACKAGES: &[&str] =
    &["webkit2gtk-driver", "gir1.2-webkit2-4.1", "python3-gi", "xvfb", "xauth", "fonts-noto-cjk"];

fn webkit() -> Result<WebKit> {
    let find = || {
        let driver = setup::named("AISLE_WEBKIT_DRIVER").or_else(|| process::find(&["WebKitWebDriver"]))?;
        Some(WebKit { driver, python: python_gtk()?, screen: process::find(&["xvfb-run"])? })
    };
    setup::installed(find, WEBKIT_PACKAGES)?.with_context(|| {
        format!(
            "the journeys in WebKitGTK need WebKitWebDriver, a Python that can import gi with WebKit2 4.1, and xvfb-run, and \
             not all of them were found.\nRemedy: install them (Debian: `apt-get install {}`), or name what you have in \
             AISLE_WEBKIT_DRIVER and AISLE_PYTHON_GTK",
            WEBKIT_PACKAGES.join(" ")
        )
    })
}

/// A Python with the bindings of GTK and WebKitGTK: the system's own, whatever else comes first on the PATH.
fn python_gtk() -> Option<PathBuf> {
    const KNOWS: &str = "import gi; gi.require_version('Gtk', '3.0'); gi.require_version('WebKit2', '4.1')";
    let named = setup::named("AISLE_PYTHON_GTK");
    let system = Some(PathBuf::from("/usr/bin/python3")).filter(|file| file.is_file());
    [named, system, process::find(&["python3"])]
        .into_iter()
        .flatten()
        .find(|python| process::output(Command::new(python).args(["-c", KNOWS])).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_there_otherwise() {
        let here = Workspace::find().unwrap();
        let source = |module: &str| std::fs::read_to_string(here.path(format!("tests/e2e/tests/journeys/{module}.rs")));
        let sources: String = CORE.iter().map(|module| source(module).unwrap()).collect();
        for one in LEFT_OUT {
            assert!(sources.contains(&format!("async fn {}(", one.journey)), "no journey is called {}", one.journey);
            assert!(!one.by.is_empty() && !one.why.is_empty(), "{}", one.journey);
        }
    }
}
