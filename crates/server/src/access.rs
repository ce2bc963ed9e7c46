//! Who may do what, decided in one place, denied by default.
//!
//! [`can`] decides about one record; [`scope`] and [`buckets_of`] say the same in terms of the change feed: a person
//! reads a record exactly when one of its buckets is in the person's scope (a test holds the two together). Within
//! one person's scope a record never has more than one bucket; devices rely on it when a bucket is purged.

use crate::clock::day_of;
use aisle_domain::org::{Assignment, Role};
use aisle_domain::{PersonId, TerritoryId};
use aisle_protocol::record::Kind;
use aisle_protocol::sync::Bucket;
use chrono::{Days, NaiveDate};
use std::collections::BTreeSet;

/// How long after losing a shop a person may still hand in what was done there before, days.
pub const GRACE_DAYS: u64 = 14;

/// The signed-in person, as far as authorisation needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Who.
    pub person: PersonId,
    /// Role.
    pub role: Role,
    /// Territories the role reaches: the own one and all below; every territory for an admin.
    pub reach: BTreeSet<TerritoryId>,
}

/// What somebody wants to do with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// See it.
    Read,
    /// Make it.
    Create,
    /// Change it.
    Patch,
    /// Send the bytes that belong to it.
    Upload,
    /// Amend what has been handed in, or settle a conflict about it.
    Amend,
    /// Bring it in from a file.
    Import,
}

impl Action {
    /// Every action, for the authorisation matrix.
    pub const ALL: [Self; 6] = [Self::Read, Self::Create, Self::Patch, Self::Upload, Self::Amend, Self::Import];
}

/// The shop a record belongs to, as the server knows it; never as a client claims. A plan for a whole territory belongs to
/// that territory: here a place where nobody is assigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShopFacts {
    /// Its territory.
    pub territory: TerritoryId,
    /// Who looks after it.
    pub assigned: Vec<Assignment>,
}

impl ShopFacts {
    /// Whether the person looks after the shop on this day.
    pub fn is_assigned(&self, person: &PersonId, day: NaiveDate) -> bool {
        self.assigned.iter().any(|a| a.person == *person && covers(a, day))
    }

    fn assigned_on(&self, day: NaiveDate) -> impl Iterator<Item = &PersonId> {
        self.assigned.iter().filter(move |a| covers(a, day)).map(|a| &a.person)
    }
}

fn covers(assignment: &Assignment, day: NaiveDate) -> bool {
    assignment.from.is_none_or(|from| from <= day) && assignment.until.is_none_or(|until| day < until)
}

/// What is known of the record in question.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// What it is.
    pub kind: &'a Kind,
    /// The shop it belongs to, or is.
    pub shop: Option<&'a ShopFacts>,
    /// Who made it, for visits, answers and photos.
    pub owner: Option<&'a PersonId>,
    /// Whether an auditor made it.
    pub by_auditor: bool,
}

/// When it happens.
#[derive(Clone, Copy, Debug)]
pub struct When {
    /// The server's day.
    pub today: NaiveDate,
    /// The day on which it was done, as the device says; believed only within [`GRACE_DAYS`].
    pub done: Option<NaiveDate>,
}

impl When {
    /// Now.
    pub fn today(today: NaiveDate) -> Self {
        Self { today, done: None }
    }

    /// Now, for something a device did at `at` by its own clock, milliseconds.
    pub fn done_at(today: NaiveDate, at: i64) -> Self {
        let day = day_of(at);
        let oldest = today.checked_sub_days(Days::new(GRACE_DAYS)).unwrap_or(today);
        Self { today, done: (oldest <= day && day <= today).then_some(day) }
    }
}

/// Whether the person may do this to this record.
pub fn can(actor: &Actor, action: Action, facts: &Facts<'_>, when: When) -> bool {
    match action {
        Action::Read => may_read(actor, facts, when),
        Action::Create => may_create(actor, facts) && is_own(actor, facts) && works_at(actor, facts, when),
        Action::Patch => *facts.kind == Kind::Visit && is_own(actor, facts),
        // The bytes have to be those the photo's record names, so that it does not matter whose hands they pass through.
        Action::Upload => *facts.kind == Kind::Photo && (is_own(actor, facts) || leads_maker(actor, facts)),
        Action::Amend => class(facts.kind) == Class::Work && (is_own(actor, facts) || leads_maker(actor, facts)),
        Action::Import => may_import(actor, facts),
    }
}

/// Whether a person brings such records in from files: managers the figures of their territory, admins everything that
/// comes in files.
fn may_import(actor: &Actor, facts: &Facts<'_>) -> bool {
    match facts.kind {
        Kind::Target | Kind::Facts => {
            matches!(actor.role, Role::Manager | Role::Admin)
                && facts.shop.is_some_and(|shop| actor.reach.contains(&shop.territory))
        }
        Kind::Territory | Kind::Person | Kind::Product | Kind::Shop | Kind::MustSell => actor.role == Role::Admin,
        _ => false,
    }
}

/// Whether a person may hand in a file with another's work: the own, or that of somebody whose whole reach one leads.
/// What is in it is judged as the author's all the same.
pub fn may_hand_in(actor: &Actor, author: &Actor) -> bool {
    let leads = matches!(actor.role, Role::Supervisor | Role::Manager | Role::Admin);
    actor.person == author.person || (leads && !author.reach.is_empty() && author.reach.is_subset(&actor.reach))
}

fn may_read(actor: &Actor, facts: &Facts<'_>, when: When) -> bool {
    let in_reach = |shop: &ShopFacts| actor.reach.contains(&shop.territory);
    match (class(facts.kind), facts.shop) {
        (Class::Common, _) => true,
        (Class::Hidden, _) | (_, None) => false,
        (class, Some(shop)) => match actor.role {
            Role::Rep if class == Class::Plan => false,
            Role::Rep => shop.is_assigned(&actor.person, when.today),
            Role::Auditor => in_reach(shop) && auditor_sees(class, facts.by_auditor),
            Role::Supervisor | Role::Manager | Role::Admin => in_reach(shop),
        },
    }
}

/// Whether the person's work lies in this shop, now or when it was done.
fn works_at(actor: &Actor, facts: &Facts<'_>, when: When) -> bool {
    let Some(shop) = facts.shop else { return false };
    match actor.role {
        Role::Rep => {
            shop.is_assigned(&actor.person, when.today)
                || when.done.is_some_and(|day| shop.is_assigned(&actor.person, day))
        }
        Role::Auditor | Role::Supervisor | Role::Manager | Role::Admin => actor.reach.contains(&shop.territory),
    }
}

fn is_own(actor: &Actor, facts: &Facts<'_>) -> bool {
    facts.owner == Some(&actor.person)
}

/// Whether the person leads where the work was done. Auditors' work is nobody's to amend but theirs.
fn leads_maker(actor: &Actor, facts: &Facts<'_>) -> bool {
    let leads = matches!(actor.role, Role::Supervisor | Role::Manager | Role::Admin);
    leads && !facts.by_auditor && facts.shop.is_some_and(|shop| actor.reach.contains(&shop.territory))
}

/// Whether people of this role make records of this kind.
fn may_create(actor: &Actor, facts: &Facts<'_>) -> bool {
    match facts.kind {
        Kind::Plan | Kind::Split => matches!(actor.role, Role::Manager | Role::Admin),
        Kind::Draft => actor.role == Role::Rep,
        // Which step may be taken in which role, the draft itself says.
        Kind::DraftStep | Kind::Entry => actor.role != Role::Auditor,
        kind => matches!(kind, Kind::Visit | Kind::Answer | Kind::Photo),
    }
}

/// How far a kind of record is seen.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// By everybody who is signed in.
    Common,
    /// By whom the shop concerns.
    Shop,
    /// By whom the shop concerns, except auditors.
    Figures,
    /// By those who lead the territory.
    Plan,
    /// By whom the shop concerns; by auditors only what auditors made.
    Work,
    /// By nobody.
    Hidden,
}

fn class(kind: &Kind) -> Class {
    match kind {
        Kind::Org | Kind::Territory | Kind::Person | Kind::Product | Kind::MustSell | Kind::Template => Class::Common,
        Kind::Calendar | Kind::Rule => Class::Common,
        Kind::Shop => Class::Shop,
        Kind::Target | Kind::Facts | Kind::Draft | Kind::DraftStep | Kind::Entry => Class::Figures,
        Kind::Plan | Kind::Split => Class::Plan,
        Kind::Visit | Kind::Answer | Kind::Photo | Kind::Amendment => Class::Work,
        // A record of history is judged as the record it is about; by itself it is nobody's.
        Kind::History | Kind::Unknown(_) => Class::Hidden,
    }
}

fn auditor_sees(class: Class, by_auditor: bool) -> bool {
    match class {
        Class::Common | Class::Shop => true,
        Class::Work => by_auditor,
        Class::Figures | Class::Plan | Class::Hidden => false,
    }
}

/// The bucket of what everybody reads.
fn common() -> Bucket {
    Bucket("org".to_owned())
}

impl ShopFacts {
    /// A territory as a whole.
    pub fn territory(territory: TerritoryId) -> Self {
        Self { territory, assigned: Vec::new() }
    }
}

fn of_leaders(territory: &TerritoryId) -> Bucket {
    Bucket(format!("t:{territory}"))
}

fn of_auditors(territory: &TerritoryId) -> Bucket {
    Bucket(format!("a:{territory}"))
}

fn of_person(person: &PersonId) -> Bucket {
    Bucket(format!("p:{person}"))
}

/// The buckets a person reads.
pub fn scope(actor: &Actor) -> BTreeSet<Bucket> {
    let mut buckets = BTreeSet::from([common()]);
    match actor.role {
        Role::Rep => {
            buckets.insert(of_person(&actor.person));
        }
        Role::Auditor => buckets.extend(actor.reach.iter().map(of_auditors)),
        Role::Supervisor | Role::Manager | Role::Admin => buckets.extend(actor.reach.iter().map(of_leaders)),
    }
    buckets
}

/// The buckets a record is in on this day.
pub fn buckets_of(facts: &Facts<'_>, today: NaiveDate) -> BTreeSet<Bucket> {
    let class = class(facts.kind);
    match (class, facts.shop) {
        (Class::Common, _) => BTreeSet::from([common()]),
        (Class::Hidden, _) | (_, None) => BTreeSet::new(),
        (_, Some(shop)) => {
            let mut buckets = BTreeSet::from([of_leaders(&shop.territory)]);
            if auditor_sees(class, facts.by_auditor) {
                buckets.insert(of_auditors(&shop.territory));
            }
            if class != Class::Plan {
                buckets.extend(shop.assigned_on(today).map(of_person));
            }
            buckets
        }
    }
}
