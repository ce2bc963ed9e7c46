//! More than one phone: everybody sees their own shops, on every phone of theirs, and nobody else's.

use aisle_e2e::pages::{ShopPage, Shops, SignIn, SyncCentre};
use aisle_e2e::{Browser, Endpoint, REP1, REP4, eventually, plan};
use anyhow::{Context, Result};
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread")]
async fn two_people_see_their_own_shops_and_visits_only() -> Result<()> {
    let endpoint = Endpoint::start().await?;
    let records = endpoint.records().await?;
    let (west, mut west_shops) = signed_in(&endpoint, REP1).await?;
    let (east, mut east_shops) = signed_in(&endpoint, REP4).await?;
    for (shops, person) in [(&west_shops, REP1), (&east_shops, REP4)] {
        let assigned: BTreeSet<String> =
            records.shops_of(person.login).await?.into_iter().map(|(code, _)| code).collect();
        assert_eq!(assigned.len(), 20);
        assert_eq!(*shops, assigned, "{} sees exactly the shops assigned", person.login);
    }
    let (ours, theirs) = (west_shops.pop_first().context("a shop")?, east_shops.pop_first().context("a shop")?);

    // A shop of somebody else does not exist, even by its address.
    east.go(&format!("/shops/{ours}")).await?;
    assert!(ShopPage::shown(&east, &ours).await?.is_unknown().await?);
    assert!(east.remembers(&format!("shop/{theirs}")).await?, "what a phone remembers can be told");
    assert!(!east.remembers(&format!("shop/{ours}")).await?, "nothing of the shop is on the phone");
    east.go("/").await?;

    let in_the_west = begin_visit(&west, &ours).await?;
    // That the east's own visit came back from the endpoint shows that it has pulled since.
    let in_the_east = begin_visit(&east, &theirs).await?;
    assert!(east.remembers(&in_the_east).await?);
    assert!(!east.remembers(&in_the_west).await?, "a visit in the west is not on the phone in the east");
    west.reload().await?;
    SyncCentre::open(&west).await?.chip_says("chip.settled").await?;
    assert!(!west.remembers(&in_the_east).await?);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_made_on_one_phone_appears_on_the_other_of_the_same_person() -> Result<()> {
    let endpoint = Endpoint::start().await?;
    let (old, shops) = signed_in(&endpoint, REP1).await?;
    let (new, _) = signed_in(&endpoint, REP1).await?;
    let code = shops.first().context("a shop")?;

    let shop = Shops::open(&old).await?.choose(code).await?;
    let visit = shop.check_in_from_elsewhere("reason.no_fix").await?;
    plan::answer_all(visit, 0).await?;
    visit.go_to_summary().await?;
    let score = visit.score().await?;
    visit.check_out().await?.chip_says("chip.settled").await?;

    SyncCentre::open(&new).await?.send_now().await?;
    new.go(&format!("/shops/{code}")).await?;
    let shop = ShopPage::shown(&new, code).await?;
    let listed =
        eventually("the visit on the other phone", async || Ok(shop.visits().await?.into_iter().next())).await?;
    assert!(listed.contains(&score), "{listed:?} tells the score {score}");
    Ok(())
}

/// A new phone of a person, and the shops it lists.
async fn signed_in(endpoint: &Endpoint, person: aisle_e2e::Person) -> Result<(Browser, BTreeSet<String>)> {
    let phone = Browser::open(&endpoint.address()).await?;
    SignIn::shown(&phone).await?.sign_in(person).await?;
    let shops = Shops::open(&phone).await?.listed().await?;
    Ok((phone, shops))
}

/// Checks in, gives an answer and waits until the endpoint has both. Returns the visit's id.
async fn begin_visit(phone: &Browser, code: &str) -> Result<String> {
    let shop = Shops::open(phone).await?.choose(code).await?;
    let visit = shop.check_in_from_elsewhere("reason.no_fix").await?;
    plan::answer_next(visit, 1, 0).await?;
    visit.chip_says("chip.settled").await?;
    visit.id().await
}
