//! Signing out: never with unsent work.

use aisle_e2e::pages::{More, Shops, SignIn, Visit};
use aisle_e2e::{Browser, Endpoint, REP1};
use anyhow::Result;

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_waits_until_everything_is_sent() -> Result<()> {
    let mut endpoint = Endpoint::start().await?;
    let phone = Browser::open(&endpoint.address()).await?;
    SignIn::shown(&phone).await?.sign_in(REP1).await?;
    endpoint.kill();
    let visit = Shops::check_in_at_first(&phone).await?;
    let id = visit.id().await?;

    phone.go("/more").await?;
    let more = More::shown(&phone).await?;
    more.sign_out().await?;
    more.is_told("more.unsent").await?;
    phone.go("/").await?;
    assert_eq!(Visit::shown(&phone).await?.id().await?, id, "still signed in, with the visit");

    endpoint.start_again().await?;
    phone.go("/more").await?;
    let more = More::shown(&phone).await?;
    more.chip_says("chip.settled").await?;
    more.sign_out().await?;
    SignIn::shown(&phone).await?;
    phone.reload().await?;
    SignIn::shown(&phone).await?;
    assert_eq!(endpoint.records().await?.visits().await?.len(), 1);
    Ok(())
}
