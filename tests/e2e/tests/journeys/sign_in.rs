//! Signing in: what is wrong is said, and nothing that was typed is lost.

use aisle_e2e::pages::{Shops, SignIn, SyncCentre, Today};
use aisle_e2e::{Browser, Endpoint, REP1, eventually, plan};
use anyhow::Result;

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_said_with_the_attempts_left_and_nothing_typed_is_lost() -> Result<()> {
    let endpoint = Endpoint::start().await?;
    let phone = Browser::open(&endpoint.address()).await?;
    let form = SignIn::shown(&phone).await?;
    form.fill(REP1.login, "not-my-password").await?;
    for left in ["4", "3"] {
        form.submit().await?;
        form.refused(&phone.words().fill("sign_in.wrong_left", &[("n", left)])?).await?;
        assert_eq!(form.filled().await?, (REP1.login.to_owned(), "not-my-password".to_owned()));
    }
    form.sign_in(REP1).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_signal_signing_in_says_so_and_keeps_what_was_typed() -> Result<()> {
    let mut endpoint = Endpoint::start().await?;
    let phone = Browser::open(&endpoint.address()).await?;
    let form = SignIn::shown(&phone).await?;
    endpoint.kill();
    form.fill(REP1.login, REP1.password).await?;
    form.submit().await?;
    form.refused(phone.words().say("sign_in.unreachable")?).await?;
    assert_eq!(form.filled().await?, (REP1.login.to_owned(), REP1.password.to_owned()));
    endpoint.start_again().await?;
    form.submit().await?;
    Today::shown(&phone).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_session_keeps_the_work_and_asks_for_the_password() -> Result<()> {
    let endpoint = Endpoint::start().await?;
    let phone = Browser::open(&endpoint.address()).await?;
    SignIn::shown(&phone).await?.sign_in(REP1).await?;
    phone.lose_session().await?;
    let visit = Shops::check_in_at_first(&phone).await?;
    plan::answer_next(visit, 2, 0).await?;
    visit.chip_says("chip.needs_you").await?;

    let sync = SyncCentre::open(&phone).await?;
    sync.says("sync.safe_here").await?;
    eventually("the form", async || Ok(sync.asks_to_sign_in_again().await?.then_some(()))).await?;
    sync.sign_in_again(REP1).await?;
    sync.chip_says("chip.settled").await?;
    let records = endpoint.records().await?;
    assert_eq!((records.visits().await?.len(), records.answers().await?.len()), (1, 2));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_signed_in_never_sees_the_form_even_when_the_preference_is_lost() -> Result<()> {
    let endpoint = Endpoint::start().await?;
    let phone = Browser::open(&endpoint.address()).await?;
    SignIn::shown(&phone).await?.sign_in(REP1).await?;
    let watch = "new MutationObserver(() => {
                     if (document.querySelector('form#sign-in')) document.documentElement.dataset.sawForm = 'yes';
                 }).observe(document, { childList: true, subtree: true });";
    phone.at_every_page(watch).await?;
    phone.run("localStorage.removeItem('aisle.session');", vec![]).await?;
    phone.reload().await?;
    Today::shown(&phone).await?;
    assert!(phone.run("return document.documentElement.dataset.sawForm", vec![]).await?.is_null());
    // The watch sees a form that is there.
    phone.run("localStorage.clear(); indexedDB.databases().then((all) => all.forEach((d) => indexedDB.deleteDatabase(d.name)));", vec![]).await?;
    phone.reload().await?;
    SignIn::shown(&phone).await?;
    assert_eq!(phone.run("return document.documentElement.dataset.sawForm", vec![]).await?, "yes");
    Ok(())
}
