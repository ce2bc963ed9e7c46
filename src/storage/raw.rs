//! A connection to a database, in the browser's own words: how hard to try (`durability`), why a transaction was aborted, and
//! word of a connection that goes away. Knows no record and no batch.

use super::idb::named;
use super::schema;
use aisle_sync::{Durability, StoreError};
use futures::channel::oneshot;
use js_sys::{Array, Object, Reflect};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{IdbDatabase, IdbFactory, IdbObjectStore, IdbOpenDbRequest, IdbRequest, IdbTransaction};

#[wasm_bindgen]
extern "C" {
    /// A database, with what web-sys' stable part does not know: how hard to try.
    #[wasm_bindgen(extends = IdbDatabase)]
    type Trying;

    #[wasm_bindgen(method, structural, catch, js_name = transaction)]
    fn transaction(this: &Trying, tables: &Array, mode: &JsValue, options: &JsValue)
    -> Result<IdbTransaction, JsValue>;

    /// A transaction that can be asked to commit.
    #[wasm_bindgen(extends = IdbTransaction)]
    type Committing;

    #[wasm_bindgen(method, structural, catch, js_name = commit)]
    fn commit(this: &Committing) -> Result<(), JsValue>;
}

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

/// What the browser calls when something has happened. Boxed: one class of glue for all of them.
type Listener = Closure<dyn FnMut(JsValue)>;

fn listener(heard: impl FnMut(JsValue) + 'static) -> Listener {
    Closure::wrap(Box::new(heard) as Box<dyn FnMut(JsValue)>)
}

/// A connection.
#[derive(Debug)]
pub(super) struct Raw {
    database: IdbDatabase,
    _listening: [Listener; 2],
    /// What transactions are begun with: made once, not for every answer that a person gives.
    reading: JsValue,
    writing: JsValue,
    relaxed: JsValue,
    strict: JsValue,
    names: RefCell<Vec<(Vec<String>, Array)>>,
}

impl Drop for Raw {
    /// Left open, it would stand in the way of every upgrade: its listeners are gone.
    fn drop(&mut self) {
        self.database.set_onversionchange(None);
        self.database.set_onclose(None);
        // Closed once its transactions are over.
        self.database.close();
    }
}

impl Raw {
    /// Opens the database, and makes or upgrades it. `gone` is called when the connection has gone away by itself.
    pub(super) async fn open(name: &str, version: u32, gone: impl Fn(Gone) + 'static) -> Result<Self, StoreError> {
        let database = connect(name, version).await?;
        let gone = Rc::new(gone);
        let (closing, heard) = (database.clone(), Rc::clone(&gone));
        let changing = listener(move |event| {
            // Whoever wants to upgrade or delete waits until every connection is closed: never because of this one.
            closing.close();
            let newer = Reflect::get(&event, &"newVersion".into()).is_ok_and(|version| version.is_truthy());
            heard(if newer { Gone::Upgraded } else { Gone::Deleted });
        });
        let closed = listener(move |_| gone(Gone::Closed));
        database.set_onversionchange(Some(changing.as_ref().unchecked_ref()));
        database.set_onclose(Some(closed.as_ref().unchecked_ref()));
        Ok(Self {
            database,
            _listening: [changing, closed],
            reading: "readonly".into(),
            writing: "readwrite".into(),
            relaxed: durability("relaxed"),
            strict: durability("strict"),
            names: RefCell::default(),
        })
    }

    /// Begins a transaction that only reads these tables.
    pub(super) fn read(&self, tables: &[&str]) -> Result<Transaction, StoreError> {
        self.transaction(tables, &self.reading, &JsValue::UNDEFINED)
    }

    /// Begins a transaction that may write to these tables.
    pub(super) fn begin(&self, tables: &[&str], durability: Durability) -> Result<Transaction, StoreError> {
        let options = match durability {
            Durability::Relaxed => &self.relaxed,
            Durability::Strict => &self.strict,
        };
        self.transaction(tables, &self.writing, options)
    }

    fn transaction(&self, tables: &[&str], mode: &JsValue, options: &JsValue) -> Result<Transaction, StoreError> {
        let database: &Trying = self.database.unchecked_ref();
        let begun = database.transaction(&self.named(tables), mode, options);
        begun.map(Transaction).map_err(|error| named(&error))
    }

    /// The names of these tables as the browser wants them. There are few combinations.
    fn named(&self, tables: &[&str]) -> Array {
        let mut names = self.names.borrow_mut();
        if let Some((_, known)) = names.iter().find(|(of, _)| of == tables) {
            return known.clone();
        }
        let made: Array = tables.iter().map(|name| JsValue::from(*name)).collect();
        names.push((tables.iter().map(|name| (*name).to_owned()).collect(), made.clone()));
        made
    }
}

/// Asks the browser for the database. Waits as long as another tab holds an older version open.
async fn connect(name: &str, version: u32) -> Result<IdbDatabase, StoreError> {
    let unavailable = |error: &JsValue| StoreError::Unavailable(named(error).to_string());
    let factory = Reflect::get(&js_sys::global(), &"indexedDB".into()).map_err(|error| unavailable(&error))?;
    if !factory.is_object() {
        return Err(StoreError::Unavailable("this browser has no IndexedDB".to_owned()));
    }
    let factory: IdbFactory = factory.unchecked_into();
    let request: IdbOpenDbRequest = factory.open_with_u32(name, version).map_err(|error| unavailable(&error))?;
    let upgrading = request.clone();
    let upgrade = listener(move |_| {
        let Ok(database) = upgrading.result() else { return };
        if schema::complete(database.unchecked_ref()).is_err()
            && let Some(upgrade) = upgrading.transaction()
        {
            let _ = upgrade.abort();
        }
    });
    request.set_onupgradeneeded(Some(upgrade.as_ref().unchecked_ref()));
    Ok(Asked::of(Ok(request.unchecked_into()))?.answer().await?.unchecked_into())
}

fn durability(word: &str) -> JsValue {
    let options = Object::new();
    let _ = Reflect::set(&options, &"durability".into(), &word.into());
    options.into()
}

/// A request under way. Dropped unanswered, it goes on, and nobody hears of it.
pub(super) struct Asked {
    request: IdbRequest,
    heard: oneshot::Receiver<bool>,
    _listening: [Listener; 2],
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.request.set_onsuccess(None);
        self.request.set_onerror(None);
    }
}

impl Asked {
    /// Has to be called in the turn in which the request was made.
    ///
    /// # Errors
    /// When the browser did not take the request.
    pub(super) fn of(request: Result<IdbRequest, JsValue>) -> Result<Self, StoreError> {
        let request = request.map_err(|error| named(&error))?;
        let (told, failed, heard) = outcome();
        request.set_onsuccess(Some(told.as_ref().unchecked_ref()));
        request.set_onerror(Some(failed.as_ref().unchecked_ref()));
        Ok(Self { request, heard, _listening: [told, failed] })
    }

    /// What it found; `undefined` where there is nothing.
    pub(super) async fn answer(mut self) -> Result<JsValue, StoreError> {
        if (&mut self.heard).await.unwrap_or(false) {
            return self.request.result().map_err(|error| named(&error));
        }
        Err(named(&self.request.error().ok().flatten().into()))
    }
}

/// Two listeners of which the first one called decides, and where it is heard.
fn outcome() -> (Listener, Listener, oneshot::Receiver<bool>) {
    let (send, heard) = oneshot::channel();
    let send = Rc::new(RefCell::new(Some(send)));
    let tell = |well: bool| {
        let send = Rc::clone(&send);
        listener(move |_| {
            if let Some(send) = send.borrow_mut().take() {
                let _ = send.send(well);
            }
        })
    };
    (tell(true), tell(false), heard)
}

/// A transaction.
#[derive(Clone, Debug)]
pub(super) struct Transaction(IdbTransaction);

impl Transaction {
    /// A table of this transaction. Requests made there need not be waited for: one that fails aborts the whole.
    pub(super) fn store(&self, name: &str) -> Result<IdbObjectStore, StoreError> {
        self.0.object_store(name).map_err(|error| named(&error))
    }

    /// Undoes everything, unless it has ended already.
    pub(super) fn abort(&self) {
        let _ = self.0.abort();
    }

    /// Asks for the commit. Where there is no such method, the transaction commits by itself when its requests are done;
    /// and what has ended already is heard of anyway.
    fn finish(&self) {
        let _ = self.0.unchecked_ref::<Committing>().commit();
    }

    /// Waits until everything is durable; `Ok` then, and only then.
    pub(super) async fn commit(self) -> Result<(), StoreError> {
        let ending = Ending::listen(self);
        ending.transaction.finish();
        ending.wait().await
    }

    /// Likewise, if `judge` says so of what `asked` has found: everything is undone otherwise, and the judge's reason is
    /// the error. Requests made meanwhile are on their way already: the judgement costs no turn of its own.
    pub(super) async fn commit_if(
        self,
        asked: IdbRequest,
        judge: impl FnOnce(JsValue) -> Result<(), StoreError> + 'static,
    ) -> Result<(), StoreError> {
        let ending = Ending::listen(self);
        let refused: Rc<Cell<Option<StoreError>>> = Rc::default();
        let (transaction, refuse) = (ending.transaction.clone(), Rc::clone(&refused));
        let (question, mut judge) = (asked.clone(), Some(judge));
        let answered = listener(move |_| {
            let Some(judge) = judge.take() else { return };
            // Before this nothing may ask for the commit: it cannot be taken back.
            match question.result().map_err(|error| named(&error)).and_then(judge) {
                Ok(()) => transaction.finish(),
                Err(error) => {
                    refuse.set(Some(error));
                    transaction.abort();
                }
            }
        });
        asked.set_onsuccess(Some(answered.as_ref().unchecked_ref()));
        let _unheard = Unheard(asked);
        let ended = ending.wait().await;
        match refused.take() {
            Some(error) => Err(error),
            None => ended,
        }
    }
}

/// Takes the listener off a request, also when nobody waits any more.
struct Unheard(IdbRequest);

impl Drop for Unheard {
    fn drop(&mut self) {
        self.0.set_onsuccess(None);
    }
}

/// Hears how a transaction ends.
struct Ending {
    transaction: Transaction,
    heard: oneshot::Receiver<bool>,
    _listening: [Listener; 2],
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.transaction.0.set_oncomplete(None);
        self.transaction.0.set_onabort(None);
    }
}

impl Ending {
    fn listen(transaction: Transaction) -> Self {
        let (complete, aborted, heard) = outcome();
        transaction.0.set_oncomplete(Some(complete.as_ref().unchecked_ref()));
        transaction.0.set_onabort(Some(aborted.as_ref().unchecked_ref()));
        Self { transaction, heard, _listening: [complete, aborted] }
    }

    async fn wait(mut self) -> Result<(), StoreError> {
        if (&mut self.heard).await.unwrap_or(false) {
            return Ok(());
        }
        Err(named(&self.transaction.0.error().into()))
    }
}
