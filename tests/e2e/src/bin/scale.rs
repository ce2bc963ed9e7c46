//! Measures the app in a real browser over large data: how long it takes to start from what is on the device, to come back to
//! the figures after an actual was entered, and how much memory that takes. It judges nothing.
//!
//! `cargo run -p aisle-e2e --bin scale lead|rep`. `AISLE_DEMO_DATA` names the data folder (it is copied): with
//! `lead`, the person `manager` looks at the cockpit; with `rep`, the person `rep1` looks at Today. The app is that in
//! `AISLE_DIST`. The data of the figures in docs/ARCHITECTURE.md is made by tests/e2e/scale.py.

use aisle_e2e::browser::Size;
use aisle_e2e::pages::{Actuals, SignIn};
use aisle_e2e::{Browser, Endpoint, MANAGER, REP1, eventually_within};
use anyhow::{Context, Result, bail, ensure};
use serde_json::json;
use std::time::{Duration, Instant};
use thirtyfour::By;

/// A first download of very much, on a busy machine.
const DOWNLOAD: Duration = Duration::from_secs(900);
const TURNS: usize = 7;
/// A shop in both sets of data.
const SHOP: &str = "s00123";

#[tokio::main]
async fn main() -> Result<()> {
    let (person, mark) = match std::env::args().nth(1).as_deref() {
        Some("lead") => (MANAGER, "main.ck .tree__r"),
        Some("rep") => (REP1, ".fig__n"),
        _ => bail!("scale lead|rep"),
    };
    let endpoint = Endpoint::start().await?;
    let mut browser = Browser::open(&endpoint.address()).await?;
    browser.resize(Size::DESK).await?;
    let sign_in = SignIn::shown(&browser).await?;
    sign_in.fill(person.login, person.password).await?;
    let began = Instant::now();
    sign_in.submit().await?;
    let there = async || Ok(browser.shows(By::Css(mark)).await?.then_some(()));
    eventually_within(DOWNLOAD, "the figures", there).await?;
    println!("first download            {:>8.1} s", began.elapsed().as_secs_f64());

    let mut starts = Vec::new();
    for _ in 0..TURNS {
        browser.reload().await?;
        starts.push(shown_since_start(&browser, mark).await?);
    }
    told("start, from the device", &mut starts);
    println!("memory of the page        {:>8} MB", browser.page_memory()? / 1_000_000);

    // To the form and back once without anything entered, then with an entry each time.
    let (mut idle, mut entered) = (Vec::new(), Vec::new());
    for turn in 0..TURNS * 2 {
        follow(&browser, &format!("/actuals/{SHOP}"), "#entry input[name=amount]").await?;
        if turn % 2 == 1 {
            Actuals::shown(&browser).await?.enter(&format!("{}.00", 100 + turn)).await?;
        }
        let took = follow(&browser, "/", mark).await?;
        if turn % 2 == 1 { entered.push(took) } else { idle.push(took) }
    }
    told("back, nothing entered", &mut idle);
    told("back, with an entry", &mut entered);
    println!("memory of the page        {:>8} MB", browser.page_memory()? / 1_000_000);
    let nodes = browser.run("return document.querySelectorAll('*').length;", vec![]).await?;
    println!("elements in the page      {nodes:>8}");
    Ok(())
}

fn told(what: &str, times: &mut [f64]) {
    times.sort_by(f64::total_cmp);
    let (least, middle, most) = (times[0], times[times.len() / 2], times[times.len() - 1]);
    println!("{what:25} {middle:>8.0} ms  ({least:.0} to {most:.0}, {} turns)", times.len());
}

/// Milliseconds from the beginning of the navigation until the figures are there and painted.
async fn shown_since_start(browser: &Browser, mark: &str) -> Result<f64> {
    let script = "const [mark, done] = arguments;
        const look = () => document.querySelector(mark)
            ? requestAnimationFrame(() => setTimeout(() => done(performance.now()))) : setTimeout(look, 1);
        look();";
    browser.run_async(script, vec![json!(mark)]).await?.as_f64().context("no time")
}

/// Follows a link within the app; milliseconds until what it leads to is there and painted.
async fn follow(browser: &Browser, to: &str, mark: &str) -> Result<f64> {
    let script = "const [to, mark, done] = arguments;
        const link = document.createElement('a');
        link.href = to;
        document.body.append(link);
        const before = performance.now();
        link.click();
        link.remove();
        const look = () => document.querySelector(mark)
            ? requestAnimationFrame(() => setTimeout(() => done(performance.now() - before))) : setTimeout(look, 1);
        look();";
    let took = browser.run_async(script, vec![json!(to), json!(mark)]).await?.as_f64().context("no time")?;
    ensure!(browser.path().await? == to, "the link was not followed");
    Ok(took)
}
