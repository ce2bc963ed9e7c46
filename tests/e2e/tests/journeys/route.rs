//! The day of a rep who reads Chinese: the route from its first stop, without a signal. `visit.rs` tells the same in English.

use aisle_e2e::browser::Theme;
use aisle_e2e::find::saying;
use aisle_e2e::pages::{Given, RecordStage, ShopPage, SignIn, SyncCentre, Today, Visit};
use aisle_e2e::{Browser, Endpoint, Lang, REP1, eventually, plan};
use anyhow::{Context, Result};
use thirtyfour::By;

#[tokio::test(flavor = "multi_thread")]
async fn the_route_is_walked_in_chinese_without_a_signal_and_arrives() -> Result<()> {
    let mut endpoint = Endpoint::start().await?;
    let mut phone = Browser::open(&endpoint.address()).await?;
    // Loading the page again while the app is being put on the phone may miss the moment (docs/device.md).
    phone.works_offline().await?;
    phone.prefer(Lang::Zh, Theme::Light).await?;
    phone.reload().await?;
    SignIn::shown(&phone).await?.sign_in(REP1).await?;
    phone.works_offline().await?;
    endpoint.kill();
    phone.reload().await?;
    Today::shown(&phone).await?;
    assert_eq!(phone.run("return document.documentElement.lang", vec![]).await?, "zh-CN");

    // The next stop by the one button, and into the shop.
    let stops = phone.all_shown(By::Css(".stop")).await?.len();
    assert!(stops >= 2, "{stops} stops");
    let next = phone.see("the next stop", By::Css(".stop--next")).await?.attr("href").await?.context("its address")?;
    phone.press(phone.words().say("today.go_next")?).await?;
    // Whole or not: browsers differ.
    let code = next.rsplit('/').next().context("a shop")?;
    let shop = ShopPage::shown(&phone, code).await?;
    let visit = shop.check_in_from_elsewhere("reason.no_fix").await?;
    let id = visit.id().await?;
    visit.open_section(3).await?;
    visit.answer("q-photo", &Given::Photo).await?;
    let mut given = 1 + plan::answer_all(visit, 1).await?.len();
    visit.go_to_summary().await?;
    visit.check_out().await?;
    let done = eventually("the stop to be done", async || {
        let done = phone.all_shown(By::Css(".stop--done")).await?;
        Ok((done.len() == 1).then_some(()))
    });
    done.await?;
    assert_eq!(phone.all_shown(By::Css(".stop")).await?.len(), stops, "none is lost, none is new");

    // On to the next, and away from it in the middle: the visit stays open.
    phone.press(phone.words().say("today.go_next")?).await?;
    eventually("the next shop", async || Ok(phone.path().await?.starts_with("/shops/").then_some(()))).await?;
    let path = phone.path().await?;
    let second = path.trim_start_matches("/shops/");
    assert_ne!(second, code);
    let shop = ShopPage::shown(&phone, second).await?;
    given += plan::answer_next(shop.check_in_from_elsewhere("reason.no_fix").await?, 2, 0).await?.len();
    phone.go("/").await?;
    assert_ne!(Visit::shown(&phone).await?.id().await?, id);

    let sync = SyncCentre::open(&phone).await?;
    phone.see("“on this phone”", saying(phone.words().say("sync.safe_here")?)).await?;
    assert_eq!(sync.stages().await?, [RecordStage::OnPhone; 2]);
    endpoint.start_again().await?;
    sync.send_now().await?;
    sync.chip_says("chip.settled").await?;
    let records = endpoint.records().await?;
    assert_eq!((records.visits().await?.len(), records.answers().await?.len()), (2, given));
    let [(photo, kept)] = &records.photos().await?[..] else { anyhow::bail!("one photo") };
    let published = eventually("the photo to be published", async || records.published(photo).await).await?;
    assert_eq!(published, kept.sha256);
    assert_eq!(records.mutations().await?.refused, 0);
    Ok(())
}
