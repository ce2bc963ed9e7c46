//! What journeys through the product are made of: a real endpoint, real browsers, and pages with verbs of the domain.
//!
//! The journeys themselves are in `tests/`. Nothing here knows how the app is built: it is driven as a person drives
//! it, by the words on the screen (taken from the app's own string tables), and judged by what is shown and by what is in the
//! endpoint's database afterwards. There are no fixed pauses: everything waits for a condition with a deadline.
//!
//! `cargo xtask test` sets what is needed (see [`setting`]); the fallbacks there let `cargo test -p aisle-e2e` run after
//! `cargo xtask build` and `cargo build -p aisle-server`. Linux only: a browser's processes are found in `/proc`.

pub mod axe;
pub mod browser;
mod device;
pub mod disk;
pub mod endpoint;
pub mod engine;
pub mod fake_endpoint;
pub mod find;
pub mod pages;
pub mod picture;
pub mod plan;
mod process;
pub mod records;
pub mod release;
pub mod setting;
pub mod static_host;
pub mod tour;
pub mod tour_lead;
pub mod wait;
pub mod words;

pub use browser::Browser;
pub use endpoint::Endpoint;
pub use engine::Engine;
pub use wait::{eventually, eventually_within};
pub use words::{Lang, Words};

/// Somebody who can sign in to the demo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person {
    /// Account, which is also the record id.
    pub login: &'static str,
    /// Password.
    pub password: &'static str,
}

impl Person {
    const fn demo(login: &'static str, password: &'static str) -> Self {
        Self { login, password }
    }
}

/// A rep in the west.
pub const REP1: Person = Person::demo("rep1", "demo-rep1");
/// A rep in the east.
pub const REP4: Person = Person::demo("rep4", "demo-rep4");
/// Whoever keeps people, territories and shops.
pub const ADMIN: Person = Person::demo("admin", "demo-admin");
/// The manager of both regions.
pub const MANAGER: Person = Person::demo("manager", "demo-manager");
/// The supervisor of the west.
pub const SUPERVISOR_WEST: Person = Person::demo("sup1", "demo-sup1");

/// Where a shop stands, as a good fix would have it.
///
/// # Errors
/// When the shop has no position.
pub fn place_of(shop: &aisle_domain::org::Shop) -> anyhow::Result<browser::Place> {
    let Some(position) = shop.position else { anyhow::bail!("{} has no position", shop.name) };
    let (latitude, longitude) = (position.lat, position.lon);
    Ok(browser::Place { latitude, longitude, accuracy: 12.0 })
}
