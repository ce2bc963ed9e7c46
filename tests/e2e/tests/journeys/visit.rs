//! The main journey: a visit without a signal, a dead battery in the middle, and everything arrives once.

use aisle_domain::checklist::Value;
use aisle_e2e::pages::{Given, RecordStage, Shops, SignIn, SyncCentre, Today, Visit};
use aisle_e2e::{Browser, Endpoint, REP1, SUPERVISOR_WEST, eventually, place_of, plan};
use anyhow::{Context, Result};
use std::collections::BTreeMap;

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_without_a_signal_survives_a_dead_battery_and_arrives_once() -> Result<()> {
    let mut endpoint = Endpoint::start().await?;
    let shops = endpoint.records().await?.shops_of(REP1.login).await?;
    let (code, shop) = shops.first().context("the rep has shops")?;

    // At home: sign in, everything is downloaded, the app is closed.
    let mut phone = Browser::open(&endpoint.address()).await?;
    SignIn::shown(&phone).await?.sign_in(REP1).await?;
    phone.works_offline().await?;
    phone.close().await?;

    // On the road: no signal. The service worker serves the app, also when the page is loaded anew.
    endpoint.kill();
    phone.start().await?;
    phone.carry_to(place_of(shop)?).await?;
    phone.go("/").await?;
    Today::shown(&phone).await?;
    phone.reload().await?;
    Today::shown(&phone).await?.chip_says("chip.offline").await?;

    // In the shop: answers of every kind, and a photo out of turn.
    let at_shop = Shops::open(&phone).await?.choose(code).await?;
    at_shop.is_here().await?;
    let visit = at_shop.check_in().await?;
    let id = visit.id().await?;
    let mut given = plan::answer_next(visit, 9, 0).await?;
    visit.open_section(3).await?;
    visit.answer("q-photo", &Given::Photo).await?;
    given.push(("q-photo".to_owned(), Given::Photo));
    given.extend(plan::answer_next(visit, 7, 9).await?);
    let next = visit.current().await?.context("questions are open")?;
    let shown = shown_answers(visit, &given).await?;
    assert_eq!(shown.len(), 17, "every answer is shown before the battery dies");

    // The battery is out; the phone starts again where it was.
    phone.kill()?;
    phone.start().await?;
    phone.go("/").await?;
    let visit = Visit::shown(&phone).await?;
    assert_eq!(visit.id().await?, id, "the same visit");
    visit.is_at(&next).await?;
    assert_eq!(visit.answered().await?, 17, "the meter counts every answer");
    assert_eq!(shown_answers(visit, &given).await?, shown, "every answer is still there");

    // The rest, and out; still no signal.
    given.extend(plan::answer_all(visit, given.len()).await?);
    visit.go_to_summary().await?;
    let score = visit.score().await?;
    visit.check_out().await?;
    let sync = SyncCentre::open(&phone).await?;
    assert_eq!(sync.stages().await?, [RecordStage::OnPhone]);
    sync.says("sync.safe_here").await?;
    sync.chip_says("chip.offline").await?;

    // The signal is back.
    endpoint.start_again().await?;
    sync.send_now().await?;
    let stages = sync.follow_to(RecordStage::Accepted).await?;
    assert!(!stages.contains(&RecordStage::Returned), "{stages:?}");
    sync.says("sync.all_sent").await?;
    sync.chip_says("chip.settled").await?;

    is_stored_once(&endpoint, &id, code, &given).await?;
    supervisor_sees(&endpoint, &id, &shop.name, &score).await
}

/// What every answered question shows.
async fn shown_answers(visit: Visit<'_>, given: &[plan::Answered]) -> Result<BTreeMap<String, String>> {
    let mut shown = BTreeMap::new();
    for (question, _) in given {
        // A picture takes a moment to be read from the phone.
        let answer =
            eventually(format!("the answer to {question}"), async || visit.shown_answer(question).await).await?;
        shown.insert(question.clone(), answer);
    }
    Ok(shown)
}

/// The visit, every answer and the photo are in the endpoint's database, each once, as they were given.
async fn is_stored_once(endpoint: &Endpoint, id: &str, shop: &str, given: &[plan::Answered]) -> Result<()> {
    let records = endpoint.records().await?;
    let visits = records.visits().await?;
    let [(stored, visit)] = visits.as_slice() else { anyhow::bail!("{} visits are stored", visits.len()) };
    assert_eq!((stored.as_str(), visit.shop.as_str(), visit.person.as_str()), (id, shop, REP1.login));
    assert!(visit.check_out.is_some() && visit.result.is_some(), "{visit:?}");
    assert!(visit.check_in.reason.is_none() && visit.check_in.distance_m.is_some_and(|m| m < 150.0), "{visit:?}");

    let photos = records.photos().await?;
    let [(photo_id, photo)] = photos.as_slice() else { anyhow::bail!("{} photos are stored", photos.len()) };
    let published = eventually("the photo to be published", async || records.published(photo_id).await).await?;
    assert_eq!(published, photo.sha256, "the bytes that arrived are the bytes that were taken");

    let answers = records.answers().await?;
    assert_eq!(answers.len(), given.len(), "every answer once");
    let stored: BTreeMap<String, &Value> = answers
        .iter()
        .filter(|(_, answer)| answer.visit.as_str() == id)
        .map(|(_, answer)| (format!("q-{}", answer.question.as_str().replace(':', "-")), &answer.value))
        .collect();
    for (question, given) in given {
        let value = stored.get(question).with_context(|| format!("no answer to {question} is stored"))?;
        let fits = match (given, value) {
            (Given::Yes, Value::Yes) | (Given::No, Value::No) | (Given::NotApplicable, Value::NotApplicable) => true,
            (Given::Number(n), Value::Number(stored)) => n == stored,
            (Given::Price(typed), Value::Price(amount)) => typed.parse::<f64>()? * 100.0 == amount.0 as f64,
            (Given::PlannedPrice, Value::Price(amount)) => amount.0 > 0,
            (Given::Photo, Value::Photo(id)) => id.as_str() == photo_id,
            (Given::Note(text), Value::Note(stored)) | (Given::Cannot(text), Value::Cannot(stored)) => text == stored,
            _ => false,
        };
        assert!(fits, "{question}: {given:?} was given, {value:?} is stored");
    }

    // The visit, its check-out, the facts of the photo, and the answers: nothing sent twice, nothing refused.
    let taken = records.mutations().await?;
    let expected = i64::try_from(given.len())? + 3;
    assert_eq!((taken.rows, taken.ids, taken.refused), (expected, expected, 0));
    Ok(())
}

async fn supervisor_sees(endpoint: &Endpoint, id: &str, shop: &str, score: &str) -> Result<()> {
    let desk = Browser::open(&endpoint.address()).await?;
    let visits = SignIn::shown(&desk).await?.sign_in_to_lead(SUPERVISOR_WEST).await?.visits().await?;
    let line = visits.line_with(shop).await?;
    assert!(line.contains("Hannah Lindqvist") && line.contains(score), "{line:?} names person and score {score}");
    let visit = visits.open(id).await?;
    assert_eq!(visit.score().await?, score);
    assert!(visit.failed().await? >= 2, "the answers that failed are listed");
    Ok(())
}

/// Who is signed in is a small preference, and Chromium writes those seconds later; records are on the disk at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_battery_that_dies_right_after_signing_in_locks_nobody_out() -> Result<()> {
    let mut endpoint = Endpoint::start().await?;
    let mut phone = Browser::open(&endpoint.address()).await?;
    SignIn::shown(&phone).await?.sign_in(REP1).await?;
    phone.works_offline().await?;
    endpoint.kill();
    let visit = Shops::check_in_at_first(&phone).await?;
    let id = visit.id().await?;
    plan::answer_next(visit, 2, 0).await?;
    phone.kill()?;
    phone.start().await?;

    phone.go("/").await?;
    let visit = Visit::shown(&phone).await?;
    assert_eq!((visit.id().await?, visit.answered().await?), (id, 2));
    endpoint.start_again().await?;
    let sync = SyncCentre::open(&phone).await?;
    sync.settles_after_a_kill(REP1).await?;
    assert_eq!(endpoint.records().await?.answers().await?.len(), 2);
    Ok(())
}
