//! Screens: what is shown, and which intent a tap means. No storage, no requests, no tasks.

pub mod actuals;
pub mod cockpit;
mod conflicts;
pub mod deviations;
pub mod download;
pub mod drafts;
pub mod export;
pub mod figures;
pub mod frame;
pub mod halted;
mod hand_over;
mod import;
pub mod kept;
pub mod lazy;
pub mod lock;
pub mod more;
pub mod page;
mod paging;
pub mod plan;
pub mod progress;
pub mod rescue;
pub mod shop;
pub mod shops;
pub mod sign_in;
pub mod split;
pub mod stage;
pub mod sync;
pub mod targets;
pub mod today;
pub mod update;
pub mod visit;
pub mod visits;
pub mod words;

pub use page::Page;
