//! Deletions for everybody, and what happens to a device that was away for longer than they are told.

use crate::support::{DAY, Device, View, World, shop, upsert};
use aisle_protocol::mutation::Op;
use aisle_protocol::record::{Kind, RecordRef};
use aisle_protocol::snapshot::{Manifest, Segment};
use aisle_protocol::sync::What;
use aisle_server::TOMBSTONES_MS;
use aisle_server::snapshot::SnapshotPlan;
use aisle_server::storage::audit::Entry;
use aisle_server::storage::{Compacted, Deleted, Undeletable};
use axum::http::StatusCode;
use serde_json::json;
use std::collections::BTreeSet;

async fn delete(world: &World, rec: &str) -> Deleted {
    let (actor, action) = ("test".to_owned(), "delete".to_owned());
    let entry = Entry { at: world.at().now, actor, action, subject: rec.to_owned(), detail: String::new() };
    let rec: RecordRef = rec.parse().expect("a record");
    world.storage.delete(&rec, entry).await.expect("tried")
}

async fn compact(world: &World) -> Compacted {
    let now = world.at().now;
    world.storage.compact(now, now - TOMBSTONES_MS).await.expect("compacted")
}

#[tokio::test]
async fn a_deletion_is_told_to_everybody_who_had_it() {
    let world = World::new().await;
    let (rep, boss, other) = (world.sign_in("rep-a").await, world.sign_in("boss").await, world.sign_in("rep-b").await);
    let mut views = [View::default(), View::default(), View::default()];
    for (client, view) in [&rep, &boss, &other].into_iter().zip(&mut views) {
        client.pull_into(view, 1000).await;
    }
    assert_eq!(delete(&world, "target/sales/s1/2026-11").await, Deleted::Yes(1));
    for (i, client) in [&rep, &boss, &other].into_iter().enumerate() {
        let page = client.page("viewer", views[i].cursor.as_deref(), 100).await;
        let told: Vec<_> = page.changes.iter().map(|c| (c.id.as_str(), c.what == What::Del { del: true })).collect();
        let expect: &[(&str, bool)] = if i < 2 { &[("sales/s1/2026-11", true)] } else { &[] };
        assert_eq!(told, expect, "client {i}");
        views[i].apply(&page);
        let mut fresh = View::default();
        client.pull_into(&mut fresh, 1000).await;
        assert_eq!(views[i].records, fresh.records, "client {i}: a fresh device never hears of it");
    }
    assert_eq!(delete(&world, "target/sales/s1/2026-11").await, Deleted::No(Undeletable::Unknown));

    // An import brings it back.
    world.put(&[upsert(Kind::Target, "sales/s1/2026-11", Some("s1"), json!({"shop": "s1", "amount": 5}))]).await;
    rep.pull_into(&mut views[0], 100).await;
    assert_eq!(views[0].records["target/sales/s1/2026-11"].1["amount"], json!(5));
}

#[tokio::test]
async fn what_is_in_use_stays() {
    let world = World::new().await;
    world.put(&[shop("new", "north-1", &json!([{"person": "rep-a", "share_bp": 10_000}]))]).await;
    world.put(&[upsert(Kind::Target, "sales/new/2026-11", Some("new"), json!({"shop": "new"}))]).await;
    let mut device = Device::new("d");
    world.sign_in("rep-a").await.push("d", vec![device.visit("v1", "rep-a", "s1")]).await;
    let cases = [
        ("shop/new", Deleted::Yes(2)), // with its target
        ("shop/s1", Deleted::No(Undeletable::InUse)),
        ("product/p1", Deleted::Yes(1)),
        ("person/rep-a", Deleted::No(Undeletable::Kind)),
        ("territory/north", Deleted::No(Undeletable::InUse)), // others lie below it
        ("visit/v1", Deleted::No(Undeletable::Kind)),
        ("org/org", Deleted::No(Undeletable::Kind)),
        ("target/none", Deleted::No(Undeletable::Unknown)),
    ];
    for (rec, expect) in cases {
        assert_eq!(delete(&world, rec).await, expect, "{rec}");
    }
    assert!(!world.sign_in("rep-a").await.sees().await.contains("target/sales/new/2026-11"));
    world.storage.verify_audit(None).await.expect("read").expect("whole");
}

/// Work done in a shop that was deleted meanwhile is refused with a reason and stays with the person.
#[tokio::test]
async fn work_of_a_deleted_shop_is_a_refusal_and_blocks_nothing() {
    let world = World::new().await;
    world.put(&[shop("new", "north-1", &json!([{"person": "rep-a", "share_bp": 10_000}]))]).await;
    assert_eq!(delete(&world, "shop/new").await, Deleted::Yes(1));
    let mut device = Device::new("d");
    let muts = vec![device.visit("v1", "rep-a", "new"), device.visit("v2", "rep-a", "s1")];
    let results = world.sign_in("rep-a").await.push("d", muts).await.results;
    let codes: Vec<_> = results.iter().map(|r| r.code.as_ref().map(|c| format!("{c:?}"))).collect();
    assert_eq!(codes, [Some("UnknownParent".to_owned()), None]);
}

/// Two devices: one comes back within 90 days, one later.
#[tokio::test]
async fn after_ninety_days_departures_are_forgotten_and_who_was_away_starts_anew() {
    let world = World::new().await;
    let rep = world.sign_in("rep-a").await;
    let mut device = Device::new("d");
    rep.push("d", vec![device.visit("v1", "rep-a", "s1")]).await;
    let mut away = View::default();
    rep.pull_into(&mut away, 1000).await;
    compact(&world).await;

    world.pass(DAY);
    delete(&world, "target/sales/s1/2026-11").await;
    world.put(&[shop("s1", "north-1", &json!([{"person": "rep-b", "share_bp": 10_000}]))]).await;
    compact(&world).await;

    world.pass(TOMBSTONES_MS - DAY);
    assert_eq!(compact(&world).await.forgotten, 0, "not a day earlier");
    let rep = world.sign_in("rep-a").await;
    let mut back = View { cursor: away.cursor.clone(), records: away.records.clone(), ..View::default() };
    rep.pull_into(&mut back, 3).await;
    assert!(!back.records.contains_key("shop/s1") && !back.records.contains_key("target/sales/s1/2026-11"));

    world.pass(2 * DAY);
    let compacted = compact(&world).await;
    assert!(compacted.forgotten >= 3, "{compacted:?}");
    let rep = world.sign_in("rep-a").await;
    let from = |cursor: &Option<String>| format!("/v1/pull?device=d&c={}", cursor.clone().expect("a cursor"));
    let answer = rep.get(&from(&away.cursor)).await;
    assert_eq!((answer.status, answer.json()), (StatusCode::GONE, json!({"reset": true})));
    assert_eq!(rep.get(&from(&back.cursor)).await.status, StatusCode::OK, "this one misses nothing");

    // Starting anew shows the same as never having been away, and the snapshot does, too.
    let mut anew = View::default();
    rep.pull_into(&mut anew, 3).await;
    assert_eq!(anew.records, back.records);
    // The outbox is the device's: its counter goes on where it was.
    let patch = device.make(Op::Patch, Kind::Visit, "v1", None, json!({"note": "still mine"}));
    assert_eq!(rep.push("d", vec![patch]).await.results[0].n, 2);
    assert_eq!(compact(&world).await.forgotten, 0);
}

#[tokio::test]
async fn a_snapshot_from_before_the_horizon_is_not_offered() {
    let world = World::new().await;
    let plan = SnapshotPlan::every(1_000);
    world.storage.rebuild_snapshot(plan, world.at().now).await.expect("built").expect("due");
    delete(&world, "target/sales/s1/2026-11").await;
    compact(&world).await;
    world.pass(TOMBSTONES_MS + DAY);
    assert_eq!(compact(&world).await.forgotten, 2, "the target was in two buckets");
    let rep = world.sign_in("rep-a").await;
    assert_eq!(rep.get("/v1/snap/manifest").await.status, StatusCode::NOT_FOUND);
    world.storage.rebuild_snapshot(plan, world.at().now).await.expect("built").expect("due, whatever the count says");
    assert_eq!(rep.get("/v1/snap/manifest").await.status, StatusCode::OK);
}

/// Seed 1524 of the simulation: once its departures were forgotten, a bucket that records had only left showed no change, and its
/// old segments were handed out with what had left it.
#[tokio::test]
async fn a_bucket_that_records_have_only_left_is_cut_anew() {
    let world = World::new().await;
    let plan = SnapshotPlan::every(1_000);
    world.storage.rebuild_snapshot(plan, world.at().now).await.expect("built").expect("due");
    world.put(&[shop("s1", "north-1", &json!([{"person": "rep-b", "share_bp": 10_000}]))]).await;
    compact(&world).await;
    world.pass(TOMBSTONES_MS + DAY);
    assert!(compact(&world).await.forgotten > 0);
    world.storage.rebuild_snapshot(plan, world.at().now).await.expect("built").expect("due");
    let rep = world.sign_in("rep-a").await;
    let manifest: Manifest = serde_json::from_slice(&rep.get("/v1/snap/manifest").await.bytes).expect("a manifest");
    let mut brought = BTreeSet::new();
    for segment in &manifest.segments {
        let answer = rep.get(&format!("/v1/snap/{}.json", segment.sha256)).await;
        let read: Segment = serde_json::from_slice(&answer.bytes).expect("a segment");
        brought.extend(read.changes.iter().map(|change| format!("{}/{}", change.kind.as_str(), change.id)));
    }
    assert_eq!(brought, rep.sees().await);
    assert!(!brought.contains("shop/s1"));
}

#[tokio::test]
async fn housekeeping_forgets_by_the_clock() {
    let world = World::new().await;
    let photos = aisle_server::blobs::Photos::open(world.folder.path()).expect("photos");
    let settings = aisle_server::Settings::default();
    let app = aisle_server::App::new(world.storage.clone(), photos, world.clock.clone(), settings);
    let rep = world.sign_in("rep-a").await;
    let mut view = View::default();
    rep.pull_into(&mut view, 1000).await;
    delete(&world, "target/sales/s1/2026-11").await;
    aisle_server::housekeeping(&app).await.expect("done");
    world.pass(TOMBSTONES_MS + DAY);
    aisle_server::housekeeping(&app).await.expect("done");
    let rep = world.sign_in("rep-a").await;
    let answer = rep.get(&format!("/v1/pull?device=viewer&c={}", view.cursor.expect("a cursor"))).await;
    assert_eq!(answer.status, StatusCode::GONE);
}
