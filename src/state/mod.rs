//! Signals and intents: the only thing screens call.
//!
//! Each part is a context newtype with typed accessors. Asynchronous work starts here and nowhere above.

pub mod account;
pub mod aftermath;
pub mod catalog;
pub mod chunk;
pub mod cockpit;
pub mod deviations;
pub mod drafting;
mod entered;
pub mod entries;
pub mod entry_form;
pub mod filed;
pub mod hand_over;
pub mod importing;
pub mod keeping;
pub mod lock;
mod moves;
pub mod nav;
pub mod nearby;
pub mod performance;
pub mod plan;
pub mod prefs;
pub mod review;
mod segments;
pub mod sheet;
pub mod splitting;
pub mod standings;
pub mod storage_use;
pub mod sync;
pub mod table;
pub mod toasts;
pub mod updates;
pub mod visits;
pub mod words;
pub mod work;

pub use account::{Account, Stage};
pub use catalog::Catalog;
pub use chunk::Chunk;
pub use nav::Nav;
pub use performance::Performance;
pub use prefs::{Lang, Prefs, TextSize, Theme};
pub use standings::Standings;
pub use sync::SyncCentre;
pub use toasts::Toasts;
pub use visits::Visits;
pub use words::Words;
pub use work::Work;
