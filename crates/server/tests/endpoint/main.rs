//! The real handlers on a real SQLite store in a temporary folder, each test with its own.

mod amendments;
mod app_files;
mod authorisation;
mod confirmed_imports;
mod imports;
mod openapi;
mod photos;
mod plans;
mod publishing;
mod routes;
mod schema;
mod scope;
mod sessions;
mod snapshots;
mod support;
mod sync;
mod tombstones;
mod work;
