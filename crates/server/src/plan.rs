//! Plans, splits, drafts and entries: what is taken from devices, and what a plan hands down. Pure decisions; no storage.
//!
//! A version of a plan or split is taken when it is whole in itself: its parts add up, its members exist and lie below its
//! node. Whether it still fits the amount above it is not asked: of two people who split at once neither is refused, the
//! one taken later is in effect, and what does not fit any more is open in everybody's sight. What the tree in effect
//! gives to shops and territories is then written as records of their own ([`hand_down`]), so that a rep's phone has the
//! own shops' targets without the tree above them.

use crate::access::{Action, Actor, Facts};
use crate::apply::{Decision, Handing, Known, Stored, made, parse};
use aisle_domain::actuals::{Entry, EntryError, EntryKind};
use aisle_domain::calendar::{DayWeights, WorkCalendar};
use aisle_domain::cascade::{Assembled, Cascade, CascadeError, Goal, Member, Node, Split, assemble, heads};
use aisle_domain::draft::{Draft, DraftAction, DraftError, DraftState, DraftStep, FiledStep, next_state};
use aisle_domain::money::Amount;
use aisle_domain::org::{DayBasis, Org, Role};
use aisle_domain::target::{ShopTarget, TargetBasis};
use aisle_domain::{EntryId, GoalId, PersonId, ShopId, TerritoryId};
use aisle_protocol::mutation::Mutation;
use aisle_protocol::record::{Fields, Kind};
use aisle_protocol::sync::RejectCode;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The tree of territories: each with the one above.
pub type Parents = BTreeMap<TerritoryId, Option<TerritoryId>>;

/// Where a record of a plan belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// To a shop.
    Shop(ShopId),
    /// To a territory as a whole.
    Territory(TerritoryId),
}

/// What has to be known beside the record itself.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    /// The tree of territories.
    pub parents: Parents,
    /// Shops that a split names, with their territories.
    pub shops: BTreeMap<ShopId, TerritoryId>,
    /// Plans that people have set for the metric.
    pub goals: Vec<Goal>,
    /// Steps of the draft so far, in order.
    pub steps: Vec<DraftStep>,
    /// The shop of the entry that a correction replaces; `None` when there is no such entry.
    pub replaced: Option<ShopId>,
}

/// Whether devices make records of this kind and this module decides about them.
pub fn is_planning(kind: &Kind) -> bool {
    matches!(kind, Kind::Plan | Kind::Split | Kind::Draft | Kind::DraftStep | Kind::Entry)
}

/// Where a plan or split belongs: to its node's shop, or else to its node's territory.
pub fn place_of(kind: &Kind, fields: &Fields) -> Option<Place> {
    if !matches!(kind, Kind::Plan | Kind::Split) {
        return None;
    }
    let scope = fields.get("node")?.get("scope")?;
    let named = |field: &str| scope.get(field).and_then(Value::as_str);
    let shop = named("shop").map(|id| Place::Shop(id.into()));
    shop.or_else(|| named("territory").map(|id| Place::Territory(id.into())))
}

/// The shop a draft or an entry names.
pub fn shop_named(mutation: &Mutation) -> Option<ShopId> {
    let patch = &mutation.patch;
    let shop = match mutation.rec.kind {
        Kind::Draft => patch.get("shop"),
        Kind::Entry => patch.get("cell").and_then(|cell| cell.get("shop")),
        _ => None,
    };
    shop.and_then(Value::as_str).map(ShopId::from)
}

/// The entry that a correction replaces.
pub fn entry_replaced(mutation: &Mutation) -> Option<EntryId> {
    let of = mutation.patch.get("kind")?.get("of").filter(|_| mutation.rec.kind == Kind::Entry)?;
    of.as_str().map(EntryId::from)
}

/// A refusal with what the person may want to know beside the code.
fn refuse(code: RejectCode, detail: Value) -> Decision {
    match detail {
        Value::Object(detail) => Decision::Refuse { code, detail },
        _ => Decision::Reject(code),
    }
}

/// Decides about a new record.
///
/// # Errors
/// A refusal.
pub fn create(handing: &Handing<'_>, mutation: &Mutation, known: Known<'_>) -> Result<Decision, RejectCode> {
    if known.current.is_some() {
        return Err(RejectCode::Immutable);
    }
    let (actor, kind, patch) = (handing.actor, &mutation.rec.kind, &mutation.patch);
    let nothing = Beside::default();
    let beside = known.beside.unwrap_or(&nothing);
    // Who it says made it; that this is the person who is signed in is checked by `can`.
    let (by, shop, verdict): (PersonId, Option<ShopId>, Option<Decision>) = match kind {
        Kind::Plan => {
            let goal: Goal = own(mutation)?;
            let verdict = check_goal(&goal, beside)?;
            (goal.author, goal.node.scope.shop, verdict)
        }
        Kind::Split => {
            let split: Split = own(mutation)?;
            let verdict = check_split(actor, &split, beside)?;
            (split.author, split.node.scope.shop, verdict)
        }
        Kind::Draft => {
            let draft: Draft = own(mutation)?;
            if !draft.steps.is_empty() {
                return Err(RejectCode::Invalid);
            }
            (draft.person, Some(draft.shop), None)
        }
        Kind::DraftStep => {
            let FiledStep { step, .. } = parse(patch)?;
            let draft = known.visit.ok_or(RejectCode::UnknownParent)?;
            let (by, shop) = (step.by.clone(), draft.shop.clone());
            let mut draft: Draft = parse(&draft.fields)?;
            draft.steps.clone_from(&beside.steps);
            if step.role != actor.role {
                return Err(RejectCode::Forbidden);
            }
            let action = step.action;
            draft.step(step).map_err(|why| step_code(&why, action))?;
            (by, shop, None)
        }
        _ => {
            let entry: Entry = own(mutation)?;
            entry.check().map_err(entry_code)?;
            if matches!(entry.kind, EntryKind::Replaces { .. }) {
                let replaced = beside.replaced.as_ref().ok_or(RejectCode::UnknownParent)?;
                // A correction may move a value to another shop, but only between shops of the same person's reach; the
                // other shop's bucket would show it to nobody else.
                if *replaced != entry.cell.shop && actor.role == Role::Rep {
                    return Err(RejectCode::Forbidden);
                }
            }
            (entry.by, Some(entry.cell.shop), None)
        }
    };
    let place = known.shop.ok_or(RejectCode::UnknownParent)?;
    let facts = Facts { kind, shop: Some(place), owner: Some(&by), by_auditor: false };
    handing.may(Action::Create, &facts, mutation.at)?;
    if let Some(verdict) = verdict {
        return Ok(verdict);
    }
    let record = made(handing, mutation, shop, Some(by), false);
    Ok(Decision::Write { record, also: Vec::new(), past: Vec::new() })
}

/// Reads a record that names its own id, and holds it to that.
fn own<T: DeserializeOwned>(mutation: &Mutation) -> Result<T, RejectCode> {
    if mutation.patch.get("id").and_then(Value::as_str) != Some(mutation.rec.id.as_str()) {
        return Err(RejectCode::Invalid);
    }
    parse(&mutation.patch)
}

fn entry_code(why: EntryError) -> RejectCode {
    match why {
        EntryError::NoReason => RejectCode::NoReason,
        EntryError::Itself | EntryError::TooLarge | EntryError::Denominator => RejectCode::Invalid,
    }
}

fn step_code(why: &DraftError, action: DraftAction) -> RejectCode {
    use DraftState::{Adjusted, Approved, Open, Returned, Submitted, Withdrawn};
    let states = [Open, Submitted, Returned, Approved, Adjusted, Withdrawn];
    match why {
        DraftError::NoComment => RejectCode::NoReason,
        // Somebody was faster. What the role may do in no state at all is not a matter of time.
        DraftError::NotAllowed { role, .. } if states.iter().any(|s| next_state(*s, *role, action).is_some()) => {
            RejectCode::WrongState
        }
        DraftError::NotAllowed { .. } | DraftError::NotOwn | DraftError::Own => RejectCode::Forbidden,
    }
}

fn check_goal(goal: &Goal, beside: &Beside) -> Result<Option<Decision>, RejectCode> {
    let is_whole = goal.node.scope.territory.is_some() && goal.from.is_none();
    if !is_whole || goal.amount.0.unsigned_abs() > aisle_domain::actuals::VALUE_MAX.unsigned_abs() {
        return Err(RejectCode::Invalid);
    }
    if !goal.after.is_empty() && goal.reason.trim().is_empty() {
        return Err(RejectCode::NoReason);
    }
    let overlaps = |other: &Goal| other.node.overlaps(&goal.node, |a, b| lies_in(&beside.parents, a, b));
    let other = beside.goals.iter().find(|other| other.node != goal.node && overlaps(other));
    Ok(other.map(|other| refuse(RejectCode::Overlaps, json!({"node": other.node.to_string()}))))
}

/// Whether a territory is another one or lies below it.
pub fn lies_in(parents: &Parents, territory: &TerritoryId, above: &TerritoryId) -> bool {
    let up = std::iter::successors(Some(territory), |id| parents.get(*id).and_then(Option::as_ref));
    up.take(parents.len() + 1).any(|id| id == above)
}

fn check_split(actor: &Actor, split: &Split, beside: &Beside) -> Result<Option<Decision>, RejectCode> {
    let Some(territory) = &split.node.scope.territory else { return Err(RejectCode::Invalid) };
    if split.parts.is_empty() {
        return Err(RejectCode::Invalid);
    }
    let covering = |goal: &Goal| {
        let above = goal.node.scope.territory.as_ref();
        goal.node.covers(&split.node) && above.is_some_and(|above| lies_in(&beside.parents, territory, above))
    };
    if !beside.goals.iter().any(covering) {
        return Err(RejectCode::UnknownParent);
    }
    for part in &split.parts {
        let fits = match &part.member {
            Member::Territory(id) => id != territory && lies_in(&beside.parents, id, territory),
            Member::Shop(id) => beside.shops.get(id).is_some_and(|of| lies_in(&beside.parents, of, territory)),
            _ => true,
        };
        let in_reach = match &part.member {
            Member::Territory(id) => actor.reach.contains(id),
            Member::Shop(id) => beside.shops.get(id).is_none_or(|of| actor.reach.contains(of)),
            _ => true,
        };
        match (fits, in_reach) {
            (_, false) => return Err(RejectCode::Forbidden),
            (false, true) => return Err(RejectCode::UnknownParent),
            (true, true) => {}
        }
    }
    // The domain's own refusals, against a tree in which the node has the amount it was split with.
    let tree = Cascade::new(split.node.clone(), split.total);
    Ok(match tree.publish(split.clone()) {
        Ok(_) => None,
        Err(CascadeError::Missing { amount, .. }) => Some(refuse(RejectCode::DoesNotAddUp, json!({"missing": amount}))),
        Err(CascadeError::Exceeding { amount, .. }) => {
            Some(refuse(RejectCode::DoesNotAddUp, json!({"missing": -amount})))
        }
        Err(CascadeError::NoReason { .. }) => return Err(RejectCode::NoReason),
        Err(_) => return Err(RejectCode::Invalid),
    })
}

/// What is known when a plan is handed down. Records in the endpoint's order.
#[derive(Clone, Debug, Default)]
pub struct Planned {
    /// The organisation's settings, for day weights.
    pub org: Option<Org>,
    /// Working calendars by id.
    pub calendars: BTreeMap<String, WorkCalendar>,
    /// The tree of territories.
    pub parents: Parents,
    /// Plans that people have set.
    pub goals: Vec<Goal>,
    /// Splits.
    pub splits: Vec<Split>,
}

/// A record that a plan hands down.
#[derive(Clone, Debug, PartialEq)]
pub struct Handed {
    /// What it is: a target or a plan.
    pub kind: Kind,
    /// Its id.
    pub id: String,
    /// Its fields.
    pub fields: Fields,
    /// The shop it belongs to.
    pub shop: Option<ShopId>,
}

/// A shop's month as a record, with the plan that handed it down.
#[derive(Serialize)]
struct HandedTarget<'a> {
    #[serde(flatten)]
    target: &'a ShopTarget,
    plan: &'a GoalId,
}

impl Planned {
    /// The trees in effect, each with its goal. A root whose records cannot be put together is left out.
    pub fn trees(&self) -> Vec<(&Goal, Assembled)> {
        let mut of_node: BTreeMap<&Node, Vec<&Goal>> = BTreeMap::new();
        for goal in &self.goals {
            of_node.entry(&goal.node).or_default().push(goal);
        }
        let in_effect = of_node.into_values().filter_map(|versions| heads(&versions).first().map(|goal| **goal));
        in_effect.filter_map(|goal| Some((goal, self.tree(goal)?))).collect()
    }

    fn tree(&self, goal: &Goal) -> Option<Assembled> {
        let root = goal.node.scope.territory.as_ref()?;
        let below = |split: &&Split| {
            let territory = split.node.scope.territory.as_ref();
            territory.is_some_and(|territory| lies_in(&self.parents, territory, root))
        };
        let splits: Vec<Split> = self.splits.iter().filter(below).cloned().collect();
        assemble(goal.node.clone(), goal.amount, &splits).ok()
    }

    /// The day weights below a goal: its own, or the company's.
    pub fn weights(&self, goal: &Goal) -> DayWeights<'_> {
        let of_company = self.org.as_ref().and_then(|org| org.calendar.as_ref()).and_then(|id| self.calendars.get(id));
        let basis = self.org.as_ref().map_or(DayBasis::Calendar, |org| org.day_basis);
        let weights = goal.days.as_ref().and_then(|days| DayWeights::of_basis(days, &self.calendars));
        weights.unwrap_or_else(|| DayWeights::of_org(basis, of_company))
    }

    /// Everything the trees in effect hand down: targets of shops by month, and the shares of territories.
    pub fn hand_down(&self) -> Vec<Handed> {
        let mut handed: BTreeMap<(Kind, String), Handed> = BTreeMap::new();
        for (goal, Assembled { tree, .. }) in self.trees() {
            let (targets, _) = tree.shop_targets(self.weights(goal));
            for mut target in targets {
                target.days.clone_from(&goal.days);
                // Where the amounts come from, until a person sets them.
                if goal.basis != TargetBasis::Set {
                    target.target.basis = goal.basis;
                }
                let fields = fields(&HandedTarget { target: &target, plan: &goal.id });
                let (id, shop) = (target.target.record_id(), Some(target.target.shop));
                handed.insert((Kind::Target, id.clone()), Handed { kind: Kind::Target, id, fields, shop });
            }
            for (node, amount, split) in tree.territory_shares() {
                let share = share(goal, node, amount, split);
                let (id, shop) = (share.id.to_string(), share.node.scope.shop.clone());
                let fields = fields(&share);
                handed.insert((Kind::Plan, id.clone()), Handed { kind: Kind::Plan, id, fields, shop });
            }
        }
        handed.into_values().collect()
    }
}

fn share(goal: &Goal, node: Node, amount: Amount, split: &Split) -> Goal {
    Goal {
        id: GoalId::new(node.record_id()),
        node,
        amount,
        basis: TargetBasis::Cascade,
        days: goal.days.clone(),
        from: Some(split.id.clone()),
        author: split.author.clone(),
        reason: split.reason.clone(),
        at: split.at,
        after: Vec::new(),
    }
}

fn fields<T: Serialize>(value: &T) -> Fields {
    match serde_json::to_value(value) {
        Ok(Value::Object(fields)) => fields,
        _ => Fields::new(),
    }
}

/// Reads records in the endpoint's order; those that cannot be read are left out and stay stored.
pub fn in_order<T: DeserializeOwned>(mut records: Vec<Stored>) -> Vec<T> {
    records.sort_by_key(|stored| stored.rev);
    records.into_iter().filter_map(|stored| parse(&stored.fields).ok()).collect()
}

/// The metrics and months that a push has touched are few; the trees are put together again whole. Says what to write and
/// what to take back, so that stored targets and shares are those handed down.
///
/// A target that stood before a plan covered its shop and month is kept in `before`, and comes back when no plan covers
/// them any more.
pub fn changes(handed: Vec<Handed>, stored: &BTreeMap<(Kind, String), Fields>) -> (Vec<Handed>, Vec<(Kind, String)>) {
    let mut writes = Vec::new();
    let covered: BTreeSet<(Kind, String)> = handed.iter().map(|h| (h.kind.clone(), h.id.clone())).collect();
    for mut record in handed {
        let key = (record.kind.clone(), record.id.clone());
        let before = stored.get(&key);
        if let Some(before) = before.filter(|_| record.kind == Kind::Target) {
            let kept = if before.contains_key("plan") {
                before.get("before").cloned()
            } else {
                Some(json!({"amount": before.get("amount"), "basis": before.get("basis")}))
            };
            record.fields.extend(kept.map(|kept| ("before".to_owned(), kept)));
        }
        if before != Some(&record.fields) {
            writes.push(record);
        }
    }
    let mut gone = Vec::new();
    for ((kind, id), fields) in stored.iter().filter(|(key, _)| !covered.contains(key)) {
        let handed_down = match kind {
            Kind::Target => fields.contains_key("plan"),
            _ => fields.contains_key("from"),
        };
        if !handed_down {
            continue;
        }
        let before = fields.get("before").and_then(Value::as_object).filter(|_| *kind == Kind::Target);
        match before {
            Some(before) => {
                let mut fields = fields.clone();
                for name in ["plan", "before", "categories", "days"] {
                    fields.remove(name);
                }
                fields.extend(before.clone());
                let shop = fields.get("shop").and_then(Value::as_str).map(ShopId::from);
                writes.push(Handed { kind: kind.clone(), id: id.clone(), fields, shop });
            }
            None => gone.push((kind.clone(), id.clone())),
        }
    }
    (writes, gone)
}
