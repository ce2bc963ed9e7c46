//! What rows of a file may refer to, as far as this device knows it.

use crate::state::Work;
use aisle_domain::org::{Org, Person, Shop, Territory};
use aisle_import::Given;
use aisle_protocol::record::Kind;
use serde::Deserialize;

/// The part of a target that says whether a plan sets it.
#[derive(Deserialize)]
struct Planned {
    #[serde(default)]
    plan: Option<String>,
}

/// Reads it from the records. Sign-in names are not on devices; the endpoint checks them.
pub(super) fn given(work: Work) -> Given {
    let org: Option<Org> = work.one(Kind::Org, "org");
    let territories: Vec<(String, Territory)> = work.all(&Kind::Territory);
    let people: Vec<(String, Person)> = work.all(&Kind::Person);
    let shops: Vec<(String, Shop)> = work.all(&Kind::Shop);
    let products: Vec<(String, serde::de::IgnoredAny)> = work.all(&Kind::Product);
    let targets: Vec<(String, Planned)> = work.all(&Kind::Target);
    Given {
        territories: territories.into_iter().map(|(id, it)| (id, it.parent.map(|above| above.to_string()))).collect(),
        people: people.into_iter().map(|(id, _)| (id, None)).collect(),
        shops: shops.into_iter().map(|(id, shop)| (id, shop.assigned)).collect(),
        products: products.into_iter().map(|(id, _)| id).collect(),
        planned: targets.into_iter().filter(|(_, target)| target.plan.is_some()).map(|(id, _)| id).collect(),
        digits: org.map_or(2, |org| org.currency.digits),
    }
}
