//! Targets from above: a plan is split offline, two people split at once, and who has to act sees it.

use aisle_domain::cascade::Split as Version;
use aisle_domain::target::{Target, TargetBasis};
use aisle_e2e::browser::Size;
use aisle_e2e::pages::{Cockpit, Plans, SignIn, Split, SyncCentre, Targets};
use aisle_e2e::records::Records;
use aisle_e2e::{ADMIN, Browser, Endpoint, MANAGER, REP1, axe, eventually, tour_lead};
use anyhow::{Context, Result};
use thirtyfour::Key;

/// The splits made in this journey: of the quantity, which the demo has no plan of.
async fn splits(records: &Records) -> Result<Vec<(String, Version)>> {
    let all = records.all::<Version>("split").await?;
    Ok(all.into_iter().filter(|(_, split)| split.node.metric.as_str() == "quantity").collect())
}

async fn lead(endpoint: &Endpoint, person: aisle_e2e::Person) -> Result<Browser> {
    let mut desk = Browser::open(&endpoint.address()).await?;
    desk.resize(Size::DESK).await?;
    SignIn::shown(&desk).await?.sign_in_to_lead(person).await?;
    Ok(desk)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_split_offline_reaches_the_reps() -> Result<()> {
    let mut endpoint = Endpoint::start().await?;
    let desk = lead(&endpoint, MANAGER).await?;
    desk.works_offline().await?;
    endpoint.kill();

    // Ten million for next month, among shops by last year, in steps of a hundred: something is left over.
    let plans = Plans::open(&desk).await?;
    // Sales are planned for the year already: a second amount for the month is stopped before it is typed in vain.
    let said = plans.in_the_way().await?;
    assert!(said.starts_with(desk.words().say("plan.overlaps_title")?), "{said}");
    plans.set_goal("10,000,050").await?;
    let split = plans.quantity().await?;
    let address = desk.path().await?;
    split.among("split.shops").await?;
    let rows = split.rows().await?;
    assert_eq!(rows.len(), 120, "every shop");
    split.left_is("50").await?;
    assert!(!split.obstacle().await?.is_empty(), "nothing is published while something is left");

    // A cell by hand, a lock by key, a step back, and a reload in the middle.
    split.give(0, "12,345").await?;
    split.key(1, "l").await?;
    assert!(split.is_locked(1).await?);
    split.is_kept().await?;
    let before = (split.rows().await?, split.left().await?);
    desk.go(&address).await?;
    let split = Split::shown(&desk).await?;
    eventually("the draft after the reload", async || {
        Ok(((split.rows().await?, split.left().await?) == before && split.is_locked(1).await?).then_some(()))
    })
    .await?;
    split.key(0, Key::Control + "z").await?;
    eventually("the lock to be taken back", async || Ok((!split.is_locked(1).await?).then_some(()))).await?;
    split.settle_evenly().await?;
    split.left_is("0").await?;
    split.publish().await?;
    let given = split.rows().await?;

    endpoint.start_again().await?;
    SyncCentre::open(&desk).await?.send_now().await?;
    let records = endpoint.records().await?;
    let version = eventually("the split at the endpoint", async || Ok(splits(&records).await?.into_iter().next()));
    let (_, version) = version.await?;
    assert_eq!((version.parts.len(), version.remainder().0), (120, 0));

    // A rep's phone has the own shops' shares, without the tree above them.
    let phone = Browser::open(&endpoint.address()).await?;
    SignIn::shown(&phone).await?.sign_in(REP1).await?;
    let period = version.node.period;
    let mut whole = 0;
    for (shop, of_shop) in records.shops_of(REP1.login).await? {
        let target = records.all::<Target>("target").await?.into_iter().map(|(_, target)| target);
        let target = target
            .into_iter()
            .find(|t| t.shop.as_str() == shop && t.period == period && t.metric.as_str() == "quantity");
        let target = target.context("a target handed down")?;
        assert_eq!(target.basis, TargetBasis::Cascade);
        let written = given.iter().find(|(name, _)| *name == of_shop.name).map(|(_, amount)| amount.replace(',', ""));
        assert_eq!(written.context("a row")?.parse::<i64>()?, target.amount.0, "{}", of_shop.name);
        assert!(phone.remembers(&format!("target/quantity/{shop}/{period}")).await?);
        whole += target.amount.0;
    }
    Targets::against(&phone, "quantity", &period.to_string(), whole).await?;
    assert!(!phone.remembers(&format!("split/{}", version.id)).await?, "the tree is not the rep's business");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_chosen_for_a_plan_outlives_what_arrives_meanwhile() -> Result<()> {
    let endpoint = Endpoint::start().await?;
    let (one, other) = (lead(&endpoint, MANAGER).await?, lead(&endpoint, ADMIN).await?);
    let form = Plans::open(&other).await?;
    form.begin_goal("working").await?;
    Plans::open(&one).await?.set_goal("1,000,000").await?;
    SyncCentre::open(&one).await?.send_now().await?;
    SyncCentre::open(&one).await?.chip_says("chip.settled").await?;
    // The other does not leave the form: the network comes back.
    other.run("window.dispatchEvent(new Event('online'))", vec![]).await?;
    assert_eq!(form.days_beside_another().await?, "working");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_managers_split_the_same_node_at_once_and_nothing_is_lost() -> Result<()> {
    let mut endpoint = Endpoint::start().await?;
    let (one, other) = (lead(&endpoint, MANAGER).await?, lead(&endpoint, ADMIN).await?);
    Plans::open(&one).await?.set_goal("1,000,000").await?;
    SyncCentre::open(&one).await?.send_now().await?;
    SyncCentre::open(&one).await?.chip_says("chip.settled").await?;
    SyncCentre::open(&other).await?.send_now().await?;
    let first = Plans::open(&one).await?.quantity().await?;
    let second = Plans::open(&other).await?.quantity().await?;
    let address = one.path().await?;
    one.works_offline().await?;
    other.works_offline().await?;
    endpoint.kill();

    first.among("split.territories").await?;
    first.give(0, "400,000").await?;
    first.give(1, "600,000").await?;
    first.publish().await?;
    second.among("split.territories").await?;
    second.give(0, "700,000").await?;
    second.give(1, "300,000").await?;
    second.publish().await?;

    endpoint.start_again().await?;
    let records = endpoint.records().await?;
    for desk in [&one, &other] {
        SyncCentre::open(desk).await?.send_now().await?;
    }
    eventually("both versions at the endpoint", async || Ok((splits(&records).await?.len() == 2).then_some(())))
        .await?;
    for desk in [&one, &other] {
        SyncCentre::open(desk).await?.send_now().await?;
        desk.go(&address).await?;
        let split = Split::shown(desk).await?;
        eventually("both see that there are two", async || Ok((split.contest().await?.len() == 2).then_some(())))
            .await?;
    }

    // One of them takes the manager's version, says why, and that settles it for both.
    let versions = splits(&records).await?;
    let split = Split::shown(&one).await?;
    split.take(1).await?;
    split.because("As agreed on the phone").await?;
    split.publish().await?;
    SyncCentre::open(&one).await?.send_now().await?;
    let settled = eventually("the version that settles it", async || {
        let all = splits(&records).await?;
        Ok(all.into_iter().map(|(_, version)| version).find(|version| version.after.len() == 2))
    })
    .await?;
    assert!(versions.iter().all(|(_, version)| settled.after.contains(&version.id)), "it names both");
    SyncCentre::open(&other).await?.send_now().await?;
    other.go(&address).await?;
    let split = Split::shown(&other).await?;
    eventually("no contest any more", async || Ok(split.contest().await?.is_empty().then_some(()))).await?;
    split.versions().await?;
    assert_eq!(splits(&records).await?.len(), 3, "every version stays");
    Ok(())
}

/// Arrows walk the tree, fold it and unfold it; the focus goes along.
#[tokio::test(flavor = "multi_thread")]
async fn the_tree_is_walked_by_keyboard() -> Result<()> {
    let endpoint = Endpoint::start().await?;
    let desk = lead(&endpoint, MANAGER).await?;
    let cockpit = Cockpit::shown(&desk).await?;
    let rows = cockpit.rows().await?;
    assert_eq!(rows.len(), 3, "the whole and its two regions");
    cockpit.key(Key::Down + "").await?;
    focus_on(cockpit, &rows[1].0).await?;
    cockpit.key(Key::Right + "").await?;
    eventually("the region to unfold", async || Ok((cockpit.rows().await?.len() > 3).then_some(()))).await?;
    cockpit.key(Key::Right + "").await?;
    let below = cockpit.rows().await?[2].0.clone();
    focus_on(cockpit, &below).await?;
    cockpit.key(Key::Left + "").await?;
    focus_on(cockpit, &rows[1].0).await?;
    cockpit.key(Key::Left + "").await?;
    eventually("the region to fold", async || Ok((cockpit.rows().await?.len() == 3).then_some(()))).await?;
    cockpit.key(Key::End + "").await?;
    focus_on(cockpit, &rows[2].0).await
}

async fn focus_on(cockpit: Cockpit<'_>, name: &str) -> Result<()> {
    eventually(format!("the focus on {name}"), async || {
        Ok((cockpit.focused().await?.as_deref() == Some(name)).then_some(()))
    })
    .await
}

/// The pages only those who lead see; the others are in `accessibility`.
#[tokio::test(flavor = "multi_thread")]
async fn no_page_of_targets_keeps_anybody_out() -> Result<()> {
    let endpoint = Endpoint::start().await?;
    let mut desk = lead(&endpoint, MANAGER).await?;
    let mut found = Vec::new();
    let mut look = async |browser: &Browser, stop: aisle_e2e::tour::Stop| {
        let violations = axe::violations(browser).await?;
        found.extend(violations.into_iter().map(|violation| format!("{stop}: {violation}")));
        Ok(())
    };
    tour_lead::plans(&mut desk, &[Size::PHONE, Size::DESK], &mut look).await?;
    assert!(found.is_empty(), "{} violations:\n{}", found.len(), found.join("\n"));
    Ok(())
}
