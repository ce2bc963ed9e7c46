//! The suite every storage backend has to pass. Backends call [`run`] from their own tests, with a way to open the same
//! store again: what a commit promised has to be there after that.

use crate::store::{Durability, Revision, Store, StoreError, Stored, Table, WriteBatch};

/// Runs every case. `open(name)` opens the store of that name, the same one when called again with the same name.
///
/// # Panics
/// When the backend breaks a promise.
pub async fn run<S: Store, F: AsyncFn(&str) -> S>(open: F) {
    starts_empty(open("empty").await).await;
    a_batch_is_read_back_as_written(&open).await;
    a_batch_takes_effect_whole_or_not_at_all(&open).await;
    a_moved_revision_is_refused(&open).await;
    what_is_added_to_the_outbox_leaves_the_revision(&open).await;
    the_front_of_the_outbox_goes_at_once(open("front").await).await;
    deletes_before_puts(open("order").await).await;
    keys_come_in_order(open("keys").await).await;
    large_values_survive(&open).await;
}

fn batch(expect: u64) -> WriteBatch {
    WriteBatch { expect: Revision(expect), ..WriteBatch::default() }
}

fn rows(snapshot: &crate::store::Snapshot, table: Table) -> Vec<(String, Stored)> {
    snapshot.tables.iter().find(|(t, _)| *t == table).map(|(_, rows)| rows.clone()).unwrap_or_default()
}

async fn starts_empty<S: Store>(store: S) {
    let snapshot = store.load().await.expect("an empty store loads");
    assert_eq!(snapshot.revision, Revision(0));
    assert!(snapshot.tables.iter().all(|(_, rows)| rows.is_empty()));
    assert_eq!(store.read(Table::Photos, "none").await, Ok(None));
}

async fn a_batch_is_read_back_as_written<S: Store, F: AsyncFn(&str) -> S>(open: &F) {
    let store = open("whole").await;
    let mut write = batch(0);
    for table in Table::ALL {
        if table.holds_bytes() {
            write.put_bytes(table, "k", vec![0, 1, 2, 255]);
        } else {
            write.put_text(table, "k", "{\"name\":\"巡店 ✓\"}".to_owned());
        }
    }
    write.durability = Durability::Strict;
    assert_eq!(store.commit(write).await, Ok(Revision(1)));
    drop(store);
    let again = open("whole").await;
    for table in Table::ALL {
        let expect = if table.holds_bytes() {
            Stored::Bytes(vec![0, 1, 2, 255])
        } else {
            Stored::Text("{\"name\":\"巡店 ✓\"}".to_owned())
        };
        assert_eq!(again.read(table, "k").await, Ok(Some(expect)), "{}", table.name());
    }
    let snapshot = again.load().await.expect("loads");
    assert_eq!(snapshot.revision, Revision(1));
    assert!(snapshot.tables.iter().all(|(_, rows)| rows.len() == 1), "every table of the snapshot has its row");
}

async fn a_batch_takes_effect_whole_or_not_at_all<S: Store, F: AsyncFn(&str) -> S>(open: &F) {
    let store = open("atomic").await;
    let mut first = batch(0);
    first.put_text(Table::Records, "a", "1".into());
    first.put_text(Table::Meta, "cursor", "1".into());
    store.commit(first).await.expect("commits");
    // Refused: neither the put nor the delete of this batch may be seen.
    let mut stale = batch(0);
    stale.put_text(Table::Records, "b", "2".into());
    stale.delete(Table::Records, "a");
    stale.put_text(Table::Meta, "cursor", "2".into());
    assert!(store.commit(stale).await.is_err());
    drop(store);
    let snapshot = open("atomic").await.load().await.expect("loads");
    assert_eq!(rows(&snapshot, Table::Records), [("a".to_owned(), Stored::Text("1".to_owned()))]);
    assert_eq!(rows(&snapshot, Table::Meta), [("cursor".to_owned(), Stored::Text("1".to_owned()))]);
}

async fn a_moved_revision_is_refused<S: Store, F: AsyncFn(&str) -> S>(open: &F) {
    let (one, other) = (open("tabs").await, open("tabs").await);
    let mut write = batch(0);
    write.put_text(Table::Records, "1", "one".into());
    assert_eq!(one.commit(write.clone()).await, Ok(Revision(1)));
    assert_eq!(other.commit(write).await, Err(StoreError::Moved { found: Revision(1) }));
    let mut next = batch(1);
    next.put_text(Table::Records, "2", "other".into());
    assert_eq!(other.commit(next).await, Ok(Revision(2)));
    let snapshot = one.load().await.expect("loads");
    assert_eq!(rows(&snapshot, Table::Records).len(), 2, "each tab sees what the other wrote");
}

async fn what_is_added_to_the_outbox_leaves_the_revision<S: Store, F: AsyncFn(&str) -> S>(open: &F) {
    let (one, other) = (open("append").await, open("append").await);
    let append = |expect: u64, outbox: Option<&str>, key: &str, text: &str| {
        let mut write = batch(expect);
        write.outbox = outbox.map(str::to_owned);
        write.put_text(Table::Outbox, key, text.to_owned());
        write
    };
    let moved = |revision: u64| Err(StoreError::Moved { found: Revision(revision) });
    assert_eq!(one.commit(append(0, None, "1", "one")).await, Ok(Revision(0)));
    // Computed from the same state: the second finds the key taken, and nothing of it is written.
    let mut second = append(0, None, "1", "other");
    second.put_bytes(Table::Photos, "p", vec![1]);
    assert_eq!(other.commit(second).await, moved(0));
    assert_eq!(other.read(Table::Photos, "p").await, Ok(None));
    assert_eq!(other.commit(append(0, Some("1"), "2", "other")).await, Ok(Revision(0)));
    // What does more than append knows of everything in the outbox, or is refused.
    let mut page = batch(0);
    page.put_text(Table::Meta, "cursor", "c".into());
    for outbox in [None, Some("1".to_owned())] {
        assert_eq!(one.commit(WriteBatch { outbox, ..page.clone() }).await, moved(0));
    }
    assert_eq!(one.commit(WriteBatch { outbox: Some("2".to_owned()), ..page }).await, Ok(Revision(1)));
    // And what appends knows of everything else.
    assert_eq!(other.commit(append(0, Some("2"), "3", "other")).await, moved(1));
    // A key that is there is written over only by what knows it.
    assert_eq!(other.commit(append(1, Some("2"), "2", "again")).await, Ok(Revision(2)));
    let snapshot = one.load().await.expect("loads");
    let texts: Vec<(String, Stored)> =
        [("1", "one"), ("2", "again")].map(|(key, text)| (key.to_owned(), Stored::Text(text.to_owned()))).into();
    assert_eq!((rows(&snapshot, Table::Outbox), snapshot.outbox().map(String::as_str)), (texts, Some("2")));
}

async fn the_front_of_the_outbox_goes_at_once<S: Store>(store: S) {
    let mut write = batch(0);
    for key in ["1", "2", "3"] {
        write.put_text(Table::Outbox, key, key.to_owned());
    }
    assert_eq!(store.commit(write).await, Ok(Revision(0)));
    let mut acknowledged = WriteBatch { outbox: Some("3".to_owned()), ..batch(0) };
    acknowledged.outbox_through = Some("2".to_owned());
    assert_eq!(store.commit(acknowledged).await, Ok(Revision(1)));
    let snapshot = store.load().await.expect("loads");
    assert_eq!(rows(&snapshot, Table::Outbox), [("3".to_owned(), Stored::Text("3".to_owned()))]);
}

async fn deletes_before_puts<S: Store>(store: S) {
    let mut write = batch(0);
    write.put_text(Table::Records, "k", "new".into());
    write.delete(Table::Records, "k");
    write.delete(Table::Records, "never there");
    store.commit(write).await.expect("commits");
    assert_eq!(store.read(Table::Records, "k").await, Ok(Some(Stored::Text("new".to_owned()))));
}

async fn keys_come_in_order<S: Store>(store: S) {
    let mut write = batch(0);
    for n in [10, 2, 33, 1] {
        write.put_text(Table::Outbox, format!("{n:016}"), n.to_string());
    }
    store.commit(write).await.expect("commits");
    let snapshot = store.load().await.expect("loads");
    let values: Vec<String> =
        rows(&snapshot, Table::Outbox).iter().filter_map(|(_, v)| v.text().map(str::to_owned)).collect();
    assert_eq!(values, ["1", "2", "10", "33"]);
}

async fn large_values_survive<S: Store, F: AsyncFn(&str) -> S>(open: &F) {
    let bytes: Vec<u8> = (0..3_000_000u32).map(|i| (i % 251) as u8).collect();
    let store = open("large").await;
    let mut write = batch(0);
    write.put_bytes(Table::Photos, "p", bytes.clone());
    store.commit(write).await.expect("commits");
    drop(store);
    let back = open("large").await.read(Table::Photos, "p").await;
    assert_eq!(back.map(|v| v.and_then(Stored::bytes)), Ok(Some(bytes)));
}
