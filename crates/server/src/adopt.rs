//! Making a plan of targets that shops have already: year → region → quarter → month → person → shop.
//!
//! Every amount is the sum of the shops' targets below it, so the plan hands down exactly what was there. Regions are the
//! territories just below the topmost one. Where not every shop of a region has a person, its months go to shops directly.

use crate::storage::{Moment, Storage, StorageError, Upsert};
use aisle_domain::calendar::{Period, PeriodKind};
use aisle_domain::cascade::{Goal, Held, Member, Node, NodeError, Part, Scope, Split, SplitBasis};
use aisle_domain::money::Amount;
use aisle_domain::org::Shop;
use aisle_domain::target::{Target, TargetBasis};
use aisle_domain::{GoalId, MetricId, PersonId, ShopId, SplitId, TerritoryId};
use aisle_protocol::record::{Fields, Kind, RecordRef};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What is wanted.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The metric.
    pub metric: MetricId,
    /// The year.
    pub year: i32,
    /// In whose name the plan stands.
    pub author: PersonId,
    /// What is said of it.
    pub reason: String,
}

/// Why no plan was made. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum AdoptError {
    /// There is one.
    #[error("there is a plan of {0} already; managers change it in the app")]
    Planned(Period),
    /// No shop has a target in the year.
    #[error("no shop has a target in {0}")]
    NoTargets(Period),
    /// No territory or more than one without one above it.
    #[error("the territories have {0} roots and not one")]
    Roots(usize),
    /// A target that cannot be a part of the plan.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// One shop's month on its way down.
struct Row {
    path: Vec<Member>,
    amount: Amount,
}

/// Makes the plan and hands it down. Returns the number of splits.
///
/// # Errors
/// See [`AdoptError`].
pub async fn adopt(storage: &dyn Storage, wish: Wish, at: Moment) -> Result<usize, AdoptError> {
    let year = Period::Year(wish.year);
    let goals: Vec<Goal> = all(storage, &Kind::Plan).await?.into_values().collect();
    if goals.iter().any(|goal| goal.node.metric == wish.metric && year.contains(goal.node.period.first())) {
        return Err(AdoptError::Planned(year));
    }
    let territories = storage.records(&Kind::Territory).await?;
    let parents: BTreeMap<TerritoryId, Option<TerritoryId>> = territories
        .into_iter()
        .map(|(id, fields)| (id.into(), fields.get("parent").and_then(Value::as_str).map(TerritoryId::from)))
        .collect();
    let roots: Vec<&TerritoryId> = parents.iter().filter(|(_, above)| above.is_none()).map(|(id, _)| id).collect();
    let [root] = roots.as_slice() else { return Err(AdoptError::Roots(roots.len())) };
    let shops: BTreeMap<ShopId, Shop> =
        all(storage, &Kind::Shop).await?.into_iter().map(|(id, shop)| (id.into(), shop)).collect();
    let targets: Vec<Target> = all(storage, &Kind::Target).await?.into_values().collect();
    let targets: Vec<&Target> = targets
        .iter()
        .filter(|target| target.metric == wish.metric && year.covers(target.period))
        .filter(|target| target.period.kind() == PeriodKind::Month && shops.contains_key(&target.shop))
        .collect();
    let bases: BTreeSet<String> = targets.iter().map(|target| format!("{:?}", target.basis)).collect();
    let basis = targets.first().filter(|_| bases.len() == 1).map_or(TargetBasis::Set, |target| target.basis);
    let rows = rows(&targets, &shops, &parents, root, at);
    if rows.is_empty() {
        return Err(AdoptError::NoTargets(year));
    }
    let scope = Scope { territory: Some((*root).clone()), ..Scope::default() };
    let node = Node { metric: wish.metric.clone(), period: year, scope };
    let (id, amount) = (format!("{}-{}", wish.metric, wish.year), rows.iter().map(|row| row.amount).sum());
    let mut splits = Vec::new();
    let all: Vec<&Row> = rows.iter().collect();
    grow(&node, &all, 0, &mut |node, dimension, parts| {
        splits.push(Split {
            id: SplitId::new(format!("{id}.{}", splits.len() + 1)),
            node: node.clone(),
            dimension,
            total: parts.iter().map(|part: &Part| part.amount).sum(),
            unit: 1,
            basis: SplitBasis::History { first: Period::Year(wish.year - 1), last: Period::Year(wish.year - 1) },
            parts,
            author: wish.author.clone(),
            reason: wish.reason.clone(),
            at: at.now,
            after: Vec::new(),
        });
    })?;
    let (author, reason) = (wish.author, wish.reason);
    let goal = Goal {
        id: GoalId::new(id),
        node,
        amount,
        basis,
        days: None,
        from: None,
        author,
        reason,
        at: at.now,
        after: Vec::new(),
    };
    let mut upserts = vec![upsert(Kind::Plan, goal.id.as_str(), &goal)];
    upserts.extend(splits.iter().map(|split| upsert(Kind::Split, split.id.as_str(), split)));
    storage.upsert(&upserts, at, None).await?;
    Ok(splits.len())
}

async fn all<T: DeserializeOwned>(storage: &dyn Storage, kind: &Kind) -> Result<BTreeMap<String, T>, StorageError> {
    let records = storage.records(kind).await?.into_iter();
    Ok(records.filter_map(|(id, fields)| Some((id, serde_json::from_value(Value::Object(fields)).ok()?))).collect())
}

fn upsert<T: Serialize>(kind: Kind, id: &str, value: &T) -> Upsert {
    let patch = match serde_json::to_value(value) {
        Ok(Value::Object(patch)) => patch,
        _ => Fields::new(),
    };
    Upsert { rec: RecordRef::new(kind, id), patch, shop: None }
}

fn rows(
    targets: &[&Target],
    shops: &BTreeMap<ShopId, Shop>,
    parents: &BTreeMap<TerritoryId, Option<TerritoryId>>,
    root: &TerritoryId,
    at: Moment,
) -> Vec<Row> {
    let above = |id: &TerritoryId| parents.get(id).cloned().flatten();
    let region = |shop: &Shop| {
        let up = std::iter::successors(Some(shop.territory.clone()), above).take(parents.len() + 1);
        up.take_while(|id| id != root).last()
    };
    let person = |shop: &Shop| {
        let shares = aisle_domain::credit::shares_on(&shop.assigned, at.today);
        shares.into_iter().max_by_key(|(_, share)| *share).map(|(person, _)| person)
    };
    let shop_of = |target: &Target| shops.get(&target.shop);
    let of_shops = || targets.iter().filter_map(|target| Some((*target, shop_of(target)?)));
    let by_region = of_shops().all(|(_, shop)| region(shop).is_some());
    let without: BTreeSet<Option<TerritoryId>> =
        of_shops().filter(|(_, shop)| person(shop).is_none()).map(|(_, shop)| region(shop)).collect();
    of_shops()
        .map(|(target, shop)| {
            let region = region(shop).filter(|_| by_region);
            let person = person(shop).filter(|_| !without.contains(&region));
            let mut path = Vec::with_capacity(5);
            path.extend(region.map(Member::Territory));
            path.push(Member::Time(Period::quarter_of(target.period.first())));
            path.push(Member::Time(target.period));
            path.extend(person.map(Member::Person));
            path.push(Member::Shop(target.shop.clone()));
            Row { path, amount: target.amount }
        })
        .collect()
}

/// Splits a node among the next members of the rows' paths, and what lies below.
fn grow(
    node: &Node,
    rows: &[&Row],
    depth: usize,
    split: &mut impl FnMut(&Node, aisle_domain::cascade::Dimension, Vec<Part>),
) -> Result<(), NodeError> {
    let mut below: BTreeMap<Member, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        if let Some(member) = row.path.get(depth) {
            below.entry(member.clone()).or_default().push(row);
        }
    }
    let Some(first) = below.keys().next().cloned() else { return Ok(()) };
    if let Member::Time(period) = first {
        // Periods without a target are children too: a split along time covers every day.
        for tile in node.period.split_into(period.kind()) {
            below.entry(Member::Time(tile)).or_default();
        }
    }
    let part = |(member, rows): (&Member, &Vec<&Row>)| {
        let amount: Amount = rows.iter().map(|row| row.amount).sum();
        let weight = u64::try_from(amount.0).unwrap_or(0);
        Part { member: member.clone(), weight, base: weight, amount, held: Held::Free }
    };
    split(node, first.dimension(), below.iter().map(part).collect());
    for (member, rows) in below.iter().filter(|(_, rows)| !rows.is_empty()) {
        grow(&node.child(member)?, rows, depth + 1, split)?;
    }
    Ok(())
}
