//! The database's versions.
//!
//! Version 1, the current one: one object store for each [`Table`], out-of-line keys, no index. Values are text (JSON)
//! or, in `facts` and `photos`, a Uint8Array. `meta` also holds the store's own revision under `revision`.
//!
//! Rules: an upgrade may add object stores, never drop one. rexie deletes whatever is not declared again, so the list
//! below only ever grows; the browser tests hold it to that.

use aisle_sync::Table;
use rexie::{ObjectStore, Rexie, RexieBuilder};

/// Current version.
pub const VERSION: u32 = 1;

/// Key of the store's revision in [`Table::Meta`]; written with every commit.
pub const REVISION_KEY: &str = "revision";

/// The name of a person's database. It carries the person's id: nobody's outbox is ever pushed as another's.
pub fn database_name(person: &str) -> String {
    format!("aisle.{person}")
}

/// A database with every object store of the current version.
pub fn builder(name: &str) -> RexieBuilder {
    Table::ALL.into_iter().fold(Rexie::builder(name).version(VERSION), |builder, table| {
        builder.add_object_store(ObjectStore::new(table.name()))
    })
}
