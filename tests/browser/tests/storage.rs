//! The storage suite against real IndexedDB, and the traps that only a real one has.

use aisle::storage::{IdbStore, schema};
use aisle_sync::{Revision, Store, StoreError, Stored, Table, WriteBatch};
use idb::builder::{DatabaseBuilder, ObjectStoreBuilder};
use idb::{Factory, TransactionMode};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

fn put(expect: u64, table: Table, key: &str, text: &str) -> WriteBatch {
    let mut batch = WriteBatch { expect: Revision(expect), ..WriteBatch::default() };
    batch.put_text(table, key, text.to_owned());
    batch
}

/// A database of the current version, made and read past the code that is tested.
fn made_by_hand(name: &str) -> DatabaseBuilder {
    Table::ALL.into_iter().fold(DatabaseBuilder::new(name).version(schema::VERSION), |builder, table| {
        builder.add_object_store(ObjectStoreBuilder::new(table.name()))
    })
}

#[wasm_bindgen_test]
async fn indexed_db_keeps_every_promise() {
    aisle_sync::conformance::run(async |name: &str| IdbStore::new(&format!("suite.{name}"))).await;
}

#[wasm_bindgen_test]
async fn the_database_has_every_table_of_every_version() {
    // An upgrade may add object stores, never drop one: this list only ever grows.
    let ever = ["pages", "records", "fact_pages", "facts", "outbox", "returned", "photos", "uploads", "meta"];
    IdbStore::new("schema").load().await.expect("opens and makes it");
    let asked = Factory::new().expect("IndexedDB").open("schema", Some(schema::VERSION)).expect("asks");
    let database = asked.await.expect("opens");
    let has = database.store_names();
    for table in ever {
        assert!(has.iter().any(|name| name == table), "{table} is gone");
    }
    database.close();
}

#[wasm_bindgen_test]
async fn a_database_of_the_first_version_is_upgraded_with_everything_in_it() {
    let first = ["records", "facts", "outbox", "returned", "photos", "uploads", "meta"];
    let mut builder = DatabaseBuilder::new("first").version(1);
    for table in first {
        builder = builder.add_object_store(ObjectStoreBuilder::new(table));
    }
    let database = builder.build().await.expect("opens");
    let transaction = database.transaction(&["records", "outbox", "meta"], TransactionMode::ReadWrite).expect("begins");
    for (table, key, text) in [
        ("records", "shop/1", r#"{"rev":1,"b":"b","g":0,"v":{"name":"one"}}"#),
        ("outbox", "0000000000000001", "mine"),
        ("meta", "revision", "7"),
    ] {
        let table = transaction.object_store(table).expect("a table");
        table.put(&text.into(), Some(&key.into())).expect("asks");
    }
    assert!(transaction.await.expect("ends").is_committed());
    database.close();

    let store = IdbStore::new("first");
    let snapshot = store.load().await.expect("upgraded");
    assert_eq!(snapshot.revision, Revision(7));
    let found: Vec<(Table, usize)> = snapshot.tables.iter().map(|(table, rows)| (*table, rows.len())).collect();
    assert_eq!(
        found.iter().filter(|(_, rows)| *rows == 1).map(|(table, _)| *table).collect::<Vec<_>>(),
        [Table::Records, Table::Outbox]
    );
    let outbox = snapshot.outbox().cloned();
    let mut next = WriteBatch { expect: Revision(7), outbox, ..WriteBatch::default() };
    next.put_bytes(Table::Pages, "00000001", b"shop/1\t{}\n".to_vec());
    next.delete(Table::Records, "shop/1");
    assert_eq!(store.commit(next).await, Ok(Revision(8)), "pages can be written");
    assert_eq!(store.read(Table::Outbox, "0000000000000001").await, Ok(Some(Stored::Text("mine".to_owned()))));
}

#[wasm_bindgen_test]
async fn a_connection_lost_to_another_tab_is_opened_again() {
    let store = IdbStore::new("lost");
    store.commit(put(0, Table::Records, "a", "1")).await.expect("commits");
    // Another tab deletes the database: ours is closed without a word.
    Factory::new().and_then(|all| all.delete("lost")).expect("asks").await.expect("deletes");
    assert_eq!(store.load().await.expect("loads").revision, Revision(0), "a new, empty one");
    assert_eq!(store.commit(put(0, Table::Records, "b", "2")).await, Ok(Revision(1)));
}

#[wasm_bindgen_test]
async fn a_newer_database_is_left_alone_and_said() {
    let newer = || {
        let tomorrow = ObjectStoreBuilder::new("tomorrow");
        DatabaseBuilder::new("newer").version(schema::VERSION + 1).add_object_store(tomorrow)
    };
    newer().build().await.expect("opens").close();
    assert_eq!(IdbStore::new("newer").load().await, Err(StoreError::Outdated));
    let names = newer().build().await.expect("opens").store_names();
    assert_eq!(names, ["tomorrow"], "nothing was dropped");
}

#[wasm_bindgen_test]
async fn what_cannot_be_read_is_named_and_not_dropped() {
    let database = made_by_hand("corrupt").build().await.expect("opens");
    let transaction = database.transaction(&["records"], TransactionMode::ReadWrite).expect("begins");
    let records = transaction.object_store("records").expect("a store");
    records.put(&js_sys::Date::new_0().into(), Some(&"shop/1".into())).expect("asks").await.expect("puts");
    assert!(transaction.await.expect("ends").is_committed());
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
        let (a, b) = (put(n, Table::Records, &format!("{n}"), "one"), put(n, Table::Records, &format!("{n}"), "other"));
        let (a, b) = futures::future::join(one.commit(a), other.commit(b)).await;
        assert!(a.is_ok() != b.is_ok(), "exactly one wins: {a:?} {b:?}");
        assert!([a, b].contains(&Err(StoreError::Moved { found: Revision(n + 1) })));
    }
    // Likewise where both add to the outbox, which leaves the revision as it is.
    let mut last = None;
    for n in 0..20u64 {
        let key = format!("{n:016}");
        let append = |text| WriteBatch { outbox: last.clone(), ..put(20, Table::Outbox, &key, text) };
        let (a, b) = futures::future::join(one.commit(append("one")), other.commit(append("other"))).await;
        assert!(a.is_ok() != b.is_ok(), "exactly one wins: {a:?} {b:?}");
        assert!([a, b].contains(&Err(StoreError::Moved { found: Revision(20) })));
        last = Some(key);
    }
}
