//! Plans: the trees of splits, their versions, drafts from below, calendars and rules. For the pages that are fetched after
//! the first paint: nothing here is provided at the start.
//!
//! A tree here is made of every version this device knows, those still on it included; the endpoint's order decides which
//! version of a node is in effect, and what is not sent yet comes last. What the endpoint has refused is in nobody's tree.

use super::filed::{Filed, filed};
use super::work::create;
use super::{Account, Catalog, Work};
use crate::platform::clock;
use aisle_domain::calendar::{Basis, DayWeights, Period, WorkCalendar};
use aisle_domain::cascade::{Assembled, Goal, Node, Split, assemble, heads};
use aisle_domain::deviation::Rules;
use aisle_domain::draft::{Draft, DraftAction, DraftError, DraftStep, FiledStep};
use aisle_domain::money::Amount;
use aisle_domain::org::Role;
use aisle_domain::target::TargetBasis;
use aisle_domain::{DraftId, GoalId, MetricId, PersonId, ShopId, SplitId, TerritoryId};
use aisle_protocol::record::Kind;
use aisle_sync::StoreError;
use leptos::task::spawn_local;
use std::collections::BTreeMap;
use std::rc::Rc;

/// A root with everything below it that this person sees.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    /// The version of the root's amount in effect.
    pub goal: Goal,
    /// Versions of the amount that compete with it, the one in effect first; empty when nobody disagrees.
    pub contested: Vec<GoalId>,
    /// The tree, with the nodes that two people split at once and the versions without a place.
    pub assembled: Assembled,
}

const KINDS: [Kind; 3] = [Kind::Plan, Kind::Split, Kind::Territory];

/// Plans. Made where it is needed: it holds nothing but the contexts below it.
#[derive(Clone, Copy)]
pub struct Plans {
    work: Work,
    catalog: Catalog,
    account: Account,
}

impl Plans {
    /// Plans as this person sees them.
    pub fn get() -> Self {
        Self { work: Work::get(), catalog: Catalog::get(), account: Account::get() }
    }

    /// Who is signed in, with the role.
    pub fn me(self) -> Option<(PersonId, Role)> {
        self.account.session().map(|session| (session.person, session.role))
    }

    /// Whether this person splits and approves.
    pub fn plans(self) -> bool {
        self.me().is_some_and(|(_, role)| matches!(role, Role::Manager | Role::Admin))
    }

    /// Working calendars by id.
    pub fn calendars(self) -> Rc<BTreeMap<String, WorkCalendar>> {
        self.work.keep("calendars", &[Kind::Calendar], || self.work.all(&Kind::Calendar).into_iter().collect())
    }

    /// Deviation rules; the standard ones where the organisation has none of its own.
    pub fn rules(self) -> Rc<Rules> {
        self.work.keep("rules", &[Kind::Rule], || self.work.one(Kind::Rule, Rules::ID).unwrap_or_default())
    }

    /// The id of the company's working calendar.
    pub fn company_calendar(self) -> Option<String> {
        self.catalog.org().and_then(|org| org.calendar)
    }

    /// Hands the day weights of a basis to `read`: those named, or the company's.
    pub fn weighed<T>(self, days: Option<&Basis>, read: impl FnOnce(DayWeights<'_>) -> T) -> T {
        let calendars = self.calendars();
        match days.and_then(|days| DayWeights::of_basis(days, &calendars)) {
            Some(named) => read(named),
            None => self.catalog.weighed(read),
        }
    }

    /// Every root this person sees, the widest first: plans that people have set, and shares handed down from trees that
    /// this person does not see.
    pub fn trees(self) -> Rc<Vec<Tree>> {
        self.work.keep("plan_trees", &KINDS, || self.put_together())
    }

    /// The tree that holds a node.
    pub fn tree_of(self, node: &Node) -> Option<Tree> {
        self.trees().iter().find(|tree| tree.assembled.tree.amount(node).is_some()).cloned()
    }

    /// Nodes of a metric and a period that were split and whose parts do not sum to them any more, as far as this person may
    /// split them again.
    pub fn open_splits(self, metric: &MetricId, period: Period) -> Vec<Node> {
        if !self.plans() {
            return Vec::new();
        }
        let trees = self.trees();
        let open = trees.iter().flat_map(|tree| tree.assembled.tree.open()).map(|open| open.node);
        open.filter(|node| node.metric == *metric && node.period == period).collect()
    }

    /// The plan that stands in the way of setting an amount for this node: one that would give the same shops and days a
    /// target too. Setting the same node anew is no such case, unless its amount comes from above.
    pub fn in_the_way(self, node: &Node) -> Option<Goal> {
        let lies_in = |id: &TerritoryId, above: &TerritoryId| self.up(Some(id)).contains(above);
        let other = |tree: &&Tree| tree.goal.node != *node || tree.goal.from.is_some();
        let trees = self.trees();
        let found = trees.iter().filter(other).find(|tree| tree.goal.node.overlaps(node, lies_in));
        found.map(|tree| tree.goal.clone())
    }

    /// Versions of a node's split, newest first, refused ones too.
    pub fn versions(self, node: &Node) -> Vec<Filed<Split>> {
        let all = self.splits();
        all.iter().rev().filter(|filed| filed.value.node == *node).cloned().collect()
    }

    /// Versions of a root's amount, newest first, refused ones too.
    pub fn goals_of(self, node: &Node) -> Vec<Filed<Goal>> {
        let all: Vec<Filed<Goal>> = filed(self.work, &Kind::Plan);
        all.into_iter().rev().filter(|filed| filed.value.node == *node && filed.value.from.is_none()).collect()
    }

    /// Every split in the endpoint's order.
    pub fn splits(self) -> Rc<Vec<Filed<Split>>> {
        self.work.keep("plan_splits", &[Kind::Split], || filed(self.work, &Kind::Split))
    }

    fn put_together(self) -> Vec<Tree> {
        let goals: Vec<Filed<Goal>> = filed(self.work, &Kind::Plan);
        let goals: Vec<Goal> = goals.into_iter().filter(Filed::counts).map(|filed| filed.value).collect();
        let splits: Vec<Split> =
            self.splits().iter().filter(|filed| filed.counts()).map(|filed| filed.value.clone()).collect();
        let mut of_node: BTreeMap<&Node, Vec<&Goal>> = BTreeMap::new();
        for goal in &goals {
            of_node.entry(&goal.node).or_default().push(goal);
        }
        let mut roots: Vec<(bool, usize, Vec<&Goal>)> = Vec::new();
        for versions in of_node.into_values() {
            // Where the tree above is seen, its own goal counts; a share handed down is only told to those below.
            let (set, handed): (Vec<&Goal>, Vec<&Goal>) = versions.into_iter().partition(|goal| goal.from.is_none());
            let heads: Vec<&Goal> = heads(if set.is_empty() { &handed } else { &set }).into_iter().copied().collect();
            if let Some(goal) = heads.first() {
                roots.push((goal.from.is_some(), self.depth(goal.node.scope.territory.as_ref()), heads));
            }
        }
        roots.sort_by_key(|(handed, depth, heads)| (*handed, *depth, heads[0].node.clone()));
        let mut trees: Vec<Tree> = Vec::new();
        for (_, _, heads) in roots {
            let goal = heads[0];
            if trees.iter().any(|tree| tree.assembled.tree.amount(&goal.node).is_some()) {
                continue;
            }
            let below = |split: &&Split| self.lies_below(split, goal);
            let below: Vec<Split> = splits.iter().filter(below).cloned().collect();
            if let Ok(assembled) = assemble(goal.node.clone(), goal.amount, &below) {
                let contested =
                    if heads.len() > 1 { heads.iter().map(|goal| goal.id.clone()).collect() } else { Vec::new() };
                trees.push(Tree { goal: goal.clone(), contested, assembled });
            }
        }
        trees
    }

    fn up(self, id: Option<&TerritoryId>) -> Vec<TerritoryId> {
        let all = self.catalog.territories();
        let above = |id: &TerritoryId| all.get(id).and_then(|territory| territory.parent.clone());
        std::iter::successors(id.cloned(), above).take(20).collect()
    }

    fn depth(self, id: Option<&TerritoryId>) -> usize {
        self.up(id).len()
    }

    fn lies_below(self, split: &Split, goal: &Goal) -> bool {
        let root = &goal.node.scope.territory;
        root.is_none() || self.up(split.node.scope.territory.as_ref()).iter().any(|id| Some(id) == root.as_ref())
    }

    /// Drafts with their steps, oldest first.
    pub fn drafts(self) -> Rc<Vec<Filed<Draft>>> {
        self.work.keep("plan_drafts", &[Kind::Draft, Kind::DraftStep], || {
            let mut drafts: Vec<Filed<Draft>> = filed(self.work, &Kind::Draft);
            let steps: Vec<Filed<FiledStep>> = filed(self.work, &Kind::DraftStep);
            for FiledStep { draft, step } in steps.into_iter().filter(Filed::counts).map(|filed| filed.value) {
                if let Some(of) = drafts.iter_mut().find(|filed| filed.value.id == draft) {
                    of.value.steps.push(step);
                }
            }
            drafts
        })
    }

    /// An id for a split that is being made.
    pub fn fresh_split(self) -> SplitId {
        SplitId::new(clock::fresh_id())
    }

    /// Now, by this device's clock: for what is being made.
    pub fn now(self) -> i64 {
        clock::now_ms()
    }

    /// Sets the amount at a root, or sets it anew. `then` hears whether it is durable.
    pub fn set_goal(
        self,
        node: Node,
        amount: Amount,
        days: Option<Basis>,
        reason: &str,
        then: impl FnOnce(Result<(), StoreError>) + 'static,
    ) {
        let Some((author, _)) = self.me() else { return };
        let known: Vec<Goal> = self.goals_of(&node).into_iter().filter(Filed::counts).map(|f| f.value).collect();
        let in_order: Vec<Goal> = known.into_iter().rev().collect();
        let after = heads(&in_order).into_iter().map(|goal| goal.id.clone()).collect();
        let (id, at, reason) = (GoalId::new(clock::fresh_id()), clock::now_ms(), reason.to_owned());
        let goal = Goal { id, node, amount, basis: TargetBasis::Set, days, from: None, author, reason, at, after };
        self.write(vec![create(Kind::Plan, goal.id.as_str(), &goal)], then);
    }

    /// Publishes versions together, from the top down ([`aisle_domain::cascade::WhatIf::splits`]). `then` hears whether
    /// they are durable.
    pub fn publish(self, splits: &[Split], then: impl FnOnce(Result<(), StoreError>) + 'static) {
        self.write(splits.iter().map(|split| create(Kind::Split, split.id.as_str(), split)).collect(), then);
    }

    /// Begins a draft for an own shop. `then` hears its id once it is durable.
    pub fn begin_draft(
        self,
        shop: ShopId,
        metric: MetricId,
        period: aisle_domain::calendar::Period,
        amount: Amount,
        then: impl FnOnce(Result<DraftId, StoreError>) + 'static,
    ) {
        let Some((person, _)) = self.me() else { return };
        let id = DraftId::new(clock::fresh_id());
        let draft = Draft { id: id.clone(), person, shop, metric, period, amount, steps: Vec::new() };
        self.write(vec![create(Kind::Draft, id.as_str(), &draft)], move |done| then(done.map(|()| id)));
    }

    /// Takes a step with drafts, all together. `then` hears whether they are durable.
    ///
    /// # Errors
    /// When one of them does not stand so that this could be done; nothing is written then.
    pub fn step(
        self,
        drafts: &[Draft],
        action: DraftAction,
        comment: &str,
        then: impl FnOnce(Result<(), StoreError>) + 'static,
    ) -> Result<(), DraftError> {
        let Some((by, role)) = self.me() else { return Ok(()) };
        let step = DraftStep { action, by, role, comment: comment.to_owned(), at: clock::now_ms() };
        let mut rows = Vec::with_capacity(drafts.len());
        for draft in drafts {
            draft.step(step.clone())?;
            let filed = FiledStep { draft: draft.id.clone(), step: step.clone() };
            rows.push(create(Kind::DraftStep, &clock::fresh_id(), &filed));
        }
        self.write(rows, then);
        Ok(())
    }

    fn write(self, drafts: Vec<aisle_sync::Draft>, then: impl FnOnce(Result<(), StoreError>) + 'static) {
        spawn_local(async move { then(self.work.write(drafts, vec![], true).await) });
    }
}
