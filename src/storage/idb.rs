//! The storage port over IndexedDB.
//!
//! Traps this module is built around (ENGINEERING.md §3): `done()` reports an aborted transaction as success, so only
//! `commit()` counts; awaiting anything but IndexedDB ends a transaction, so a batch is complete before it begins; the
//! connection closes silently when another tab upgrades, so a lost one is opened again.

use super::schema::{self, REVISION_KEY};
use aisle_sync::{Revision, Snapshot, Store, StoreError, Stored, Table, WriteBatch};
use futures::future::{LocalBoxFuture, join_all, select, try_join_all};
use js_sys::Uint8Array;
use rexie::{Rexie, Transaction, TransactionMode};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};

/// Opening takes longer than this only when another tab holds an older version open.
const OPEN_TIMEOUT_MS: u32 = 8_000;

/// One person's database. Clones share the connection.
#[derive(Clone, Debug)]
pub struct IdbStore {
    name: Rc<str>,
    connection: Rc<RefCell<Option<Rc<Rexie>>>>,
}

impl IdbStore {
    /// The database of that name; it is opened, and made, when first used.
    pub fn new(name: &str) -> Self {
        Self { name: name.into(), connection: Rc::default() }
    }

    async fn connection(&self) -> Result<Rc<Rexie>, StoreError> {
        if let Some(open) = self.connection.borrow().clone() {
            return Ok(open);
        }
        let opening = Box::pin(schema::builder(&self.name).build());
        let timeout = gloo_timers::future::TimeoutFuture::new(OPEN_TIMEOUT_MS);
        let database = match select(opening, timeout).await {
            futures::future::Either::Left((result, _)) => Rc::new(result.map_err(|e| classify(&e))?),
            futures::future::Either::Right(_) => return Err(StoreError::Blocked),
        };
        *self.connection.borrow_mut() = Some(Rc::clone(&database));
        Ok(database)
    }

    /// Begins a transaction; a connection that has gone away is opened once more.
    async fn begin(&self, tables: &[&str], mode: TransactionMode) -> Result<Transaction, StoreError> {
        let database = self.connection().await?;
        if let Ok(transaction) = database.transaction(tables, mode) {
            return Ok(transaction);
        }
        *self.connection.borrow_mut() = None;
        let database = self.connection().await?;
        database.transaction(tables, mode).map_err(|_| StoreError::Lost)
    }

    /// Keeps who is signed in beside the person's records. Preferences alone are not enough: a browser writes them to the
    /// disk when it likes, and a battery that dies right after the first sign-in would lock the person out of data that
    /// is on the phone. Apart from the tables' revision: it is nobody's record.
    ///
    /// # Errors
    /// When the browser does not write it.
    pub async fn remember(&self, session: &str) -> Result<(), StoreError> {
        self.write_session(Some(session)).await
    }

    /// Forgets who was signed in.
    ///
    /// # Errors
    /// When the browser does not write it.
    pub async fn forget(&self) -> Result<(), StoreError> {
        self.write_session(None).await
    }

    async fn write_session(&self, session: Option<&str>) -> Result<(), StoreError> {
        let transaction = self.begin(&[Table::Meta.name()], TransactionMode::ReadWrite).await?;
        let meta = transaction.store(Table::Meta.name()).map_err(|e| classify(&e))?;
        let key = JsValue::from(schema::SESSION_KEY);
        match session {
            Some(session) => meta.put(&session.into(), Some(&key)).await.map(|_| ()),
            None => meta.delete(key).await,
        }
        .map_err(|e| classify(&e))?;
        transaction.commit().await.map_err(|e| classify(&e))
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

impl Store for IdbStore {
    async fn load(&self) -> Result<Snapshot, StoreError> {
        let names: Vec<&str> = Snapshot::TABLES.iter().map(|table| table.name()).collect();
        let transaction = self.begin(&names, TransactionMode::ReadOnly).await?;
        let read = join_all(Snapshot::TABLES.iter().map(|table| read_table(&transaction, *table))).await;
        let mut snapshot = Snapshot::default();
        for (table, rows) in Snapshot::TABLES.into_iter().zip(read) {
            let mut rows = rows?;
            if table == Table::Meta {
                rows.retain(|(key, _)| key != schema::SESSION_KEY);
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
        let transaction = self.begin(&[table.name()], TransactionMode::ReadOnly).await?;
        let store = transaction.store(table.name()).map_err(|e| classify(&e))?;
        let value = store.get(key.into()).await.map_err(|e| classify(&e))?;
        value.map(|value| stored(table, key, &value)).transpose()
    }

    async fn commit(&self, batch: WriteBatch) -> Result<Revision, StoreError> {
        let mut tables: Vec<&str> = vec![Table::Meta.name()];
        tables.extend(batch.puts.iter().map(|put| put.table.name()));
        tables.extend(batch.deletes.iter().map(|(table, _)| table.name()));
        tables.sort_unstable();
        tables.dedup();
        let transaction = self.begin(&tables, TransactionMode::ReadWrite).await?;
        let found = {
            let meta = transaction.store(Table::Meta.name()).map_err(|e| classify(&e))?;
            let value = meta.get(REVISION_KEY.into()).await.map_err(|e| classify(&e))?;
            value.map_or(Ok(Revision(0)), |value| parse_revision(&stored(Table::Meta, REVISION_KEY, &value)?))?
        };
        if found != batch.expect {
            let _ = transaction.abort().await;
            return Err(StoreError::Moved { found });
        }
        let next = Revision(found.0 + 1);
        if let Err(error) = write(&transaction, batch, next).await {
            let _ = transaction.abort().await;
            return Err(error);
        }
        transaction.commit().await.map_err(|e| classify(&e))?;
        Ok(next)
    }
}

async fn read_table(transaction: &Transaction, table: Table) -> Result<Vec<(String, Stored)>, StoreError> {
    let store = transaction.store(table.name()).map_err(|e| classify(&e))?;
    let (keys, values) = futures::future::join(store.get_all_keys(None, None), store.get_all(None, None)).await;
    let (keys, values) = (keys.map_err(|e| classify(&e))?, values.map_err(|e| classify(&e))?);
    let rows = keys.into_iter().zip(values).map(|(key, value)| {
        let key = key.as_string().ok_or_else(|| corrupt(table, "?", "the key is no text"))?;
        let value = stored(table, &key, &value)?;
        Ok((key, value))
    });
    rows.collect()
}

/// Issues every request of a batch at once, so that the transaction stays alive, and waits for all of them.
async fn write(transaction: &Transaction, batch: WriteBatch, next: Revision) -> Result<(), StoreError> {
    let stores: Vec<(Table, rexie::Store)> =
        Table::ALL.iter().filter_map(|table| Some((*table, transaction.store(table.name()).ok()?))).collect();
    let store_of = |table: Table| {
        stores.iter().find(|(known, _)| *known == table).map(|(_, store)| store).ok_or(StoreError::Outdated)
    };
    let mut requests: Vec<LocalBoxFuture<'_, Result<(), rexie::Error>>> = Vec::new();
    for (table, key) in batch.deletes {
        let store = store_of(table)?;
        requests.push(Box::pin(async move { store.delete(key.into()).await }));
    }
    for table in Table::ALL {
        let rows: Vec<(JsValue, Option<JsValue>)> = batch
            .puts
            .iter()
            .filter(|put| put.table == table)
            .map(|put| (to_js(&put.value), Some(JsValue::from(put.key.as_str()))))
            .collect();
        if !rows.is_empty() {
            let store = store_of(table)?;
            requests.push(Box::pin(async move { store.put_all(rows.into_iter()).await }));
        }
    }
    let meta = store_of(Table::Meta)?;
    let revision = JsValue::from(next.0.to_string());
    requests.push(Box::pin(async move { meta.put(&revision, Some(&REVISION_KEY.into())).await.map(|_| ()) }));
    try_join_all(requests).await.map(|_| ()).map_err(|e| classify(&e))
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

fn parse_revision(value: &Stored) -> Result<Revision, StoreError> {
    let number = value.text().and_then(|text| text.parse().ok());
    number.map(Revision).ok_or_else(|| corrupt(Table::Meta, REVISION_KEY, "it is no number"))
}

fn corrupt(table: Table, key: &str, why: &str) -> StoreError {
    StoreError::Corrupt { what: format!("{}/{key}", table.name()), why: why.to_owned() }
}

/// Tells storage errors apart by the name the browser gives them. rexie hands them on only inside its debug text.
fn classify(error: &rexie::Error) -> StoreError {
    let text = format!("{error:?}");
    let has = |name: &str| text.contains(name);
    if has("QuotaExceeded") {
        StoreError::Quota
    } else if has("VersionError") {
        StoreError::Outdated
    } else if has("InvalidStateError") || has("TransactionInactive") || has("connection is closing") {
        StoreError::Lost
    } else if has("SecurityError") || has("IndexedDbNotFound") || has("IndexedDbOpenFailed") {
        StoreError::Unavailable(text)
    } else {
        StoreError::Transient(text)
    }
}
