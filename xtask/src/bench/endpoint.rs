//! What the endpoint makes of SQLite: pushes against bare inserts of the same bytes, and its memory with 1,000 devices.
//!
//! Measured from outside by `tests/blackbox/src/bin/bench.rs`, with release builds of both.

use anyhow::{Context, Result};
use serde::Deserialize;

use super::Row;
use crate::process;
use crate::workspace::Workspace;

/// What the measurement prints.
#[derive(Debug, Deserialize)]
struct Figures {
    batch: f64,
    ours_per_s: f64,
    peer_per_s: f64,
    idle_bytes: f64,
    resident_bytes: f64,
    peak_bytes: f64,
}

/// The bench: builds the endpoint and measures it.
///
/// # Errors
/// A build or the measurement failed.
pub(crate) fn measure(here: &Workspace) -> Result<Vec<Row>> {
    process::run(&mut here.cargo(&["build", "--release", "-p", "aisle-server", "-p", "aisle-blackbox", "--bins"]))?;
    let binary = |name: &str| here.target(format!("release/{name}{}", std::env::consts::EXE_SUFFIX));
    let mut bench = std::process::Command::new(binary("bench"));
    let said = process::output(bench.env("AISLE_SERVER_BIN", binary("aisle-server")))?;
    Ok(rows(&serde_json::from_str(&said).context("the measurement printed something else")?))
}

fn rows(figures: &Figures) -> Vec<Row> {
    const MB: f64 = 1_000_000.0;
    let bare = "bare batched SQLite inserts";
    let pushes = format!("pushes of {} mutations, 20 phones", figures.batch);
    let megabytes = |bytes: f64| (bytes / MB * 10.0).round() / 10.0;
    let idle = megabytes(figures.idle_bytes);
    vec![
        Row::new(pushes, figures.ours_per_s, figures.peer_per_s, bare, "1/s"),
        Row::new("memory with 1,000 devices", megabytes(figures.resident_bytes), idle, "just started", "MB"),
        Row::new("memory at its highest", megabytes(figures.peak_bytes), idle, "just started", "MB"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_become_rows() {
        let said = r#"{"pushes": 600, "batch": 25, "bytes": 1, "ours_per_s": 300.0, "peer_per_s": 1000.0,
                       "idle_bytes": 20000000, "resident_bytes": 50000000, "peak_bytes": 80000000, "devices": 1000}"#;
        let rows = rows(&serde_json::from_str(said).unwrap());
        assert_eq!(rows.iter().map(|row| row.ratio).collect::<Vec<_>>(), [0.3, 2.5, 4.0]);
    }
}
