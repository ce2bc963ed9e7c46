//! The storage port over IndexedDB.
//!
//! Traps this module is built around (ENGINEERING.md §3): an aborted transaction is no success, so only one that said
//! `complete` counts; awaiting anything but IndexedDB ends a transaction, so a batch is complete before it begins; the
//! connection closes silently when another tab upgrades and Safari's server loses it, so a connection that has failed is
//! thrown away and the next one who asks opens another.
//!
//! [`super::raw`] is the connection below.

use super::raw::{Asked, Gone, Raw, Transaction};
use super::schema::{self, REVISION_KEY};
use aisle_sync::repair::{Mending, Row};
use aisle_sync::{Durability, Revision, Snapshot, Store, StoreError, Stored, Table, WriteBatch};
use futures::FutureExt;
use futures::future::{Either, LocalBoxFuture, Shared, join, join_all, select};
use js_sys::{Array, Reflect, Uint8Array};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{IdbKeyRange, IdbRequest};

/// What a transaction says that added under a key which is taken.
const TAKEN: &str = "ConstraintError";

/// Opening takes longer than this only when another tab holds an older version open.
const OPEN_TIMEOUT_MS: u32 = 8_000;

/// One person's database. Clones share the connection.
#[derive(Clone)]
pub struct IdbStore(Rc<Inner>);

struct Inner {
    name: String,
    version: u32,
    connection: RefCell<Option<Rc<Raw>>>,
    opening: RefCell<Option<Opening>>,
    heard: RefCell<Option<Heard>>,
    opened: Cell<u32>,
}

type Heard = Rc<dyn Fn(Gone)>;
type Opening = Shared<LocalBoxFuture<'static, Result<Rc<Raw>, StoreError>>>;

impl IdbStore {
    /// The database of that name; it is opened, and made, when first used.
    pub fn new(name: &str) -> Self {
        Self::at_version(name, schema::VERSION)
    }

    /// As a release with this version of the schema would use it; what tests of upgrades need.
    pub fn at_version(name: &str, version: u32) -> Self {
        Self(Rc::new(Inner {
            name: name.to_owned(),
            version,
            connection: RefCell::default(),
            opening: RefCell::default(),
            heard: RefCell::default(),
            opened: Cell::new(0),
        }))
    }

    /// Calls `heard` whenever the connection has gone away by itself. The next use opens another.
    pub fn on_gone(&self, heard: impl Fn(Gone) + 'static) {
        *self.0.heard.borrow_mut() = Some(Rc::new(heard));
    }

    /// How often a connection was opened.
    pub fn opened(&self) -> u32 {
        self.0.opened.get()
    }

    async fn connection(&self) -> Result<Rc<Raw>, StoreError> {
        if let Some(open) = self.0.connection.borrow().clone() {
            return Ok(open);
        }
        let timeout = gloo_timers::future::TimeoutFuture::new(OPEN_TIMEOUT_MS);
        match select(self.opening(), timeout).await {
            Either::Left((opened, _)) => opened,
            Either::Right(_) => Err(StoreError::Blocked),
        }
    }

    /// The opening under way. It goes on when nobody waits any more: a request to open cannot be taken back, and a
    /// connection that nobody holds would stand in the way of every upgrade.
    fn opening(&self) -> Opening {
        if let Some(under_way) = &*self.0.opening.borrow() {
            return under_way.clone();
        }
        let inner = Rc::clone(&self.0);
        let opening = async move {
            let opened = open(&inner).await.map(Rc::new);
            inner.opening.borrow_mut().take();
            if let Ok(connection) = &opened {
                inner.opened.set(inner.opened.get() + 1);
                *inner.connection.borrow_mut() = Some(Rc::clone(connection));
            }
            opened
        };
        let opening = opening.boxed_local().shared();
        *self.0.opening.borrow_mut() = Some(opening.clone());
        wasm_bindgen_futures::spawn_local(opening.clone().map(drop));
        opening
    }

    /// Begins a transaction; a connection that has gone away is opened once more.
    async fn begin<T>(&self, begin: impl Fn(&Raw) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let connection = self.connection().await?;
        if let Ok(begun) = begin(&connection) {
            return Ok(begun);
        }
        self.drop_connection();
        let connection = self.connection().await?;
        begin(&connection).inspect_err(|_| self.drop_connection())
    }

    async fn reading(&self, tables: &[&str]) -> Result<Transaction, StoreError> {
        self.begin(|connection| connection.read(tables)).await
    }

    async fn writing(&self, tables: &[&str], durability: Durability) -> Result<Transaction, StoreError> {
        self.begin(|connection| connection.begin(tables, durability)).await
    }

    /// After a failure that another connection may not have, the next one who asks opens another.
    fn failed(&self, error: StoreError) -> StoreError {
        if matches!(error, StoreError::Lost | StoreError::Transient(_)) {
            self.drop_connection();
        }
        error
    }

    fn drop_connection(&self) {
        // Closed when its last user lets go of it.
        drop(self.0.connection.borrow_mut().take());
    }

    /// Keeps who is signed in beside the person's records. Preferences alone are not enough: a browser writes them to the
    /// disk when it likes, and a battery that dies right after the first sign-in would lock the person out of data that
    /// is on the phone. Apart from the tables' revision: it is nobody's record.
    ///
    /// # Errors
    /// When the browser does not write it.
    pub async fn remember(&self, session: &str, owner: &str) -> Result<(), StoreError> {
        self.write_beside(&[(schema::OWNER_KEY, Some(owner)), (schema::SESSION_KEY, Some(session))]).await
    }

    /// Forgets who was signed in.
    ///
    /// # Errors
    /// When the browser does not write it.
    pub async fn forget(&self) -> Result<(), StoreError> {
        self.write_beside(&[(schema::SESSION_KEY, None)]).await
    }

    /// Keeps what a person is working at beside their records, or removes it. Nobody's record, like the session.
    ///
    /// # Errors
    /// When the browser does not write it.
    pub async fn keep_sketch(&self, name: &str, text: Option<&str>) -> Result<(), StoreError> {
        self.write_beside(&[(&schema::sketch_key(name), text)]).await
    }

    /// Reads what [`IdbStore::keep_sketch`] kept.
    ///
    /// # Errors
    /// When the browser does not read it.
    pub async fn sketch(&self, name: &str) -> Result<Option<String>, StoreError> {
        let stored = self.read(Table::Meta, &schema::sketch_key(name)).await?;
        Ok(stored.and_then(|stored| if let Stored::Text(text) = stored { Some(text) } else { None }))
    }

    /// Writes texts, or removes them, in one transaction that leaves the tables' revision as it is.
    async fn write_beside(&self, texts: &[(&str, Option<&str>)]) -> Result<(), StoreError> {
        let writing = self.writing(&[Table::Meta.name()], Durability::Relaxed).await?;
        let meta = writing.store(Table::Meta.name())?;
        for (key, text) in texts {
            let key = JsValue::from(*key);
            let asked = match text {
                Some(text) => meta.put_with_key(&(*text).into(), &key),
                None => meta.delete(&key),
            };
            asked.map_err(|e| named(&e))?;
        }
        writing.commit().await.map_err(|e| self.failed(e))
    }

    /// Whether this browser keeps anything at all: writes a value to a database of nobody's, and reads it back.
    pub async fn is_any() -> bool {
        let store = Self::new("aisle-probe");
        store.remember("probe", "").await.is_ok()
            && store.read(Table::Meta, schema::SESSION_KEY).await.is_ok_and(|found| found.is_some())
    }

    /// People whose unsent work lies on this device, by name, with how many changes.
    pub async fn waiting_here() -> Vec<(String, u32)> {
        let mut waiting = Vec::new();
        for name in schema::existing().await {
            let store = Self::new(&name);
            let owner = store.read(Table::Meta, schema::OWNER_KEY).await.ok().flatten();
            let owner = owner.and_then(|owner| owner.text().map(str::to_owned)).unwrap_or_default();
            let unsent =
                store.count(Table::Outbox).await.unwrap_or(0) + store.count(Table::Returned).await.unwrap_or(0);
            if unsent > 0 {
                waiting.push((owner, unsent));
            }
        }
        waiting
    }

    async fn count(&self, table: Table) -> Result<u32, StoreError> {
        let transaction = self.reading(&[table.name()]).await?;
        let asked = Asked::of(transaction.store(table.name())?.count())?;
        let count = asked.answer().await.map_err(|e| self.failed(e))?;
        // A count of rows, far below what the number could not hold.
        Ok(count.as_f64().unwrap_or_default() as u32)
    }

    /// Every row but the pictures, readable or not, one by one: a value that the browser itself cannot read must not
    /// hide the others.
    ///
    /// # Errors
    /// When not even the keys can be read.
    pub async fn rows(&self) -> Result<Vec<Row>, StoreError> {
        let mut rows = Vec::new();
        for table in Snapshot::TABLES {
            let transaction = self.reading(&[table.name()]).await?;
            let asked = Asked::of(transaction.store(table.name())?.get_all_keys())?;
            let keys: Array = asked.answer().await.map_err(|e| self.failed(e))?.unchecked_into();
            // Keys are text; nothing else was ever written.
            for key in keys.iter().filter_map(|key| key.as_string()) {
                let value = match self.value(table, &key).await {
                    Ok(value) => stored(table, &key, &value).map_err(|_| looks_like(&value)),
                    Err(error) => Err(error.to_string()),
                };
                rows.push(Row { table, key, value });
            }
        }
        Ok(rows)
    }

    async fn value(&self, table: Table, key: &str) -> Result<JsValue, StoreError> {
        let transaction = self.reading(&[table.name()]).await?;
        let asked = Asked::of(transaction.store(table.name())?.get(&key.into()))?;
        asked.answer().await.map_err(|e| self.failed(e))
    }

    /// Sets aside what cannot be read, as a person has chosen.
    ///
    /// # Errors
    /// As [`Store::commit`].
    pub async fn mend(&self, mending: Mending) -> Result<Revision, StoreError> {
        self.write_batch(mending.batch, mending.blindly).await
    }

    async fn write_batch(&self, batch: WriteBatch, blindly: bool) -> Result<Revision, StoreError> {
        let appends = batch.appends();
        let mut tables: Vec<&str> = vec![Table::Meta.name(), Table::Outbox.name()];
        tables.extend(batch.puts.iter().map(|put| put.table.name()));
        tables.extend(batch.deletes.iter().map(|(table, _)| table.name()));
        tables.sort_unstable();
        tables.dedup();
        let writing = self.writing(&tables, batch.durability).await?;
        let expect = batch.expect;
        let next = if appends { expect } else { Revision(expect.0 + 1) };
        // First the questions where storage stands, then every request: they are carried out in this order, and the answers
        // come before anything can be committed. Who appends need not ask for what came in between: the key would be taken.
        let asking = || -> Result<(Option<IdbRequest>, IdbRequest), StoreError> {
            let later = if appends { None } else { Some(later(&writing, batch.outbox.as_deref())?) };
            let revision = writing.store(Table::Meta.name())?.get(&REVISION_KEY.into()).map_err(|e| named(&e))?;
            write(&writing, &batch, (!appends).then_some(next))?;
            Ok((later, revision))
        };
        let (later, asked) = asking().map_err(|error| {
            writing.abort();
            self.failed(error)
        })?;
        let judge = move |value: JsValue| {
            match still_at(expect, &value) {
                Err(StoreError::Corrupt { .. }) if blindly => {}
                other => other?,
            }
            let later = later.map(|later| later.result().map_err(|e| named(&e))).transpose()?;
            let passed = later.and_then(|count| count.as_f64()).is_some_and(|count| count > 0.0);
            if passed { Err(StoreError::Moved { found: expect }) } else { Ok(()) }
        };
        match writing.commit_if(asked, judge).await {
            Ok(()) => Ok(next),
            Err(StoreError::Transient(why)) if appends && why.starts_with(TAKEN) => {
                Err(StoreError::Moved { found: expect })
            }
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Drops pictures that are to be dropped anyway, by a transaction that writes nothing: where the browser's share is used up to
    /// the last byte, Chromium refuses even one that gives room and writes its revision. What is known of the pictures stays
    /// until the batch itself is durable.
    async fn make_room(&self, dropped: &[String], expect: Revision) -> Result<(), StoreError> {
        let writing = self.writing(&[Table::Meta.name(), Table::Photos.name()], Durability::Relaxed).await?;
        let meta = writing.store(Table::Meta.name())?;
        let asked = meta.get(&REVISION_KEY.into()).map_err(|e| named(&e))?;
        let photos = writing.store(Table::Photos.name())?;
        for key in dropped {
            photos.delete(&key.as_str().into()).map_err(|e| named(&e))?;
        }
        writing.commit_if(asked, move |value| still_at(expect, &value)).await.map_err(|e| self.failed(e))
    }

    /// Who is remembered on this device, in any of its databases.
    pub async fn remembered() -> Option<String> {
        for name in schema::existing().await {
            if let Ok(Some(Stored::Text(session))) = Self::new(&name).read(Table::Meta, schema::SESSION_KEY).await {
                return Some(session);
            }
        }
        None
    }
}

async fn open(inner: &Rc<Inner>) -> Result<Raw, StoreError> {
    let weak = Rc::downgrade(inner);
    let opened = Raw::open(&inner.name, inner.version, move |gone| {
        let Some(inner) = weak.upgrade() else { return };
        drop(inner.connection.borrow_mut().take());
        let heard = inner.heard.borrow().clone();
        if let Some(heard) = heard {
            heard(gone);
        }
    });
    opened.await
}

impl Store for IdbStore {
    async fn load(&self) -> Result<Snapshot, StoreError> {
        let names: Vec<&str> = Snapshot::TABLES.iter().map(|table| table.name()).collect();
        let transaction = self.reading(&names).await?;
        let read = join_all(Snapshot::TABLES.iter().map(|table| read_table(&transaction, *table))).await;
        let mut snapshot = Snapshot::default();
        for (table, rows) in Snapshot::TABLES.into_iter().zip(read) {
            let mut rows = rows.map_err(|e| self.failed(e))?;
            if table == Table::Meta {
                let ours = |key: &str| {
                    key != schema::SESSION_KEY && key != schema::OWNER_KEY && !key.starts_with(schema::SKETCH)
                };
                rows.retain(|(key, _)| ours(key));
                if let Some(at) = rows.iter().position(|(key, _)| key == REVISION_KEY) {
                    let (_, value) = rows.remove(at);
                    snapshot.revision = parse_revision(&value)?;
                }
            }
            snapshot.tables.push((table, rows));
        }
        Ok(snapshot)
    }

    async fn read(&self, table: Table, key: &str) -> Result<Option<Stored>, StoreError> {
        let value = self.value(table, key).await?;
        if value.is_undefined() { Ok(None) } else { stored(table, key, &value).map(Some) }
    }

    async fn commit(&self, batch: WriteBatch) -> Result<Revision, StoreError> {
        let dropped: Vec<String> = match &batch.puts[..] {
            [] => batch.deletes.iter().filter(|(of, _)| *of == Table::Photos).map(|(_, key)| key.clone()).collect(),
            _ => Vec::new(),
        };
        if dropped.is_empty() {
            return self.write_batch(batch, false).await;
        }
        let expect = batch.expect;
        match self.write_batch(batch.clone(), false).await {
            Err(StoreError::Quota) => {
                self.make_room(&dropped, expect).await?;
                self.write_batch(batch, false).await
            }
            other => other,
        }
    }
}

/// Where storage stands, by the value of its row.
fn revision(value: &JsValue) -> Result<Revision, StoreError> {
    if value.is_undefined() { Ok(Revision(0)) } else { parse_revision(&stored(Table::Meta, REVISION_KEY, value)?) }
}

/// Whether storage still stands where a batch was made, by the value of its row.
fn still_at(expect: Revision, value: &JsValue) -> Result<(), StoreError> {
    let found = revision(value)?;
    if found == expect { Ok(()) } else { Err(StoreError::Moved { found }) }
}

/// Asks how many keys of the outbox come after this one.
fn later(writing: &Transaction, last: Option<&str>) -> Result<IdbRequest, StoreError> {
    let outbox = writing.store(Table::Outbox.name())?;
    let asked = match last {
        Some(last) => {
            IdbKeyRange::lower_bound_with_open(&last.into(), true).and_then(|keys| outbox.count_with_key(&keys))
        }
        None => outbox.count(),
    };
    asked.map_err(|e| named(&e))
}

/// Issues every request of a batch at once. None is waited for: one that fails aborts the transaction, and the
/// transaction says so. `next` is the revision to be noted; without one the batch appends.
fn write(writing: &Transaction, batch: &WriteBatch, next: Option<Revision>) -> Result<(), StoreError> {
    if let Some(through) = &batch.outbox_through {
        let keys = IdbKeyRange::upper_bound(&through.as_str().into()).map_err(|e| named(&e))?;
        writing.store(Table::Outbox.name())?.delete(&keys).map_err(|e| named(&e))?;
    }
    for table in Table::ALL {
        let deletes = || batch.deletes.iter().filter(|(of, _)| *of == table).map(|(_, key)| key);
        let puts = || batch.puts.iter().filter(|put| put.table == table);
        if deletes().next().is_none() && puts().next().is_none() {
            continue;
        }
        let store = writing.store(table.name())?;
        for key in deletes() {
            store.delete(&key.as_str().into()).map_err(|e| named(&e))?;
        }
        for put in puts() {
            let (value, key) = (to_js(&put.value), put.key.as_str().into());
            let is_new = next.is_none() && table == Table::Outbox;
            let asked = if is_new { store.add_with_key(&value, &key) } else { store.put_with_key(&value, &key) };
            asked.map_err(|e| named(&e))?;
        }
    }
    if let Some(next) = next {
        let revision = JsValue::from(next.0.to_string());
        let asked = writing.store(Table::Meta.name())?.put_with_key(&revision, &REVISION_KEY.into());
        asked.map_err(|e| named(&e))?;
    }
    Ok(())
}

async fn read_table(transaction: &Transaction, table: Table) -> Result<Vec<(String, Stored)>, StoreError> {
    let store = transaction.store(table.name())?;
    let keys = Asked::of(store.get_all_keys())?;
    let values = Asked::of(store.get_all())?;
    let (keys, values) = join(keys.answer(), values.answer()).await;
    let (keys, values): (Array, Array) = (keys?.unchecked_into(), values?.unchecked_into());
    let rows = keys.iter().zip(values.iter()).map(|(key, value)| {
        let key = key.as_string().ok_or_else(|| corrupt(table, "?", "the key is no text"))?;
        let value = stored(table, &key, &value)?;
        Ok((key, value))
    });
    rows.collect()
}

fn to_js(value: &Stored) -> JsValue {
    match value {
        Stored::Text(text) => text.into(),
        Stored::Bytes(bytes) => Uint8Array::from(bytes.as_slice()).into(),
    }
}

fn stored(table: Table, key: &str, value: &JsValue) -> Result<Stored, StoreError> {
    if let Some(text) = value.as_string() {
        return Ok(Stored::Text(text));
    }
    match value.dyn_ref::<Uint8Array>() {
        Some(bytes) => Ok(Stored::Bytes(bytes.to_vec())),
        None => Err(corrupt(table, key, "the value is neither text nor bytes")),
    }
}

/// A value that is neither text nor bytes, for somebody who can make sense of it.
fn looks_like(value: &JsValue) -> String {
    let json = js_sys::JSON::stringify(value).ok().and_then(|text| text.as_string());
    json.unwrap_or_else(|| format!("{value:?}"))
}

fn parse_revision(value: &Stored) -> Result<Revision, StoreError> {
    let number = value.text().and_then(|text| text.parse().ok());
    number.map(Revision).ok_or_else(|| corrupt(Table::Meta, REVISION_KEY, "it is no number"))
}

fn corrupt(table: Table, key: &str, why: &str) -> StoreError {
    StoreError::Corrupt { what: format!("{}/{key}", table.name()), why: why.to_owned() }
}

/// Tells what the browser threw, or why it aborted a transaction.
pub(super) fn named(error: &JsValue) -> StoreError {
    let part = |name: &str| Reflect::get(error, &name.into()).ok().and_then(|part| part.as_string());
    let part = |name: &str| if error.is_object() { part(name).unwrap_or_default() } else { String::new() };
    told(&format!("{}: {}", part("name"), part("message")))
}

fn told(text: &str) -> StoreError {
    let has = |name: &str| text.contains(name);
    // Chromium's words for a disk that is full, its own share or not: of a picture, and of anything smaller.
    if has("QuotaExceeded") || has("Failed to write blobs") || has("NO_SPACE") {
        StoreError::Quota
    } else if has("VersionError") {
        StoreError::Outdated
    } else if has("InvalidStateError") || has("TransactionInactive") || has("connection is closing") {
        StoreError::Lost
    } else if has("onnection to Indexed Database server lost") {
        // Safari, after the process that holds its databases has died.
        StoreError::Lost
    } else if has("SecurityError") {
        StoreError::Unavailable(text.to_owned())
    } else {
        StoreError::Transient(text.to_owned())
    }
}
