//! Something answers where the endpoint should be, and is not the endpoint: work goes on, and nothing is called sent.

use aisle_e2e::fake_endpoint::{Behaviour, FakeEndpoint};
use aisle_e2e::pages::{RecordStage, Shops, SignIn, SyncCentre, Visit};
use aisle_e2e::{Browser, Endpoint, REP1, eventually, eventually_within, plan};
use anyhow::Result;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_fails_holds_nobody_up() -> Result<()> {
    work_beside(Behaviour::Failing).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_captive_portal_is_not_taken_for_the_endpoint() -> Result<()> {
    work_beside(Behaviour::Portal).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_never_answers_holds_nobody_up() -> Result<()> {
    work_beside(Behaviour::Hanging).await
}

/// A request that moves records is given up after half a minute.
const GIVEN_UP: Duration = Duration::from_secs(75);

async fn work_beside(behaviour: Behaviour) -> Result<()> {
    let mut endpoint = Endpoint::start().await?;
    let phone = Browser::open(&endpoint.address()).await?;
    SignIn::shown(&phone).await?.sign_in(REP1).await?;
    phone.works_offline().await?;
    endpoint.kill();
    let fake = FakeEndpoint::listen(endpoint.port(), behaviour).await?;

    let visit = Shops::check_in_at_first(&phone).await?;
    plan::answer_next(visit, 3, 0).await?;
    eventually("the phone to try", async || Ok((fake.asked() > 0).then_some(()))).await?;

    // While it tries, the app is used, also from a fresh start.
    phone.go("/").await?;
    let visit = Visit::shown(&phone).await?;
    assert_eq!(visit.answered().await?, 3);
    plan::answer_next(visit, 2, 3).await?;

    let sync = SyncCentre::open(&phone).await?;
    let allowed = [RecordStage::OnPhone, RecordStage::Sending];
    let offline = phone.words().say("chip.offline")?.to_owned();
    eventually_within(GIVEN_UP, "the phone to see that nobody is there", async || {
        let stages = sync.stages().await?;
        assert!(
            !stages.is_empty() && stages.iter().all(|stage| allowed.contains(stage)),
            "never called sent: {stages:?}"
        );
        Ok(sync.chip().await?.starts_with(&offline).then_some(()))
    })
    .await?;
    sync.says("sync.safe_here").await?;

    fake.stop().await;
    endpoint.start_again().await?;
    sync.send_now().await?;
    sync.chip_says("chip.settled").await?;
    let records = endpoint.records().await?;
    assert_eq!((records.visits().await?.len(), records.answers().await?.len()), (1, 5));
    let taken = records.mutations().await?;
    assert_eq!((taken.rows, taken.ids, taken.refused), (6, 6, 0));
    Ok(())
}
