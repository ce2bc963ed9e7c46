//! The storage port: whole operations, each one transaction. Nothing outside `storage/sqlite*` knows which database
//! is behind it; rules (`apply`, `access`, `merge`) are called from inside the operations and know no storage.

pub mod audit;
mod embedded;
mod port;
pub mod sqlite;

pub use embedded::{SCHEMA_STEPS, SchemaStep};
pub use port::*;
