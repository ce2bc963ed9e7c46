//! Runs the benches that need a browser and prints what it measured as JSON on its last line: `cargo xtask bench` builds
//! what is needed, calls this, and holds the figures to their limits.
//!
//! `bench sync PAGES NODE_MODULES` and `bench progress PAGES NODE_MODULES`. The pages are `tests/bench/pages` with the
//! peers' files beside them; what a page measures is described there.

mod page;
mod progress;
mod sync;

use anyhow::{Context, Result, bail};
use serde::Serialize;
use std::path::Path;

/// A figure: both sides, in `unit`, and how they stand to each other.
#[derive(Debug, Serialize)]
struct Figure {
    name: &'static str,
    ours: f64,
    peer: f64,
    peer_name: &'static str,
    unit: &'static str,
    ratio: f64,
}

impl Figure {
    /// What both sides took, turn by turn: the middle of each, and the middle of the ratios. Both took each turn right after
    /// one another, so whatever else the machine did met both.
    fn of_turns(name: &'static str, ours: &[f64], peer: &[f64], peer_name: &'static str) -> Self {
        let ratios = ours.iter().zip(peer).map(|(ours, peer)| ours / peer).collect();
        Self {
            name,
            ours: median(ours.to_vec()),
            peer: median(peer.to_vec()),
            peer_name,
            unit: "ms",
            ratio: median(ratios),
        }
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [what, pages, modules] = args.as_slice() else { bail!("bench sync|progress PAGES NODE_MODULES") };
    let (pages, modules) = (Path::new(pages), Path::new(modules));
    let figures = match what.as_str() {
        "sync" => sync::measure(pages, modules).await?,
        "progress" => progress::measure(pages, modules).await?,
        other => bail!("there is no bench {other}"),
    };
    println!("{}", serde_json::to_string(&figures).context("cannot write the figures")?);
    Ok(())
}

/// The middle of what was measured.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
