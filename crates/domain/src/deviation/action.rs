//! The next action: what to do about a deviation, chosen by rules that are data.

use super::Deviation;
use crate::ids::{PersonId, ShopId};
use serde::{Deserialize, Serialize};

/// Planned and made visits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Visits {
    /// Shops that were planned.
    pub planned: u32,
    /// Of these, visited. What is not synced yet is not counted as missed: leave it out of both.
    pub visited: u32,
}

/// What is known beside the figures. Nothing here is guessed: what is not known is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Shops on today's route that are not visited yet, in the order of the route.
    pub today: Vec<ShopId>,
    /// Shops where a must-sell product is out of stock, with the number of products.
    pub out_of_stock: Vec<(ShopId, u32)>,
    /// Shops not visited in the period.
    pub unvisited: Vec<ShopId>,
    /// The person the node is about, with their visits of the period.
    pub person: Option<(PersonId, Visits)>,
    /// The node's children do not sum to it.
    pub split_is_open: bool,
}

/// A condition of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum When {
    /// The split does not add up any more.
    SplitOpen,
    /// Shops with something out of stock hold at least this share of what is behind, basis points.
    OutOfStockHolds {
        /// Share, basis points.
        share_bp: u32,
    },
    /// Shops on today's route hold at least this share of what is behind, basis points.
    TodayHolds {
        /// Share, basis points.
        share_bp: u32,
    },
    /// Shops not visited in the period hold at least this share of what is behind, basis points.
    UnvisitedHold {
        /// Share, basis points.
        share_bp: u32,
    },
    /// The person made less than this share of the planned visits, basis points.
    VisitsBelow {
        /// Share, basis points.
        share_bp: u32,
    },
    /// Always.
    Otherwise,
}

/// What kind of action a rule names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionKind {
    /// Visit these shops on today's route first.
    VisitToday,
    /// Put these shops on the route.
    PlanVisits,
    /// Refill what is out of stock.
    Refill,
    /// Go along with this person (协访).
    Coach,
    /// Split again.
    Resplit,
    /// Look at the children that are furthest behind.
    LookInto,
}

/// If this, then that. The first rule that fits counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionRule {
    /// If.
    pub when: When,
    /// Then.
    pub then: ActionKind,
}

impl ActionRule {
    /// The rules every organisation begins with.
    pub fn standard() -> Vec<Self> {
        let rule = |when, then| Self { when, then };
        vec![
            rule(When::SplitOpen, ActionKind::Resplit),
            rule(When::OutOfStockHolds { share_bp: 4_000 }, ActionKind::Refill),
            rule(When::TodayHolds { share_bp: 3_000 }, ActionKind::VisitToday),
            rule(When::VisitsBelow { share_bp: 8_000 }, ActionKind::Coach),
            rule(When::UnvisitedHold { share_bp: 3_000 }, ActionKind::PlanVisits),
            rule(When::Otherwise, ActionKind::LookInto),
        ]
    }
}

/// What to do next, with whom and where; each shop and person is one tap away from its screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextAction {
    /// What.
    pub kind: ActionKind,
    /// Where, furthest behind first; at most [`SHOPS_MAX`].
    pub shops: Vec<ShopId>,
    /// With whom.
    pub person: Option<PersonId>,
    /// Their visits, where that is the reason.
    pub visits: Option<Visits>,
    /// Products out of stock in these shops, where that is the reason.
    pub products: u32,
    /// Share of all that is behind that these shops hold, basis points.
    pub share_bp: u32,
}

/// As many shops as one can do something about in a day.
pub const SHOPS_MAX: usize = 5;

/// The first action whose condition holds; `None` when the rules end without `Otherwise`.
pub fn next_action(rules: &[ActionRule], deviation: &Deviation<ShopId>, evidence: &Evidence) -> Option<NextAction> {
    let stocked_out = |shop: &ShopId| evidence.out_of_stock.iter().find(|(of, _)| of == shop).map(|(_, count)| *count);
    let holding = |chosen: &dyn Fn(&ShopId) -> bool| -> (Vec<ShopId>, u32) {
        let behind = deviation.causes.iter().filter(|cause| cause.share_bp > 0);
        let of_shops =
            behind.filter_map(|cause| Some((cause.child.as_ref().filter(|shop| chosen(shop))?, cause.share_bp)));
        let (shops, shares): (Vec<_>, Vec<_>) = of_shops.take(SHOPS_MAX).unzip();
        (shops.into_iter().cloned().collect(), shares.iter().sum())
    };
    rules.iter().find_map(|rule| {
        let (shops, share_bp) = match rule.when {
            When::OutOfStockHolds { .. } => holding(&|shop| stocked_out(shop).is_some()),
            When::TodayHolds { .. } => holding(&|shop| evidence.today.contains(shop)),
            When::UnvisitedHold { .. } => holding(&|shop| evidence.unvisited.contains(shop)),
            When::SplitOpen | When::VisitsBelow { .. } | When::Otherwise => holding(&|_| true),
        };
        let visits = evidence.person.as_ref().map(|(_, visits)| *visits);
        let holds = match rule.when {
            When::SplitOpen => evidence.split_is_open,
            When::OutOfStockHolds { share_bp: least }
            | When::TodayHolds { share_bp: least }
            | When::UnvisitedHold { share_bp: least } => !shops.is_empty() && share_bp >= least,
            When::VisitsBelow { share_bp: least } => visits.is_some_and(|visits| {
                u64::from(visits.visited) * 10_000 < u64::from(visits.planned) * u64::from(least)
            }),
            When::Otherwise => true,
        };
        let products = shops.iter().filter_map(stocked_out).sum();
        let person = evidence.person.as_ref().map(|(person, _)| person.clone());
        holds.then_some(NextAction { kind: rule.then, shops, person, visits, products, share_bp })
    })
}
