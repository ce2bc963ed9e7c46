//! Targets on a rep's phone: down to the records, an actual entered without a signal, and drafts.

use aisle_e2e::pages::{Actuals, Drafts, SignIn, SyncCentre, Targets};
use aisle_e2e::{Browser, Endpoint, REP1, SUPERVISOR_WEST, eventually};
use anyhow::{Context, Result};

#[tokio::test(flavor = "multi_thread")]
async fn an_actual_entered_without_a_signal_moves_every_figure_above_it_and_arrives() -> Result<()> {
    let mut endpoint = Endpoint::start().await?;
    let phone = Browser::open(&endpoint.address()).await?;
    SignIn::shown(&phone).await?.sign_in(REP1).await?;
    phone.works_offline().await?;
    let targets = Targets::open(&phone).await?;
    let mut before = Vec::new();
    for kind in Targets::KINDS {
        before.push(targets.figure(kind).await?);
    }
    assert!(before.windows(2).all(|pair| pair[0] >= pair[1]), "longer periods hold more: {before:?}");

    // Down a shop, a category of it, and to the records; every figure says what it was made of.
    targets.figure("targets.month").await?;
    let why = targets.why().await?;
    for key in ["figure.actual", "figure.basis", "figure.through", "figure.target_from"] {
        let words = phone.words().say(key)?;
        assert!(why.contains(words), "{words:?} is not in {why:?}");
    }
    targets.follow_first().await?;
    let path = phone.path().await?;
    let (_, shop) = path.rsplit_once("%3D").context("the path names the shop")?;
    let whole = targets.records().await?;
    targets.follow_first().await?;
    let of_category = targets.records().await?;
    assert!(0 < of_category && of_category <= whole, "{of_category} of {whole} records");

    endpoint.kill();
    phone.back().await?;
    let actuals = Actuals::open(&phone).await?;
    actuals.enter("1234.56").await?;
    assert!(actuals.entered().await?[0].contains(phone.words().say("state.phone")?));
    let moved =
        |after: &[i64], by: i64| after.iter().zip(&before).all(|(after, before)| (after - before - by).abs() <= 1);
    let after = figures(&phone).await?;
    assert!(moved(&after, 1_235), "{before:?} became {after:?}");

    phone.go(&format!("/actuals/{shop}")).await?;
    Actuals::shown(&phone).await?.correct("234.56", "typed a digit too many").await?;
    let after = figures(&phone).await?;
    assert!(moved(&after, 235), "{before:?} became {after:?}: the correction counts instead");

    endpoint.start_again().await?;
    let sync = SyncCentre::open(&phone).await?;
    sync.send_now().await?;
    sync.chip_says("chip.settled").await?;
    phone.go(&format!("/actuals/{shop}")).await?;
    let accepted = phone.words().say("state.accepted")?;
    let actuals = Actuals::shown(&phone).await?;
    eventually("both entries to be accepted", async || {
        let lines = actuals.entered().await?;
        Ok((lines.len() == 2 && lines.iter().all(|line| line.contains(accepted))).then_some(()))
    })
    .await?;

    let desk = Browser::open(&endpoint.address()).await?;
    SignIn::shown(&desk).await?.sign_in_to_lead(SUPERVISOR_WEST).await?;
    desk.go(&format!("/actuals/{shop}")).await?;
    let seen = Actuals::shown(&desk).await?;
    let line = eventually("the correction on the supervisor's screen", async || {
        Ok(seen.entered().await?.into_iter().find(|line| line.contains("typed a digit too many")))
    });
    assert!(line.await?.contains("$235"));
    Ok(())
}

/// The figure of each kind of period, from the tab.
async fn figures(phone: &Browser) -> Result<Vec<i64>> {
    let targets = Targets::open(phone).await?;
    let mut figures = Vec::new();
    for kind in Targets::KINDS {
        figures.push(targets.figure(kind).await?);
    }
    Ok(figures)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_handed_in_without_a_signal_and_arrives() -> Result<()> {
    let mut endpoint = Endpoint::start().await?;
    let phone = Browser::open(&endpoint.address()).await?;
    SignIn::shown(&phone).await?.sign_in(REP1).await?;
    phone.works_offline().await?;
    endpoint.kill();
    Targets::open(&phone).await?;
    let drafts = Drafts::open(&phone).await?;
    drafts.draft_first("5000").await?;
    drafts.hand_in().await?;
    phone.reload().await?;
    drafts.first_says("drafts.state_submitted").await?;

    endpoint.start_again().await?;
    let sync = SyncCentre::open(&phone).await?;
    sync.send_now().await?;
    sync.chip_says("chip.settled").await?;
    let taken = endpoint.records().await?.mutations().await?;
    assert_eq!((taken.rows, taken.refused), (2, 0), "the draft and its step, and nothing refused");
    Ok(())
}
