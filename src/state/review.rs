//! Drafts as their reviewer sees them: piles by metric and period, against the figure from above.

use super::plan::Plans;
use super::{Catalog, Work};
use aisle_domain::calendar::Period;
use aisle_domain::draft::{self, Draft, DraftAction, DraftError, DraftState, DraftTotals};
use aisle_domain::money::Amount;
use aisle_domain::org::{Person, Role};
use aisle_domain::target::Target;
use aisle_domain::{MetricId, ShopId, TerritoryId};
use aisle_protocol::record::Kind;
use aisle_sync::StoreError;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The drafts of one metric and period.
#[derive(Clone, Debug, PartialEq)]
pub struct Pile {
    /// What is counted.
    pub metric: MetricId,
    /// When.
    pub period: Period,
    /// Drafts that are not withdrawn, those that wait first.
    pub drafts: Vec<Draft>,
    /// The figure from above, by shop.
    pub top_down: BTreeMap<ShopId, Amount>,
    /// Sums.
    pub totals: DraftTotals,
}

impl Pile {
    /// Those that wait for a decision.
    pub fn submitted(&self) -> impl Iterator<Item = &Draft> {
        self.drafts.iter().filter(|draft| draft.state() == DraftState::Submitted)
    }
}

/// Reviews. Made where it is needed.
#[derive(Clone, Copy)]
pub struct Reviews {
    plans: Plans,
    catalog: Catalog,
    work: Work,
}

impl Reviews {
    /// Of the records in effect.
    pub fn get() -> Self {
        Self { plans: Plans::get(), catalog: Catalog::get(), work: Work::get() }
    }

    /// Whether the person approves and adjusts.
    pub fn may(self) -> bool {
        self.plans.plans()
    }

    /// The territory the person leads.
    pub fn own_territory(self) -> Option<TerritoryId> {
        let (me, _) = self.plans.me()?;
        self.work.one::<Person>(Kind::Person, me.as_str()).map(|person| person.territory)
    }

    /// Whether the person may give drafts back.
    pub fn reviews(self) -> bool {
        self.plans.me().is_some_and(|(_, role)| matches!(role, Role::Supervisor | Role::Manager | Role::Admin))
    }

    /// The piles, the latest period first.
    pub fn piles(self) -> Rc<Vec<Pile>> {
        let kinds = [Kind::Draft, Kind::DraftStep, Kind::Target, Kind::Shop];
        self.work.keep("review_piles", &kinds, || {
            let drafts: Vec<Draft> =
                self.plans.drafts().iter().filter(|filed| filed.counts()).map(|filed| filed.value.clone()).collect();
            let targets: Vec<Target> = self.work.all(&Kind::Target).into_iter().map(|(_, target)| target).collect();
            let shops: Vec<ShopId> = self.catalog.shops().keys().cloned().collect();
            piles(&drafts, &targets, &shops)
        })
    }

    /// Takes a step with drafts. `then` hears whether it is durable.
    ///
    /// # Errors
    /// When one of them does not stand so that this could be done, or a comment is missing.
    pub fn review(
        self,
        drafts: &[Draft],
        action: DraftAction,
        comment: &str,
        then: impl FnOnce(Result<(), StoreError>) + 'static,
    ) -> Result<(), DraftError> {
        self.plans.step(drafts, action, comment, then)
    }
}

fn piles(drafts: &[Draft], targets: &[Target], shops: &[ShopId]) -> Vec<Pile> {
    let mut by: BTreeMap<(Period, MetricId), Vec<Draft>> = BTreeMap::new();
    for draft in drafts.iter().filter(|draft| draft.state() != DraftState::Withdrawn) {
        by.entry((draft.period, draft.metric.clone())).or_default().push(draft.clone());
    }
    let mut piles: Vec<Pile> = by
        .into_iter()
        .map(|((period, metric), mut drafts)| {
            let mut top_down: BTreeMap<ShopId, Amount> = BTreeMap::new();
            for target in targets.iter().filter(|target| target.metric == metric && period.covers(target.period)) {
                *top_down.entry(target.shop.clone()).or_default() += target.amount;
            }
            let of_shops: Vec<Amount> = shops.iter().filter_map(|shop| top_down.get(shop)).copied().collect();
            let whole = (!of_shops.is_empty()).then(|| of_shops.into_iter().sum());
            let totals = draft::totals(&drafts, shops, whole);
            drafts.sort_by_key(|draft| draft.state() != DraftState::Submitted);
            Pile { metric, period, drafts, top_down, totals }
        })
        .collect();
    piles.reverse();
    piles
}

#[cfg(test)]
mod tests {
    use super::*;
    use aisle_domain::draft::DraftStep;
    use aisle_domain::target::TargetBasis;

    #[test]
    fn piles_meet_the_figure_from_above() {
        let period = Period::Quarter(2027, 1);
        let draft = |id: &str, shop: &str, amount: i64, submitted: bool| Draft {
            id: id.into(),
            person: "rep".into(),
            shop: shop.into(),
            metric: "sales".into(),
            period,
            amount: Amount(amount),
            steps: if submitted {
                let (by, role, comment) = ("rep".into(), Role::Rep, String::new());
                vec![DraftStep { action: DraftAction::Submit, by, role, comment, at: 1 }]
            } else {
                vec![]
            },
        };
        let target = |shop: &str, month: u32, amount: i64| Target {
            metric: "sales".into(),
            shop: shop.into(),
            period: Period::Month(2027, month),
            amount: Amount(amount),
            basis: TargetBasis::Set,
        };
        let targets = [target("a", 1, 100), target("a", 2, 50), target("a", 4, 999), target("b", 1, 70)];
        let drafts = [draft("1", "a", 120, false), draft("2", "b", 80, true)];
        let piles = piles(&drafts, &targets, &["a".into(), "b".into(), "c".into()]);
        let [pile] = piles.as_slice() else { panic!("one pile") };
        assert_eq!(pile.top_down[&ShopId::from("a")], Amount(150), "the months of the quarter");
        assert_eq!((pile.totals.drafted, pile.totals.top_down), (Amount(200), Some(Amount(220))));
        assert_eq!((pile.totals.gap(), pile.totals.missing.len()), (Some(Amount(-20)), 1));
        assert_eq!(pile.drafts[0].id, "2".into(), "what waits comes first");
        assert_eq!(pile.submitted().count(), 1);
    }
}
