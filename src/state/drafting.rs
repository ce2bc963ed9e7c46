//! A rep's drafts for a period (自下而上): one line for each own shop, beside last year's figure and the target set from above.

use super::filed::Filed;
use super::plan::Plans;
use super::standings::{Cut, Dimension, Key, Measured, View};
use super::{Catalog, Standings};
use aisle_domain::calendar::Period;
use aisle_domain::draft::{Draft, DraftState, DraftTotals, totals};
use aisle_domain::money::Amount;
use aisle_domain::{MetricId, ShopId};

/// One shop and its draft.
#[derive(Clone, Debug, PartialEq)]
pub struct DraftLine {
    /// Which shop.
    pub shop: ShopId,
    /// The draft that counts; `None` when there is none yet.
    pub draft: Option<Filed<Draft>>,
    /// The target set from above, if one is.
    pub target: Option<Amount>,
    /// Actual of the same period a year before; `None` without facts.
    pub last_year: Option<Amount>,
}

/// Drafts of a metric and period.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    /// One line for each shop, by name.
    pub lines: Vec<DraftLine>,
    /// Against the target set from above.
    pub totals: DraftTotals,
}

impl Sheet {
    /// Drafts that can be handed in.
    pub fn open(&self) -> Vec<Draft> {
        let drafts = self.lines.iter().filter_map(|line| line.draft.as_ref()).map(|filed| &filed.value);
        drafts.filter(|draft| matches!(draft.state(), DraftState::Open | DraftState::Returned)).cloned().collect()
    }
}

/// The person's own sheet of a metric and period. `None` only when there is more than memory.
pub fn sheet(metric: &MetricId, period: Period) -> Option<Sheet> {
    let (standings, catalog, plans) = (Standings::get(), Catalog::get(), Plans::get());
    let view = |period| View { period, metric: metric.clone(), cut: Cut::default() };
    let now = standings.measure(&view(period), Some(Dimension::Shop))?;
    let before = period.year_before().and_then(|period| standings.measure(&view(period), Some(Dimension::Shop)));
    let (me, all) = (plans.me()?.0, plans.drafts());
    let own = all.iter().filter(|filed| {
        let draft = &filed.value;
        draft.person == me && draft.metric == *metric && draft.period == period && filed.counts()
    });
    let own: Vec<Filed<Draft>> = own.cloned().collect();
    let shops = catalog.shops();
    let mut lines = lines(&now, before.as_ref(), &own);
    lines.sort_by_key(|line| shops.get(&line.shop).map(|shop| shop.name.clone()));
    let ids: Vec<ShopId> = lines.iter().map(|line| line.shop.clone()).collect();
    let drafts: Vec<Draft> = own.into_iter().map(|filed| filed.value).collect();
    Some(Sheet { lines, totals: totals(&drafts, &ids, now.whole.target) })
}

/// One line for each shop that was measured. Of several drafts of a shop the one made last counts, withdrawn ones do not.
fn lines(now: &Measured, before: Option<&Measured>, own: &[Filed<Draft>]) -> Vec<DraftLine> {
    let actual = |shop: &ShopId| {
        let key = Key::Shop(shop.clone());
        let part = before?.parts.iter().find(|part| part.key == key)?;
        Some(part.standing.actual).filter(|amount| amount.0 != 0)
    };
    let line = |part: &super::standings::Part| {
        let Key::Shop(shop) = &part.key else { return None };
        let of_shop = own.iter().filter(|f| f.value.shop == *shop && f.value.state() != DraftState::Withdrawn);
        let draft = of_shop.max_by(|a, b| a.value.id.cmp(&b.value.id)).cloned();
        Some(DraftLine { last_year: actual(shop), shop: shop.clone(), draft, target: part.standing.target })
    };
    now.parts.iter().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::standings::Part;
    use aisle_domain::calendar::{Basis, TimeGone};
    use aisle_domain::draft::{DraftAction, DraftStep};
    use aisle_domain::figures::Standing;
    use aisle_domain::org::{Role, sales};
    use aisle_sync::RecordState;

    fn measured(parts: &[(&str, Option<i64>, i64)]) -> Measured {
        let standing = |target: Option<i64>, actual: i64| Standing {
            period: Period::Month(2026, 12),
            through: "2026-11-22".parse().expect("a date"),
            basis: Basis::CalendarDays,
            time: TimeGone::default(),
            target: target.map(Amount),
            actual: Amount(actual),
            last_year: None,
            last_period: None,
        };
        let part = |(shop, target, actual): &(&str, Option<i64>, i64)| Part {
            key: Key::Shop(ShopId::from(*shop)),
            standing: standing(*target, *actual),
        };
        let parts: Vec<Part> = parts.iter().map(part).collect();
        Measured { whole: standing(None, 0), shops: parts.len(), parts, without_target: 0, later: Amount::ZERO }
    }

    fn draft(id: &str, shop: &str, amount: i64, actions: &[DraftAction]) -> Filed<Draft> {
        let step = |action: &DraftAction| DraftStep {
            action: *action,
            by: "me".into(),
            role: Role::Rep,
            comment: String::new(),
            at: 0,
        };
        let value = Draft {
            id: id.into(),
            person: "me".into(),
            shop: shop.into(),
            metric: sales(),
            period: Period::Month(2026, 12),
            amount: Amount(amount),
            steps: actions.iter().map(step).collect(),
        };
        Filed { value, state: RecordState::OnPhone }
    }

    #[test]
    fn the_draft_made_last_counts_unless_it_was_withdrawn() {
        let own = [
            draft("1", "a", 100, &[]),
            draft("2", "a", 120, &[DraftAction::Submit]),
            draft("3", "a", 130, &[DraftAction::Withdraw]),
            draft("4", "b", 70, &[DraftAction::Withdraw]),
        ];
        let now = measured(&[("a", Some(90), 0), ("b", None, 0), ("c", None, 0)]);
        let before = measured(&[("a", None, 80), ("b", None, 0)]);
        let lines = lines(&now, Some(&before), &own);
        let seen: Vec<_> = lines
            .iter()
            .map(|l| {
                (
                    l.shop.as_str(),
                    l.draft.as_ref().map(|d| d.value.figure().0),
                    l.target.map(|t| t.0),
                    l.last_year.map(|l| l.0),
                )
            })
            .collect();
        assert_eq!(seen, [("a", Some(120), Some(90), Some(80)), ("b", None, None, None), ("c", None, None, None)]);
        let sheet = Sheet { lines, totals: DraftTotals::default() };
        assert!(sheet.open().is_empty(), "what is handed in is not handed in again");
    }
}
