//! A connection to a database, through idb, and what the browser offers below idb that idb does not hand on: how hard to
//! try (`durability`), why a transaction was aborted, and word of a connection that goes away. Knows no record and no batch.

use super::idb::{classify, named};
use super::schema;
use aisle_sync::{Durability, StoreError};
use futures::channel::oneshot;
use idb::request::GetStoreRequest;
use idb::{Database, ObjectStore, Request, StoreEvent, Transaction, TransactionMode};
use js_sys::{Array, Function, Object, Reflect};
use std::cell::{Cell, RefCell};
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

/// A connection.
#[derive(Debug)]
pub(super) struct Raw {
    database: JsValue,
    /// Holds the listeners.
    listening: Database,
    /// What a transaction that writes is begun with, for either durability.
    relaxed: Object,
    strict: Object,
}

impl Drop for Raw {
    /// Left open, it would stand in the way of every upgrade: its listeners are gone.
    fn drop(&mut self) {
        // Closed once its transactions are over.
        self.listening.close();
    }
}

impl Raw {
    /// Opens the database, and makes or upgrades it. `gone` is called when the connection has gone away by itself.
    pub(super) async fn open(name: &str, version: u32, gone: impl Fn(Gone) + 'static) -> Result<Self, idb::Error> {
        let database: JsValue = schema::builder(name, version).build().await?.into();
        let mut listening = Database::try_from(database.clone())?;
        let gone = Rc::new(gone);
        let (closing, heard) = (Database::try_from(database.clone())?, Rc::clone(&gone));
        listening.on_version_change(move |event| {
            // Whoever wants to upgrade or delete waits until every connection is closed: never because of this one.
            closing.close();
            let event: JsValue = event.into();
            let newer = Reflect::get(&event, &"newVersion".into()).is_ok_and(|version| version.is_truthy());
            heard(if newer { Gone::Upgraded } else { Gone::Deleted });
        });
        listening.on_close(move |_| gone(Gone::Closed));
        Ok(Self { database, listening, relaxed: durability("relaxed"), strict: durability("strict") })
    }

    /// Begins a transaction that only reads these tables.
    pub(super) fn read(&self, tables: &[&str]) -> Result<Transaction, StoreError> {
        self.listening.transaction(tables, TransactionMode::ReadOnly).map_err(|e| classify(&e))
    }

    /// Begins a transaction that may write to these tables.
    pub(super) fn begin(&self, tables: &[&str], durability: Durability) -> Result<Writing, StoreError> {
        let names: Array = tables.iter().map(|name| JsValue::from(*name)).collect();
        let options = match durability {
            Durability::Relaxed => &self.relaxed,
            Durability::Strict => &self.strict,
        };
        let begin: Function = method(&self.database, "transaction").ok_or(StoreError::Lost)?;
        let begun = begin.call3(&self.database, &names, &"readwrite".into(), options);
        let transaction = begun.map_err(|error| named(&error))?;
        Ok(Writing { transaction })
    }
}

fn durability(word: &str) -> Object {
    let options = Object::new();
    let _ = Reflect::set(&options, &"durability".into(), &word.into());
    options
}

/// A transaction that writes.
#[derive(Debug)]
pub(super) struct Writing {
    transaction: JsValue,
}

impl Writing {
    /// A table of this transaction. Requests made there need not be waited for: one that fails aborts the whole.
    pub(super) fn store(&self, name: &str) -> Result<ObjectStore, StoreError> {
        transaction(&self.transaction)?.object_store(name).map_err(|e| classify(&e))
    }

    /// Undoes everything.
    pub(super) fn abort(self) {
        undo(&self.transaction);
    }

    /// Waits until everything is durable; `Ok` then, and only then.
    pub(super) async fn commit(self) -> Result<(), StoreError> {
        let ending = Ending::listen(&self.transaction)?;
        finish(&self.transaction);
        ending.wait().await
    }

    /// Likewise, if `judge` says so of what `asked` has found: everything is undone otherwise, and the judge's reason is
    /// the error. Requests made meanwhile are on their way already: the judgement costs no turn of its own.
    pub(super) async fn commit_if(
        self,
        mut asked: GetStoreRequest,
        judge: impl FnOnce(Option<JsValue>) -> Result<(), StoreError> + 'static,
    ) -> Result<(), StoreError> {
        let ending = Ending::listen(&self.transaction)?;
        let refused: Rc<Cell<Option<StoreError>>> = Rc::default();
        let (transaction, refuse) = (self.transaction.clone(), Rc::clone(&refused));
        asked.on_success(move |event| {
            let judged = event.result().map_err(|e| classify(&e)).and_then(judge);
            // Before this nothing may ask for the commit: it cannot be taken back.
            match judged {
                Ok(()) => finish(&transaction),
                Err(error) => {
                    refuse.set(Some(error));
                    undo(&transaction);
                }
            }
        });
        let ended = ending.wait().await;
        match refused.take() {
            Some(error) => Err(error),
            None => ended,
        }
    }
}

/// Hears how a transaction ends.
struct Ending {
    transaction: Transaction,
    heard: oneshot::Receiver<bool>,
}

impl Ending {
    fn listen(transaction: &JsValue) -> Result<Self, StoreError> {
        let (send, heard) = oneshot::channel();
        let send = Rc::new(RefCell::new(Some(send)));
        let mut transaction = self::transaction(transaction)?;
        transaction.on_complete(tell(Rc::clone(&send), true));
        transaction.on_abort(tell(send, false));
        Ok(Self { transaction, heard })
    }

    async fn wait(self) -> Result<(), StoreError> {
        if self.heard.await.unwrap_or(false) {
            return Ok(());
        }
        let transaction: JsValue = self.transaction.into();
        let error = Reflect::get(&transaction, &"error".into()).unwrap_or(JsValue::NULL);
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

fn transaction(begun: &JsValue) -> Result<Transaction, StoreError> {
    Transaction::try_from(begun.clone()).map_err(|_| StoreError::Lost)
}

/// Asks for the commit. Where there is no such method, the transaction commits by itself when its requests are done; and
/// what has ended already is heard of anyway.
fn finish(begun: &JsValue) {
    let _ = transaction(begun).map(Transaction::commit);
}

/// Aborts, unless it has ended already.
fn undo(begun: &JsValue) {
    let _ = transaction(begun).map(Transaction::abort);
}

fn method(object: &JsValue, name: &str) -> Option<Function> {
    Reflect::get(object, &name.into()).ok()?.dyn_into().ok()
}
