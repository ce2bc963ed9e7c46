//! The rules of the trade: targets, progress, checklists, visits.
//!
//! Types, rules and arithmetic only. Nothing here touches a clock, a disk, a network or a source of randomness:
//! time and identifiers are passed in, so every rule can be recomputed by anyone from the same records.
//!
//! Not here: how records travel (`aisle-protocol`), how they are kept (`aisle-sync`), how they look (the app).

pub mod actuals;
pub mod calendar;
pub mod cascade;
pub mod checklist;
pub mod credit;
pub mod deviation;
pub mod draft;
pub mod execution;
pub mod facts;
pub mod figures;
pub mod geo;
pub mod history;
pub mod ids;
pub mod metric;
pub mod money;
pub mod order;
pub mod org;
pub mod progress;
pub mod rollup;
pub mod split;
pub mod target;
pub mod visit;

pub use ids::*;
