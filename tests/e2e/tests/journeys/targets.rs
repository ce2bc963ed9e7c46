//! Targets on a rep's phone: down to the records, an actual entered without a signal, and drafts.

use aisle_domain::actuals::{Entry, Source};
use aisle_domain::org::Territory;
use aisle_e2e::browser::Size;
use aisle_e2e::pages::{Actuals, Cockpit, Drafts, Reviews, Shops, SignIn, SyncCentre, Targets};
use aisle_e2e::{Browser, Endpoint, MANAGER, Person, REP1, SUPERVISOR_WEST, eventually, plan};
use anyhow::{Context, Result};
use thirtyfour::By;

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

/// Sends what waits and takes what is new.
async fn synced(browser: &Browser) -> Result<()> {
    let sync = SyncCentre::open(browser).await?;
    sync.send_now().await?;
    sync.chip_says("chip.settled").await
}

/// A desk of somebody who leads.
async fn lead(endpoint: &Endpoint, person: Person) -> Result<Browser> {
    let mut desk = Browser::open(&endpoint.address()).await?;
    desk.resize(Size::DESK).await?;
    SignIn::shown(&desk).await?.sign_in_to_lead(person).await?;
    Ok(desk)
}

/// Actuals of the root, of these rows of the tree and of a person, as a cockpit shows them.
async fn seen_above(desk: &Browser, territories: &[String], shop: &str, person: &str) -> Result<Vec<i64>> {
    desk.go("/").await?;
    let cockpit = Cockpit::shown(desk).await?;
    let whole = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>().parse::<i64>();
    let mut seen = vec![whole(&cockpit.figure().await?)?];
    for name in territories {
        cockpit.unfold(name).await?;
        seen.push(whole(&cockpit.actual_of(name).await?)?);
    }
    seen.push(whole(&cockpit.actual_of(shop).await?)?);
    seen.push(whole(&cockpit.person(person).await?.1)?);
    Ok(seen)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_on_a_phone_moves_every_cockpit_above_it_up_to_the_root() -> Result<()> {
    let mut endpoint = Endpoint::start().await?;
    let records = endpoint.records().await?;
    let (code, shop) = records.shops_of(REP1.login).await?.into_iter().next().context("a shop")?;
    // The territories above the shop, from the root down, by name.
    let all: std::collections::BTreeMap<String, Territory> = records.all("territory").await?.into_iter().collect();
    let above = |id: &String| all.get(id).and_then(|territory| territory.parent.as_ref()).map(ToString::to_string);
    let mut path: Vec<String> = std::iter::successors(Some(shop.territory.to_string()), above).collect();
    path.reverse();
    let path: Vec<String> = path.iter().filter_map(|id| all.get(id)).map(|territory| territory.name.clone()).collect();
    assert_eq!(path.len(), 3, "the organisation, the region, the county: {path:?}");
    let rep = records.all::<aisle_domain::org::Person>("person").await?.into_iter();
    let rep = rep.into_iter().find(|(id, _)| id == REP1.login).context("the rep")?.1.name;

    let phone = Browser::open(&endpoint.address()).await?;
    SignIn::shown(&phone).await?.sign_in(REP1).await?;
    phone.works_offline().await?;
    let desks = [(lead(&endpoint, MANAGER).await?, &path[..]), (lead(&endpoint, SUPERVISOR_WEST).await?, &path[1..])];
    let mut before = Vec::new();
    for (desk, path) in &desks {
        before.push(seen_above(desk, path, &shop.name, &rep).await?);
    }
    assert_eq!(before[0][0], before[0][1], "the figure of the screen is the root's");
    assert_eq!(before[0][2..], before[1][1..], "both see the same figures of the region, the county, shop and person");

    // Entered a digit too many, and put right; both without a signal.
    endpoint.kill();
    phone.go(&format!("/actuals/{code}")).await?;
    Actuals::shown(&phone).await?.enter("43210").await?;
    Actuals::shown(&phone).await?.correct("4321", "typed a digit too many").await?;
    endpoint.start_again().await?;
    synced(&phone).await?;
    for ((desk, path), before) in desks.iter().zip(&before) {
        synced(desk).await?;
        let after = seen_above(desk, path, &shop.name, &rep).await?;
        let moved: Vec<i64> = after.iter().zip(before).map(|(after, before)| after - before).collect();
        assert_eq!(moved, vec![4_321; before.len()], "every figure above it by what was corrected to: {after:?}");
    }

    // The supervisor corrects it once more, and the manager sees that too.
    let (supervisor, _) = &desks[1];
    supervisor.go(&format!("/actuals/{code}")).await?;
    Actuals::shown(supervisor).await?.correct("4000", "as on the delivery note").await?;
    synced(supervisor).await?;
    let (manager, path) = &desks[0];
    synced(manager).await?;
    let after = seen_above(manager, path, &shop.name, &rep).await?;
    let moved: Vec<i64> = after.iter().zip(&before[0]).map(|(after, before)| after - before).collect();
    assert_eq!(moved, vec![4_000; before[0].len()]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_given_back_with_a_reason_revised_and_approved() -> Result<()> {
    let mut endpoint = Endpoint::start().await?;
    let phone = Browser::open(&endpoint.address()).await?;
    SignIn::shown(&phone).await?.sign_in(REP1).await?;
    phone.works_offline().await?;
    Targets::open(&phone).await?;
    let drafts = Drafts::open(&phone).await?;
    let shop = drafts.first_shop().await?;
    drafts.draft_first("5000").await?;
    drafts.hand_in().await?;
    synced(&phone).await?;

    // The manager gives it back, offline, and not without saying why.
    let desk = lead(&endpoint, MANAGER).await?;
    desk.works_offline().await?;
    endpoint.kill();
    let reviews = Reviews::open(&desk).await?;
    reviews.stands(&shop, "review.s_submitted").await?;
    reviews.review(&shop).await?;
    reviews.give_back_in_silence().await?;
    reviews.give_back("The road is closed until March").await?;
    reviews.stands(&shop, "review.s_returned").await?;
    endpoint.start_again().await?;
    synced(&desk).await?;

    // The rep sees who gave it back and why, revises, and hands it in again.
    synced(&phone).await?;
    phone.go("/").await?;
    Targets::open(&phone).await?;
    let drafts = Drafts::open(&phone).await?;
    drafts.first_says("drafts.state_returned").await?;
    let steps = drafts.steps_of_first().await?;
    assert!(steps.iter().any(|step| step.contains("The road is closed until March")), "{steps:?}");
    drafts.revise_first("4200").await?;
    drafts.hand_in().await?;
    synced(&phone).await?;

    synced(&desk).await?;
    let reviews = Reviews::open(&desk).await?;
    reviews.stands(&shop, "review.s_submitted").await?;
    let line = reviews.line(&shop).await?;
    assert!(line.iter().any(|cell| cell == "$4,200"), "{line:?}");
    reviews.approve_all(1).await?;
    reviews.stands(&shop, "review.s_approved").await?;
    synced(&desk).await?;

    synced(&phone).await?;
    phone.go("/").await?;
    Targets::open(&phone).await?;
    let drafts = Drafts::open(&phone).await?;
    drafts.first_says("drafts.state_approved").await?;
    let steps = drafts.steps_of_first().await?;
    assert_eq!(steps.len(), 6, "begun, handed in, given back, revised, handed in, approved: {steps:?}");
    let taken = endpoint.records().await?.mutations().await?;
    assert_eq!((taken.rows, taken.refused), (6, 0));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_noted_in_a_visit_without_a_signal_and_names_it() -> Result<()> {
    let mut endpoint = Endpoint::start().await?;
    let records = endpoint.records().await?;
    let phone = Browser::open(&endpoint.address()).await?;
    SignIn::shown(&phone).await?.sign_in(REP1).await?;
    phone.works_offline().await?;
    let (code, _) = records.shops_of(REP1.login).await?.into_iter().next().context("a shop")?;
    endpoint.kill();
    let visit = Shops::open(&phone).await?.choose(&code).await?.check_in_from_elsewhere("reason.no_fix").await?;
    let id = visit.id().await?;
    plan::answer_all(visit, 0).await?;
    visit.go_to_summary().await?;
    assert!(visit.noted().await?.is_empty());
    visit.note_order("1500").await?;
    let noted = visit.noted().await?;
    assert!(noted.len() == 1 && noted[0].contains("$1,500"), "{noted:?}");
    visit.check_out().await?;

    endpoint.start_again().await?;
    synced(&phone).await?;
    let entries = endpoint.records().await?.all::<Entry>("entry").await?;
    let [(_, entry)] = entries.as_slice() else { anyhow::bail!("{} entries", entries.len()) };
    assert_eq!(entry.source, Source::Visit { visit: id.as_str().into() });
    assert_eq!((entry.cell.shop.as_str(), entry.value.amount().0), (code.as_str(), 150_000));
    Ok(())
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

#[tokio::test(flavor = "multi_thread")]
async fn today_and_targets_weigh_the_same_days_by_the_organisations_calendar() -> Result<()> {
    let endpoint = Endpoint::start().await?;
    endpoint.policy(&["day-weights", "working"])?;
    let phone = Browser::open(&endpoint.address()).await?;
    SignIn::shown(&phone).await?.sign_in(REP1).await?;
    let twins = async |screen: &str| -> Result<Vec<String>> {
        let mut said = Vec::new();
        for twin in phone.all_shown(By::Css(format!("main.{screen} .twin"))).await? {
            said.push(twin.attr("aria-label").await?.unwrap_or_default());
        }
        Ok(said)
    };
    let today = twins("today").await?;
    let [month, year, ..] = &today[..] else { anyhow::bail!("two figures on Today, not {today:?}") };
    let targets = Targets::open(&phone).await?;
    for (kind, said) in [("targets.month", month), ("targets.year", year)] {
        targets.figure(kind).await?;
        // With holidays: the demo's calendar knows those of Iowa.
        eventually(format!("{kind} to say {said:?}"), async || {
            Ok((twins("targets").await?.first() == Some(said)).then_some(()))
        })
        .await?;
    }
    Ok(())
}
