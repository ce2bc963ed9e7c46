//! `cargo xtask bench NAME`: measures, prints a table, and writes rows that every later bench writes the same way.

mod browser;
mod endpoint;
pub(crate) mod size;
mod wasm;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::Serialize;

use crate::workspace::Workspace;

/// What can be chosen.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// What to measure.
    name: Option<String>,
    /// Also writes the rows to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// One measured figure beside another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Row {
    /// What was measured.
    pub(crate) name: String,
    /// Ours, in `unit`.
    pub(crate) ours: f64,
    /// The other's, or the budget, in `unit`.
    pub(crate) peer: f64,
    /// Who the other is; `budget` for a budget.
    pub(crate) peer_name: String,
    /// What both are counted in.
    pub(crate) unit: String,
    /// Ours ÷ peer; where both were measured in turns, the middle of the turns' ratios.
    pub(crate) ratio: f64,
}

impl Row {
    /// A row with its ratio.
    pub(crate) fn new(name: impl Into<String>, ours: f64, peer: f64, peer_name: &str, unit: &str) -> Self {
        Self {
            name: name.into(),
            ours,
            peer,
            peer_name: peer_name.to_owned(),
            unit: unit.to_owned(),
            ratio: ours / peer,
        }
    }
}

/// Something that can be measured.
struct Bench {
    name: &'static str,
    about: &'static str,
    measure: fn(&Workspace) -> Result<Vec<Row>>,
}

const BENCHES: &[Bench] = &[
    Bench {
        name: "endpoint",
        about: "pushes a second against bare inserts into SQLite, and memory with 1,000 devices",
        measure: endpoint::measure,
    },
    Bench {
        name: "size",
        about: "what a device downloads on its first visit, in brotli, against the budget",
        measure: size::measure,
    },
    Bench {
        name: "sync",
        about: "storage and sync in Chromium, against IndexedDB by hand, Dexie and PouchDB (from npm)",
        measure: browser::sync,
    },
    Bench {
        name: "progress",
        about: "roll-ups in Chromium, against typed arrays, DuckDB-WASM, arquero and Dexie (from npm)",
        measure: browser::progress,
    },
];

/// Runs the command.
pub(crate) fn run(here: &Workspace, options: &Options) -> Result<()> {
    let list = || BENCHES.iter().map(|bench| format!("  {:8}  {}\n", bench.name, bench.about)).collect::<String>();
    let Some(name) = &options.name else {
        print!("What can be measured:\n{}", list());
        return Ok(());
    };
    let bench = BENCHES
        .iter()
        .find(|bench| bench.name == name)
        .with_context(|| format!("there is no bench \"{name}\". There are:\n{}", list()))?;
    let rows = (bench.measure)(here)?;
    print!("{}", table(&rows));
    if let Some(file) = &options.json {
        let json = serde_json::to_string_pretty(&rows).context("cannot write the rows")?;
        fs::write(file, json).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(())
}

/// The rows for people: figures to the right.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut cells = vec![["name", "ours", "peer", "unit", "ratio", "peer name"].map(str::to_owned)];
    cells.extend(rows.iter().map(|row| {
        [
            row.name.clone(),
            figure(row.ours),
            figure(row.peer),
            row.unit.clone(),
            format!("{:.3}", row.ratio),
            row.peer_name.clone(),
        ]
    }));
    let widths: Vec<usize> =
        (0..6).map(|at| cells.iter().map(|row| row[at].chars().count()).max().unwrap_or(0)).collect();
    let mut text = String::new();
    for row in cells {
        let line: Vec<String> = row
            .iter()
            .zip(&widths)
            .enumerate()
            .map(
                |(at, (cell, width))| {
                    if matches!(at, 1 | 2 | 4) { format!("{cell:>width$}") } else { format!("{cell:width$}") }
                },
            )
            .collect();
        text.push_str(line.join("  ").trim_end());
        text.push('\n');
    }
    text
}

fn figure(value: f64) -> String {
    if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_aligned() {
        let rows = [Row::new("page", 1500.0, 300_000.0, "budget", "B"), Row::new("x", 0.5, 1.0, "peer", "ms")];
        let expect = "name  ours    peer  unit  ratio  peer name\n\
                      page  1500  300000  B     0.005  budget\n\
                      x     0.50       1  ms    0.500  peer\n";
        assert_eq!(table(&rows), expect);
    }

    #[test]
    fn rows_are_written_with_the_agreed_names() {
        let json = serde_json::to_value(Row::new("a", 1.0, 2.0, "budget", "B")).unwrap();
        let expect = serde_json::json!(
            {"name": "a", "ours": 1.0, "peer": 2.0, "peer_name": "budget", "unit": "B", "ratio": 0.5});
        assert_eq!(json, expect);
    }
}
