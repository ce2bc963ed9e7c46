//! A new release comes while work goes on: it waits for the person and for the visit, the draft stays, and no page is ever
//! made of two releases.

use aisle_e2e::find::{button, saying};
use aisle_e2e::pages::{More, Shops, SignIn, SyncCentre, Today, Visit};
use aisle_e2e::release::{self, Release};
use aisle_e2e::{Browser, Endpoint, REP1, eventually, plan, setting};
use anyhow::{Context, Result};
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread")]
async fn an_update_waits_for_the_visit_and_for_consent_and_never_mixes_two_releases() -> Result<()> {
    let folder = tempfile::TempDir::with_prefix("aisle-e2e-app-")?;
    let app = folder.path().join("app");
    release::copy(&setting::app()?, &app)?;
    let old = Release::read(&app)?;
    let mut endpoint = Endpoint::start_with(&app).await?;
    let phone = Browser::open(&endpoint.address()).await?;
    SignIn::shown(&phone).await?.sign_in(REP1).await?;
    phone.works_offline().await?;
    let shops = Shops::open(&phone).await?;
    let mut codes = shops.listed().await?;
    let first = codes.pop_first().context("a shop")?;
    let visit = shops.choose(&first).await?.check_in_from_elsewhere("reason.no_fix").await?;
    let id = visit.id().await?;
    let mut given = plan::answer_next(visit, 3, 0).await?;
    let old_files = files_of(&phone).await?;

    // The new one is out. The endpoint has nothing of the old one any more.
    let new = release::succeed(&app)?;
    More::open_by_address(&phone).await?;
    phone.press(phone.words().say("more.check_update")?).await?;
    phone.see("“after the visit”", saying(phone.words().say("update.after_visit")?)).await?;
    let update = button(phone.words().say("update.apply")?);
    assert!(!phone.shows(update.clone()).await?, "no button while a visit is open");

    // Until then the old one goes on, whole, also after a reload and without a signal.
    endpoint.kill();
    phone.go("/").await?;
    let visit = Visit::shown(&phone).await?;
    assert_eq!((visit.id().await?, visit.answered().await?), (id.clone(), 3), "the draft is intact");
    assert_eq!(release_shown(&phone).await?, old.id);
    assert!(files_of(&phone).await?.is_subset(&old_files), "of the old release alone");
    given.extend(plan::answer_all(visit, given.len()).await?);
    visit.go_to_summary().await?;
    visit.check_out().await?;

    // Consent, given in one tab while another stays on the old release.
    let first_tab = phone.tab().await?;
    let second_tab = phone.open_tab("/").await?;
    Today::shown(&phone).await?;
    assert_eq!(release_shown(&phone).await?, old.id);
    phone.look_at(&first_tab).await?;
    More::open_by_address(&phone).await?;
    phone.tap("“update now”", update).await?;
    eventually("the new release", async || Ok((release_shown(&phone).await? == new.id).then_some(()))).await?;
    More::shown(&phone).await?;
    phone.see("the new version", saying(&new.version)).await?;
    let new_files = files_of(&phone).await?;
    let changed = |files: &BTreeSet<String>| files.iter().any(|name| name.ends_with(".wasm"));
    assert!(changed(&new_files) && new_files.is_subset(&listed(&phone, &new.id).await?), "of the new release alone");

    // The other tab is still the old one, works, and both write to one database.
    phone.look_at(&second_tab).await?;
    assert_eq!(release_shown(&phone).await?, old.id);
    let second = codes.pop_first().context("a second shop")?;
    let visit = Shops::open(&phone).await?.choose(&second).await?.check_in_from_elsewhere("reason.no_fix").await?;
    plan::answer_next(visit, 2, 0).await?;
    assert_eq!(release_shown(&phone).await?, old.id);
    phone.look_at(&first_tab).await?;
    phone.go("/").await?;
    let visit = Visit::shown(&phone).await?;
    eventually("what the old tab wrote", async || Ok((visit.answered().await? == 2).then_some(()))).await?;
    plan::answer_next(visit, 1, 2).await?;
    phone.look_at(&second_tab).await?;
    let visit = Visit::shown(&phone).await?;
    eventually("what the new tab wrote", async || Ok((visit.answered().await? == 3).then_some(()))).await?;
    phone.reload().await?;
    Visit::shown(&phone).await?;
    assert_eq!(release_shown(&phone).await?, new.id, "loaded anew it is the new one");

    endpoint.start_again().await?;
    let sync = SyncCentre::open(&phone).await?;
    sync.send_now().await?;
    sync.chip_says("chip.settled").await?;
    let records = endpoint.records().await?;
    assert_eq!((records.visits().await?.len(), records.answers().await?.len()), (2, given.len() + 3));
    let taken = records.mutations().await?;
    assert_eq!((taken.rows, taken.refused), (taken.ids, 0));
    Ok(())
}

/// The release the page belongs to.
async fn release_shown(phone: &Browser) -> Result<String> {
    let script = "return document.querySelector('meta[name=aisle-release]').content";
    Ok(phone.run(script, vec![]).await?.as_str().context("no release")?.to_owned())
}

/// Every file with a digest in its name that the page has loaded.
async fn files_of(phone: &Browser) -> Result<BTreeSet<String>> {
    let script = "return performance.getEntriesByType('resource').map((e) => new URL(e.name).pathname)
        .filter((path) => path.startsWith('/assets/'))";
    Ok(serde_json::from_value(phone.run(script, vec![]).await?)?)
}

/// Every such file that the service worker keeps for a release.
async fn listed(phone: &Browser, release: &str) -> Result<BTreeSet<String>> {
    let script = "caches.open('aisle-' + arguments[0]).then((c) => c.keys())
        .then((keys) => arguments[1](keys.map((k) => new URL(k.url).pathname)))";
    Ok(serde_json::from_value(phone.run_async(script, vec![release.into()]).await?)?)
}
