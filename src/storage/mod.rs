//! Where the app keeps things: the database of one person on this device, and small preferences.
//!
//! The only place that names IndexedDB or gloo-storage.

pub mod idb;
pub mod prefs;
mod raw;
pub mod schema;

pub use idb::IdbStore;
pub use raw::Gone;
