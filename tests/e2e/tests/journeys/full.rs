//! A phone that is really full: Chromium itself refuses, first pictures, then everything. What is said, what goes on,
//! and that nothing is lost. `device.rs` plays the same where no small disk can be had.

use aisle_e2e::disk::SmallDisk;
use aisle_e2e::find::saying;
use aisle_e2e::pages::{Shops, SignIn, SyncCentre, Visit};
use aisle_e2e::{Browser, Endpoint, REP1, eventually, plan};
use anyhow::{Context, Result};
use std::collections::BTreeSet;
use std::io::Write;
use thirtyfour::By;

/// Room for the browser's own profile, the app, and a day's work.
const DISK_BYTES: u64 = 96 << 20;
/// More than some answers take, less than the large picture, bytes.
const SOME_TEXT: u64 = 200_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_full_phone_of_chromiums_own_refuses_pictures_then_all_says_what_can_go_and_loses_nothing() -> Result<()> {
    let disk = match SmallDisk::mount(DISK_BYTES) {
        Ok(disk) => disk,
        Err(refused) => {
            // Past the harness, which keeps to itself what a passing test prints.
            writeln!(std::io::stderr(), "\nNOT RUN, {refused:#}: the journey on a disk of 96 MB; `device` plays it")?;
            return Ok(());
        }
    };
    let mut endpoint = Endpoint::start().await?;
    let mut phone = Browser::open_on(&endpoint.address(), disk.path()).await?;
    SignIn::shown(&phone).await?.sign_in(REP1).await?;
    phone.works_offline().await?;
    let visit = Shops::check_in_at_first(&phone).await?;
    visit.open_section(3).await?;
    // As large as a camera's: Chromium keeps such bytes in files of their own, and gives their room back at once.
    let picture = phone.large_picture()?.to_string_lossy().into_owned();
    let camera = By::Css("#q-photo input[type=file]");
    phone.find_hidden(camera.clone()).await?.send_keys(&picture).await?;
    eventually("the picture to be kept", async || Ok((phone.pictures_kept().await? == 1).then_some(()))).await?;
    visit.chip_says("chip.settled").await?;
    endpoint.kill();

    // Little room: no more pictures, but text goes on.
    phone.leave_room_for(SOME_TEXT).await?;
    phone.find_hidden(camera).await?.send_keys(&picture).await?;
    is_refused(&phone).await?;
    plan::answer_next(visit, 3, 0).await?;
    assert_eq!((visit.answered().await?, phone.pictures_kept().await?), (4, 1));

    // None at all: what is given is not called saved, and what was saved is there.
    phone.leave_room_for(0).await?;
    let next = visit.current().await?.context("questions are open")?;
    let yes = format!("//*[@id='{next}']//label[contains(@class,'ans__o')]");
    let number = By::Css(format!("#{} .stepr button:last-of-type", next.replace(':', "\\:")));
    let by = if phone.shows(By::XPath(yes.clone())).await? { By::XPath(yes) } else { number };
    phone.tap("an answer", by).await?;
    is_refused(&phone).await?;
    let saved = phone.words().start("visit.saved")?.to_owned();
    assert!(!phone.text().await?.contains(&saved), "not called saved");
    assert_eq!(visit.answered().await?, 4);

    // What can go is named, with its size, and goes although the disk is full; then there is room for text.
    phone.press(phone.words().start("device.free")?).await?;
    eventually("the picture to go", async || Ok((phone.pictures_kept().await? == 0).then_some(()))).await?;
    plan::answer_next(visit, 2, 3).await?;

    // The battery is out, on a disk that is as good as full.
    phone.kill()?;
    phone.start().await?;
    phone.go("/").await?;
    assert_eq!(Visit::shown(&phone).await?.answered().await?, 6);

    // The phone has room again and the signal is back: everything arrives once.
    phone.give_room_back().await?;
    endpoint.start_again().await?;
    phone.reload().await?;
    let visit = Visit::shown(&phone).await?;
    assert_eq!(visit.answered().await?, 6);
    let sync = SyncCentre::open(&phone).await?;
    sync.settles_after_a_kill(REP1).await?;
    let records = endpoint.records().await?;
    let answered: BTreeSet<_> = records.answers().await?.into_iter().map(|(_, answer)| answer.question).collect();
    assert_eq!((answered.len(), records.photos().await?.len()), (6, 1));
    assert_eq!(records.mutations().await?.refused, 0);
    Ok(())
}

/// Waits until the app says that the storage is full, that the answer was not saved, and what can be freed.
async fn is_refused(phone: &Browser) -> Result<()> {
    phone.see("“full”", saying(phone.words().say("visit.full")?)).await?;
    phone.see("what can be freed", saying(phone.words().start("device.free")?)).await?;
    Ok(())
}
