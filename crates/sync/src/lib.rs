//! The sync engine: a pure state machine, and the port to where a device keeps its records.
//!
//! [`Engine::step`] takes an [`Event`] and returns the [`Effect`]s somebody else has to perform; it never waits, never
//! looks at a clock and never draws a random number that was not handed in. The app's `sync_driver` performs the
//! effects in the browser, the simulation performs them in memory with every fault it can think of.
//!
//! A device's view of a record is the server's copy with the pending mutations laid over it. A pending mutation leaves
//! only when an applied page acknowledges it; until then nothing the person did can disappear.
//!
//! Not here: HTTP, IndexedDB (the app's `storage`), and what a record means (`aisle-domain`).

pub mod backoff;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod engine;
pub mod export;
pub mod memory;
pub mod mutants;
mod pages;
pub mod repair;
pub mod replica;
mod sorted;
pub mod store;

pub use engine::{Effect, Engine, Event, Failure, Phase, Reach, Status, Trigger, WriteError, WriteId};
pub use pages::Paging;
pub use replica::{Draft, PhotoDraft, RecordState, Replica};
pub use store::{Durability, Put, Revision, Snapshot, Store, StoreError, Stored, Table, WriteBatch};
