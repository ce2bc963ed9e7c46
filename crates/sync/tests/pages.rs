//! Copies in pages, and rows over them: whatever is written in whatever portions, storage holds what memory does.

use aisle_protocol::record::{Fields, Kind, RecordRef};
use aisle_protocol::sync::Bucket;
use aisle_sync::memory::MemoryStore;
use aisle_sync::replica::{Copy, Edit};
use aisle_sync::{Paging, Replica, Revision, StoreError, Table, WriteBatch};
use proptest::prelude::*;

fn shop(id: &str) -> RecordRef {
    RecordRef::new(Kind::Shop, id)
}

fn copy(rev: u64) -> Copy {
    let mut v = Fields::new();
    v.insert("name".to_owned(), format!("tab\t, line\n, \u{5e97} {rev}").into());
    Copy::new(rev, Bucket("b".to_owned()), 0, &v)
}

fn keep(id: &str, rev: u64) -> Edit {
    Edit::Copy(shop(id), copy(rev))
}

/// Commits as the engine does: the same edits to storage and to memory.
fn commit(replica: &mut Replica, store: &MemoryStore, edits: Vec<Edit>) {
    let revision = store.commit_now(replica.batch(&edits)).expect("commits");
    replica.apply_all(edits, revision);
}

fn read(store: &MemoryStore, paging: Paging) -> Replica {
    let mut replica = Replica::read(store.load_now()).expect("readable");
    replica.paging = paging;
    replica
}

fn small(bulk: usize, page: usize, loose: usize) -> Replica {
    let mut replica = Replica::default();
    replica.paging = Paging { bulk, page, loose };
    replica
}

fn keys(store: &MemoryStore, table: Table) -> Vec<String> {
    store.table(table).into_iter().map(|(key, _)| key).collect()
}

/// What a batch does to a record.
#[derive(Clone, Debug)]
enum Change {
    Keep(u8),
    Drop(u8),
    /// An id that would break a line.
    KeepOdd(u8),
    DropOdd(u8),
    KeepFacts(u8),
    DropFacts(u8),
}

fn edit(change: &Change, rev: u64) -> Edit {
    match change {
        Change::Keep(n) => keep(&n.to_string(), rev),
        Change::Drop(n) => Edit::DropCopy(shop(&n.to_string())),
        Change::KeepOdd(n) => keep(&format!("odd\n{n}\t"), rev),
        Change::DropOdd(n) => Edit::DropCopy(shop(&format!("odd\n{n}\t"))),
        // Now and then a segment without a byte.
        Change::KeepFacts(n) => Edit::Facts(format!("f{n}"), vec![b'\n'; usize::from(n % 3)]),
        Change::DropFacts(n) => Edit::DropFacts(format!("f{n}")),
    }
}

fn changes() -> impl Strategy<Value = Change> {
    prop_oneof![
        6 => (0u8..30).prop_map(Change::Keep),
        3 => (0u8..30).prop_map(Change::Drop),
        1 => (0u8..3).prop_map(Change::KeepOdd),
        1 => (0u8..3).prop_map(Change::DropOdd),
        4 => (0u8..20).prop_map(Change::KeepFacts),
        2 => (0u8..20).prop_map(Change::DropFacts),
    ]
}

proptest! {
    #[test]
    fn storage_holds_what_memory_does(
        batches in prop::collection::vec(prop::collection::vec(changes(), 0..12), 1..40),
        bulk in 1usize..8, page in 1usize..6, loose in 0usize..8,
    ) {
        let store = MemoryStore::default();
        let mut replica = small(bulk, page, loose);
        let mut rev = 0;
        for batch in &batches {
            let edits = batch.iter().map(|change| { rev += 1; edit(change, rev) }).collect();
            commit(&mut replica, &store, edits);
            prop_assert_eq!(&read(&store, replica.paging), &replica);
            // Nothing that is gone is still on the disk.
            for (_, page) in store.table(Table::Pages) {
                for line in String::from_utf8(page.bytes().expect("bytes")).expect("text").lines().filter(|line| !line.starts_with('#')) {
                    let (key, _) = line.split_once('\t').expect("a key");
                    prop_assert!(replica.copy(&key.parse().expect("a name")).is_some(), "{} is gone", key);
                }
            }
            let lines: usize = store.table(Table::Pages).into_iter()
                .map(|(_, page)| page.bytes().expect("bytes").split(|byte| *byte == b'\n').count() - 1).sum();
            // What is out of date is bounded, and so is what lies by itself.
            let copies = replica.copies().count();
            prop_assert!(lines <= 2 * (copies + 12 + loose) + loose, "{} lines for {} copies", lines, copies);
            prop_assert!(keys(&store, Table::Records).len() <= loose + bulk.min(12) + 12 + 3);
        }
    }
}

#[test]
fn a_large_batch_is_a_few_values_and_a_small_one_lies_over_them() {
    let (store, mut replica) = (MemoryStore::default(), Replica::default());
    commit(&mut replica, &store, (0..300).map(|n| keep(&format!("{n:04}"), 1)).collect());
    assert_eq!(keys(&store, Table::Pages), ["00000001"]);
    assert_eq!(keys(&store, Table::Records), [""; 0]);
    commit(&mut replica, &store, vec![keep("0007", 2), Edit::DropCopy(shop("never there"))]);
    assert_eq!(keys(&store, Table::Pages), ["00000001"], "no page is written for one record");
    assert_eq!(keys(&store, Table::Records), ["shop/0007"]);
    // What goes away goes from the disk, at once.
    let on_disk = |key: &str| {
        let values = Table::ALL.into_iter().flat_map(|table| store.table(table));
        let mut bytes = values.filter_map(|(_, value)| value.bytes());
        bytes.any(|bytes| String::from_utf8_lossy(&bytes).contains(key))
    };
    assert!(on_disk("shop/0008"));
    commit(&mut replica, &store, vec![Edit::DropCopy(shop("0008"))]);
    assert!(!on_disk("shop/0008") && on_disk("shop/0009"));
    assert_eq!((keys(&store, Table::Pages), keys(&store, Table::Records)), (vec!["00000002".to_owned()], vec![]));
    let read = Replica::read(store.load_now()).expect("readable");
    assert_eq!(read, replica);
    assert_eq!((read.copy(&shop("0007")).map(|copy| copy.rev), read.copy(&shop("0008"))), (Some(2), None));
}

#[test]
fn facts_lie_in_pages_too() {
    let (store, mut replica) = (MemoryStore::default(), Replica::default());
    commit(&mut replica, &store, (0..130).map(|n| Edit::Facts(format!("{n:04}"), vec![n as u8; 9])).collect());
    assert_eq!(keys(&store, Table::FactPages), ["00000001", "00000002", "00000003"]);
    commit(&mut replica, &store, vec![Edit::Facts("0007".to_owned(), vec![1]), Edit::DropFacts("0008".to_owned())]);
    assert_eq!(keys(&store, Table::FactPages), ["00000004", "00000005", "00000006"], "without the one that is gone");
    let read = Replica::read(store.load_now()).expect("readable");
    assert_eq!(read, replica);
    assert_eq!(read.facts("0007").as_deref(), Some(&[1][..]));
    assert_eq!((read.facts("0008"), read.facts("0129").map(|bytes| bytes.len())), (None, Some(9)));
}

#[test]
fn a_page_of_facts_that_is_cut_off_is_named() {
    let (store, mut replica) = (MemoryStore::default(), Replica::default());
    commit(&mut replica, &store, (0..64).map(|n| Edit::Facts(format!("{n:04}"), vec![n as u8; 9])).collect());
    let whole = store.table(Table::FactPages).remove(0).1.bytes().expect("bytes");
    for cut in [1, 5, 8, 11, whole.len() - 1] {
        let spoilt = store.deep_copy();
        let mut batch = spoilt.batch();
        batch.put_bytes(Table::FactPages, "00000001", whole[..cut].to_vec());
        spoilt.commit_now(batch).expect("commits");
        match Replica::read(spoilt.load_now()) {
            Err(StoreError::Corrupt { what, .. }) => assert_eq!(what, "fact_pages/00000001", "{cut}"),
            other => panic!("corrupt at {cut}, not {other:?}"),
        }
    }
}

#[test]
fn a_row_that_says_more_or_in_another_order_is_read_as_what_it_says() {
    let rows = [
        r#"{"rev":7,"b":"t:west","g":2,"v":{"name":"one"}}"#,
        r#"{"rev":7,"b":"t:west","g":2,"v":{"name":"one"},"later":{"kept":1}}"#,
        r#"{ "v": {"name": "one"}, "b": "t:west", "g": 2, "rev": 7 }"#,
    ];
    for text in rows {
        let store = MemoryStore::default();
        let mut batch = WriteBatch::default();
        batch.put_text(Table::Records, "shop/1", text.to_owned());
        store.commit_now(batch).expect("commits");
        let replica = Replica::read(store.load_now()).expect("readable");
        let fields: Fields = [("name".to_owned(), "one".into())].into_iter().collect();
        assert_eq!(replica.copy(&shop("1")), Some(&Copy::new(7, Bucket("t:west".to_owned()), 2, &fields)), "{text}");
    }
    for text in [r#"{"rev":7,"b":"t","g":2,"v":{"name":"on}}"#, r#"{"rev":7,"b":"t","g":2,"v":[1]}"#, "{"] {
        let store = MemoryStore::default();
        let mut batch = WriteBatch::default();
        batch.put_text(Table::Records, "shop/1", text.to_owned());
        store.commit_now(batch).expect("commits");
        assert!(Replica::read(store.load_now()).is_err(), "{text}");
    }
}

#[test]
fn rows_of_the_first_version_go_into_pages_with_the_feed() {
    // Version 1 of the database: every copy by itself, no page.
    let store = MemoryStore::default();
    let mut batch = WriteBatch::default();
    for n in 0..2000 {
        let text = format!("{{\"rev\":1,\"b\":\"b\",\"g\":0,\"v\":{{\"name\":\"{n}\"}}}}");
        batch.put_text(Table::Records, format!("shop/{n:04}"), text);
    }
    store.commit_now(batch).expect("commits");
    let mut replica = Replica::read(store.load_now()).expect("readable");
    let before: Vec<Fields> = replica.copies().map(|(_, copy)| copy.fields()).collect();
    assert_eq!(before.len(), 2000);
    // The feed brings one change.
    commit(&mut replica, &store, vec![keep("2000", 2)]);
    assert_eq!(keys(&store, Table::Records), [""; 0]);
    assert_eq!(keys(&store, Table::Pages).len(), 4);
    let after = Replica::read(store.load_now()).expect("readable");
    assert_eq!(after, replica);
    assert!(after.copies().map(|(_, copy)| copy.fields()).take(2000).eq(before));
}

#[test]
fn pages_are_written_anew_when_most_of_them_is_out_of_date() {
    let (store, mut replica) = (MemoryStore::default(), small(2, 10, 5));
    for rev in 1..=20 {
        commit(&mut replica, &store, (0..20).map(|n| keep(&n.to_string(), rev)).collect());
    }
    assert!(keys(&store, Table::Pages).len() <= 6, "{:?}", keys(&store, Table::Pages));
    commit(&mut replica, &store, (0..20).map(|n| Edit::DropCopy(shop(&n.to_string()))).collect());
    assert_eq!(Replica::read(store.load_now()).expect("readable").copies().count(), 0);
    assert_eq!(replica.revision, Revision(21));
}
