//! Snapshots: what they hold, who is given them, and that they and the feed behind them are the feed.

use crate::support::{Client, Device, View, World, person, shop, upsert};
use aisle_domain::org::Role;
use aisle_protocol::record::Kind;
use aisle_protocol::snapshot::{Manifest, Segment, digest};
use aisle_protocol::sync::{Bucket, PullResponse};
use aisle_server::snapshot::SnapshotPlan;
use aisle_server::storage::Rebuilt;
use axum::http::{Method, StatusCode};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// Cut small, so that there is something to put together.
fn plan(every: u64) -> SnapshotPlan {
    SnapshotPlan { every, least_bytes: 200, most_bytes: 500, keep_ms: 3_600_000 }
}

async fn build(world: &World, every: u64) -> Option<Rebuilt> {
    world.storage.rebuild_snapshot(plan(every), world.at().now).await.expect("built")
}

async fn manifest(client: &Client) -> Manifest {
    let answer = client.get("/v1/snap/manifest").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    serde_json::from_slice(&answer.bytes).expect("a manifest")
}

fn path(sha256: &str) -> String {
    format!("/v1/snap/{sha256}.json")
}

/// Reads the snapshot as a device does, checking every digest.
async fn load(client: &Client) -> View {
    let manifest = manifest(client).await;
    let mut view = View::default();
    for segment in &manifest.segments {
        let answer = client.get(&path(&segment.sha256)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        assert_eq!(digest(&answer.bytes), segment.sha256);
        assert_eq!(answer.bytes.len() as u64, segment.bytes);
        let read: Segment = serde_json::from_slice(&answer.bytes).expect("a segment");
        assert_eq!(read.changes.len() as u64, segment.records);
        assert!(read.changes.iter().all(|change| change.b == segment.b));
        let next = manifest.cursor.clone();
        view.apply(&PullResponse {
            changes: read.changes,
            purge: vec![],
            next,
            more: true,
            ack: 0,
            now: 0,
            left: None,
        });
    }
    view.cursor = Some(manifest.cursor);
    view
}

async fn everything(client: &Client) -> BTreeMap<String, (String, aisle_protocol::Fields)> {
    let mut view = View::default();
    client.pull_into(&mut view, 1000).await;
    view.records
}

const PEOPLE: [&str; 6] = ["rep-a", "rep-b", "aud", "sup", "boss", "root"];

#[tokio::test]
async fn a_snapshot_is_the_feed_for_every_role() {
    let world = World::new().await;
    let mut device = Device::new("d");
    let rep = world.sign_in("rep-a").await;
    rep.push("d", vec![device.visit("v1", "rep-a", "s1"), device.answer("a1", "v1")]).await;
    build(&world, 1).await.expect("due");
    for login in PEOPLE {
        let client = world.sign_in(login).await;
        let view = load(&client).await;
        assert_eq!(view.records, everything(&client).await, "{login}");
        let page = client.page("fresh", view.cursor.as_deref(), 1000).await;
        assert_eq!(
            (page.changes.len(), page.purge.len(), page.more),
            (0, 0, false),
            "{login}: nothing is left to tell"
        );
    }
}

/// Whatever happened since the snapshot comes by the feed behind it, departures too.
#[tokio::test]
async fn the_feed_goes_on_behind_the_snapshot() {
    let world = World::new().await;
    build(&world, 1).await.expect("due");
    let other = |rep: &str| json!([{"person": rep, "share_bp": 10_000}]);
    world.put(&[shop("s1", "north-1", &other("rep-b")), shop("s4", "north-1", &other("rep-a"))]).await;
    world.people(&[person("sup", Role::Supervisor, "south")]).await;
    for login in PEOPLE {
        let client = world.sign_in(login).await;
        let mut view = load(&client).await;
        client.pull_into(&mut view, 2).await;
        assert_eq!(view.records, everything(&client).await, "{login}");
    }
}

#[tokio::test]
async fn segments_are_given_only_to_those_whose_scope_holds_their_bucket() {
    let world = World::new().await;
    build(&world, 1).await.expect("due");
    let mut segments: BTreeMap<String, Bucket> = BTreeMap::new();
    let mut of: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for login in PEOPLE {
        let client = world.sign_in(login).await;
        let listed = manifest(&client).await.segments;
        of.insert(login, listed.iter().map(|s| s.sha256.clone()).collect());
        segments.extend(listed.into_iter().map(|s| (s.sha256, s.b)));
    }
    let foreign = |login: &str, bucket: &Bucket| !of[login].iter().any(|sha| segments[sha] == *bucket);
    let mut refused = 0;
    for login in PEOPLE {
        let client = world.sign_in(login).await;
        for (sha256, bucket) in &segments {
            let status = client.get(&path(sha256)).await.status;
            if foreign(login, bucket) {
                refused += 1;
                assert_eq!(status, StatusCode::NOT_FOUND, "{login} asks for {}", bucket.0);
            } else {
                assert_eq!(status, StatusCode::OK, "{login} asks for {}", bucket.0);
            }
        }
    }
    assert!(refused > 10, "{refused}");
    let stranger = world.client();
    for path in ["/v1/snap/manifest".to_owned(), path(segments.keys().next().expect("a segment"))] {
        assert_eq!(stranger.get(&path).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
}

#[tokio::test]
async fn what_is_no_segment_is_not_found() {
    let world = World::new().await;
    let client = world.sign_in("rep-a").await;
    assert_eq!(client.get("/v1/snap/manifest").await.code(), (404, "not_found".to_owned()), "none was built yet");
    build(&world, 1).await.expect("due");
    for path in [path(&digest(b"x")), "/v1/snap/x".into(), "/v1/snap/..%2Faisle.db.json".into(), path("")] {
        assert_eq!(client.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn segments_are_cached_for_ever_by_the_device_alone_and_travel_gzipped() {
    let world = World::new().await;
    build(&world, 1).await.expect("due");
    let client = world.sign_in("rep-a").await;
    let sha256 = manifest(&client).await.segments.remove(0).sha256;
    let plain = client.get(&path(&sha256)).await;
    assert_eq!(plain.header("cache-control"), "private, max-age=31536000, immutable");
    assert_eq!(plain.header("content-encoding"), "");
    let gzip = client.request(Method::GET, &path(&sha256), &[("accept-encoding", "br, gzip")], vec![]).await;
    assert_eq!(gzip.header("content-encoding"), "gzip");
    assert_eq!(aisle_server::snapshot::unpack(&gzip.bytes).expect("gzip"), plain.bytes);
    let listed = client.get("/v1/snap/manifest").await;
    assert_eq!(listed.header("cache-control"), "no-store", "the list changes, its segments do not");
}

#[tokio::test]
async fn it_is_built_again_after_so_many_changes_and_only_where_something_changed() {
    let world = World::new().await;
    let first = build(&world, 10).await.expect("the first is always due");
    assert_eq!(build(&world, 10).await, None);
    let client = world.sign_in("rep-a").await;
    let before = manifest(&client).await;
    let name = |i: u32| upsert(Kind::Product, "p1", None, json!({"name": format!("P1 {i}")}));
    for i in 0..9 {
        world.put(&[name(i)]).await;
        assert_eq!(build(&world, 10).await, None, "change {i}");
    }
    world.put(&[name(9)]).await;
    let second = build(&world, 10).await.expect("due");
    assert_eq!((second.rev, second.buckets), (first.rev + 10, 1), "products are in one bucket");
    let after = manifest(&client).await;
    assert_ne!(before.id, after.id);
    let of_shops = |manifest: &Manifest| -> Vec<String> {
        manifest.segments.iter().filter(|s| s.b.0 != "org").map(|s| s.sha256.clone()).collect()
    };
    assert_eq!(of_shops(&before), of_shops(&after));
    assert!(!of_shops(&after).is_empty());

    // A device in the middle of the old list can go on for a while.
    let gone = before.segments.iter().find(|s| !after.segments.contains(s)).expect("one was replaced");
    assert_eq!(client.get(&path(&gone.sha256)).await.status, StatusCode::OK);
    world.pass(2 * 3_600_000);
    world.put(&[name(10)]).await;
    build(&world, 1).await.expect("due");
    assert_eq!(client.get(&path(&gone.sha256)).await.status, StatusCode::NOT_FOUND);
}

/// Pushes go on while a snapshot is built from an older state.
#[tokio::test]
async fn pushes_and_a_build_do_not_wait_for_each_other() {
    let world = World::new().await;
    let rep = world.sign_in("rep-a").await;
    let mut device = Device::new("d");
    let pushes = async {
        for i in 0..20 {
            let visit = device.visit(&format!("v{i}"), "rep-a", "s1");
            assert_eq!(rep.push("d", vec![visit]).await.results.len(), 1);
        }
    };
    let builds = async {
        for _ in 0..20 {
            build(&world, 1).await;
        }
    };
    tokio::join!(pushes, builds);
    let mut view = load(&rep).await;
    rep.pull_into(&mut view, 7).await;
    assert_eq!(view.records, everything(&rep).await);
}
