//! The storage suite against real IndexedDB, and the traps that only a real one has.

use aisle::storage::{IdbStore, schema};
use aisle_sync::{Revision, Store, StoreError, Table, WriteBatch};
use rexie::{ObjectStore, Rexie, TransactionMode};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

fn put(expect: u64, table: Table, key: &str, text: &str) -> WriteBatch {
    let mut batch = WriteBatch { expect: Revision(expect), ..WriteBatch::default() };
    batch.put_text(table, key, text.to_owned());
    batch
}

#[wasm_bindgen_test]
async fn indexed_db_keeps_every_promise() {
    aisle_sync::conformance::run(async |name: &str| IdbStore::new(&format!("suite.{name}"))).await;
}

#[wasm_bindgen_test]
async fn the_database_has_every_table_of_every_version() {
    // An upgrade may add object stores, never drop one: this list only ever grows.
    let ever = ["records", "facts", "outbox", "returned", "photos", "uploads", "meta"];
    let database = schema::builder("schema", schema::VERSION).build().await.expect("opens");
    let has = database.store_names();
    for table in ever {
        assert!(has.iter().any(|name| name == table), "{table} is gone");
    }
    database.close();
}

#[wasm_bindgen_test]
async fn a_connection_lost_to_another_tab_is_opened_again() {
    let store = IdbStore::new("lost");
    store.commit(put(0, Table::Records, "a", "1")).await.expect("commits");
    // Another tab deletes the database: ours is closed without a word.
    Rexie::delete("lost").await.expect("deletes");
    assert_eq!(store.load().await.expect("loads").revision, Revision(0), "a new, empty one");
    assert_eq!(store.commit(put(0, Table::Records, "b", "2")).await, Ok(Revision(1)));
}

#[wasm_bindgen_test]
async fn a_newer_database_is_left_alone_and_said() {
    let newer = Rexie::builder("newer").version(schema::VERSION + 1).add_object_store(ObjectStore::new("tomorrow"));
    newer.build().await.expect("opens").close();
    assert_eq!(IdbStore::new("newer").load().await, Err(StoreError::Outdated));
    let again = Rexie::builder("newer").version(schema::VERSION + 1).add_object_store(ObjectStore::new("tomorrow"));
    let names = again.build().await.expect("opens").store_names();
    assert_eq!(names, ["tomorrow"], "nothing was dropped");
}

#[wasm_bindgen_test]
async fn what_cannot_be_read_is_named_and_not_dropped() {
    let database = schema::builder("corrupt", schema::VERSION).build().await.expect("opens");
    let transaction = database.transaction(&["records"], TransactionMode::ReadWrite).expect("begins");
    let records = transaction.store("records").expect("a store");
    records.put(&js_sys::Date::new_0().into(), Some(&"shop/1".into())).await.expect("puts");
    transaction.commit().await.expect("commits");
    database.close();
    let store = IdbStore::new("corrupt");
    match store.load().await {
        Err(StoreError::Corrupt { what, .. }) => assert_eq!(what, "records/shop/1"),
        other => panic!("corrupt, not {other:?}"),
    }
    assert!(matches!(store.read(Table::Records, "shop/1").await, Err(StoreError::Corrupt { .. })), "it is still there");
}

#[wasm_bindgen_test]
async fn many_writers_at_once_never_lose_one() {
    let (one, other) = (IdbStore::new("race"), IdbStore::new("race"));
    for n in 0..20u64 {
        let (a, b) = (put(n, Table::Outbox, &format!("{n}"), "one"), put(n, Table::Outbox, &format!("{n}"), "other"));
        let (a, b) = futures::future::join(one.commit(a), other.commit(b)).await;
        assert!(a.is_ok() != b.is_ok(), "exactly one wins: {a:?} {b:?}");
        assert!([a, b].contains(&Err(StoreError::Moved { found: Revision(n + 1) })));
    }
}
