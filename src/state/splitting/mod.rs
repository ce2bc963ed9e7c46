//! A node on the desk: its split being edited, kept on this device at every step, and published.
//!
//! The editing itself is the domain's [`Editor`]. Here it meets the records: the tree it lies in, the versions others have
//! made meanwhile, what its members sold, and the sketch that survives a reload. Made by the page that needs it.

pub mod ground;

use self::ground::{Along, Ground};
use super::plan::{Plans, Tree};
use super::{Catalog, Performance, Work, entries};
use crate::platform::clock;
use aisle_domain::SplitId;
use aisle_domain::calendar::{Period, PeriodKind};
use aisle_domain::cascade::{
    Below, Blocked, Editor, Member, Node, Split, SplitBasis, WhatIf, blank, history_weights, time_weights,
};
use aisle_domain::money::Amount;
use aisle_sync::StoreError;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Where the sketch stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is being read.
    Reading,
    /// There is none: nothing differs from the version in effect.
    Nothing,
    /// Not on the disk yet.
    UnderWay,
    /// On the disk since this moment.
    Done(i64),
    /// Not on the disk.
    Failed,
}

/// Where weights come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weigh {
    /// 去年占比: the same period of the year before.
    LastYear,
    /// 近 3 月: the three months before.
    ThreeMonths,
    /// Days by the calendar; along time only.
    Days,
    /// 平均.
    Even,
    /// 手工.
    Hand,
}

/// What stands in the way of publishing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The domain's reason.
    Blocked(Blocked),
    /// Somebody has published meanwhile; the versions in effect.
    Overtaken(Vec<SplitId>),
    /// The node is in no tree any more.
    Gone,
}

/// A node on the desk.
#[derive(Clone, Copy)]
pub struct Desk {
    plans: Plans,
    catalog: Catalog,
    performance: Performance,
    work: Work,
    node: StoredValue<Node>,
    editor: RwSignal<Option<Editor>>,
    kept: RwSignal<Kept>,
    /// Grows with every change, so that an older write never reports over a newer one.
    turn: StoredValue<u32>,
}

impl Desk {
    /// Lays a node on the desk: the sketch of it, if there is one, or the version in effect.
    pub fn open(node: Node) -> Self {
        let this = Self {
            plans: Plans::get(),
            catalog: Catalog::get(),
            performance: Performance::get(),
            work: Work::get(),
            node: StoredValue::new(node),
            editor: RwSignal::new(None),
            kept: RwSignal::new(Kept::Reading),
            turn: StoredValue::new(0),
        };
        spawn_local(async move {
            let text = this.work.sketch(&this.name()).await;
            let sketch = text.and_then(|text| serde_json::from_str::<Editor>(&text).ok());
            let sketch = sketch.filter(|editor| *editor.node() == this.node.get_value());
            let kept = if sketch.is_some() { Kept::Done(clock::now_ms()) } else { Kept::Nothing };
            let editor = sketch.or_else(|| untrack(|| this.in_effect()));
            // The page may have been left meanwhile.
            let _ = this.editor.try_set(editor);
            let _ = this.kept.try_set(kept);
        });
        this
    }

    fn name(self) -> String {
        self.node.with_value(|node| format!("split {node}"))
    }

    /// The node.
    pub fn node(self) -> Node {
        self.node.get_value()
    }

    /// The editor; `None` while the sketch is being read, and where nothing has been split yet.
    pub fn editor(self) -> Option<Editor> {
        self.editor.get()
    }

    /// Where the sketch stands.
    pub fn kept(self) -> Kept {
        self.kept.get()
    }

    /// The tree the node lies in.
    pub fn tree(self) -> Option<Tree> {
        self.plans.tree_of(&self.node())
    }

    /// The node's amount now.
    pub fn amount(self) -> Option<Amount> {
        self.tree()?.assembled.tree.amount(&self.node())
    }

    /// The version in effect.
    pub fn current(self) -> Option<Split> {
        self.tree()?.assembled.tree.split_of(&self.node()).cloned()
    }

    /// The versions in effect: two or more when people split the node at once.
    pub fn heads(self) -> Vec<SplitId> {
        let Some(tree) = self.tree() else { return Vec::new() };
        let node = self.node();
        let contested = tree.assembled.contested.iter().find(|(of, _)| *of == node).map(|(_, heads)| heads.clone());
        contested
            .unwrap_or_else(|| tree.assembled.tree.split_of(&node).map(|split| split.id.clone()).into_iter().collect())
    }

    /// The node above, where the node is no root.
    pub fn parent(self) -> Option<Node> {
        untrack(|| {
            let (tree, node) = (self.tree()?.assembled.tree, self.node());
            let mut waiting = vec![tree.root().clone()];
            while let Some(above) = waiting.pop() {
                for (child, _) in tree.children(&above) {
                    if child == node {
                        return Some(above);
                    }
                    waiting.push(child);
                }
            }
            None
        })
    }

    /// Whether the person may split.
    pub fn may(self) -> bool {
        self.plans.plans()
    }

    fn in_effect(self) -> Option<Editor> {
        Some(Editor::again(&self.current()?, &self.heads()))
    }

    /// Reads records for what the node can be split among.
    fn with_ground<T>(self, read: impl FnOnce(&Ground<'_>) -> T) -> T {
        let (shops, territories) = (self.catalog.shops(), self.catalog.territories());
        let (products, segments, ledger) =
            (self.catalog.products(), self.performance.segments(), entries::ledger(self.work));
        read(&Ground {
            shops: &shops,
            territories: &territories,
            products: &products,
            segments: &segments,
            entries: &ledger,
            today: clock::today(),
        })
    }

    /// Along what the node can be split.
    pub fn alongs(self) -> Vec<Along> {
        self.with_ground(|ground| ground.alongs(&self.node()))
    }

    /// What each member of the editor sold in the same period of the year before, in the order of its rows.
    pub fn last_year(self) -> Vec<Amount> {
        let members = self.editor.with(|editor| editor.as_ref().map(members).unwrap_or_default());
        self.with_ground(|ground| ground.last_year(&self.node(), &members))
    }

    /// Begins a split along a dimension: filled by last year, evenly where there was nothing.
    pub fn begin(self, along: Along, unit: u64) {
        let Some(total) = untrack(|| self.amount()) else { return };
        let node = self.node();
        let (members, sold) = untrack(|| {
            self.with_ground(|ground| {
                let members = ground.members(&node, along);
                let sold = ground.last_year(&node, &members);
                (members, sold)
            })
        });
        let bases = history_weights(&sold);
        let has_history = bases.iter().any(|base| *base > 0);
        let heads = untrack(|| self.heads());
        let mut editor = Editor::new(node, total, along.dimension(), unit, blank(members, &bases));
        editor.follow(&heads);
        self.editor.set(Some(editor));
        self.weigh(if has_history { Weigh::LastYear } else { Weigh::Even });
    }

    /// Fills by weights.
    pub fn weigh(self, weigh: Weigh) {
        let Some(members) = self.editor.with_untracked(|editor| editor.as_ref().map(members)) else { return };
        let node = self.node();
        let (basis, weights) = untrack(|| self.weights(&node, &members, weigh));
        self.change(|editor| editor.fill(basis, &weights));
    }

    fn weights(self, node: &Node, members: &[Member], weigh: Weigh) -> (SplitBasis, Vec<u64>) {
        let even = vec![1; members.len()];
        match weigh {
            Weigh::Hand => (SplitBasis::Hand, even),
            Weigh::Even => (SplitBasis::Even, even),
            Weigh::LastYear => {
                let before = node.period.year_before().unwrap_or(node.period);
                let sold = self.with_ground(|ground| ground.last_year(node, members));
                (SplitBasis::History { first: before, last: before }, history_weights(&sold))
            }
            Weigh::ThreeMonths => {
                let (first, last) = three_months(node.period, self.performance.data_through());
                let sold = self.with_ground(|ground| ground.sold_in(node, members, first, last));
                (SplitBasis::History { first, last }, history_weights(&sold))
            }
            Weigh::Days => {
                let days = self.tree().and_then(|tree| tree.goal.days);
                let periods: Vec<Period> = members
                    .iter()
                    .filter_map(|member| if let Member::Time(period) = member { Some(*period) } else { None })
                    .collect();
                self.plans.weighed(days.as_ref(), |weights| {
                    (SplitBasis::Days { basis: weights.basis() }, time_weights(&periods, weights))
                })
            }
        }
    }

    /// Changes the editor; what changed is kept on this device at once.
    pub fn change(self, change: impl FnOnce(&mut Editor) -> bool) {
        let mut text = None;
        self.editor.update(|editor| {
            if let Some(editor) = editor
                && change(editor)
            {
                text = serde_json::to_string(editor).ok();
            }
        });
        let Some(text) = text else { return };
        let (name, turn) = (self.name(), self.turn.get_value() + 1);
        self.turn.set_value(turn);
        self.kept.set(Kept::UnderWay);
        spawn_local(async move {
            let kept = match self.work.keep_sketch(&name, Some(&text)).await {
                Ok(()) => Kept::Done(clock::now_ms()),
                Err(_) => Kept::Failed,
            };
            if self.turn.try_get_value() == Some(turn) {
                self.kept.set(kept);
            }
        });
    }

    /// Takes a version as it is, against the versions in effect: to settle a contest, or to begin again.
    pub fn take(self, split: &Split) {
        let heads = untrack(|| self.heads());
        let editor = Editor::again(split, &heads);
        self.editor.set(Some(editor));
        self.change(|_| true);
    }

    /// Keeps the rows and goes on against the versions in effect now.
    pub fn follow(self) {
        let heads = untrack(|| self.heads());
        self.change(|editor| {
            editor.follow(&heads);
            true
        });
    }

    /// Throws the sketch away: back to the version in effect.
    pub fn discard(self) {
        let name = self.name();
        self.turn.update_value(|turn| *turn += 1);
        self.editor.set(untrack(|| self.in_effect()));
        self.kept.set(Kept::Nothing);
        self.forget(name);
    }

    /// One that stays on the disk is offered again and can be thrown away again: nothing is lost by it.
    fn forget(self, name: String) {
        spawn_local(async move {
            let _ = self.work.keep_sketch(&name, None).await;
        });
    }

    /// What stands in the way of publishing.
    pub fn obstacle(self) -> Option<Obstacle> {
        let editor = self.editor()?;
        let (Some(is), current) = (self.amount(), self.current()) else { return Some(Obstacle::Gone) };
        let heads = self.heads();
        if editor.after() != heads {
            return Some(Obstacle::Overtaken(heads));
        }
        editor.blocked(is, current.as_ref()).map(Obstacle::Blocked)
    }

    /// What publishing would do below; `None` while there is nothing to publish.
    pub fn what_if(self, below: Below) -> Option<WhatIf> {
        let (editor, tree) = (self.editor()?, self.tree()?);
        let (author, _) = self.plans.me()?;
        let split = editor.split(SplitId::from("preview"), author, 0);
        tree.assembled.tree.what_if(&split, below).ok()
    }

    /// Publishes: the split, and with [`Below::Scale`] the scaled ones below it, together. `then` hears whether they are on
    /// the disk; sending goes on by itself.
    pub fn publish(self, below: Below, then: impl FnOnce(Result<(), StoreError>) + 'static) {
        let Some((editor, tree)) = untrack(|| self.editor().zip(self.tree())) else { return };
        let Some((author, _)) = untrack(|| self.plans.me()) else { return };
        let split = editor.split(self.plans.fresh_split(), author, self.plans.now());
        let Ok(mut what) = tree.assembled.tree.what_if(&split, below) else { return };
        for scaled in what.splits.iter_mut().skip(1) {
            scaled.id = self.plans.fresh_split();
        }
        let name = self.name();
        self.plans.publish(&what.splits, move |done| {
            if done.is_ok() {
                self.turn.update_value(|turn| *turn += 1);
                let _ = self.kept.try_set(Kept::Nothing);
                let _ = self.editor.try_set(Some(Editor::again(&split, &[])));
                self.forget(name);
            }
            then(done);
        });
    }
}

/// The node of this name in the trees this person sees.
pub fn find(plans: Plans, name: &str) -> Option<Node> {
    for tree in plans.trees().iter() {
        let mut waiting = vec![tree.goal.node.clone()];
        while let Some(node) = waiting.pop() {
            if node.to_string() == name {
                return Some(node);
            }
            waiting.extend(tree.assembled.tree.children(&node).into_iter().map(|(child, _)| child));
        }
    }
    None
}

fn members(editor: &Editor) -> Vec<Member> {
    editor.parts().iter().map(|part| part.member.clone()).collect()
}

/// The three whole months before a period, as far as there are actuals.
fn three_months(period: Period, through: chrono::NaiveDate) -> (Period, Period) {
    let newest = PeriodKind::Month.holding(period.first().min(through));
    let last = newest.previous().unwrap_or(newest);
    let middle = last.previous().unwrap_or(last);
    (middle.previous().unwrap_or(middle), last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_whole_months_before() {
        let through = "2026-11-22".parse().expect("a date");
        let months = |period| three_months(period, through);
        let aug_to_oct = (Period::Month(2026, 8), Period::Month(2026, 10));
        assert_eq!(months(Period::Month(2026, 11)), aug_to_oct);
        assert_eq!(months(Period::Year(2027)), aug_to_oct, "not beyond what is known");
        assert_eq!(months(Period::Month(2026, 2)), (Period::Month(2025, 11), Period::Month(2026, 1)));
    }
}
