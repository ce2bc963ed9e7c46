//! Snapshots, deletions, and what is forgotten.

use super::{Device, Home, NOON, View, actor, ann, at, cho, entry, put, taken};
use crate::access::Actor;
use crate::snapshot::{SnapshotPlan, unpack};
use crate::storage::{Deleted, PullOutcome, Storage, Undeletable};
use aisle_domain::org::Role;
use aisle_protocol::record::{Kind, RecordRef};
use aisle_protocol::snapshot::{Segment, digest};
use aisle_protocol::sync::What;
use serde_json::{Value, json};

const DAY: i64 = crate::DAY_MS;

fn plan(every: u64) -> SnapshotPlan {
    SnapshotPlan { every, least_bytes: 100, most_bytes: 300, keep_ms: DAY }
}

/// What a device holds after reading the snapshot.
async fn load(store: &dyn Storage, actor: &Actor) -> View {
    let offer = store.snapshot(actor).await.expect("read").expect("a snapshot");
    let mut view = View { cursor: Some(offer.cursor), ..View::default() };
    for listed in offer.segments {
        let gz = store.snapshot_segment(actor, &listed.sha256).await.expect("read").expect("a segment");
        let bytes = unpack(&gz).expect("gzip");
        assert_eq!((digest(&bytes), bytes.len() as u64), (listed.sha256, listed.bytes));
        let segment: Segment = serde_json::from_slice(&bytes).expect("a segment");
        for change in segment.changes {
            let What::Is { rev, v } = change.what else { panic!("{change:?}") };
            let name = format!("{}/{}", change.kind.as_str(), change.id);
            assert_eq!(change.b, listed.b);
            view.records.insert(name, (change.b.0, rev, Value::Object(v).to_string()));
        }
    }
    view
}

/// Fields compared as JSON: a snapshot need not word them as the feed does.
fn same(one: &View, other: &View) {
    let read = |view: &View| -> Vec<(String, String, u64, Value)> {
        let row = |(name, (bucket, rev, text)): (&String, &(String, u64, String))| {
            (name.clone(), bucket.clone(), *rev, serde_json::from_str(text).expect("JSON"))
        };
        view.records.iter().map(row).collect()
    };
    assert_eq!(read(one), read(other));
}

pub(crate) async fn a_snapshot_and_the_feed_behind_it_are_the_feed(home: &Home) {
    let store = home.organised().await;
    let mut device = Device::new("d");
    let muts = vec![device.visit("v1", "ann", "s1"), device.answer("a1", "v1")];
    taken(store.as_ref(), &ann(), &device.request(muts)).await;
    assert_eq!(store.snapshot(&cho()).await.expect("read"), None, "none was built");
    store.rebuild_snapshot(plan(1), NOON).await.expect("built").expect("due");
    assert_eq!(store.rebuild_snapshot(plan(1), NOON).await.expect("looked"), None, "nothing has changed");
    for actor in [ann(), cho()] {
        same(&load(store.as_ref(), &actor).await, &View::fresh(store.as_ref(), &actor).await);
    }
    taken(store.as_ref(), &ann(), &device.request(vec![device.clone().answer("a2", "v1")])).await;
    store.close().await;
    let store = home.open().await;
    let mut view = load(store.as_ref(), &cho()).await;
    assert!(!view.holds("answer/a2"));
    view.pull(store.as_ref(), &cho(), 1).await;
    same(&view, &View::fresh(store.as_ref(), &cho()).await);
    assert!(view.holds("answer/a2"));
}

pub(crate) async fn a_segment_is_for_those_whose_scope_holds_it(home: &Home) {
    let store = home.organised().await;
    store.rebuild_snapshot(plan(1), NOON).await.expect("built").expect("due");
    let bo = actor("bo", Role::Rep, &["south"]);
    let mut foreign = 0;
    for listed in store.snapshot(&ann()).await.expect("read").expect("a snapshot").segments {
        let given = store.snapshot_segment(&bo, &listed.sha256).await.expect("read").is_some();
        assert_eq!(given, listed.b.0 == "org", "{}", listed.b.0);
        foreign += usize::from(!given);
    }
    assert!(foreign > 0);
    assert_eq!(store.snapshot_segment(&bo, "unknown").await.expect("read"), None);
}

pub(crate) async fn a_deletion_is_told_and_a_new_record_may_take_the_place(home: &Home) {
    let store = home.organised().await;
    let target = RecordRef::new(Kind::Target, "t1");
    let write = || put(Kind::Target, "t1", Some("s1"), json!({"shop": "s1"}));
    store.upsert(&[write()], at(), None).await.expect("written");
    let mut view = View::fresh(store.as_ref(), &ann()).await;
    assert_eq!(store.delete(&target, entry("delete")).await.expect("done"), Deleted::Yes(1));
    assert_eq!(store.record(&target).await.expect("read"), None);
    assert_eq!(store.delete(&target, entry("delete")).await.expect("done"), Deleted::No(Undeletable::Unknown));
    let person = RecordRef::new(Kind::Person, "ann");
    assert_eq!(store.delete(&person, entry("delete")).await.expect("done"), Deleted::No(Undeletable::Kind));
    view.pull(store.as_ref(), &ann(), 1).await;
    assert!(!view.holds("target/t1"));
    store.upsert(&[write()], at(), None).await.expect("written");
    view.pull(store.as_ref(), &ann(), 1).await;
    assert!(view.holds("target/t1"));
    same(&view, &View::fresh(store.as_ref(), &ann()).await);
}

pub(crate) async fn what_was_forgotten_sends_old_cursors_back_to_the_start(home: &Home) {
    let store = home.organised().await;
    store.upsert(&[put(Kind::Target, "t1", Some("s1"), json!({"shop": "s1"}))], at(), None).await.expect("written");
    let old = View::fresh(store.as_ref(), &ann()).await.cursor.expect("a cursor");
    store.delete(&RecordRef::new(Kind::Target, "t1"), entry("delete")).await.expect("done");
    let new = View::fresh(store.as_ref(), &ann()).await.cursor.expect("a cursor");
    let compact = async |now: i64| store.compact(now, now - 90 * DAY).await.expect("done").forgotten;
    assert_eq!(compact(NOON).await, 0);
    assert_eq!(compact(NOON + 90 * DAY - 1).await, 0);
    assert!(matches!(store.pull(&ann(), None, Some(&old), 9).await.expect("read"), PullOutcome::Page(_)));
    assert!(compact(NOON + 90 * DAY).await > 0);
    assert!(matches!(store.pull(&ann(), None, Some(&old), 9).await.expect("read"), PullOutcome::Reset));
    assert!(matches!(store.pull(&ann(), None, Some(&new), 9).await.expect("read"), PullOutcome::Page(_)));
    assert_eq!(compact(NOON + 91 * DAY).await, 0);
}
