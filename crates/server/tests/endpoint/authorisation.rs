//! Every role × operation × record, against an oracle written down by hand; and the feed against the decision.

use aisle_domain::org::{Assignment, Role};
use aisle_domain::{PersonId, TerritoryId};
use aisle_protocol::record::Kind;
use aisle_server::access::{Action, Actor, Facts, ShopFacts, When, buckets_of, can, scope};
use chrono::NaiveDate;
use std::collections::BTreeSet;

fn today() -> NaiveDate {
    "2026-11-24".parse().expect("a date")
}

/// How the record stands to the person.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    /// A shop in the person's territory that the person looks after.
    Mine,
    /// A shop in the person's territory that somebody else looks after.
    Near,
    /// A shop in another territory that somebody else looks after.
    Far,
    /// No shop is known.
    Nowhere,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Maker {
    Me,
    Colleague,
    OtherAuditor,
    Nobody,
}

/// One row for each role and operation. Letters say in which places: m(ine), n(ear), f(ar), o (no shop); upper case
/// for records made by the person, lower case for those of others; `*` for an auditor's record only, `!` for anybody else's.
pub(crate) const ORACLE: &[(Role, Action, &str, &str)] = &[
    // role, operation, kinds → where
    (Role::Rep, Action::Read, "org territory person product must_sell template calendar rule", "MmNnFfOo"),
    (Role::Rep, Action::Read, "shop target facts visit answer photo amendment draft draft_step entry", "Mm"),
    (Role::Rep, Action::Create, "visit answer photo draft draft_step entry", "M"),
    (Role::Rep, Action::Import, "", ""),
    (Role::Rep, Action::Patch, "visit", "MNFO"),
    (Role::Rep, Action::Upload, "photo", "MNFO"),
    (Role::Rep, Action::Amend, "visit answer photo amendment", "MNFO"),
    (Role::Auditor, Action::Read, "org territory person product must_sell template calendar rule", "MmNnFfOo"),
    (Role::Auditor, Action::Read, "shop", "MmNn"),
    (Role::Auditor, Action::Read, "visit answer photo amendment", "MmNn*"),
    (Role::Auditor, Action::Create, "visit answer photo", "MN"),
    (Role::Auditor, Action::Import, "", ""),
    (Role::Auditor, Action::Patch, "visit", "MNFO"),
    (Role::Auditor, Action::Upload, "photo", "MNFO"),
    (Role::Auditor, Action::Amend, "visit answer photo amendment", "MNFO"),
    (Role::Supervisor, Action::Read, "org territory person product must_sell template calendar rule", "MmNnFfOo"),
    (Role::Supervisor, Action::Read, "shop target facts visit answer photo amendment", "MmNn"),
    (Role::Supervisor, Action::Read, "plan split draft draft_step entry", "MmNn"),
    (Role::Supervisor, Action::Create, "visit answer photo draft_step entry", "MN"),
    (Role::Supervisor, Action::Import, "", ""),
    (Role::Supervisor, Action::Patch, "visit", "MNFO"),
    (Role::Supervisor, Action::Upload, "photo", "MNFO"),
    (Role::Supervisor, Action::Upload, "photo", "mn!"),
    (Role::Supervisor, Action::Amend, "visit answer photo amendment", "MNFO"),
    (Role::Supervisor, Action::Amend, "visit answer photo amendment", "mn!"),
    (Role::Manager, Action::Read, "org territory person product must_sell template calendar rule", "MmNnFfOo"),
    (Role::Manager, Action::Read, "shop target facts visit answer photo amendment", "MmNn"),
    (Role::Manager, Action::Read, "plan split draft draft_step entry", "MmNn"),
    (Role::Manager, Action::Create, "visit answer photo draft_step entry plan split", "MN"),
    (Role::Manager, Action::Import, "target facts", "MmNn"),
    (Role::Manager, Action::Patch, "visit", "MNFO"),
    (Role::Manager, Action::Upload, "photo", "MNFO"),
    (Role::Manager, Action::Upload, "photo", "mn!"),
    (Role::Manager, Action::Amend, "visit answer photo amendment", "MNFO"),
    (Role::Manager, Action::Amend, "visit answer photo amendment", "mn!"),
    // An admin's territory is all of them: nothing is far.
    (Role::Admin, Action::Read, "org territory person product must_sell template calendar rule", "MmNnFfOo"),
    (Role::Admin, Action::Read, "shop target facts visit answer photo amendment", "MmNnFf"),
    (Role::Admin, Action::Read, "plan split draft draft_step entry", "MmNnFf"),
    (Role::Admin, Action::Create, "visit answer photo draft_step entry plan split", "MNF"),
    (Role::Admin, Action::Import, "territory person product shop must_sell", "MmNnFfOo"),
    (Role::Admin, Action::Import, "target facts", "MmNnFf"),
    (Role::Admin, Action::Patch, "visit", "MNFO"),
    (Role::Admin, Action::Upload, "photo", "MNFO"),
    (Role::Admin, Action::Upload, "photo", "mnf!"),
    (Role::Admin, Action::Amend, "visit answer photo amendment", "MNFO"),
    (Role::Admin, Action::Amend, "visit answer photo amendment", "mnf!"),
];

fn oracle(role: Role, action: Action, kind: &Kind, place: Place, maker: Maker, by_auditor: bool) -> bool {
    let letter = match place {
        Place::Mine => 'm',
        Place::Near => 'n',
        Place::Far => 'f',
        Place::Nowhere => 'o',
    };
    let letter = if maker == Maker::Me { letter.to_ascii_uppercase() } else { letter };
    ORACLE.iter().any(|(of, to, kinds, places)| {
        *of == role
            && *to == action
            && kinds.split(' ').any(|word| word == kind.as_str())
            && places.contains(letter)
            && (!places.contains('*') || by_auditor)
            && (!places.contains('!') || !by_auditor)
    })
}

fn me() -> PersonId {
    PersonId::from("me")
}

fn territories(names: &[&str]) -> BTreeSet<TerritoryId> {
    names.iter().map(|name| TerritoryId::from(*name)).collect()
}

fn actor(role: Role) -> Actor {
    let reach = if role == Role::Admin { territories(&["here", "there"]) } else { territories(&["here"]) };
    Actor { person: me(), role, reach }
}

fn shop(place: Place) -> Option<ShopFacts> {
    let of = |territory: &str, person: &str| {
        let assigned = vec![Assignment { person: person.into(), share_bp: 10_000, from: None, until: None }];
        Some(ShopFacts { territory: territory.into(), assigned })
    };
    match place {
        Place::Mine => of("here", "me"),
        Place::Near => of("here", "somebody"),
        Place::Far => of("there", "somebody"),
        Place::Nowhere => None,
    }
}

/// Calls `check` with every combination.
fn every(mut check: impl FnMut(&Actor, &Facts<'_>, Place, Maker)) {
    let kinds = Kind::KNOWN.into_iter().chain([Kind::Unknown("hologram".to_owned())]);
    for kind in kinds {
        for role in Role::ALL {
            for place in [Place::Mine, Place::Near, Place::Far, Place::Nowhere] {
                for maker in [Maker::Me, Maker::Colleague, Maker::OtherAuditor, Maker::Nobody] {
                    let shop = shop(place);
                    let owner = match maker {
                        Maker::Me => Some(me()),
                        Maker::Colleague | Maker::OtherAuditor => Some(PersonId::from("somebody")),
                        Maker::Nobody => None,
                    };
                    let by_auditor = maker == Maker::OtherAuditor || (maker == Maker::Me && role == Role::Auditor);
                    let facts = Facts { kind: &kind, shop: shop.as_ref(), owner: owner.as_ref(), by_auditor };
                    check(&actor(role), &facts, place, maker);
                }
            }
        }
    }
}

#[test]
fn every_decision_is_in_the_oracle() {
    let (mut allowed, mut denied) = (0, 0);
    every(|actor, facts, place, maker| {
        for action in Action::ALL {
            let expect = oracle(actor.role, action, facts.kind, place, maker, facts.by_auditor);
            let is = can(actor, action, facts, When::today(today()));
            let role = actor.role;
            assert_eq!(is, expect, "{role:?} {action:?} {} in {place:?} made by {maker:?}", facts.kind.as_str());
            if is { allowed += 1 } else { denied += 1 }
        }
    });
    assert!(allowed > 500 && denied > allowed, "{allowed} allowed, {denied} denied: the matrix lost its rows");
}

#[test]
fn the_oracle_has_a_row_for_every_role_and_operation() {
    for role in Role::ALL {
        for action in Action::ALL {
            assert!(ORACLE.iter().any(|row| row.0 == role && row.1 == action), "{role:?} {action:?}");
        }
    }
}

#[test]
fn the_feed_shows_exactly_what_may_be_read() {
    every(|actor, facts, place, maker| {
        let scope = scope(actor);
        let shared = buckets_of(facts, today()).intersection(&scope).count();
        let may = can(actor, Action::Read, facts, When::today(today()));
        assert_eq!(shared > 0, may, "{:?} {} in {place:?} made by {maker:?}", actor.role, facts.kind.as_str());
        assert!(shared <= 1, "one bucket of a record in one person's scope: a purge must not tear holes");
    });
}
