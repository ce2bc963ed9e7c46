//! Roll-ups and cold starts over facts: against JavaScript over typed arrays, DuckDB-WASM, arquero and Dexie.

use crate::Figure;
use crate::page::{Peers, call, numbers};
use crate::sync::{cold, seeded};
use aisle_e2e::Browser;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::path::Path;

const MILLION: u32 = 1_000_000;
/// A multiple of what 300 shops × 2 years hold in equal parts.
const FIFTY_THOUSAND: u32 = 50_000;
const TURNS: usize = 5;

pub(crate) async fn measure(pages: &Path, modules: &Path) -> Result<Vec<Figure>> {
    let peers = Peers::start(pages, modules).await?;
    let mut figures = race(&peers).await?;
    figures.extend(cold_starts(&peers).await?);
    Ok(figures)
}

async fn race(peers: &Peers) -> Result<Vec<Figure>> {
    let browser = Browser::open(&peers.address()).await?;
    let outcome = call(&browser, "/rollup.js", "race", json!([MILLION, TURNS])).await?;
    let checks: Vec<&Value> = outcome["checks"].as_object().context("no checks")?.values().collect();
    ensure!(checks.windows(2).all(|two| two[0] == two[1]), "the sides do not agree: {}", outcome["checks"]);
    let took = |side: &str| numbers(&outcome["took"][side]);
    let ours = took("ours");
    let name = "full progress tree over 1,000,000 facts";
    let against = |side: &str, peer_name| Figure::of_turns(name, &ours, &took(side), peer_name);
    let entry = outcome["entry"]["ours"].as_f64().context("no figure of the entry")?;
    Ok(vec![
        against("typed", "JavaScript over typed arrays"),
        against("duckdb", "DuckDB-WASM"),
        against("arquero", "arquero"),
        Figure::of_turns(
            "one new entry moves every figure above it",
            &vec![entry; ours.len()],
            &ours,
            "our full roll-up",
        ),
    ])
}

async fn cold_starts(peers: &Peers) -> Result<Vec<Figure>> {
    let mut sides = [
        ("ours", seeded(peers, "ours", "facts", &[0, FIFTY_THOUSAND]).await?),
        ("ours", seeded(peers, "ours", "facts", &[0, MILLION]).await?),
        ("dexie", seeded(peers, "dexie", "facts", &[0, FIFTY_THOUSAND]).await?),
        ("packed", seeded(peers, "packed", "facts", &[FIFTY_THOUSAND]).await?),
        ("packed", seeded(peers, "packed", "facts", &[MILLION]).await?),
    ];
    let mut took: [Vec<f64>; 5] = Default::default();
    let mut checks: [Vec<String>; 5] = Default::default();
    for _ in 0..TURNS {
        for (at, (side, browser)) in sides.iter_mut().enumerate() {
            let (ms, _, check) = cold(browser, side, "facts").await?;
            took[at].push(ms);
            checks[at].push(check);
        }
    }
    ensure!(checks[0] == checks[2] && checks[0] == checks[3], "the sides do not agree on 50,000 facts: {checks:?}");
    ensure!(checks[1] == checks[4], "the sides do not agree on 1,000,000 facts: {checks:?}");
    let [small, large, dexie, packed_small, packed_large] = took;
    let (dexie_name, packed_name) = ("Dexie with 50,000", "packed columns in JavaScript");
    let (few, many) = ("50,000 facts from a cold browser", "1,000,000 facts from a cold browser");
    Ok(vec![
        Figure::of_turns(few, &small, &dexie, dexie_name),
        Figure::of_turns(many, &large, &dexie, dexie_name),
        Figure::of_turns(few, &small, &packed_small, packed_name),
        Figure::of_turns(many, &large, &packed_large, packed_name),
    ])
}
