//! The database's versions.
//!
//! One object store for each [`Table`], out-of-line keys, no index. Values are text (JSON) or, in `pages`, `fact_pages`,
//! `facts` and `photos`, a Uint8Array. `meta` also holds the store's own revision under `revision`.
//!
//! Version 3, the current one, has the tables of version 2. It shuts out releases that look for the last counter in the
//! bookkeeping alone: a write adds to the outbox and nothing else now (docs/adr/0010). Version 2 added `pages` and `fact_pages`.
//! Version 1 had every copy in `records` and every segment in `facts`: they lie over pages that are not there yet, and go into
//! pages with the feed (docs/adr/0009).
//!
//! Rules: an upgrade may add object stores, never drop one; the browser tests hold it to that.

use aisle_sync::Table;
use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::IdbDatabase;

/// Current version.
pub const VERSION: u32 = 3;

/// Key of the store's revision in [`Table::Meta`]; written with every commit that does more than append to the outbox.
pub const REVISION_KEY: &str = "revision";

/// Key of the session in [`Table::Meta`]; not part of the engine's bookkeeping.
pub const SESSION_KEY: &str = "session";

/// Key of the name of whoever's database it is, in [`Table::Meta`]; stays after signing out.
pub const OWNER_KEY: &str = "owner";

/// What the keys of sketches in [`Table::Meta`] begin with; not part of the engine's bookkeeping either.
pub const SKETCH: &str = "sketch ";

/// Key of a sketch.
pub fn sketch_key(name: &str) -> String {
    format!("{SKETCH}{name}")
}

/// Names of the databases on this device, where the browser tells them.
pub async fn existing() -> Vec<String> {
    list().await.unwrap_or_default()
}

/// `indexedDB.databases()`, which web-sys' stable part does not offer.
async fn list() -> Option<Vec<String>> {
    let factory = Reflect::get(&js_sys::global(), &"indexedDB".into()).ok()?;
    let databases: Function = Reflect::get(&factory, &"databases".into()).ok()?.dyn_into().ok()?;
    let promise: Promise = databases.call0(&factory).ok()?.dyn_into().ok()?;
    let rows: Array = JsFuture::from(promise).await.ok()?.dyn_into().ok()?;
    let name = |row: JsValue| Reflect::get(&row, &"name".into()).ok()?.as_string();
    Some(rows.iter().filter_map(name).filter(|name| name.starts_with(PREFIX)).collect())
}

/// What the name of every database of the app begins with.
const PREFIX: &str = "aisle.";

/// The name of a person's database. It carries the person's id: nobody's outbox is ever pushed as another's.
pub fn database_name(person: &str) -> String {
    format!("{PREFIX}{person}")
}

/// Makes the object stores that a database which is being made or upgraded does not have yet.
///
/// # Errors
/// What the browser threw; whoever upgrades has to abort, or the database is kept at this version without them.
pub fn complete(database: &IdbDatabase) -> Result<(), JsValue> {
    let there = database.object_store_names();
    for table in Table::ALL {
        if !there.contains(table.name()) {
            database.create_object_store(table.name())?;
        }
    }
    Ok(())
}
