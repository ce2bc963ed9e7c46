//! Without an endpoint: what a rep may see was published as files, a plain static host serves them with the app, and
//! work leaves as a file.

use aisle_e2e::endpoint::free_port;
use aisle_e2e::pages::{RecordStage, Shops, SyncCentre, Today};
use aisle_e2e::static_host::StaticHost;
use aisle_e2e::{Browser, Endpoint, REP1, REP4, eventually, plan};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use thirtyfour::prelude::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_published_tree_is_enough_to_work_and_a_new_one_leaves_the_work_alone() -> Result<()> {
    let endpoint = Endpoint::at_rest()?;
    let records = endpoint.records().await?;
    let shops = records.shops_of(REP1.login).await?;
    let own: BTreeSet<String> = shops.iter().map(|(code, _)| code.clone()).collect();
    let tree = tempfile::tempdir()?;
    endpoint.publish(tree.path(), &[REP1])?;
    ensure!(names_nobody_else(tree.path())?, "only the rep's own shops are in the tree");

    // Nobody signs in: the files say whose they are.
    let port = free_port()?;
    let host = StaticHost::serve(tree.path(), port).await?;
    let phone = Browser::open(&format!("http://localhost:{port}")).await?;
    Today::shown(&phone).await?;
    assert_eq!(Shops::open(&phone).await?.listed().await?, own);
    phone.works_offline().await?;

    // The host is gone; the work goes on, also after the page is loaded anew.
    host.stop().await;
    phone.go("/").await?;
    Today::shown(&phone).await?;
    ensure!(phone.shows(By::Css("main.today .figure, main.today .twin")).await?, "the target is on the screen");
    let (code, shop) = shops.first().context("a shop")?;
    let visit = Shops::open(&phone).await?.choose(code).await?.check_in_from_elsewhere("reason.no_fix").await?;
    let id = visit.id().await?;
    plan::answer_all(visit, 0).await?;
    visit.go_to_summary().await?;
    visit.check_out().await?;
    let sync = SyncCentre::open(&phone).await?;
    sync.says("published.title").await?;
    assert_eq!(sync.stages().await?, [RecordStage::OnPhone]);
    let exported = export(&phone).await?;
    for part in [id.as_str(), "\"visit\"", "\"answer\"", "\"photo\""] {
        assert!(exported.contains(part), "{part} is in the exported file");
    }

    // The office changes a name and publishes again. The phone notices; the work stays as it was.
    let table = format!("id,name,territory\n{code},Renamed Corner Shop,{}\n", shop.territory);
    endpoint.import("shops.csv", &table)?;
    endpoint.publish(tree.path(), &[REP1])?;
    let host = StaticHost::serve(tree.path(), port).await?;
    phone.press(phone.words().say("published.look")?).await?;
    eventually("the new name", async || Ok(phone.remembers("Renamed Corner Shop").await?.then_some(()))).await?;
    assert_eq!(sync.stages().await?, [RecordStage::OnPhone]);
    assert!(export(&phone).await?.contains(&id), "the same work, still to be handed over");
    host.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tree_for_several_people_asks_whose_records_to_open() -> Result<()> {
    let endpoint = Endpoint::at_rest()?;
    let tree = tempfile::tempdir()?;
    endpoint.publish(tree.path(), &[REP1, REP4])?;
    let port = free_port()?;
    let host = StaticHost::serve(tree.path(), port).await?;
    let phone = Browser::open(&format!("http://localhost:{port}")).await?;
    let name = person_name(tree.path(), REP4.login)?;
    phone.press(&name).await?;
    Today::shown(&phone).await?;
    let expect: BTreeSet<String> =
        endpoint.records().await?.shops_of(REP4.login).await?.into_iter().map(|(code, _)| code).collect();
    assert_eq!(Shops::open(&phone).await?.listed().await?, expect);
    host.stop().await;
    Ok(())
}

/// The file that the export button offers, as the browser saves it.
async fn export(phone: &Browser) -> Result<String> {
    phone.press(phone.words().say("sync.export")?).await?;
    phone.save_file(phone.words().say("hand.export_plain")?).await
}

/// Whether the segments of the tree hold no bucket but the common one and the rep's own.
fn names_nobody_else(tree: &Path) -> Result<bool> {
    let mut buckets = BTreeSet::new();
    for entry in std::fs::read_dir(tree.join("v1/snap"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "json") {
            let file: Value = serde_json::from_slice(&std::fs::read(path)?)?;
            let changes = file["changes"].as_array().cloned().unwrap_or_default();
            buckets.extend(changes.iter().filter_map(|c| c["b"].as_str()).map(str::to_owned));
        }
    }
    Ok(buckets == BTreeSet::from(["org".to_owned(), format!("p:{}", REP1.login)]))
}

fn person_name(tree: &Path, person: &str) -> Result<String> {
    let site: Value = serde_json::from_slice(&std::fs::read(tree.join("aisle.json"))?)?;
    let people = site["people"].as_array().cloned().unwrap_or_default();
    let found = people.iter().find(|one| one["person"] == person).context("published for this person")?;
    Ok(found["name"].as_str().context("a name")?.to_owned())
}
