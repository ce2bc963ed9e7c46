//! The benches that run in a browser: `sync` and `progress`. Builds our side (`tests/bench`), lays the peers' files from npm
//! beside it, lets `aisle-e2e`'s `bench` run the pages, and holds the ratios to their limits.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::{Row, table, wasm};
use crate::workspace::{Workspace, files_below, remove_folder};
use crate::{process, setup};

/// The peers, by package and version. Nothing of them is in the repository.
const PEERS: &[(&str, &str)] = &[
    ("dexie", "4"),
    ("pouchdb", "9"),
    ("express", "4"),
    ("express-pouchdb", "4"),
    ("arquero", "7"),
    ("@duckdb/duckdb-wasm", "1.32"),
];

/// What the pages import, by its place in node_modules. A folder stands for all its modules.
const VENDOR: &[(&str, &str)] = &[
    ("dexie/dist/dexie.mjs", "dexie.mjs"),
    ("pouchdb/dist/pouchdb.min.js", "pouchdb.min.js"),
    ("arquero/dist/arquero.min.js", "arquero.min.js"),
    ("@duckdb/duckdb-wasm/dist/duckdb-browser.mjs", "duckdb-browser.mjs"),
    ("@duckdb/duckdb-wasm/dist/duckdb-browser-eh.worker.js", "duckdb-browser-eh.worker.js"),
    ("@duckdb/duckdb-wasm/dist/duckdb-eh.wasm", "duckdb-eh.wasm"),
    ("apache-arrow", "apache-arrow"),
    ("flatbuffers/mjs", "flatbuffers"),
    ("tslib/tslib.es6.mjs", "tslib.mjs"),
];

/// A limit on a ratio: the start of the row's name, the peer, and ours ÷ peer at most.
type Limit = (&'static str, &'static str, f64);

const SYNC: &[Limit] = &[
    ("bulk write", "raw IndexedDB", 0.8),
    ("bulk write", "Dexie", 0.7),
    ("one confirmed write", "raw IndexedDB", 1.3),
    ("cold start", "Dexie", 0.25),
    ("10,000 records up", "PouchDB with express-pouchdb", 0.2),
    ("10,000 records down", "PouchDB with express-pouchdb", 0.2),
];

const PROGRESS: &[Limit] = &[
    ("full progress tree", "JavaScript over typed arrays", 1.0),
    ("full progress tree", "DuckDB-WASM", 0.5),
    ("full progress tree", "arquero", 0.1),
    ("one new entry", "our full roll-up", 0.02),
    ("50,000 facts", "Dexie with 50,000", 0.2),
    ("1,000,000 facts", "Dexie with 50,000", 0.4),
];

/// A figure as the runner prints it.
#[derive(Debug, Deserialize)]
struct Figure {
    name: String,
    ours: f64,
    peer: f64,
    peer_name: String,
    unit: String,
    /// The middle of the ratios of all turns.
    ratio: f64,
}

/// The bench `sync`.
///
/// # Errors
/// Something is missing, or a ratio is over its limit; the table is printed before.
pub(crate) fn sync(here: &Workspace) -> Result<Vec<Row>> {
    measure(here, "sync", SYNC)
}

/// The bench `progress`.
///
/// # Errors
/// Something is missing, or a ratio is over its limit; the table is printed before.
pub(crate) fn progress(here: &Workspace) -> Result<Vec<Row>> {
    measure(here, "progress", PROGRESS)
}

fn measure(here: &Workspace, what: &str, limits: &[Limit]) -> Result<Vec<Row>> {
    let browser = setup::browser()?;
    let modules = setup::npm_packages(here, "bench", PEERS).context(
        "the peers of this bench come from npm.\nRemedy: install Node.js with npm, and run this with a network",
    )?;
    let pages = pages(here, &modules)?;
    process::run(&mut here.cargo(&["build", "--release", "--package", "aisle-server"]))?;
    let mut cargo = here.cargo(&["run", "--package", "aisle-e2e", "--bin", "bench", "--", what]);
    cargo.arg(&pages).arg(&modules);
    cargo
        .env("AISLE_SERVER_BIN", here.target("release/aisle-server"))
        .env("AISLE_CHROMIUM", &browser.chromium)
        .env("AISLE_CHROMEDRIVER", &browser.driver)
        .stderr(Stdio::inherit());
    let said = process::output(&mut cargo)?;
    let figures = said.lines().last().context("the bench said nothing")?;
    let figures: Vec<Figure> = serde_json::from_str(figures).context("the bench said something else than figures")?;
    let row = |f: Figure| Row { ratio: f.ratio, ..Row::new(f.name, f.ours, f.peer, &f.peer_name, &f.unit) };
    held(figures.into_iter().map(row).collect(), limits)
}

/// Names each row's limit, and fails when one is over it.
fn held(mut rows: Vec<Row>, limits: &[Limit]) -> Result<Vec<Row>> {
    let mut over = Vec::new();
    for row in &mut rows {
        let limit = limits.iter().find(|(name, peer, _)| row.name.starts_with(name) && row.peer_name == *peer);
        let Some((_, _, most)) = limit else { continue };
        row.name = format!("{} (at most {most})", row.name);
        if row.ratio.is_nan() || row.ratio > *most {
            over.push(format!("{}: {:.3} × {}", row.name, row.ratio, row.peer_name));
        }
    }
    if over.is_empty() {
        return Ok(rows);
    }
    print!("{}", table(&rows));
    bail!("over the limit:\n  {}", over.join("\n  "))
}

/// The pages with our side and the peers' files, in a folder of their own.
fn pages(here: &Workspace, modules: &Path) -> Result<PathBuf> {
    let pages = here.target("xtask/bench-pages");
    remove_folder(&pages)?;
    copy(&here.path("tests/bench/pages"), &pages)?;
    let vendor = pages.join("vendor");
    for (from, to) in VENDOR {
        copy(&modules.join(from), &vendor.join(to))?;
    }
    wasm::bundle(here, &vendor)?;
    Ok(pages)
}

/// Copies a file, or the modules below a folder.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let put = |from: &Path, to: &Path| -> Result<()> {
        let folder = to.parent().context("a file without a folder")?;
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        fs::copy(from, to).map(drop).with_context(|| format!("cannot copy {}", from.display()))
    };
    if from.is_file() {
        return put(from, to);
    }
    for file in files_below(from)? {
        let relative = file.strip_prefix(from).context("a file outside its folder")?;
        let wanted = file.extension().is_some_and(|e| e == "mjs" || e == "js" || e == "cjs" || e == "html");
        if wanted && !relative.components().any(|part| part.as_os_str() == "node_modules") {
            put(&file, &to.join(relative))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, ours: f64) -> Row {
        Row::new(name, ours, 100.0, "peer", "ms")
    }

    #[test]
    fn a_ratio_over_its_limit_fails_and_names_it() {
        let limits: &[Limit] = &[("write", "peer", 0.8)];
        let rows = held(vec![row("write of many", 80.0), row("other", 999.0)], limits).unwrap();
        assert_eq!(rows[0].name, "write of many (at most 0.8)");
        let error = held(vec![row("write of many", 81.0)], limits).unwrap_err().to_string();
        assert!(error.contains("write of many (at most 0.8): 0.810 × peer"), "{error}");
        assert!(held(vec![row("write", f64::NAN)], limits).is_err(), "no figure is no pass");
    }
}
