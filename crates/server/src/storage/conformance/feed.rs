//! The change feed.

use super::{Device, Home, View, actor, ann, at, cho, put, shop, taken};
use crate::storage::{CursorGroup, PullOutcome};
use aisle_domain::org::Role;
use aisle_protocol::record::Kind;
use serde_json::json;

pub(crate) async fn pages_of_every_size_show_the_same(home: &Home) {
    let store = home.organised().await;
    let mut device = Device::new("d");
    let mut muts = vec![device.visit("v1", "ann", "s1")];
    muts.extend((0..7).map(|i| device.answer(&format!("a{i}"), "v1")));
    taken(store.as_ref(), &ann(), &device.request(muts)).await;
    let whole = View::fresh(store.as_ref(), &cho()).await;
    assert!(whole.holds("visit/v1") && whole.holds("answer/a6") && whole.holds("shop/s1"));
    assert!(!whole.holds("shop/s2"));
    for limit in [1, 2, 3, 5, 8, 13] {
        let mut view = View::default();
        view.pull(store.as_ref(), &cho(), limit).await;
        assert_eq!(view.records, whole.records, "pages of {limit}");
    }
    let mut again = whole.clone();
    again.pull(store.as_ref(), &cho(), 1000).await;
    assert_eq!(again.records, whole.records, "there is nothing new");
}

pub(crate) async fn a_reader_misses_nothing_of_what_is_written_meanwhile(home: &Home) {
    let store = home.organised().await;
    let writers: Vec<_> = (0..4)
        .map(|w| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut device = Device::new(&format!("d{w}"));
                for i in 0..12 {
                    let visit = format!("v{w}-{i}");
                    let muts = vec![device.visit(&visit, "ann", "s1"), device.answer(&format!("a{w}-{i}"), &visit)];
                    taken(store.as_ref(), &ann(), &device.request(muts)).await;
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    let mut view = View::default();
    while writers.iter().any(|writer| !writer.is_finished()) {
        view.page(store.as_ref(), &cho(), 3).await;
    }
    for writer in writers {
        writer.await.expect("written");
    }
    view.pull(store.as_ref(), &cho(), 3).await;
    let whole = View::fresh(store.as_ref(), &cho()).await;
    assert_eq!(view.records, whole.records);
    assert_eq!(whole.records.keys().filter(|name| name.starts_with("answer/")).count(), 48);
}

pub(crate) async fn leaving_and_entering_a_scope_is_told(home: &Home) {
    let store = home.organised().await;
    let mut device = Device::new("d");
    let muts = vec![device.visit("v1", "ann", "s1"), device.answer("a1", "v1")];
    taken(store.as_ref(), &ann(), &device.request(muts)).await;
    let bo = actor("bo", Role::Rep, &["south"]);
    let (mut at_ann, mut at_bo, mut at_cho) = (View::default(), View::default(), View::default());
    at_ann.pull(store.as_ref(), &ann(), 1000).await;
    at_bo.pull(store.as_ref(), &bo, 1000).await;
    at_cho.pull(store.as_ref(), &cho(), 1000).await;
    assert!(at_ann.holds("answer/a1") && at_cho.holds("answer/a1") && !at_bo.holds("shop/s1"));

    // The shop changes hands and place, and takes along what belongs to it.
    store
        .upsert(&[shop("s1", "south", &json!([{"person": "bo", "share_bp": 10_000}]))], at(), None)
        .await
        .expect("written");
    at_ann.pull(store.as_ref(), &ann(), 2).await;
    at_bo.pull(store.as_ref(), &bo, 2).await;
    at_cho.pull(store.as_ref(), &cho(), 2).await;
    for name in ["shop/s1", "visit/v1", "answer/a1"] {
        assert_eq!((at_ann.holds(name), at_bo.holds(name), at_cho.holds(name)), (false, true, false), "{name}");
    }
    assert_eq!(at_bo.records, View::fresh(store.as_ref(), &bo).await.records);

    // The supervisor gets another territory: the one is purged, the other filled.
    let moved = actor("cho", Role::Supervisor, &["south"]);
    at_cho.pull(store.as_ref(), &moved, 2).await;
    assert_eq!(at_cho.records, View::fresh(store.as_ref(), &moved).await.records);
    assert!(at_cho.holds("answer/a1"));
}

pub(crate) async fn a_cursor_of_another_store_means_nothing(home: &Home) {
    let store = home.organised().await;
    let mut view = View::default();
    view.pull(store.as_ref(), &ann(), 1000).await;
    let cursor = view.cursor.clone().expect("a cursor");
    let mut foreign = cursor.clone();
    foreign.s = "another".to_owned();
    let mut ahead = cursor.clone();
    ahead.g[0].r += 1;
    let mut unknown = cursor.clone();
    unknown.g = vec![CursorGroup { h: "unknown".to_owned(), r: 1, q: 0 }];
    for (name, cursor) in [("another store", foreign), ("the future", ahead), ("an unknown set", unknown)] {
        let outcome = store.pull(&ann(), None, Some(&cursor), 10).await.expect("read");
        assert!(matches!(outcome, PullOutcome::Reset), "{name}: {outcome:?}");
    }
    // The own one goes on after the store was opened again.
    store.close().await;
    let store = home.open().await;
    store.upsert(&[put(Kind::Product, "p9", None, json!({"name": "P9"}))], at(), None).await.expect("written");
    view.pull(store.as_ref(), &ann(), 1000).await;
    assert!(view.holds("product/p9"));
}
