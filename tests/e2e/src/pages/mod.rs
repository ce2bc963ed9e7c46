//! The pages of the app, each with verbs in words of the domain. They find things by what is written on them, and by the
//! few marks that people see as shape or place.

mod cockpit;
mod import;
mod lock;
mod more;
mod plan;
mod reviews;
mod shop;
mod shops;
mod sign_in;
mod sync;
mod targets;
mod today;
mod visit;

pub use cockpit::{Cockpit, VisitList};
pub use import::Import;
pub use lock::Lock;
pub use more::More;
pub use plan::{Plans, Split};
pub use reviews::Reviews;
pub use shop::ShopPage;
pub use shops::Shops;
pub use sign_in::SignIn;
pub use sync::{RecordStage, SyncCentre};
pub use targets::{Actuals, Drafts, Targets};
pub use today::Today;
pub use visit::{Asks, Given, Visit};
