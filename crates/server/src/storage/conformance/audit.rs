//! The audit log.

use super::{Device, Home, NOON, account, ann, at, entry, put, taken};
use crate::storage::Storage;
use aisle_domain::PersonId;
use aisle_domain::org::Role;
use aisle_protocol::record::Kind;
use serde_json::json;

async fn rows(store: &dyn Storage) -> u64 {
    store.verify_audit(None).await.expect("read").expect("whole").rows
}

pub(crate) async fn every_change_is_in_the_log(home: &Home) {
    let empty = home.open().await;
    assert_eq!(empty.verify_audit(None).await.expect("read").expect("whole").to_string(), "0:");
    drop(empty);
    let store = home.organised().await;
    let mut device = Device::new("d");
    let mut before = rows(store.as_ref()).await;
    let mut grew = async |by: u64, what: &str| {
        let now = rows(store.as_ref()).await;
        assert_eq!(now - before, by, "{what}");
        before = now;
    };
    store.audit(entry("by hand")).await.expect("written");
    grew(1, "an entry of its own").await;
    store.open_session("t", &PersonId::from("ann"), NOON).await.expect("opened");
    grew(1, "a session opened").await;
    let muts = vec![device.visit("v1", "ann", "s1"), device.answer("a1", "v1"), device.answer("a2", "nowhere")];
    taken(store.as_ref(), &ann(), &device.request(muts.clone())).await;
    grew(3, "three mutations, one of them refused").await;
    taken(store.as_ref(), &ann(), &device.request(muts)).await;
    grew(0, "the same again").await;
    let product = [put(Kind::Product, "p1", None, json!({"name": "Other"}))];
    store.upsert(&product, at(), Some(entry("import"))).await.expect("written");
    grew(1, "an import").await;
    store.upsert_people(&[account("ann", Role::Rep, "south")], at(), entry("people")).await.expect("written");
    grew(1, "people").await;
    store.end_session("t", NOON).await.expect("ended");
    grew(1, "a session ended").await;

    let kept = store.verify_audit(None).await.expect("read").expect("whole");
    store.close().await;
    let store = home.open().await;
    store.audit(entry("later")).await.expect("written");
    let head = store.verify_audit(Some(&kept)).await.expect("read").expect("the chain goes on from the kept head");
    assert_eq!(head.rows, kept.rows + 1);
    let ahead = store.verify_audit(Some(&crate::storage::audit::Head { rows: head.rows + 2, hash: head.hash })).await;
    let why = ahead.expect("read").expect_err("rows are missing");
    assert_eq!(why, format!("rows {} to {} are missing at the end", head.rows + 1, head.rows + 2));
}
