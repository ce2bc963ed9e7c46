//! What those who lead do: the cockpit.

use aisle_e2e::browser::Size;
use aisle_e2e::pages::{Cockpit, SignIn};
use aisle_e2e::{Browser, Endpoint, MANAGER, eventually};
use anyhow::Result;
use thirtyfour::Key;

async fn lead(endpoint: &Endpoint, person: aisle_e2e::Person) -> Result<Browser> {
    let mut desk = Browser::open(&endpoint.address()).await?;
    desk.resize(Size::DESK).await?;
    SignIn::shown(&desk).await?.sign_in_to_lead(person).await?;
    Ok(desk)
}

/// Arrows walk the tree, fold it and unfold it; the focus goes along.
#[tokio::test(flavor = "multi_thread")]
async fn the_tree_is_walked_by_keyboard() -> Result<()> {
    let endpoint = Endpoint::start().await?;
    let desk = lead(&endpoint, MANAGER).await?;
    let cockpit = Cockpit::shown(&desk).await?;
    let rows = cockpit.rows().await?;
    assert_eq!(rows.len(), 3, "the whole and its two regions");
    cockpit.key(Key::Down + "").await?;
    focus_on(cockpit, &rows[1].0).await?;
    cockpit.key(Key::Right + "").await?;
    eventually("the region to unfold", async || Ok((cockpit.rows().await?.len() > 3).then_some(()))).await?;
    cockpit.key(Key::Right + "").await?;
    let below = cockpit.rows().await?[2].0.clone();
    focus_on(cockpit, &below).await?;
    cockpit.key(Key::Left + "").await?;
    focus_on(cockpit, &rows[1].0).await?;
    cockpit.key(Key::Left + "").await?;
    eventually("the region to fold", async || Ok((cockpit.rows().await?.len() == 3).then_some(()))).await?;
    cockpit.key(Key::End + "").await?;
    focus_on(cockpit, &rows[2].0).await
}

async fn focus_on(cockpit: Cockpit<'_>, name: &str) -> Result<()> {
    eventually(format!("the focus on {name}"), async || {
        Ok((cockpit.focused().await?.as_deref() == Some(name)).then_some(()))
    })
    .await
}
