//! The address bar and the history follow what is tapped.

use aisle_e2e::pages::{ShopPage, Shops, SignIn, Today};
use aisle_e2e::{Browser, Endpoint, REP1};
use anyhow::{Context, Result};

#[tokio::test(flavor = "multi_thread")]
async fn going_back_and_loading_anew_stay_where_the_person_is() -> Result<()> {
    let endpoint = Endpoint::start().await?;
    let phone = Browser::open(&endpoint.address()).await?;
    SignIn::shown(&phone).await?.sign_in(REP1).await?;
    let shops = Shops::open(&phone).await?;
    phone.is_at("/shops").await?;
    let code = shops.listed().await?.pop_first().context("a shop")?;
    shops.choose(&code).await?;
    phone.reload().await?;
    ShopPage::shown(&phone, &code).await?;
    phone.back().await?;
    phone.is_at("/shops").await?;
    assert_eq!(shops.listed().await?.len(), 20);
    phone.back().await?;
    phone.is_at("/").await?;
    Today::shown(&phone).await?;
    Ok(())
}
