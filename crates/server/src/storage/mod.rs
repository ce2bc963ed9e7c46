//! The storage port: whole operations, each one transaction. Nothing outside `storage/sqlite` and [`open`] knows which
//! database is behind it; rules (`apply`, `access`, `merge`) are called from inside the operations and know no storage.
//!
//! A backend has to pass `conformance`, and names itself in `open.rs`.

pub mod audit;
#[cfg(test)]
mod conformance;
mod embedded;
mod open;
mod port;
pub mod sqlite;

pub use embedded::{SCHEMA_STEPS, SchemaStep};
pub use open::open;
pub use port::*;
