//! The first load: what a device downloads before sign-in and Today stand on the screen; in brotli where the endpoint
//! sends brotli, else as it is.
//!
//! What comes after the first paint is listed apart and not held to the budget: the lazy pages, fetched when the page
//! is idle, and what only the service worker and an installation need. `release.json` says which is which.

use std::path::Path;

use anyhow::{Result, bail};

use super::{Row, table};
use crate::assets::Load;
use crate::build::{self, Profile};
use crate::own_std;
use crate::release::{Release, ReleaseFile};
use crate::workspace::Workspace;

/// Bytes: 300 kB.
const BUDGET: usize = 300_000;
/// What holds where the standard library cannot be compiled along (docs/adr/0005): bytes.
const WITHOUT_OWN_STD: usize = 318_000;

/// A name and which files belong to it.
type Part = (&'static str, fn(&ReleaseFile) -> bool);

/// Parts of the first load in the order they are printed; the first that fits takes a file.
const FIRST: &[Part] = &[
    ("app (wasm)", |file| file.path.ends_with(".wasm")),
    ("glue, loader and start (js)", |file| file.path.ends_with(".js")),
    ("styles (css)", |file| file.path.ends_with(".css")),
    ("page with icons (html)", |file| file.path.ends_with(".html")),
    ("manifest and icon of the tab", |_| true),
];

/// Likewise of what comes after the first paint.
const LATER: &[Part] = &[
    ("after first paint: lazy pages (wasm)", |file| file.path.ends_with(".wasm")),
    ("after first paint: their styles (css)", |file| file.path.ends_with(".css")),
    ("after first paint: service worker", |file| file.load == Load::Worker),
    ("after first paint: app icons", |_| true),
];

/// Likewise of what is fetched only when it is needed; the screenshots of the manifest are not listed.
const ON_DEMAND: &[Part] = &[("when a file is chosen: import", |file| file.path.starts_with("assets/import"))];

/// The bench: builds the app and weighs it.
///
/// # Errors
/// The app is over the budget; the table is printed before.
pub(crate) fn measure(here: &Workspace) -> Result<Vec<Row>> {
    let rows = rows(&Release::read(&build::build(here, Profile::Release)?)?.files);
    if is_over(&rows, BUDGET) {
        print!("{}", table(&rows));
        bail!("the first load is over its budget of {BUDGET} bytes");
    }
    Ok(rows)
}

/// Prints the sizes of an app that is built and holds its first load to the budget; where the standard library
/// cannot be compiled along, to what can be reached without.
///
/// # Errors
/// The first load is too large.
pub(crate) fn hold(dist: &Path) -> Result<()> {
    let rows = rows(&Release::read(dist)?.files);
    print!("{}", table(&rows));
    let limit = if own_std::is_possible() { BUDGET } else { WITHOUT_OWN_STD };
    if limit != BUDGET {
        println!("note: built on the compiler's standard library, so {limit} bytes are allowed instead of {BUDGET}");
    }
    if is_over(&rows, limit) {
        bail!("the first load is larger than {limit} bytes");
    }
    Ok(())
}

/// The name of the row with the sum.
const SUM: &str = "first load";

fn is_over(rows: &[Row], limit: usize) -> bool {
    rows.iter().any(|row| row.name == SUM && row.ours > limit as f64)
}

/// One row a part: the first load, its sum, what comes later.
fn rows(files: &[ReleaseFile]) -> Vec<Row> {
    let row = |name: &str, bytes: usize| Row::new(name, bytes as f64, BUDGET as f64, "budget", "B");
    let first = sums(FIRST, files.iter().filter(|file| file.load == Load::First));
    let later = sums(LATER, files.iter().filter(|file| matches!(file.load, Load::Later | Load::Worker)));
    let on_demand = sums(ON_DEMAND, files.iter().filter(|file| file.load == Load::Online));
    let sum = first.iter().map(|(_, bytes)| bytes).sum();
    first.iter().chain([&(SUM, sum)]).chain(&later).chain(&on_demand).map(|(name, bytes)| row(name, *bytes)).collect()
}

fn sums<'a>(parts: &[Part], files: impl Iterator<Item = &'a ReleaseFile>) -> Vec<(&'static str, usize)> {
    let mut sums: Vec<(&'static str, usize)> = parts.iter().map(|(name, _)| (*name, 0)).collect();
    for file in files {
        if let Some(part) = parts.iter().position(|(_, fits)| fits(file)) {
            sums[part].1 += file.br.unwrap_or(file.bytes);
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, bytes: usize, br: Option<usize>, load: Load) -> ReleaseFile {
        ReleaseFile { path: path.to_owned(), bytes, br, sha256: String::new(), load }
    }

    #[test]
    fn counts_what_is_sent_in_the_form_and_at_the_time_it_is_sent() {
        let rows = rows(&[
            file("assets/aisle-1.wasm", 900, Some(300), Load::First),
            file("assets/aisle-2.js", 90, Some(30), Load::First),
            file("assets/boot-2.js", 9, Some(3), Load::First),
            file("icons/favicon.svg", 50, None, Load::First),
            file("assets/pages-1.wasm", 500, Some(200), Load::Later),
            file("assets/later-1.css", 80, Some(20), Load::Later),
            file("icons/i.png", 60, None, Load::Later),
            file("screenshots/s.png", 5000, None, Load::Online),
            file("sw.js", 70, Some(7), Load::Worker),
            file("assets/import-1.wasm", 900, Some(400), Load::Online),
        ]);
        let ours: Vec<f64> = rows.iter().map(|row| row.ours).collect();
        assert_eq!(ours, [300.0, 33.0, 0.0, 0.0, 50.0, 383.0, 200.0, 20.0, 7.0, 60.0, 400.0]);
        assert_eq!(rows[5].name, SUM);
    }

    #[test]
    fn the_budget_limits_the_first_load_and_nothing_else() {
        let over = |bytes, load| is_over(&rows(&[file("assets/a.wasm", 9_999_999, Some(bytes), load)]), BUDGET);
        assert!(!over(BUDGET, Load::First));
        assert!(over(BUDGET + 1, Load::First));
        assert!(!over(BUDGET + 1, Load::Later));
    }
}
