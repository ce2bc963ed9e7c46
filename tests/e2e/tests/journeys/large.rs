//! More shops than a screen holds: they come in pages, in the cockpit's tree and tables and in the list, by keyboard too.

use aisle_e2e::pages::{Cockpit, SignIn};
use aisle_e2e::{Browser, Endpoint, MANAGER, eventually};
use anyhow::Result;
use serde_json::json;
use std::fmt::Write as _;
use thirtyfour::By;
use thirtyfour::prelude::*;

async fn count(browser: &Browser, css: &str) -> Result<u64> {
    let count = browser.run("return document.querySelectorAll(arguments[0]).length;", vec![json!(css)]).await?;
    Ok(count.as_u64().unwrap_or(0))
}

async fn comes_to(browser: &Browser, css: &str, expect: u64) -> Result<()> {
    eventually(format!("{expect} of {css}"), async || Ok((count(browser, css).await? == expect).then_some(()))).await
}

async fn focus_is_on(browser: &Browser, css: &str) -> Result<()> {
    let script = "return document.activeElement?.matches(arguments[0]) ?? false;";
    eventually(format!("the focus on {css}"), async || {
        Ok((browser.run(script, vec![json!(css)]).await? == json!(true)).then_some(()))
    })
    .await
}

/// Unfolds a row of the tree by its name.
async fn unfold(browser: &Browser, name: &str) -> Result<()> {
    let script =
        "[...document.querySelectorAll('.tree__t')].find((t) => t.textContent.includes(arguments[0]))?.click();";
    browser.run(script, vec![json!(name)]).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn many_shops_come_in_pages() -> Result<()> {
    let mut endpoint = Endpoint::at_rest()?;
    let mut table = "id,name,city,territory,channel,tier\n".to_owned();
    for n in 0..160 {
        writeln!(table, "x{n:03},Extra {n:03},Ames,boone,ka,A")?;
    }
    endpoint.import("shops.csv", &table)?;
    endpoint.start_again().await?;
    let desk = Browser::open(&endpoint.address()).await?;
    SignIn::shown(&desk).await?.sign_in_to_lead(MANAGER).await?;
    Cockpit::shown(&desk).await?;

    // The table: twenty rows, then fifty more with each press; the focus goes to the first that is new.
    comes_to(&desk, "[id^='ck-shop-']", 20).await?;
    desk.tap("more shops", By::Css(".paging .lnk")).await?;
    comes_to(&desk, "[id^='ck-shop-']", 70).await?;
    focus_is_on(&desk, "#ck-shop-20").await?;

    // The tree: fifty of Boone's shops and a row that says how many there are; Enter on it shows more.
    unfold(&desk, "Western").await?;
    eventually("Boone", async || Ok((count(&desk, "#ck-t-boone").await? == 1).then_some(()))).await?;
    let before = count(&desk, ".tree__r").await?;
    unfold(&desk, "Boone").await?;
    comes_to(&desk, ".tree__r", before + 50).await?;
    let more = desk.see("the row for more", By::Css(".tree__more")).await?;
    let said = more.text().await?;
    assert!(said.contains("50 more of 16"), "{said}");
    more.send_keys(Key::Enter + "").await?;
    comes_to(&desk, ".tree__r", before + 100).await?;
    focus_is_on(&desk, ".tree__r").await?;
    desk.tap("more of the tree", By::Css(".tree__more .lnk")).await?;
    comes_to(&desk, ".tree__r", before + 150).await?;

    // The list of shops.
    desk.go("/shops").await?;
    comes_to(&desk, "main .rows > li", 50).await?;
    desk.tap("more shops", By::Css(".paging .lnk")).await?;
    comes_to(&desk, "main .rows > li", 100).await?;
    focus_is_on(&desk, "main .rows > li:nth-child(51)").await
}
