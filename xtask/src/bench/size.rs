//! The first load: what a device downloads before sign-in and Today stand on the screen and work offline.
//!
//! That is everything the service worker precaches, so nothing can hide in it, and the worker itself; in brotli where
//! the endpoint sends brotli, else as it is.

use std::path::Path;

use anyhow::{Context, Result, bail};

use super::{Row, table};
use crate::build::{self, Profile};
use crate::release::{Release, ReleaseFile};
use crate::workspace::Workspace;

/// Bytes: 300 kB.
const BUDGET: usize = 300_000;

/// A name and which paths belong to it.
type Part = (&'static str, fn(&str) -> bool);

/// Parts in the order they are printed; the first that fits takes a file.
const PARTS: &[Part] = &[
    ("app (wasm)", |path| path.ends_with(".wasm")),
    ("glue and start (js)", |path| path.starts_with("assets/") && path.ends_with(".js")),
    ("styles (css)", |path| path.ends_with(".css")),
    ("page with icons (html)", |path| path.ends_with(".html")),
    ("service worker", |path| path == "sw.js"),
    ("manifest and app icons", |_| true),
];

/// The bench: builds the app and weighs it.
///
/// # Errors
/// The app is over the budget; the table is printed before.
pub(crate) fn measure(here: &Workspace) -> Result<Vec<Row>> {
    let rows = rows(&Release::read(&build::build(here, Profile::Release)?)?.files);
    if over_budget(&rows) {
        print!("{}", table(&rows));
        bail!("the first load is over its budget of {BUDGET} bytes");
    }
    Ok(rows)
}

/// The check in `cargo xtask test`: weighs a written release.
///
/// # Errors
/// The app is over the budget.
pub(crate) fn within_budget(dist: &Path) -> Result<()> {
    let rows = rows(&Release::read(dist)?.files);
    print!("{}", table(&rows));
    if over_budget(&rows) {
        bail!("the first load is over its budget of {BUDGET} bytes");
    }
    rows.last().map(drop).context("a release without files")
}

fn over_budget(rows: &[Row]) -> bool {
    rows.last().is_some_and(|total| total.ratio > 1.0)
}

/// One row a part, the sum last.
fn rows(files: &[ReleaseFile]) -> Vec<Row> {
    let mut sums = vec![0; PARTS.len()];
    for file in files.iter().filter(|file| file.precached || file.path == "sw.js") {
        if let Some(part) = PARTS.iter().position(|(_, fits)| fits(&file.path)) {
            sums[part] += file.br.unwrap_or(file.bytes);
        }
    }
    let row = |name: &str, bytes: usize| Row::new(name, bytes as f64, BUDGET as f64, "budget", "B");
    let mut rows: Vec<Row> = PARTS.iter().zip(&sums).map(|((name, _), bytes)| row(name, *bytes)).collect();
    rows.push(row("first load", sums.iter().sum()));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, bytes: usize, br: Option<usize>, precached: bool) -> ReleaseFile {
        ReleaseFile { path: path.to_owned(), bytes, br, sha256: String::new(), precached }
    }

    #[test]
    fn counts_what_is_kept_in_the_form_it_is_sent() {
        let rows = rows(&[
            file("assets/aisle-1.wasm", 900, Some(300), true),
            file("assets/aisle-2.js", 90, Some(30), true),
            file("assets/boot-2.js", 9, Some(3), true),
            file("icons/i.png", 50, None, true),
            file("screenshots/s.png", 5000, None, false),
            file("sw.js", 70, Some(7), false),
        ]);
        let ours: Vec<f64> = rows.iter().map(|row| row.ours).collect();
        assert_eq!(ours, [300.0, 33.0, 0.0, 0.0, 7.0, 50.0, 390.0]);
    }

    #[test]
    fn the_budget_is_a_limit() {
        let at = |bytes| over_budget(&rows(&[file("assets/a.wasm", 9_999_999, Some(bytes), true)]));
        assert!(!at(BUDGET));
        assert!(at(BUDGET + 1));
    }
}
