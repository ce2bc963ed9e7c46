//! The traps of a real IndexedDB (ENGINEERING.md §3): each is sprung by what a browser really does, or by its own words
//! where it cannot be made to do it on demand.

use aisle::storage::{Gone, IdbStore, schema};
use aisle_sync::{Durability, Put, Revision, Store, StoreError, Stored, Table, WriteBatch};
use futures::FutureExt;
use idb::Factory;
use js_sys::{Function, Promise, Reflect};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

fn put(expect: u64, key: &str, text: &str) -> WriteBatch {
    let mut batch = WriteBatch { expect: Revision(expect), ..WriteBatch::default() };
    batch.put_text(Table::Records, key, text.to_owned());
    batch
}

async fn has(store: &IdbStore, key: &str) -> bool {
    store.read(Table::Records, key).await.expect("readable").is_some()
}

/// Runs a script; what it returns is waited for.
async fn script(body: &str) -> JsValue {
    let run = Function::new_no_args(body).call0(&JsValue::NULL).expect("the script runs");
    JsFuture::from(Promise::resolve(&run)).await.expect("the script succeeds")
}

/// Replaces a method of a browser's prototype until dropped. `body` may use `was` (the method replaced), `self` (its
/// object) and `args`.
struct Patched {
    prototype: JsValue,
    name: &'static str,
    was: JsValue,
}

impl Patched {
    fn new(class: &str, name: &'static str, body: &str) -> Self {
        let class = Reflect::get(&js_sys::global(), &class.into()).expect("the class");
        let prototype = Reflect::get(&class, &"prototype".into()).expect("a prototype");
        let was = Reflect::get(&prototype, &name.into()).expect("the method");
        let make = format!("return function (...args) {{ const self = this; {body} }}");
        let patch = Function::new_with_args("was", &make).call1(&JsValue::NULL, &was).expect("a function");
        Reflect::set(&prototype, &name.into(), &patch).expect("patched");
        Self { prototype, name, was }
    }
}

impl Drop for Patched {
    fn drop(&mut self) {
        Reflect::set(&self.prototype, &self.name.into(), &self.was).expect("restored");
    }
}

fn global(name: &str) -> JsValue {
    Reflect::get(&js_sys::global(), &name.into()).expect("readable")
}

#[wasm_bindgen_test]
async fn an_aborted_commit_is_never_called_saved() {
    let store = IdbStore::new("trap.abort");
    store.commit(put(0, "before", "1")).await.expect("commits");
    {
        // Every request succeeds; the browser then gives up the whole transaction, as it does when the disk is full.
        let _patched = Patched::new(
            "IDBTransaction",
            "commit",
            "const all = self.objectStore('records').get('x'); all.onsuccess = () => self.abort();",
        );
        let outcome = store.commit(put(1, "lost", "2")).await;
        assert!(matches!(outcome, Err(StoreError::Transient(_))), "aborted, and said: {outcome:?}");
    }
    assert!(!has(&store, "lost").await && has(&store, "before").await);
    assert_eq!(store.commit(put(1, "lost", "2")).await, Ok(Revision(2)), "the same again succeeds");
}

#[wasm_bindgen_test]
async fn a_request_that_fails_takes_the_whole_batch_with_it() {
    let store = IdbStore::new("trap.request");
    let mut batch = put(0, "one", "1");
    batch.put_text(Table::Records, "two", "2".to_owned());
    {
        // `add` of a key that is there fails with an error event, which nobody handles.
        let _patched = Patched::new(
            "IDBObjectStore",
            "put",
            "if (args[1] !== 'two') return was.apply(self, args);
             was.apply(self, args); return self.add(...args);",
        );
        let outcome = store.commit(batch.clone()).await;
        assert!(outcome.is_err(), "{outcome:?}");
    }
    assert!(!has(&store, "one").await && !has(&store, "two").await, "nothing of it is there");
    assert_eq!(store.commit(batch).await, Ok(Revision(1)));
}

#[wasm_bindgen_test]
async fn each_reason_of_the_browser_is_told_apart() {
    let store = IdbStore::new("trap.reasons");
    store.commit(put(0, "a", "1")).await.expect("commits");
    let quota = StoreError::Quota;
    // What Safari says after the process that holds its databases has died (Expensify #87864).
    let safari = "Connection to Indexed Database server lost. Refresh the page to try again";
    for (name, message, expect) in [
        ("QuotaExceededError", "", quota.clone()),
        // A disk that is full before Chromium's share of it is.
        ("DataError", "Failed to write blobs (IOError)", quota.clone()),
        ("UnknownError", "Connection is closing because of: IO error: 000003.log: FILE_ERROR_NO_SPACE", quota),
        ("InvalidStateError", "The database connection is closing.", StoreError::Lost),
        ("UnknownError", safari, StoreError::Lost),
        ("UnknownError", "Internal error.", StoreError::Transient("UnknownError: Internal error.".to_owned())),
    ] {
        let body = format!("throw new DOMException({message:?}, {name:?});");
        let _patched = Patched::new("IDBDatabase", "transaction", &body);
        assert_eq!(store.commit(put(1, "b", "2")).await, Err(expect), "{name}: {message}");
    }
    assert_eq!(store.commit(put(1, "b", "2")).await, Ok(Revision(2)));
}

#[wasm_bindgen_test]
async fn pictures_are_dropped_although_nothing_more_may_be_written() {
    let store = IdbStore::new("trap.room");
    let mut batch = put(0, "a", "1");
    batch.puts.push(Put { table: Table::Photos, key: "p".to_owned(), value: Stored::Bytes(vec![7; 10]) });
    store.commit(batch).await.expect("commits");
    let full = Patched::new("IDBObjectStore", "put", "throw new DOMException('', 'QuotaExceededError');");
    let drop = |expect| WriteBatch {
        expect: Revision(expect),
        deletes: vec![(Table::Photos, "p".to_owned()), (Table::Records, "a".to_owned())],
        ..WriteBatch::default()
    };
    assert_eq!(store.commit(drop(7)).await, Err(StoreError::Moved { found: Revision(1) }));
    assert!(
        store.read(Table::Photos, "p").await.expect("readable").is_some(),
        "nothing for a batch that is out of date"
    );
    assert_eq!(store.commit(drop(1)).await, Err(StoreError::Quota), "not called done");
    assert!(store.read(Table::Photos, "p").await.expect("readable").is_none(), "the room is given all the same");
    assert!(has(&store, "a").await);
    std::mem::drop(full);
    assert_eq!(store.commit(drop(1)).await, Ok(Revision(2)));
    assert!(!has(&store, "a").await);
}

#[wasm_bindgen_test]
async fn a_lost_connection_is_opened_again_and_the_write_goes_through() {
    let store = IdbStore::new("trap.lost");
    store.commit(put(0, "a", "1")).await.expect("commits");
    assert_eq!(store.opened(), 1);
    // The connection says so once, as after the loss of the browser's own process.
    script("globalThis.losses = 1").await;
    let body = "if (globalThis.losses-- > 0) throw new DOMException('gone', 'InvalidStateError');
                return was.apply(self, args);";
    let _patched = Patched::new("IDBDatabase", "transaction", body);
    assert_eq!(store.commit(put(1, "b", "2")).await, Ok(Revision(2)));
    assert_eq!(store.opened(), 2, "over a new connection");
    assert!(has(&store, "a").await && has(&store, "b").await);
}

#[wasm_bindgen_test]
async fn a_database_deleted_under_the_page_is_noticed_at_once() {
    let store = IdbStore::new("trap.deleted");
    store.commit(put(0, "a", "1")).await.expect("commits");
    let heard = Rc::new(RefCell::new(Vec::new()));
    let told = Rc::clone(&heard);
    store.on_gone(move |gone| told.borrow_mut().push(gone));
    Factory::new().and_then(|all| all.delete("trap.deleted")).expect("asks").await.expect("nobody stands in the way");
    assert_eq!(*heard.borrow(), [Gone::Deleted]);
    assert_eq!(store.commit(put(1, "b", "2")).await, Err(StoreError::Moved { found: Revision(0) }), "not called saved");
}

#[wasm_bindgen_test]
async fn a_newer_tab_is_never_held_up_and_this_one_says_that_it_is_outdated() {
    let (old, other) = (IdbStore::new("trap.newer"), IdbStore::new("trap.newer"));
    old.commit(put(0, "a", "1")).await.expect("commits");
    assert!(has(&other, "a").await);
    let heard = Rc::new(RefCell::new(Vec::new()));
    let told = Rc::clone(&heard);
    old.on_gone(move |gone| told.borrow_mut().push(gone));
    // Two tabs of the old release; the new one opens all the same, with everything in it.
    let new = IdbStore::at_version("trap.newer", schema::VERSION + 1);
    assert_eq!(new.load().await.expect("opens").revision, Revision(1));
    assert!(has(&new, "a").await);
    assert_eq!(*heard.borrow(), [Gone::Upgraded]);
    assert_eq!(old.commit(put(1, "b", "2")).await, Err(StoreError::Outdated));
    assert_eq!(other.load().await, Err(StoreError::Outdated));
    assert_eq!(new.commit(put(1, "b", "2")).await, Ok(Revision(2)));
}

/// Makes a database of the first version with one record in it; `then` is done with its connection.
async fn first_version(name: &str, then: &str) {
    script(&format!(
        "return new Promise((ok) => {{
             const request = indexedDB.open('{name}', 1);
             request.onupgradeneeded = () => request.result.createObjectStore('records').put('1', 'a');
             request.onsuccess = () => {{ {then}; ok(); }};
         }})"
    ))
    .await;
}

#[wasm_bindgen_test]
async fn an_old_tab_that_does_not_let_go_is_said_and_goes_on_by_itself() {
    // A release so old that it never heard of versions: it holds the database and does not listen.
    first_version("trap.blocked", "globalThis.holding = request.result").await;
    let new = IdbStore::at_version("trap.blocked", 2);
    assert_eq!(new.load().await, Err(StoreError::Blocked), "said, not waited for without an end");
    let again = new.load();
    script("globalThis.holding.close()").await;
    assert!(again.await.is_ok(), "the old tab has been closed");
    assert_eq!(new.read(Table::Records, "a").await, Ok(Some(Stored::Text("1".to_owned()))), "with what was in it");
    assert_eq!(new.opened(), 1, "however often it was asked for");
}

#[wasm_bindgen_test]
async fn an_upgrade_that_fails_changes_nothing_and_the_next_one_goes_through() {
    first_version("trap.upgrade", "request.result.close()").await;
    let store = IdbStore::new("trap.upgrade");
    let body = "if (args[0] === 'photos') throw new DOMException('the disk failed', 'UnknownError');
                return was.apply(self, args);";
    let patch = Patched::new("IDBDatabase", "createObjectStore", body);
    assert!(store.load().await.is_err(), "not opened without a table");
    drop(patch);
    assert_eq!(store.load().await.expect("upgraded").revision, Revision(0));
    assert_eq!(store.read(Table::Records, "a").await, Ok(Some(Stored::Text("1".to_owned()))), "with what was in it");
    assert_eq!(store.commit(put(0, "b", "2")).await, Ok(Revision(1)));
}

#[wasm_bindgen_test]
async fn a_submitted_visit_is_written_with_strict_durability() {
    let store = IdbStore::new("trap.strict");
    script("globalThis.asked = []").await;
    let body = "if (args[1] === 'readwrite') globalThis.asked.push(args[2].durability);
                const begun = was.apply(self, args); globalThis.given = begun.durability; return begun;";
    let _patched = Patched::new("IDBDatabase", "transaction", body);
    store.commit(put(0, "a", "1")).await.expect("commits");
    let strict = WriteBatch { durability: Durability::Strict, ..put(1, "b", "2") };
    store.commit(strict).await.expect("commits");
    assert_eq!(js_sys::Array::from(&global("asked")).join(" ").as_string().as_deref(), Some("relaxed strict"));
    // Browsers that know it say what they give.
    let given = global("given");
    assert!(given.is_undefined() || given == "strict", "{given:?}");
}

#[wasm_bindgen_test]
async fn a_browser_without_storage_is_told_apart() {
    let was = global("indexedDB");
    for broken in [JsValue::UNDEFINED, denied()] {
        define("indexedDB", &broken);
        let outcome = IdbStore::new("trap.private").load().now_or_never();
        define("indexedDB", &was);
        assert!(matches!(outcome, Some(Err(StoreError::Unavailable(_)))), "{outcome:?}");
    }
}

/// A factory that a private window or a policy gives: opening throws.
fn denied() -> JsValue {
    let body = "const factory = Object.create(IDBFactory.prototype);
                factory.open = () => { throw new DOMException('denied', 'SecurityError'); };
                return factory;";
    Function::new_no_args(body).call0(&JsValue::NULL).expect("a factory")
}

fn define(name: &str, value: &JsValue) {
    let define = Function::new_with_args(
        "name, value",
        "Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })",
    );
    define.call2(&JsValue::NULL, &name.into(), value).expect("defined");
}

#[wasm_bindgen_test]
async fn three_tabs_write_at_once_and_nothing_is_lost() {
    let tabs: Vec<IdbStore> = (0..3).map(|_| IdbStore::new("trap.tabs")).collect();
    let work = |(number, store): (usize, &IdbStore)| {
        let store = store.clone();
        async move {
            for n in 0..10 {
                // As the engine does: what was computed from an older revision is computed again.
                let mut at = 0;
                loop {
                    match store.commit(put(at, &format!("{number}.{n}"), "x")).await {
                        Ok(_) => break,
                        Err(StoreError::Moved { found }) => at = found.0,
                        Err(other) => panic!("{other:?}"),
                    }
                }
            }
        }
    };
    futures::future::join_all(tabs.iter().enumerate().map(work)).await;
    for tab in &tabs {
        let snapshot = tab.load().await.expect("loads");
        let rows: usize = snapshot.tables.iter().filter(|(t, _)| *t == Table::Records).map(|(_, r)| r.len()).sum();
        assert_eq!((snapshot.revision, rows), (Revision(30), 30), "every tab sees what all wrote");
    }
}

#[wasm_bindgen_test]
async fn people_on_one_phone_never_share_a_database() {
    let (one, other) = (schema::database_name("rep1"), schema::database_name("rep10"));
    assert_ne!(one, other);
    let (one, other) = (IdbStore::new(&one), IdbStore::new(&other));
    one.commit(put(0, "a", "1")).await.expect("commits");
    assert_eq!(other.load().await.expect("loads").revision, Revision(0));
    assert!(has(&one, "a").await);
}
