//! Taking mutations.

use super::{Device, Home, View, actor, ann, at, cho, taken};
use crate::storage::{PullOutcome, PushOutcome, Storage};
use aisle_domain::org::Role;
use aisle_protocol::mutation::{DeviceId, Hash};
use aisle_protocol::sync::{PushConflict, PushStatus, RejectCode};

/// The device's last counter as a page of the feed tells it.
async fn ack(store: &dyn Storage, device: &str) -> u64 {
    let outcome = store.pull(&ann(), Some(&DeviceId(device.to_owned())), None, 1000).await.expect("read");
    let PullOutcome::Page(page) = outcome else { panic!("{outcome:?}") };
    page.ack
}

pub(crate) async fn a_mutation_takes_effect_once_and_is_told_again(home: &Home) {
    let store = home.organised().await;
    let mut device = Device::new("d");
    let request = device.request(vec![device.clone().visit("v1", "ann", "s1")]);
    let first = taken(store.as_ref(), &ann(), &request).await;
    assert_eq!((first[0].st, ack(store.as_ref(), "d").await), (PushStatus::Ok, 1));
    let seen = View::fresh(store.as_ref(), &cho()).await;
    store.close().await;

    let store = home.open().await;
    let again = taken(store.as_ref(), &ann(), &request).await;
    assert_eq!((again[0].st, again[0].rev), (PushStatus::Dup, first[0].rev));
    assert_eq!(View::fresh(store.as_ref(), &cho()).await.records, seen.records);

    // The same mutation under another device id, as after a restored backup.
    device.id = DeviceId("d2".to_owned());
    let elsewhere = taken(store.as_ref(), &ann(), &device.request(request.muts)).await;
    assert_eq!((elsewhere[0].st, elsewhere[0].rev), (PushStatus::Dup, first[0].rev));
    assert_eq!(View::fresh(store.as_ref(), &cho()).await.records, seen.records);
}

pub(crate) async fn what_does_not_continue_changes_nothing(home: &Home) {
    let store = home.organised().await;
    let mut device = Device::new("d");
    let first = device.visit("v1", "ann", "s1");
    let mut twin = device.clone();
    let (second, third) = (device.answer("a1", "v1"), device.answer("a2", "v1"));
    taken(store.as_ref(), &ann(), &device.request(vec![first.clone(), second])).await;
    let rows = store.verify_audit(None).await.expect("read").expect("whole").rows;
    let other = twin.answer("other", "v1");
    let mut loose = third.clone();
    loose.prev = Hash("somewhere else".to_owned());
    let mut ahead = third;
    ahead.n = 9;
    let bo = actor("bo", Role::Rep, &["south"]);
    let cases = [
        (ann(), vec![ahead], PushOutcome::Conflict(PushConflict::Expect(3))),
        (ann(), vec![other], PushOutcome::Conflict(PushConflict::DeviceForked)), // another one of the same number
        (ann(), vec![loose], PushOutcome::Conflict(PushConflict::DeviceForked)), // a number that follows another past
        (bo, vec![first], PushOutcome::NotYourDevice),
    ];
    for (i, (who, muts, expect)) in cases.into_iter().enumerate() {
        let outcome = store.push(&who, &device.request(muts), at()).await.expect("answered");
        assert_eq!(outcome, expect, "case {i}");
        assert_eq!(ack(store.as_ref(), "d").await, 2, "case {i}");
    }
    assert_eq!(store.verify_audit(None).await.expect("read").expect("whole").rows, rows);
    let pulled = store.pull(&actor("bo", Role::Rep, &["south"]), Some(&DeviceId("d".to_owned())), None, 10).await;
    assert!(matches!(pulled.expect("read"), PullOutcome::NotYourDevice));
}

pub(crate) async fn pushes_at_the_same_time_are_each_taken_once(home: &Home) {
    let store = home.organised().await;
    let top = |view: &View| view.records.values().map(|(_, rev, _)| *rev).max().unwrap_or_default();
    let before = top(&View::fresh(store.as_ref(), &cho()).await);
    let devices: Vec<_> = (0..8)
        .map(|d| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut device = Device::new(&format!("d{d}"));
                let mut revs = Vec::new();
                for i in 0..5 {
                    let visit = format!("v{d}-{i}");
                    let muts = vec![device.visit(&visit, "ann", "s1"), device.answer(&format!("a{d}-{i}"), &visit)];
                    let results = taken(store.as_ref(), &ann(), &device.request(muts)).await;
                    assert!(results.iter().all(|result| result.st == PushStatus::Ok), "{results:?}");
                    revs.extend(results.iter().filter_map(|result| result.rev));
                }
                revs
            })
        })
        .collect();
    let mut revs = Vec::new();
    for device in devices {
        revs.extend(device.await.expect("taken"));
    }
    revs.sort_unstable();
    revs.dedup();
    assert_eq!(revs.len(), 80, "every effect has a revision of its own");
    assert!(revs.iter().all(|rev| *rev > before));
    let view = View::fresh(store.as_ref(), &cho()).await;
    let held: std::collections::BTreeSet<u64> = view.records.values().map(|(_, rev, _)| *rev).collect();
    assert!(revs.iter().all(|rev| held.contains(rev)), "and is in the feed under it");
    store.verify_audit(None).await.expect("read").expect("whole");
}

pub(crate) async fn the_same_push_twice_at_the_same_time_is_taken_once(home: &Home) {
    let store = home.organised().await;
    let mut device = Device::new("d");
    let request = device.request(vec![device.clone().visit("v1", "ann", "s1")]);
    let sent: Vec<_> = (0..6)
        .map(|_| {
            let (store, request) = (store.clone(), request.clone());
            tokio::spawn(async move { taken(store.as_ref(), &ann(), &request).await[0].st })
        })
        .collect();
    let mut statuses = Vec::new();
    for one in sent {
        statuses.push(one.await.expect("answered"));
    }
    let ok = statuses.iter().filter(|st| **st == PushStatus::Ok).count();
    assert_eq!((ok, statuses.len()), (1, 6), "{statuses:?}");
    device.visit("v1", "ann", "s1");
    let next = device.answer("a1", "v1");
    assert_eq!(taken(store.as_ref(), &ann(), &device.request(vec![next])).await[0].st, PushStatus::Ok);
}

pub(crate) async fn a_refusal_stays_a_refusal(home: &Home) {
    let store = home.organised().await;
    let mut device = Device::new("d");
    let muts = vec![device.visit("v2", "ann", "s2"), device.visit("v1", "ann", "s1"), device.answer("a1", "nowhere")];
    let request = device.request(muts);
    let codes = |results: &[aisle_protocol::sync::PushResult]| -> Vec<Option<RejectCode>> {
        results.iter().map(|result| result.code.clone()).collect()
    };
    let expect = [Some(RejectCode::Forbidden), None, Some(RejectCode::UnknownParent)];
    for round in 0..2 {
        assert_eq!(codes(&taken(store.as_ref(), &ann(), &request).await), expect, "round {round}");
    }
    let view = View::fresh(store.as_ref(), &cho()).await;
    assert!(view.holds("visit/v1") && !view.holds("visit/v2") && !view.holds("answer/a1"));
    assert_eq!(ack(store.as_ref(), "d").await, 3, "a refusal blocks nothing behind it");
}
