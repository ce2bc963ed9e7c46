//! What the browser offers below rexie and rexie does not hand on: how hard to try (`durability`), why a transaction was
//! aborted, and word of a connection that goes away. Speaks to idb, the layer rexie is made of, on a connection of
//! its own beside rexie's. Knows no record and no batch.

use super::idb::named;
use aisle_sync::{Durability, StoreError};
use futures::channel::oneshot;
use idb::{Database, Factory, ObjectStore};
use js_sys::{Array, Function, Object, Reflect};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};

/// Why a connection went away by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gone {
    /// A newer release in another tab upgrades the database: this page is outdated.
    Upgraded,
    /// Somebody deletes the database: the person in the browser's settings, or the browser.
    Deleted,
    /// The browser closed it: the disk failed, or storage was cleared.
    Closed,
}

/// A connection that writes.
#[derive(Debug)]
pub(super) struct Raw {
    database: JsValue,
    /// Holds the listeners.
    listening: Database,
}

impl Raw {
    /// A second connection to a database that is open already, at the version it has. `gone` is called when the
    /// connection has gone away by itself.
    pub(super) async fn open(name: &str, gone: impl Fn(Gone) + 'static) -> Result<Self, idb::Error> {
        let database: JsValue = Factory::new()?.open(name, None)?.await?.into();
        let mut listening = Database::try_from(database.clone())?;
        let gone = Rc::new(gone);
        let (closing, heard) = (database.clone(), Rc::clone(&gone));
        listening.on_version_change(move |event| {
            // Whoever wants to upgrade or delete waits until every connection is closed: never because of this one.
            call(&closing, "close", &[]);
            let event: JsValue = event.into();
            let newer = Reflect::get(&event, &"newVersion".into()).is_ok_and(|version| version.is_truthy());
            heard(if newer { Gone::Upgraded } else { Gone::Deleted });
        });
        listening.on_close(move |_| gone(Gone::Closed));
        Ok(Self { database, listening })
    }

    /// Closes it, once its transactions are over.
    pub(super) fn close(&self) {
        self.listening.close();
    }

    /// Begins a transaction that may write to these tables.
    pub(super) fn begin(&self, tables: &[&str], durability: Durability) -> Result<Writing, StoreError> {
        let names: Array = tables.iter().map(|name| JsValue::from(*name)).collect();
        let options = Object::new();
        let word = match durability {
            Durability::Relaxed => "relaxed",
            Durability::Strict => "strict",
        };
        let _ = Reflect::set(&options, &"durability".into(), &word.into());
        let begin: Function = method(&self.database, "transaction").ok_or(StoreError::Lost)?;
        let begun = begin.call3(&self.database, &names, &"readwrite".into(), &options);
        let transaction = begun.map_err(|error| named(&error))?;
        Ok(Writing { transaction })
    }
}

/// A transaction that writes.
#[derive(Debug)]
pub(super) struct Writing {
    transaction: JsValue,
}

impl Writing {
    /// A table of this transaction. Requests made there need not be waited for: one that fails aborts the whole.
    pub(super) fn store(&self, name: &str) -> Result<ObjectStore, StoreError> {
        let method: Function = method(&self.transaction, "objectStore").ok_or(StoreError::Lost)?;
        let store = method.call1(&self.transaction, &name.into()).map_err(|error| named(&error))?;
        ObjectStore::try_from(store).map_err(|_| StoreError::Outdated)
    }

    /// Undoes everything.
    pub(super) fn abort(self) {
        call(&self.transaction, "abort", &[]);
    }

    /// Waits until everything is durable; `Ok` then, and only then.
    pub(super) async fn commit(self) -> Result<(), StoreError> {
        let (send, receive) = oneshot::channel();
        let send = Rc::new(RefCell::new(Some(send)));
        let mut transaction = idb::Transaction::try_from(self.transaction.clone()).map_err(|_| StoreError::Lost)?;
        transaction.on_complete(tell(Rc::clone(&send), true));
        transaction.on_abort(tell(send, false));
        // Where there is no such method, the transaction commits by itself when its requests are done.
        call(&self.transaction, "commit", &[]);
        if receive.await.unwrap_or(false) {
            return Ok(());
        }
        let error = Reflect::get(&self.transaction, &"error".into()).unwrap_or(JsValue::NULL);
        Err(named(&error))
    }
}

/// A listener that tells how a transaction has ended.
fn tell<E>(send: Rc<RefCell<Option<oneshot::Sender<bool>>>>, committed: bool) -> impl FnOnce(E) {
    move |_| {
        if let Some(send) = send.borrow_mut().take() {
            let _ = send.send(committed);
        }
    }
}

fn method(object: &JsValue, name: &str) -> Option<Function> {
    Reflect::get(object, &name.into()).ok()?.dyn_into().ok()
}

/// Calls a method whose failure changes nothing: what it ends has ended already.
fn call(object: &JsValue, name: &str, args: &[JsValue]) {
    if let Some(method) = method(object, name) {
        let _ = Reflect::apply(&method, object, &args.iter().collect());
    }
}
